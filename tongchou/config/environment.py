"""Settings read from the environment, each with its check; a wrong one stops the start and is named."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

#: Every variable Tongchou reads, with what it means; `tongchou check --deploy` and the reference print it.
VARIABLES: dict[str, str] = {
    "TONGCHOU_DATA": "data folder (control database, record log, keys); default ./data",
    "TONGCHOU_DATABASE": "postgresql://user:password@host:port/name; default SQLite in the data folder",
    "TONGCHOU_SHARED_DATA": "folder of the public data that the packs people_* and places load; default ../shared/data",
    "TONGCHOU_HOSTS": "host names the web server answers to, comma separated; default 127.0.0.1,localhost",
    "TONGCHOU_ORIGINS": "https origins trusted for forms, comma separated; needed behind a proxy",
    "TONGCHOU_SECURE": "1 when served over https: cookies are marked secure and http is redirected",
    "TONGCHOU_LANGUAGE": "language of a first visit: zh-hans (default), en, or auto (what the browser asks for)",
    "TONGCHOU_MEMORY_MB": "memory the data engine may use, in MB; default 2048",
    "TONGCHOU_DOCUMENT_MB": "the largest file taken in beside a row, in MB; default 20",
    "TONGCHOU_THREADS": "threads the data engine may use; default the machine's cores",
    "TONGCHOU_NICE": "by how much loading and linking give way to those who ask, 0 to 19; default 10",
    "TONGCHOU_EXPORT_DAYS": "days an exported file is kept for its recipient; default 7",
    "TONGCHOU_WEBHOOK_HOSTS": "hosts (name or name:port) to which changes may be sent although they are in a private "
    "network or without https, comma separated",
    "TONGCHOU_GRANT_DAYS": "the longest a grant may be given for, in days; default 1096 (provisional)",
    "TONGCHOU_BACKUP_PASSPHRASE": "passphrase of the secret keys in a backup; without it `tongchou backup --with-keys` asks",
    "TONGCHOU_ENGINE_PART_BYTES": "how much text of a delivery is worked on, and resumed, at once, in bytes; default 67108864",
    "TONGCHOU_PROGRESS": "every: where there is no terminal, tell of every phase of every resource",
    "TONGCHOU_LEDGER_SIGNATURE": "how the ledger's heads are signed: ed25519 (default), sm2 (with SM3; extra sm), or both",
    "TONGCHOU_LEDGER_WITNESSES": "how many witnesses must have signed for a verification to find the ledger sound; default 0",
    "TONGCHOU_LEDGER_WITNESS_HOURS": "how old the newest head so signed may be, in hours; default 24",
    "PORT": "port of the web server; default 8000",
}


def flag(name: str, env: Mapping[str, str] = os.environ) -> bool:
    """A yes/no variable: 1/0, true/false, yes/no."""
    value = env.get(name, "").strip().lower()
    if value in ("", "0", "false", "no"):
        return False
    if value in ("1", "true", "yes"):
        return True
    raise ImproperlyConfigured(f"{name}={value!r} is not yes or no. Set it to 1 or 0, or leave it out.")


def number(name: str, default: int, low: int, high: int, env: Mapping[str, str] = os.environ) -> int:
    """A whole number within [low, high]."""
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not low <= int(text) <= high:
        raise ImproperlyConfigured(f"{name}={text!r} is not a whole number from {low} to {high}.")
    return int(text)


def data_root(env: Mapping[str, str] = os.environ) -> Path:
    """The data folder, created if need be; it must be writable."""
    root = Path(env.get("TONGCHOU_DATA", "") or "data").expanduser().resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"TONGCHOU_DATA={root} cannot be created ({error.strerror}). Name a folder this user may write to."
        ) from error
    if not os.access(root, os.W_OK):
        raise ImproperlyConfigured(
            f"TONGCHOU_DATA={root} is not writable. Name a folder this user may write to."
        )
    return root


def database(root: Path, env: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Django's settings of the control database: SQLite in the data folder, or the PostgreSQL named by URL."""
    url = env.get("TONGCHOU_DATABASE", "").strip()
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(root / "control.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
            "TEST": {"NAME": str(root / "test-control.sqlite3")},
        }
    parts = urlsplit(url)
    try:
        port = str(parts.port or "")
    except ValueError:
        port = "?"
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/") or port == "?":
        raise ImproperlyConfigured(
            "TONGCHOU_DATABASE is not of the form postgresql://user:password@host:port/name. Correct it or leave it out."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def secret(root: Path, name: str) -> str:
    """A secret of this installation, made on first use and kept readable by its owner alone under keys/."""
    folder = root / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        value = path.read_text().strip()
        if len(value) < 32:
            raise ImproperlyConfigured(f"{path} is damaged. Restore it from a backup.") from None
        return value
    value = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    return value


def names(name: str, default: str, env: Mapping[str, str] = os.environ) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in env.get(name, default).split(",") if part.strip()]


def shared_data(project: Path, env: Mapping[str, str] = os.environ) -> Path:
    """The folder of public data beside the project; it may be absent."""
    return (
        Path(env.get("TONGCHOU_SHARED_DATA", "") or project.parent / "shared" / "data").expanduser().resolve()
    )


def ledger_signature(env: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The kinds of signature on the ledger's heads; one that cannot be made here stops the start."""
    from tongchou.ledger.signatures import HEAD_KINDS, LIBRARY, available

    text = env.get("TONGCHOU_LEDGER_SIGNATURE", "").strip().lower() or "ed25519"
    kinds = HEAD_KINDS if text == "both" else tuple(kind for kind in HEAD_KINDS if kind.code == text)
    if not kinds:
        raise ImproperlyConfigured(f"TONGCHOU_LEDGER_SIGNATURE={text!r} is not one of ed25519, sm2, both.")
    if not all(available(kind) for kind in kinds):
        raise ImproperlyConfigured(
            f"TONGCHOU_LEDGER_SIGNATURE={text} needs the library {LIBRARY}, which is not installed. "
            "Install it (pip install 'tongchou[sm]'), or set TONGCHOU_LEDGER_SIGNATURE=ed25519."
        )
    return tuple(kind.code for kind in kinds)

"""Restoring a backup into an empty place: every file is proved first, the ledger is verified last.

The first half (`check`, `lay_down`) runs before Django reads its settings, because they need the keys it lays down;
the second (`finish`) inside the restored installation.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import manifest as manifests
from . import sealed
from .database import CONTROL
from .manifest import Manifest

Progress = Callable[[str, int, int], None]

MARK = "backup.restoring"
"""In a data folder: which backup is being restored into it (its digest); gone when that is done."""


def check(folder: Path, root: Path, *, postgres: bool, progress: Progress) -> Manifest:
    """The manifest of a backup that is whole and may be restored into the data folder `root`.

    postgres: whether the control database is to be in PostgreSQL. Raises HouseError "backup.none",
    "backup.unfinished", "backup.newer", "backup.other_database", "backup.not_empty", "backup.damaged".
    """
    manifest = manifests.read(folder)
    if (manifest.database == "postgresql") != postgres:
        raise HouseError(
            "backup.other_database",
            Text(
                f"备份中的控制库是 {manifest.database}，与 TONGCHOU_DATABASE 不符。",
                f"The backup's control database is {manifest.database}; TONGCHOU_DATABASE says another.",
            ),
            Text("请按原来的数据库类型设置后再恢复。", "Set TONGCHOU_DATABASE to one of the same kind."),
        )
    mark = root / MARK
    if not (mark.exists() and mark.read_text() == manifest.digest) and not _is_empty(root):
        raise HouseError(
            "backup.not_empty",
            Text("目标数据目录不是空的。", "The data folder to restore into is not empty."),
            Text(
                "请用 TONGCHOU_DATA 指定一个新的文件夹；恢复从不覆盖已有数据。",
                "Name a new folder with TONGCHOU_DATA; a restore never writes over what is there.",
            ),
            str(root),
        )
    wrong = []
    for number, (kept, differs) in enumerate(manifests.differing(folder, manifest), start=1):
        progress("check", number, len(manifest.files))
        if differs:
            wrong.append(kept.path)
    if wrong:
        raise manifests.damaged(wrong)
    return manifest


def lay_down(
    folder: Path,
    root: Path,
    manifest: Manifest,
    *,
    passphrase: str | None,
    new_keys: bool,
    progress: Progress,
) -> None:
    """Copy a checked backup into the data folder: keys, data, and an SQLite control database last.

    passphrase: of the sealed keys. new_keys: go on without the secret keys of old: sessions end, second factors
    and sealed exports cannot be opened, the ledger goes on under a new key. Raises HouseError
    "backup.keys_needed", "backup.keys_differ", "backup.passphrase_wrong".
    """
    held = _keys(folder, root, manifest, passphrase, new_keys)
    root.mkdir(parents=True, exist_ok=True)
    (root / MARK).write_text(manifest.digest)
    for name, content in held.items():
        _secret(root / name, content)
    files = [each for each in manifest.files if each.path.startswith(("data/", "keys/"))]
    for number, kept in enumerate(files, start=1):
        progress("restore", number, len(files))
        target = root / kept.path.removeprefix("data/")
        target.parent.mkdir(
            parents=True, exist_ok=True, mode=0o700 if kept.path.startswith("keys/") else 0o777
        )
        shutil.copyfile(folder / kept.path, target)
    if manifest.database == "sqlite":
        shutil.copyfile(folder / CONTROL, root / f".{CONTROL}")
        os.replace(root / f".{CONTROL}", root / CONTROL)


def finish(folder: Path, manifest: Manifest, *, progress: Progress) -> Any:
    """Inside the restored installation: tables, serving index, proof of the ledger. Returns the ledger's findings."""
    from django.conf import settings
    from django.core.management import call_command

    from tongchou import ledger
    from tongchou.accounts.actor import Actor
    from tongchou.ledger import commands
    from tongchou.pool.linking import rebuild_serving
    from tongchou.pool.links import current
    from tongchou.pool.models import Population

    from . import database

    database.check_known(manifest.migrations)
    if manifest.database == "postgresql":
        if not database.is_empty():
            raise HouseError(
                "backup.not_empty",
                Text("目标数据库不是空的。", "The database to restore into is not empty."),
                Text("请新建一个空的数据库。", "Make a new, empty one."),
                "TONGCHOU_DATABASE",
            )
        progress("control database", 0, 0)
        database.load(folder, manifest.tables, manifest.migrations)
    else:
        call_command("migrate", interactive=False, verbosity=0)
    for population in Population.objects.all():
        if current(population.code):
            rebuild_serving(population=population, progress=progress)
    progress("ledger", 0, 0)
    found = commands.verify()
    (Path(settings.TONGCHOU_DATA) / MARK).unlink()
    told = {"made_at": manifest.made_at, "files": len(manifest.files), "entries": manifest.ledger}
    ledger.append("house.restored", {**Actor.house("command line").trace(), **told})
    return found


def _is_empty(root: Path) -> bool:
    """Whether a data folder holds nothing but keys, which an administrator may have put there."""
    return not root.exists() or all(each.name == "keys" for each in root.iterdir())


def _keys(
    folder: Path, root: Path, manifest: Manifest, passphrase: str | None, new_keys: bool
) -> dict[str, bytes]:
    """The secret keys to lay down; none when they are in place, or are to be new."""
    if manifest.sealed and passphrase is not None:
        return sealed.unseal(folder / sealed.SEALED, passphrase)
    present = {name: root / name for name in manifest.secrets if (root / name).exists()}
    differing = [name for name, path in present.items() if sealed.fingerprint(path) != manifest.secrets[name]]
    if differing:
        raise HouseError(
            "backup.keys_differ",
            Text(
                "数据目录里的密钥不是这份备份的密钥。",
                "The keys in the data folder are not those of this backup.",
            ),
            Text("请放入原来的 keys 文件夹，或把它移走。", "Put the former keys there, or take these away."),
            ", ".join(sorted(differing)),
        )
    if len(present) < len(manifest.secrets) and not new_keys:
        raise HouseError(
            "backup.keys_needed",
            Text("恢复需要原来的密钥。", "The restore needs the former keys."),
            Text(
                "请给出口令（备份含密钥时），或先把 keys 文件夹放进数据目录；确已丢失时用 --new-keys。",
                "Give the passphrase where the backup holds them, or put the folder keys/ into the data folder first; "
                "if they are lost, use --new-keys.",
            ),
        )
    return {}


def _secret(path: Path, content: bytes) -> None:
    """Write a secret file, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


@contextlib.contextmanager
def undone_on_failure(root: Path, manifest: Manifest) -> Iterator[None]:
    """Nothing of a restore that failed for a reason is left; one that was killed can be run again."""
    try:
        yield
    except HouseError:
        mark = root / MARK
        if mark.exists() and mark.read_text() == manifest.digest:
            for each in root.iterdir():
                if each.name != "keys":
                    shutil.rmtree(each) if each.is_dir() else each.unlink()
        raise

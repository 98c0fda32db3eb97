"""The secret keys of an installation under a passphrase: `keys.sealed`.

The key is made of the passphrase by scrypt (RFC 7914; 128 MB a guess), the file is AES-256-GCM: a magic word, 16
bytes of salt, 12 of nonce, the ciphertext of a JSON object of file names and their bytes in base64.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

SEALED = "keys.sealed"
LEAST = 12
"""Characters of a passphrase."""
_MAGIC = b"TCKEYS1\n"
_SALT, _NONCE = 16, 12
_PUBLIC = (".pub", ".head")


def secret_files(root: Path) -> dict[str, Path]:
    """The secret key files of a data folder by their names there: all of keys/ but the public halves and the last
    head, and the keys made for clients of the exchange."""
    found = [path for folder in ("keys", "clients") for path in (root / folder).rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path for path in sorted(found) if path.suffix not in _PUBLIC}


def public_files(root: Path) -> list[Path]:
    """The files of keys/ that may be read by anybody, and the last head that was signed."""
    return sorted(each for each in (root / "keys").glob("*") if each.suffix in _PUBLIC)


def fingerprint(path: Path) -> str:
    """16 hex digits by which a key file is known again and which tell nothing of it."""
    return hashlib.sha256(b"tongchou key\0" + path.read_bytes()).hexdigest()[:16]


def check_passphrase(passphrase: str) -> None:
    """Raises HouseError "backup.passphrase_short"."""
    if len(passphrase) < LEAST:
        raise HouseError(
            "backup.passphrase_short",
            Text(f"口令至少要有 {LEAST} 个字符。", f"A passphrase has at least {LEAST} characters."),
            Text(
                "请换一个更长的口令，并另行保管。", "Choose a longer one and keep it apart from the backup."
            ),
        )


def seal(root: Path, target: Path, passphrase: str) -> None:
    """Write the secret keys to `target`."""
    check_passphrase(passphrase)
    held = {name: base64.b64encode(path.read_bytes()).decode() for name, path in secret_files(root).items()}
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    body = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(held).encode(), _MAGIC)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(_MAGIC + salt + nonce + body)


def unseal(source: Path, passphrase: str) -> dict[str, bytes]:
    """The secret keys by name. Raises HouseError "backup.passphrase_wrong"."""
    told = source.read_bytes().removeprefix(_MAGIC)
    salt, nonce, body = told[:_SALT], told[_SALT : _SALT + _NONCE], told[_SALT + _NONCE :]
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, body, _MAGIC)
    except InvalidTag:
        raise HouseError(
            "backup.passphrase_wrong",
            Text("口令不对，密钥未能打开。", "The passphrase is wrong; the keys stay shut."),
            Text("请核对制作备份时使用的口令。", "Check the passphrase the backup was made with."),
        ) from None
    return {name: base64.b64decode(text) for name, text in json.loads(plain).items()}


def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=1 << 17, r=8, p=1, maxmem=1 << 28, dklen=32)

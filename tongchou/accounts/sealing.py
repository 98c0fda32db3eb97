"""Secrets and confidences of the control plane at rest: one-time-code secrets, clients' keys, what a citizen says.

Encrypted with AES-256-GCM under a key of this installation (keys/sealing.key). What a sealed text is for is bound to
it, so that one cannot be put in another's place unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

_VERSION = b"\x01"
_NONCE = 12
KEY_FILE = "sealing.key"


def seal(purpose: str, plain: bytes) -> bytes:
    """`plain` encrypted. purpose: what it is and whose, e.g. "client-key:civil-desk"; needed again to read it."""
    nonce = os.urandom(_NONCE)
    return (
        _VERSION
        + nonce
        + cipher_of(str(settings.TONGCHOU_DATA), KEY_FILE).encrypt(nonce, plain, purpose.encode())
    )


def unseal(purpose: str, sealed: bytes) -> bytes:
    """What was sealed for that purpose. Raises HouseError "accounts.sealed_damaged" when it was altered or moved."""
    cipher = cipher_of(str(settings.TONGCHOU_DATA), KEY_FILE)
    try:
        if sealed[:1] != _VERSION:
            raise InvalidTag
        return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], purpose.encode())
    except InvalidTag:
        raise HouseError(
            "accounts.sealed_damaged",
            Text(
                "加密保存的内容无法解密：被改动，或密钥不符。",
                "A sealed value cannot be read: altered, or another key.",
            ),
            Text(
                f"请从备份恢复 keys/{KEY_FILE}；否则请重新设置该内容。",
                f"Restore keys/{KEY_FILE} from the backup; otherwise set the value anew.",
            ),
            purpose.split(":")[0],
        ) from None


def seal_text(purpose: str, plain: str) -> str:
    """`seal` for text columns: base64."""
    return base64.b64encode(seal(purpose, plain.encode())).decode()


def unseal_text(purpose: str, sealed: str) -> str:
    """`unseal` of what `seal_text` made."""
    try:
        data = base64.b64decode(sealed, validate=True)
    except binascii.Error:
        data = b""
    return unseal(purpose, data).decode()


@lru_cache(maxsize=8)
def cipher_of(data_root: str, key_file: str) -> AESGCM:
    """The cipher under one of this installation's keys (`keys/<key_file>`), made on first use.

    The file is readable by its owner alone. Raises HouseError "accounts.sealing_key_damaged".
    """
    path = Path(data_root) / "keys" / key_file
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:
            raise HouseError(
                "accounts.sealing_key_damaged",
                Text("加密密钥文件已损坏。", "The key file for sealed values is damaged."),
                Text("请从备份恢复该文件。", "Restore the file from a backup."),
                path.name,
            ) from None
        return AESGCM(key)
    key = AESGCM.generate_key(256)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return AESGCM(key)

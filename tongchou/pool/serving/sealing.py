"""Documents at rest: compressed, then encrypted (AES-256-GCM) under a key of this installation.

A sealed document is a version byte, 12 random bytes and the ciphertext; the subject's id is bound to it, so that
two documents cannot be exchanged unnoticed.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

_VERSION = b"\x01"
_LEVEL = 3
_each = threading.local()


def seal(subject_id: str, document: bytes) -> bytes:
    """A document's JSON, compressed and encrypted."""
    return _sealed(_cipher(str(settings.TONGCHOU_DATA)), subject_id, document)


def unseal(subject_id: str, sealed: bytes) -> dict[str, Any]:
    """The document. Raises HouseError "pool.document_damaged" when it was altered or the key is another."""
    cipher = _cipher(str(settings.TONGCHOU_DATA))
    try:
        if sealed[:1] != _VERSION:
            raise InvalidTag
        plain = cipher.decrypt(sealed[1:13], sealed[13:], subject_id.encode())
    except InvalidTag:
        raise HouseError(
            "pool.document_damaged",
            Text(
                "该档案无法解密：内容被改动，或密钥不符。",
                "The document cannot be decrypted: altered, or another key.",
            ),
            Text(
                "请检查 keys/serving.key，然后重建服务索引。",
                "Check keys/serving.key, then rebuild the serving index.",
            ),
            subject_id,
        ) from None
    found: dict[str, Any] = orjson.loads(_decompressor().decompress(plain))
    return found


def _sealed(cipher: AESGCM, subject_id: str, document: bytes) -> bytes:
    nonce = os.urandom(12)
    return _VERSION + nonce + cipher.encrypt(nonce, _compressor().compress(document), subject_id.encode())


@lru_cache(maxsize=4)
def _cipher(data_root: str) -> AESGCM:
    return AESGCM(_key(Path(data_root) / "keys" / "serving.key"))


def _key(path: Path) -> bytes:
    """The key, made on first use and readable by its owner alone."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:
            raise HouseError(
                "pool.key_damaged",
                Text("服务索引的密钥文件已损坏。", "The key file of the serving index is damaged."),
                Text("请从备份恢复该文件。", "Restore the file from a backup."),
                path.name,
            ) from None
        return key
    key = AESGCM.generate_key(256)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _compressor() -> zstandard.ZstdCompressor:
    # Neither object may be used by two threads at once.
    found: zstandard.ZstdCompressor | None = getattr(_each, "compressor", None)
    if found is None:
        found = _each.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    return found


def _decompressor() -> zstandard.ZstdDecompressor:
    found: zstandard.ZstdDecompressor | None = getattr(_each, "decompressor", None)
    if found is None:
        found = _each.decompressor = zstandard.ZstdDecompressor()
    return found

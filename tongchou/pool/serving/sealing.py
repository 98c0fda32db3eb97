"""Documents at rest: compressed, then encrypted (AES-256-GCM) under a key of this installation.

A sealed document is a version byte, 12 random bytes and the ciphertext; the subject's id is bound to it, so that
two documents cannot be exchanged unnoticed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
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
_NONCE = 12
_LEVEL = 3
_each = threading.local()


def seal(subject_ids: Sequence[str], documents: Sequence[bytes]) -> list[bytes]:
    """Documents' JSON, compressed (by as many threads as there are cores) and encrypted, in the order given."""
    if not documents:
        return []
    cipher = _cipher(str(settings.TONGCHOU_DATA))
    packed: Any = _compressor().multi_compress_to_buffer(list(documents), threads=-1)
    drawn = os.urandom(_NONCE * len(documents))
    sealed = []
    for place, (subject_id, document) in enumerate(zip(subject_ids, packed, strict=True)):
        nonce = drawn[place * _NONCE : (place + 1) * _NONCE]
        sealed.append(_VERSION + nonce + cipher.encrypt(nonce, document, subject_id.encode()))
    return sealed


def unseal(subject_id: str, sealed: bytes) -> dict[str, Any]:
    """The document. Raises HouseError "pool.document_damaged" when it was altered or the key is another."""
    cipher = _cipher(str(settings.TONGCHOU_DATA))
    try:
        if sealed[:1] != _VERSION:
            raise InvalidTag
        plain = cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], subject_id.encode())
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

"""Documents at rest: compressed, then encrypted (AES-256-GCM) under a key of this installation.

A sealed document is a version byte, 12 random bytes and the ciphertext; the subject's id is bound to it, so that
two documents cannot be exchanged unnoticed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

import orjson
import zstandard
from cryptography.exceptions import InvalidTag
from django.conf import settings

from tongchou.accounts.sealing import cipher_of
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

_VERSION = b"\x01"
_NONCE = 12
_LEVEL = 1
KEY_FILE = "serving.key"
_each = threading.local()


def seal(subject_ids: Sequence[str], documents: Sequence[bytes]) -> list[bytes]:
    """Documents' JSON, compressed (by as many threads as there are cores) and encrypted, in the order given."""
    if not documents:
        return []
    cipher = cipher_of(str(settings.TONGCHOU_DATA), KEY_FILE)
    packed: Any = _compressor().multi_compress_to_buffer(list(documents), threads=-1)
    drawn = os.urandom(_NONCE * len(documents))
    sealed = []
    for place, (subject_id, document) in enumerate(zip(subject_ids, packed, strict=True)):
        nonce = drawn[place * _NONCE : (place + 1) * _NONCE]
        sealed.append(_VERSION + nonce + cipher.encrypt(nonce, document, subject_id.encode()))
    return sealed


def unseal(subject_id: str, sealed: bytes) -> dict[str, Any]:
    """The document. Raises HouseError "pool.document_damaged" when it was altered or the key is another."""
    cipher = cipher_of(str(settings.TONGCHOU_DATA), KEY_FILE)
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

"""Secrets of clients at rest: sealed with a key of this installation (AES-256-GCM), bound to the key's number."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = b"\x01"


def seal(key_id: str, secret: bytes) -> bytes:
    """A secret as it is stored."""
    nonce = os.urandom(12)
    return _VERSION + nonce + _cipher(settings.CLIENT_KEY).encrypt(nonce, secret, key_id.encode())


def unseal(key_id: str, sealed: bytes) -> bytes | None:
    """The secret; None when it was altered or sealed by another installation, and so is good for nothing."""
    if sealed[:1] != _VERSION:
        return None
    try:
        return _cipher(settings.CLIENT_KEY).decrypt(sealed[1:13], sealed[13:], key_id.encode())
    except InvalidTag:
        return None


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"tongchou clients\0" + secret.encode()).digest())

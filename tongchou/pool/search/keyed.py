"""Features as they are stored: keyed, so that the index tells no name to whoever copies it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

_BYTES = 8
#: Features whose tokens are kept at hand: pairs of characters, initials and given names come again and again.
_AT_HAND = 1 << 18


def token(feature: str) -> str:
    """The token of one feature: 64 bits of BLAKE2b keyed with this installation's LOOKUP_KEY, as hexadecimal text."""
    return tokens()(feature)


def tokens() -> Callable[[str], str]:
    """`token` with the key at hand, for many."""
    return tokens_under(str(settings.LOOKUP_KEY))


@lru_cache(maxsize=2)
def tokens_under(secret: str) -> Callable[[str], str]:
    """`tokens` under a key that is given."""
    key = hashlib.sha256(b"tongchou search\0" + secret.encode()).digest()
    keyed = hashlib.blake2b(key=key, digest_size=_BYTES)

    @lru_cache(maxsize=_AT_HAND)
    def one(feature: str) -> str:
        taking = keyed.copy()
        taking.update(feature.encode())
        return taking.hexdigest()

    return one

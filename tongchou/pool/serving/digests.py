"""What a subject can be found by, and the keyed digest that stands for it.

The index can answer "who has this number" and cannot say which numbers it holds: it keeps 16 bytes of BLAKE2b
keyed with the installation's LOOKUP_KEY, over the kind and the folded value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from django.conf import settings

from ..rules import fold_as

#: {kind: attributes it is made of}, for people, enterprises and places.
KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "person": {
        "id_number": ("id_number",),
        "passport_number": ("passport_number",),
        "phone": ("phone",),
        "name_and_birth": ("name", "birth_date"),
    },
    "enterprise": {
        "uscc": ("uscc",),
        "phone": ("phone",),
        "name": ("name",),
    },
    "place": {
        "address": ("address",),
    },
}

#: Made of what several values of a subject say (`placing`): {kind: how its parts are folded}.
_MADE = {"address_in": ("division", "address")}
DIGEST_BYTES = 16
_NAMES = 1 << 16
_SEPARATOR = "\x1f"


def digest(kind: str, *values: str) -> bytes:
    """The digest of one value, or of several that count together, in the order of `KINDS`."""
    return digester()(kind, *values)


def digester() -> Callable[..., bytes]:
    """`digest` with the key at hand, for many."""
    key = hashlib.sha256(b"tongchou lookup\0" + settings.LOOKUP_KEY.encode()).digest()
    keyed = hashlib.blake2b(key=key, digest_size=DIGEST_BYTES)

    name = lru_cache(maxsize=_NAMES)(
        partial(fold_as, "name")
    )  # half of a district shares some thousand names
    made_of: list[Mapping[str, tuple[str, ...]]] = [*KINDS.values(), _MADE]
    folding = {
        kind: [name if each == "name" else partial(fold_as, each) for each in needed]
        for kinds in made_of
        for kind, needed in kinds.items()
    }

    def one(kind: str, *values: str) -> bytes:
        folded = [fold(value) for fold, value in zip(folding[kind], values, strict=True)]
        taking = keyed.copy()
        taking.update(_SEPARATOR.join((kind, *folded)).encode())
        return taking.digest()

    return one


def record_reference(resource: str, key: str) -> str:
    """How a record is named where its source's own key, which may be personal, must not stand: 16 hex digits."""
    key_of_references = hashlib.sha256(b"tongchou record\0" + settings.LOOKUP_KEY.encode()).digest()
    told = _SEPARATOR.join((resource, key)).encode()
    return hashlib.blake2b(told, key=key_of_references, digest_size=8).hexdigest()

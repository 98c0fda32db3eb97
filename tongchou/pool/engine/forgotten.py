"""Who must not come back: keyed digests of erased records and numbers, and how rows are held against them. Pure.

A digest is 16 bytes of BLAKE2b keyed with this installation's secret over what it stands for: a record's resource and
key, or a population, an attribute and a number. So that millions of rows need not be digested, each also has a bucket,
twelve bits of MD5 of the text itself (which says as good as nothing of it); only rows in a bucket that is taken are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_BYTES = 16
_SEPARATOR = "\x1f"


def bucket(text: str) -> int:
    """The bucket of a source key or number."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[-3:], 16)


def bucket_sql(column: str) -> str:
    """SQL for the bucket of a text column, as three hexadecimal digits (NULL stays NULL)."""
    return f"right(md5({column}), 3)"


def digest(secret: bytes, *parts: str) -> bytes:
    """The keyed digest of what belongs together, such as resource and key."""
    return hashlib.blake2b(_SEPARATOR.join(parts).encode(), key=secret, digest_size=_BYTES).digest()


@dataclass(frozen=True)
class Stones:
    """Tombstones of one kind within one resource or population."""

    digests: frozenset[bytes] = frozenset()
    buckets: frozenset[int] = frozenset()

    @staticmethod
    def of(pairs: Iterable[tuple[bytes, int]]) -> Stones:
        """From (digest, bucket) pairs."""
        held = list(pairs)
        return Stones(frozenset(each for each, _ in held), frozenset(each for _, each in held))


@dataclass(frozen=True)
class Forgotten:
    """What of one resource must not come in. numbers: {field: attribute} of its fields that say who a row is about.

    secret: the key of the digests. state: another whenever a tombstone came or went.
    """

    resource: str
    population: str
    secret: bytes = field(repr=False)
    records: Stones = Stones()
    of_numbers: Stones = Stones()
    numbers: Mapping[str, str] = field(default_factory=dict)
    state: str = ""

    def __bool__(self) -> bool:
        return bool(self.records.digests or self.of_numbers.digests)

    def key_is(self, key: str) -> bool:
        """Whether the record of that source key was erased."""
        return digest(self.secret, self.resource, key) in self.records.digests

    def number_is(self, attribute: str, number: str) -> bool:
        """Whether whoever bears the number was erased."""
        return digest(self.secret, self.population, attribute, number) in self.of_numbers.digests

    def row_is(self, key: str | None, values: Mapping[str, str | None]) -> bool:
        """Whether a row, by its key or by a number in its own fields, is about somebody erased."""
        if key is not None and key and self.key_is(key):
            return True
        return any(
            self.number_is(attribute, number)
            for name, attribute in self.numbers.items()
            if (number := values.get(name))
        )

    def text_holds(self, numbers: Sequence[tuple[str, str]]) -> bool:
        """Whether one of these (attribute, number) found in a text nobody could read is of somebody erased."""
        return any(self.number_is(attribute, number) for attribute, number in numbers)


NOBODY = Forgotten("", "", b"")

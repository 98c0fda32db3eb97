"""Tombstones: setting them, reading them for a load, taking them away again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from django.conf import settings

from .engine.forgotten import Forgotten, Stones, bucket, digest
from .models import Erasure, Tombstone

#: Attributes that say beyond doubt who a record is about, and so keep the subject from coming back in any record.
IDENTIFYING = ("id_number", "passport_number", "uscc")
_BATCH = 2_000


def secret() -> bytes:
    """The key of the digests, made from the installation's."""
    return hashlib.sha256(b"tongchou tombstone\0" + settings.LOOKUP_KEY.encode()).digest()


def place(
    erasure: Erasure, records: Iterable[tuple[str, str]], numbers: Iterable[tuple[str, str]] = ()
) -> int:
    """Set the tombstones of an erasure, unless they stand; returns how many there are.

    records: (resource, source key); numbers: (attribute, value) of a subject that goes altogether.
    """
    key = secret()
    made = [
        Tombstone(
            erasure=erasure, kind=Tombstone.Kind.RECORD, within=resource,
            digest=digest(key, resource, source_key), bucket=bucket(source_key),
        )
        for resource, source_key in records
    ] + [
        Tombstone(
            erasure=erasure, kind=Tombstone.Kind.NUMBER, within=erasure.population,
            digest=digest(key, erasure.population, attribute, value), bucket=bucket(value),
        )
        for attribute, value in numbers
    ]  # fmt: skip
    erasure.tombstones.all().delete()
    Tombstone.objects.bulk_create(made, batch_size=_BATCH)
    return len(made)


def forgotten(resource: str, population: str, numbers: dict[str, str]) -> Forgotten:
    """What must not come in with a delivery of `resource`. numbers: {field: attribute} as `identifying` gives them."""
    records = list(
        Tombstone.objects.filter(kind=Tombstone.Kind.RECORD, within=resource).values_list("digest", "bucket")
    )
    of_numbers = (
        list(
            Tombstone.objects.filter(kind=Tombstone.Kind.NUMBER, within=population).values_list(
                "digest", "bucket"
            )
        )
        if population and numbers
        else []
    )
    told = sorted(bytes(each) for each, _ in (*records, *of_numbers))
    return Forgotten(
        resource, population, secret(),
        Stones.of((bytes(each), place) for each, place in records),
        Stones.of((bytes(each), place) for each, place in of_numbers),
        numbers, hashlib.sha256(b"".join(told)).hexdigest()[:16],
    )  # fmt: skip


def identifying(fields: Sequence[tuple[str, str]]) -> dict[str, str]:
    """{field: attribute} of those fields that identify their row's subject. fields: (name, attribute)."""
    return {name: attribute for name, attribute in fields if attribute in IDENTIFYING}

"""Bringing the relations documents up to the published links and logs: all are derived, those that differ are written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.conf import settings

from .. import links, published
from ..engine.connection import connect
from ..engine.locks import writing
from ..folders import base_folder, data_root
from ..logs import latest_delivery
from ..models import Population
from ..plans import feeds_of
from ..serving.documents import SHARDS
from ..serving.sealing import seal
from ..subjects import PREFIXES
from .building import Linked, documents, prepare
from .declared import Rule, rules
from .served import bound
from .storing import Row, Writing, store

Progress = Callable[[int, int], None]

#: From so many documents on they are made shard by shard, so that memory stays bounded.
SHARD_FROM = 100_000
#: Raised when documents are made differently, so that those of an earlier version are made again.
FORM = 2
_AT_ONCE = 5_000
#: How long one refresh waits for another.
_WAIT_SECONDS = 3600


def refresh(*, progress: Progress | None = None) -> int:
    """Derive the relations of all subjects and write the documents that differ; returns how many were written or removed.

    Nothing is done when neither links nor records nor rules have changed since the last refresh. Whoever reads
    meanwhile, or after a crash, gets the answers of the last finished one.
    """
    with writing(data_root(), "relations", wait_seconds=_WAIT_SECONDS):
        in_force = rules()
        made = made_of(in_force)
        place = store()
        if place.state() == made:
            return 0
        with connect(data_root()) as db:
            total = prepare(db, data_root(), _linked(), in_force)
            with place.writing() as open_writing:
                changed, done = 0, 0
                for prefix in _shards() if total >= SHARD_FROM else [""]:
                    for count, written in _write(open_writing, _texts(documents(db, prefix)), prefix):
                        done, changed = done + count, changed + written
                        if progress:
                            progress(done, total)
                open_writing.finish(made)
    return changed


def forget(subject_ids: Sequence[str]) -> int:
    """Remove the documents of some subjects, beyond recovery; returns how many there were. `refresh` follows."""
    with writing(data_root(), "relations", wait_seconds=_WAIT_SECONDS):
        return store().remove(list(subject_ids))


def is_behind() -> bool:
    """Whether links, records or rules have changed since the last refresh."""
    return store().state() != made_of(rules())


def made_of(in_force: Sequence[Rule]) -> dict[str, Any]:
    """What the documents are derived from: versions of links and base libraries, latest deliveries, the rules."""
    told = hashlib.sha256(json.dumps([repr(each) for each in in_force]).encode()).hexdigest()
    numbers: dict[str, int] = {}
    deliveries: dict[str, str] = {}
    for code in Population.objects.values_list("code", flat=True):
        version = links.current(code)
        numbers[code] = version.number if version else 0
        if version:
            deliveries |= {feed.resource: latest_delivery(feed.resource) for feed in feeds_of(code)}
    return {"form": FORM, "links": numbers, "deliveries": deliveries, "rules": told}


def _linked() -> list[Linked]:
    found = []
    for each in Population.objects.all():
        version, library = links.current(each.code), published.current(base_folder(each.code))
        if version is not None:
            found.append(
                Linked(
                    each.code, each.kind, feeds_of(each.code), version.parts["links"],
                    library.parts["base"] if library and library.facts.get("subjects") else None,
                )
            )  # fmt: skip
    return found


def _shards() -> Iterator[str]:
    return (prefix + each for prefix in PREFIXES.values() for each in SHARDS)


def _texts(batches: Iterator[Any]) -> Iterator[tuple[str, str]]:
    for batch in batches:
        yield from zip(
            batch.column("subject_id").to_pylist(), batch.column("document").to_pylist(), strict=True
        )


def _write(open_writing: Writing, found: Iterator[tuple[str, str]], prefix: str) -> Iterator[tuple[int, int]]:
    """Write what differs, forget what is gone; yields (documents looked at, documents changed)."""
    known = dict(open_writing.digests(prefix))
    key = hashlib.sha256(b"tongchou relations\0" + settings.LOOKUP_KEY.encode()).digest()
    while some := list(islice(found, _AT_ONCE)):
        texts = [text.encode() for _, text in some]
        digests = [hashlib.blake2b(text, key=key, digest_size=16).digest() for text in texts]
        differing = [
            (subject_id, digest, text)
            for (subject_id, _), digest, text in zip(some, digests, texts, strict=True)
            if known.pop(subject_id, None) != digest
        ]
        bodies = seal([bound(each[0]) for each in differing], [each[2] for each in differing])
        rows: list[Row] = [(each[0], each[1], body) for each, body in zip(differing, bodies, strict=True)]
        open_writing.put(rows)
        yield len(some), len(rows)
    open_writing.remove(known)
    yield 0, len(known)

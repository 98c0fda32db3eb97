"""Bringing the relations documents up to the published links and logs.

Who is tied to whom is derived of all, because a number may come to mean somebody else far away; but a document is put
together, sealed and written only where it would be another. What tells is a number per document (`telling.mark`), kept
beside the store since the last refresh.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from .. import links, published
from ..engine.connection import connect, quote, rows
from ..engine.locks import writing
from ..folders import base_folder, data_root, pool_root
from ..logs import latest_delivery
from ..models import Population
from ..plans import feeds_of
from ..serving.documents import SHARDS
from ..serving.sealing import seal
from ..subjects import PREFIXES
from .building import Linked, prepare
from .declared import Rule, rules
from .served import bound
from .storing import Row, Writing, store
from .telling import documents, mark, tell

Progress = Callable[[int, int], None]

#: From so many documents on they are made shard by shard, so that memory stays bounded.
SHARD_FROM = 100_000
#: Raised when documents are made differently, so that those of an earlier version are made again.
FORM = 3
_AT_ONCE = 5_000
#: How long one refresh waits for another.
_WAIT_SECONDS = 3600


def refresh(*, everything: bool = False, progress: Progress | None = None) -> int:
    """Derive the relations of all subjects and write the documents that differ; returns how many were written or removed.

    Nothing is done when neither links nor records nor rules have changed since the last refresh, unless `everything` is
    to be put together again. Whoever reads meanwhile, or after a crash, gets the answers of the last finished one.
    """
    with writing(data_root(), "relations", wait_seconds=_WAIT_SECONDS):
        in_force = rules()
        made = made_of(in_force)
        place = store()
        state = place.state()
        if not everything and _without_marks(state) == made:
            return 0
        before = None if everything or state.get("form") != FORM else _marks_file(state.get("marks", ""))
        number = os.urandom(8).hex()
        with connect(data_root()) as db:
            prepare(db, data_root(), _linked(), in_force)
            mark(db)
            gone = _ask_for(db, before)
            total = tell(db)
            with place.writing() as open_writing:
                changed, done = 0, 0
                for prefix in _shards() if total >= SHARD_FROM else [""]:
                    found = _texts(documents(db, prefix))
                    for count, written in _write(open_writing, found, prefix, whole=before is None):
                        done, changed = done + count, changed + written
                        if progress:
                            progress(done, total)
                if gone:
                    open_writing.remove(gone)
                    changed += len(gone)
                _keep_marks(db, number)
                open_writing.finish({**made, "marks": number})
        _sweep(number)
    return changed


def _ask_for(db: duckdb.DuckDBPyConnection, before: Path | None) -> list[str]:
    """Make `wanted` (subject_id): whose document must be put together. Returns those whose document must go."""
    if before is None:
        db.execute("CREATE TEMP TABLE wanted AS SELECT subject_id FROM marks")
        return []
    old = f"read_parquet({quote(str(before))})"
    db.execute(
        f"""CREATE TEMP TABLE wanted AS SELECT m.subject_id FROM marks m LEFT JOIN {old} o USING (subject_id)
        WHERE o.mark IS DISTINCT FROM m.mark"""
    )
    gone = rows(db, f"SELECT subject_id FROM {old} ANTI JOIN marks USING (subject_id) ORDER BY subject_id")
    return [row[0] for row in gone]


def _marks_file(number: str) -> Path | None:
    """The marks of the refresh of that number; None when they are lost."""
    file = _folder() / f"marks-{number}.parquet"
    return file if number and file.exists() else None


def _keep_marks(db: duckdb.DuckDBPyConnection, number: str) -> None:
    """Write the marks that belong to the documents which will be in force."""
    _folder().mkdir(parents=True, exist_ok=True)
    found = db.sql("SELECT subject_id, mark FROM marks ORDER BY subject_id").to_arrow_table()
    published.write(_folder(), f"marks-{number}.parquet", found)


def _sweep(number: str) -> None:
    for file in _folder().glob("*"):
        if file.name != f"marks-{number}.parquet":
            file.unlink(missing_ok=True)


def _folder() -> Path:
    return pool_root() / "relations"


def _without_marks(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "marks"}


def forget(subject_ids: Sequence[str]) -> int:
    """Remove the documents of some subjects, beyond recovery; returns how many there were. `refresh` follows, of all."""
    with writing(data_root(), "relations", wait_seconds=_WAIT_SECONDS):
        _sweep("")
        return store().remove(list(subject_ids))


def is_behind() -> bool:
    """Whether links, records or rules have changed since the last refresh."""
    return _without_marks(store().state()) != made_of(rules())


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


def _write(
    open_writing: Writing, found: Iterator[tuple[str, str]], prefix: str, *, whole: bool
) -> Iterator[tuple[int, int]]:
    """Write what differs; yields (documents looked at, documents changed).

    whole: `found` are all there are, so that what is not among them is forgotten. Else they are known to differ.
    """
    known = dict(open_writing.digests(prefix)) if whole else {}
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
        sealed: list[Row] = [(each[0], each[1], body) for each, body in zip(differing, bodies, strict=True)]
        open_writing.put(sealed)
        yield len(some), len(sealed)
    open_writing.remove(known)
    yield 0, len(known)

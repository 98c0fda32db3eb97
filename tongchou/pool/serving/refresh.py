"""Which documents are rewritten, and the rewriting: changed links, and records that got new versions."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast

import pyarrow as pa

from ..engine.connection import connect, one, quote
from ..folders import data_root
from ..links import current as current_links
from ..links import tables as link_tables
from ..logs import versions_sql
from ..plans import Feed
from . import store
from .digests import KINDS, digester
from .documents import documents
from .sealing import seal
from .store import Lookup, Row

Progress = Callable[[int, int], None]
Item = TypeVar("Item")

#: Batches made ahead of each step.
_AHEAD = 2

#: When more than this share of a population changes, all of it is rewritten: that costs less than picking.
REWRITE_SHARE = 0.5


def refresh(
    population: str,
    kind: str,
    feeds: Sequence[Feed],
    changed: pa.Table | None,
    *,
    everything: bool = False,
    thoroughly: bool = False,
    progress: Progress | None = None,
) -> int:
    """Bring the index of a population up to its published links and logs; returns the documents rewritten.

    changed: the subjects whose links changed (column subject_id). Subjects of records with versions the index has
    not seen are found here. everything: rebuild. thoroughly: overwrite what goes (`Store.writing`). Until it ends,
    and if it dies, the index answers as before. The caller holds the population's lock.
    """
    version = current_links(population)
    if version is None:
        return 0
    index = store()
    state = index.state(population)
    root = data_root()
    shape = _shape(feeds)
    everything = everything or state.get("shape") != shape
    seen: dict[str, str] = {} if everything else state.get("seen", {})
    # An index that missed a run of links (it died between publishing and refreshing) cannot trust `changed`.
    missed = state.get("links") not in (version.number - 1, version.number)
    with connect(root) as db:
        newest = _newest(db, root, feeds)
        wanted: pa.Table | None = None
        if not everything and not missed and changed is not None:
            wanted = _wanted(db, root, feeds, seen, changed, version.parts["links"])
            if wanted.num_rows > REWRITE_SHARE * max(index.count(population), 1):
                wanted = None
        total = wanted.num_rows if wanted is not None else _subjects(db, version.parts["links"])
        _, aliases = link_tables(population)
        with index.writing(population, thoroughly=thoroughly) as writing:
            if wanted is None:
                writing.clear()
            else:
                writing.remove(wanted.column("subject_id").to_pylist())
            written = 0
            batches = documents(
                db,
                root,
                feeds,
                population=population,
                kind=kind,
                links=version.parts["links"],
                wanted=wanted,
                size=total,
            )
            # While one batch is stored the next is sealed, and the one after put together.
            for rows, lookups in _ahead(_sealed(_ahead(batches), kind)):
                writing.put(rows, lookups)
                written += len(rows)
                if progress:
                    progress(written, total)
            pairs = zip(
                aliases.column("subject_id").to_pylist(),
                aliases.column("merged_into").to_pylist(),
                strict=True,
            )
            writing.finish(pairs, {"links": version.number, "seen": newest, "shape": shape})
    return written


def _shape(feeds: Sequence[Feed]) -> str:
    """A digest of what a document is made of: when the catalogue changes a field, all are rewritten."""
    told = [
        [feed.resource, feed.address_only, [[each.name, each.attribute] for each in feed.fields]]
        for feed in feeds
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _sealed(batches: Iterator[pa.RecordBatch], kind: str) -> Iterator[tuple[list[Row], list[Lookup]]]:
    digest = digester()
    for batch in batches:
        ids = batch.column("subject_id").to_pylist()
        texts = batch.column("document").to_pylist()
        rows = list(zip(ids, seal(ids, [text.encode() for text in texts]), strict=True))
        lookups = [
            (name, digest(name, *value.split("\x1f")), subject_id)
            for name in KINDS[kind]
            for subject_id, values in zip(ids, batch.column(f"by_{name}").to_pylist(), strict=True)
            for value in values or ()
        ]
        yield rows, lookups


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """What `items` gives, in its order, made by a thread of its own a little ahead of whoever takes it."""
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        waiting = deque(thread.submit(next, items, end) for _ in range(_AHEAD))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, items, end))
            yield cast(Item, item)


def _newest(db: Any, root: Path, feeds: Sequence[Feed]) -> dict[str, str]:
    """{resource: the latest instant in its log}; a log has one writer at a time, so its instants only grow."""
    found = {}
    for feed in feeds:
        versions = versions_sql(root, feed)
        if versions is not None:
            found[feed.resource] = one(db, f"SELECT max(_recorded_at)::VARCHAR FROM ({versions})")[0]
    return found


def _wanted(
    db: Any, root: Path, feeds: Sequence[Feed], seen: dict[str, str], changed: pa.Table, links: Path
) -> pa.Table:
    db.register("changed", changed)
    parts = ["SELECT subject_id FROM changed"]
    for feed in feeds:
        versions = versions_sql(root, feed)
        if versions is None:
            continue
        after = (
            f"WHERE _recorded_at > {quote(seen[feed.resource])}::TIMESTAMPTZ" if feed.resource in seen else ""
        )
        parts.append(
            f"""SELECT l.subject_id FROM read_parquet({quote(str(links))}) l
            WHERE l.resource = {quote(feed.resource)} AND l.source_key IN (SELECT _key FROM ({versions}) {after})"""
        )
    table: pa.Table = db.sql(
        f"SELECT DISTINCT subject_id FROM ({' UNION ALL '.join(parts)}) ORDER BY subject_id"
    ).to_arrow_table()
    return table


def _subjects(db: Any, links: Path) -> int:
    return int(one(db, f"SELECT count(DISTINCT subject_id) FROM read_parquet({quote(str(links))})")[0])

"""Which documents are rewritten, and the rewriting: changed links, and records that got new versions."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..engine.connection import connect
from ..folders import data_root
from ..links import current as current_links
from ..plans import Feed
from ..touched import newest, subjects_in, touched
from . import placing, store
from .digests import KINDS, digester
from .documents import documents
from .sealing import seal
from .store import Lookup, Row

Progress = Callable[[int, int], None]
Item = TypeVar("Item")

#: What documents can be looked up by has changed since: all are rewritten.
FORM = 2
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
        latest = newest(feeds)
        wanted: pa.Table | None = None
        if not everything and not missed and changed is not None:
            wanted = touched(db, root, feeds, seen, changed, version.parts["links"])
            if wanted.num_rows > REWRITE_SHARE * max(index.count(population), 1):
                wanted = None
        total = wanted.num_rows if wanted is not None else subjects_in(db, version.parts["links"])
        aliases = pq.read_table(version.parts["aliases"], columns=["subject_id", "merged_into"])
        with index.writing(population, thoroughly=thoroughly) as writing:
            if wanted is None:
                writing.clear()
            written = 0
            ids: list[pa.Array] = []
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
            for of_them, rows, lookups in _ahead(_sealed(_ahead(batches), kind)):
                writing.put(rows, lookups)
                written += len(rows)
                if wanted is not None:
                    ids.append(of_them)
                if progress:
                    progress(written, total)
            if wanted is not None:
                writing.remove(_left(wanted, ids).to_pylist())
            pairs = zip(
                aliases.column("subject_id").to_pylist(),
                aliases.column("merged_into").to_pylist(),
                strict=True,
            )
            writing.finish(pairs, {"links": version.number, "seen": latest, "shape": shape})
    return written


def _shape(feeds: Sequence[Feed]) -> str:
    """A digest of what a document is made of: when the catalogue changes a field, all are rewritten."""
    told: list[object] = [FORM]
    told += [
        [feed.resource, feed.address_only, [[each.name, each.attribute] for each in feed.fields]]
        for feed in feeds
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _left(wanted: pa.Table, written: list[pa.Array]) -> pa.Array:
    """The subjects that were to be written and have no document any more."""
    found = wanted.column("subject_id").combine_chunks()
    there = pa.chunked_array(written, pa.string()) if written else pa.array([], pa.string())
    return found.filter(pc.invert(pc.is_in(found, value_set=there)))


def _sealed(
    batches: Iterator[pa.RecordBatch], kind: str
) -> Iterator[tuple[pa.Array, list[Row], list[Lookup]]]:
    digest = digester()
    names = list(KINDS[kind])
    for batch in batches:
        ids = batch.column("subject_id").to_pylist()
        bodies = seal(ids, batch.column("document").cast(pa.binary()).to_pylist())
        values = [batch.column(f"by_{name}").to_pylist() for name in names]
        rows: list[Row] = []
        lookups: list[Lookup] = []
        for subject_id, body, *found in zip(ids, bodies, *values, strict=True):
            mine = {
                key: told
                for name, some in zip(names, found, strict=True)
                for told, key in _lookups(name, some or (), digest)
            }
            rows.append((subject_id, body, b"".join(mine)))
            lookups += [(name, each, subject_id) for each, name in mine.items()]
        yield batch.column("subject_id"), rows, lookups


def _lookups(name: str, values: Sequence[str], digest: Callable[..., bytes]) -> Iterable[tuple[str, bytes]]:
    """(kind, digest) of each value of a subject, or of what its values say together."""
    if name == "address":
        return placing.lookups(values, digest)
    return ((name, digest(name, *value.split("\x1f"))) for value in values)


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """What `items` gives, in its order, made by a thread of its own a little ahead of whoever takes it."""
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        waiting = deque(thread.submit(next, items, end) for _ in range(_AHEAD))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, items, end))
            yield cast(Item, item)

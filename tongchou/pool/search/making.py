"""Making and following the index: what the records say, from the logs, of the subjects the links say they are about.

All versions count, so that somebody is found by a former name or home as well; whether the searcher may use what was
found is decided on the values (`exchange`).
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from .. import links
from ..engine.connection import connect, quote, threads
from ..engine.connection import name as quoted
from ..folders import data_root
from ..logs import versions_sql
from ..plans import Feed, served
from ..subjects import PREFIXES
from ..touched import newest, subjects_in, touched
from . import apart, index
from .apart import Task
from .index import FORM, State
from .keyed import tokens
from .searched import BESIDES, SEARCHED, Maker
from .shards import beginnings, how_many, shard_of

Progress = Callable[[int, int], None]

#: From so many subjects on, when more than this share of them changed, the index is made anew.
REMAKE_SHARE = 0.5
#: From so many subjects on their entries are made in processes of their own: to start them takes half a second.
APART_FROM = 20_000
_BATCH = 10_000


def follow(
    population: str, kind: str, feeds: Sequence[Feed], changed: pa.Table | None = None, *, everything: bool = False,
    shards: int = 0, progress: Progress | None = None,
) -> int:  # fmt: skip
    """Bring the search index of a population up to its published links and logs; returns the subjects written.

    changed: the subjects whose links changed (column subject_id). Subjects of records with versions the index has not
    seen are found here. An index that is missing, damaged, of another form or more than one run behind is made anew.
    shards: of an index that is made anew, a power of two up to 32; 0 for what its subjects need.
    The caller holds the population's lock.
    """
    version, feeds = links.current(population), served(feeds)
    if version is None or kind not in SEARCHED:
        return 0
    root, shape = data_root(), _shape(kind, feeds)
    held = index.state(population)
    known = held is not None and held.shape == shape and not everything
    known = (
        known
        and held is not None
        and held.links in (version.number - 1, version.number)
        and changed is not None
    )
    with connect(root) as db:
        latest = newest(feeds)
        file = version.parts["links"]
        wanted: pa.Table | None = None
        total = subjects_in(db, file)
        if known and held is not None and changed is not None:
            wanted = touched(db, root, feeds, held.seen, changed, file)
            if wanted.num_rows > REMAKE_SHARE * max(total, 1):
                wanted = None
        with index.next_generation(population) as generation:
            if wanted is None or held is None:
                count = shards or how_many(total, threads())
                gone: dict[int, list[str]] = {shard: [] for shard in range(count)}
            else:
                count, total = held.shards, wanted.num_rows
                gone = index.shards_of(wanted.column("subject_id").to_pylist(), count)
                generation.take_over(range(count))
            rows = _said(db, root, kind, feeds, file, wanted)
            tasks = _tasks(generation, count, gone, _whole(rows))
            written = _write(tasks, kind, total, progress)
            generation.finish(State(version.number, latest, shape, PREFIXES[kind], count))
    return written


def erase(population: str, kind: str, feeds: Sequence[Feed], subject_ids: Sequence[str]) -> None:
    """Take subjects out, and their traces out of the files: the shards they are in are made anew, from logs and links
    that tell of them no more, and the old ones go. The caller holds the population's lock."""
    version, held, feeds = links.current(population), index.state(population), served(feeds)
    if version is None or held is None or held.shape != _shape(kind, feeds):
        follow(population, kind, feeds, everything=True)
        return
    root = data_root()
    gone: dict[int, list[str]] = {each: [] for each in index.shards_of(subject_ids, held.shards)}
    first = "".join(beginnings(each, held.shards) for each in gone)
    with connect(root) as db, index.next_generation(population) as generation:
        generation.take_over([each for each in range(held.shards) if each not in gone])
        wanted = db.sql(
            f"SELECT DISTINCT subject_id FROM read_parquet({quote(str(version.parts['links']))}) "
            f"WHERE contains({quote(first)}, substr(subject_id, 2, 1))"
        ).to_arrow_table()
        rows = _said(db, root, kind, feeds, version.parts["links"], wanted)
        _write(_tasks(generation, held.shards, gone, _whole(rows)), kind, wanted.num_rows, None)
        generation.finish(held)


def _shape(kind: str, feeds: Sequence[Feed]) -> str:
    told = [
        FORM,
        kind,
        [[feed.resource, [[each.name, each.attribute] for each in feed.fields]] for feed in feeds],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _said(
    db: Any, root: Path, kind: str, feeds: Sequence[Feed], file: Path, wanted: pa.Table | None
) -> Iterator[pa.RecordBatch]:
    """Batches of (subject_id, attribute, value, where), the rows of a subject together."""
    chosen = f"SELECT resource, source_key, subject_id FROM read_parquet({quote(str(file))})"
    if wanted is not None:
        db.register("wanted", wanted)
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE chosen_links AS {chosen} "
            "WHERE subject_id IN (SELECT subject_id FROM wanted)"
        )
        chosen = "SELECT * FROM chosen_links"
    parts = []
    for feed in feeds:
        versions = versions_sql(root, feed)
        if versions is None:
            continue
        fields = [
            (each.name, each.attribute)
            for each in feed.fields
            if each.attribute in SEARCHED[kind] or each.attribute in BESIDES
        ]
        if not fields:
            continue
        listed = ", ".join(
            f"struct_pack(a := {quote(attribute)}, w := {quote(f'{feed.resource}.{name}')}, v := {quoted(name)})"
            for name, attribute in fields
        )
        parts.append(
            f"""SELECT subject_id, s.a AS attribute, s.v AS value, s.w AS place FROM (
              SELECT l.subject_id, unnest([{listed}]) AS s FROM ({versions}) v
              JOIN ({chosen}) l ON l.resource = {quote(feed.resource)} AND l.source_key = v._key
              WHERE v._op = 'put') WHERE s.v IS NOT NULL"""
        )
    if parts:
        yield from db.sql(
            f"""SELECT subject_id, attribute, value, list_sort(list(DISTINCT place)) AS places
            FROM ({" UNION ALL ".join(parts)}) GROUP BY subject_id, attribute, value ORDER BY subject_id"""
        ).to_arrow_reader(_BATCH)


def _write(tasks: Iterator[Task], kind: str, total: int, progress: Progress | None) -> int:
    written = 0

    def report(more: int) -> None:
        nonlocal written
        written += more
        if progress:
            progress(written, total)

    if total >= APART_FROM and threads() > 1:
        for more in apart.by_processes(tasks, kind, str(settings.LOOKUP_KEY), threads()):
            report(more)
    else:
        maker = Maker(kind, tokens())
        for task in tasks:
            apart.here(task, maker, report)
    return written


def _tasks(
    generation: index.Generation, count: int, gone: dict[int, list[str]], batches: Iterable[pa.RecordBatch]
) -> Iterator[Task]:
    """The shards that are to be written, in their order, each with its rows. batches: in the order of the ids."""
    waiting = sorted(gone)
    rows: list[pa.RecordBatch] = []

    def task(shard: int) -> Task:
        return Task(generation.shard(shard), gone[shard], rows)

    for batch in batches:
        for shard, part in _parted(batch, count):
            while waiting[0] < shard:
                yield task(waiting.pop(0))
                rows = []
            rows.append(part)
    for shard in waiting:
        yield task(shard)
        rows = []


def _parted(batch: pa.RecordBatch, count: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """A batch by shards."""
    ids = batch.column("subject_id")
    start = 0
    while start < batch.num_rows:
        shard = shard_of(ids[start].as_py(), count)
        end = bisect_right(
            range(batch.num_rows), shard, lo=start, key=lambda place: shard_of(ids[place].as_py(), count)
        )
        yield shard, batch.slice(start, end - start)
        start = end


def _whole(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches that part no subject."""
    begun: pa.RecordBatch | None = None
    for batch in batches:
        if begun is not None and begun.num_rows:
            batch = pa.concat_batches([begun, batch])
        ids = batch.column("subject_id")
        last = pc.index(ids, ids[-1]).as_py() if batch.num_rows else 0
        if last:
            yield batch.slice(0, last)
        begun = batch.slice(last)
    if begun is not None and begun.num_rows:
        yield begun

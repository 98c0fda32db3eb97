"""Making and following the index: what the records say, from the logs, of the subjects the links say they are about.

All versions count, so that somebody is found by a former name or home as well; whether the searcher may use what was
found is decided on the values (`exchange`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from .. import links
from ..engine.connection import connect, quote
from ..engine.connection import name as quoted
from ..folders import data_root
from ..logs import versions_sql
from ..plans import Feed, served
from ..subjects import PREFIXES
from ..touched import newest, subjects_in, touched
from . import features, index
from .index import FORM, Entry, State, Writing
from .keyed import tokens

Progress = Callable[[int, int], None]

#: What is searched, by kind of subject: attribute → how its features are made.
SEARCHED: dict[str, dict[str, Callable[[str], tuple[str, ...]]]] = {
    "person": {"name": features.of_person_name, "address": features.of_address},
    "enterprise": {
        "name": features.of_organisation_name,
        "legal_representative": features.of_person_name,
        "address": features.of_address,
    },
    "place": {"name": features.of_organisation_name, "address": features.of_address},
}
#: Read besides, to narrow names.
_BESIDES = ("birth_date",)
#: From so many subjects on, when more than this share of them changed, the index is made anew.
REMAKE_SHARE = 0.5
_BATCH = 20_000


def follow(
    population: str, kind: str, feeds: Sequence[Feed], changed: pa.Table | None = None, *, everything: bool = False,
    progress: Progress | None = None,
) -> int:  # fmt: skip
    """Bring the search index of a population up to its published links and logs; returns the subjects written.

    changed: the subjects whose links changed (column subject_id). Subjects of records with versions the index has not
    seen are found here. An index that is missing, damaged, of another form or more than one run behind is made anew.
    The caller holds the population's lock.
    """
    version, feeds = links.current(population), served(feeds)
    if version is None or kind not in SEARCHED:
        return 0
    root, shape = data_root(), _shape(kind, feeds)
    held = index.state(population)
    known = held is not None and held.whole and held.shape == shape and not everything
    known = (
        known
        and held is not None
        and held.links in (version.number - 1, version.number)
        and changed is not None
    )
    with connect(root) as db:
        latest = newest(feeds)
        wanted: pa.Table | None = None
        total = subjects_in(db, version.parts["links"])
        if known and held is not None and changed is not None:
            wanted = touched(db, root, feeds, held.seen, changed, version.parts["links"])
            if wanted.num_rows > REMAKE_SHARE * max(total, 1):
                wanted = None
        writing = index.begin_anew(population) if wanted is None else index.go_on(population)
        try:
            if wanted is not None:
                total = wanted.num_rows
                writing.remove(wanted.column("subject_id").to_pylist())
            written = _write(
                writing, _said(db, root, kind, feeds, version.parts["links"], wanted), kind, total, progress
            )
            writing.finish(State(version.number, latest, shape, PREFIXES[kind]))
        except BaseException:
            writing.drop()
            raise
    return written


def forget(population: str, subject_ids: Iterable[str]) -> None:
    """Take subjects out at once; the index is then to be made anew, so that nothing of them is left in its files.

    The caller holds the population's lock.
    """
    held = index.state(population)
    if held is None:
        return
    writing = index.go_on(population)
    try:
        writing.remove(subject_ids)
        writing.finish(State(held.links, held.seen, held.shape, held.letter, whole=False))
    except BaseException:
        writing.drop()
        raise


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
            if each.attribute in SEARCHED[kind] or each.attribute in _BESIDES
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


def _write(
    writing: Writing, batches: Iterable[pa.RecordBatch], kind: str, total: int, progress: Progress | None
) -> int:
    token = tokens()

    def keyed(found: Iterable[str]) -> str:
        return " ".join(map(token, found))

    keyed_name = lru_cache(maxsize=1 << 16)(lambda attribute, value: keyed(SEARCHED[kind][attribute](value)))
    keyed_place = lru_cache(maxsize=1 << 16)(lambda value: keyed(features.narrowing(places=[value])))
    written, held = 0, ""
    rows: list[tuple[str, str, list[str]]] = []

    def close() -> None:
        births = [value for attribute, value, _ in rows if attribute == "birth_date"]
        homes = [value for attribute, value, _ in rows if attribute == "address"]
        beside = " ".join([keyed(features.narrowing(births=births)), *map(keyed_place, homes)])
        for attribute, value, places in rows:
            if attribute not in SEARCHED[kind]:
                continue
            told = keyed_name(attribute, value)
            if told:
                writing.add(Entry(held, f"{told} {beside}" if attribute == "name" else told, places))

    for batch in batches:
        columns = [batch.column(each).to_pylist() for each in ("subject_id", "attribute", "value", "places")]
        for subject_id, attribute, value, places in zip(*columns, strict=True):
            if subject_id != held:
                if rows:
                    close()
                    written += 1
                held, rows = subject_id, []
            rows.append((attribute, value, places))
        if progress:
            progress(written, total)
    if rows:
        close()
        written += 1
    return written

"""Bringing the spots up to the base library of places: only those that what changed can reach are found again.

What every place says of itself is kept beside the spots as it was read, so that an address is parsed once. A place takes
its spot from those it shares a building, gate, estate, street or community with (`places`); so when a place comes, goes
or says something else, only those that share one of these with what it says or said are looked at again. Where the
boundaries have changed, or the cities in which positions are known, all are.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tongchou.standards.addresses import Place, parse

from . import published
from .engine.connection import connect
from .folders import base_folder, data_root
from .models import Area, Population
from .places import (
    SPOTS,
    TOGETHER,
    Said,
    Spot,
    bare_name,
    fall_into,
    folder_of,
    full_names,
    keys_of,
    known_of,
    said_in,
)
from .shapes import Shapes

#: Marks of a place that its spot may depend on.
_MARKS = (
    "city", "county", "community", "group", "street", "kind", "number", "core", "sort", "phase", "building",
)  # fmt: skip
READ = pa.schema(
    [
        ("subject_id", pa.string()),
        ("address", pa.string()),
        ("stated", pa.string()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        *((name, pa.string()) for name in _MARKS),
        ("keys", pa.list_(pa.string())),
        ("full", pa.string()),
        ("bare", pa.string()),
        ("lies_in", pa.string()),
        ("found", pa.string()),
        ("grid", pa.string()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("precision", pa.string()),
    ]
)
"""What each place says (address, stated community, position), how it was read, and the spot found for it.

keys: what it shares with neighbours. full: its community as it calls it; bare: without the word for its kind; lies_in:
the community it teaches its neighbours. found: the community of its spot, without the word for its kind.
"""


def derive(population: Population, *, everything: bool = False) -> published.Version | None:
    """Derive and publish the spots of a population of places from its base library; None without one.

    Does nothing when they stand for that base library already. everything: find all of them again.
    The caller holds the population's lock.
    """
    base = published.current(base_folder(population.code))
    if population.kind != Population.Kind.PLACE or base is None:
        return None
    folder = folder_of(population.code)
    before = published.current(folder)
    boundaries, drawn = shapes(), _drawn()
    if before is not None and not everything and before.at == base.at and before.facts.get("areas") == drawn:
        return before
    known = None
    if before is not None and not everything and before.facts.get("areas") == drawn and _is_there(before):
        known = pq.read_table(before.parts["read"])
    library = pq.read_table(base.parts["base"])
    read, looked_at = follow(known, library, boundaries, data_root())
    version = published.publish(
        folder, {"spots": spots_in(read, boundaries), "read": read}, at=base.at,
        facts={"areas": drawn, "looked_at": looked_at}, together=TOGETHER,
    )  # fmt: skip
    published.sweep(folder, ("spots", "read"))
    return version


def forget() -> int:
    """Forget what places say (after an erasure, of which it would keep an address); returns how many files went.

    The spots stay; the next run finds all of them again.
    """
    codes = Population.objects.values_list("code", flat=True)
    files = [file for code in codes for file in folder_of(code).glob("read-*")]
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def _is_there(version: published.Version) -> bool:
    return "read" in version.parts and version.parts["read"].exists()


def follow(
    known: pa.Table | None, library: pa.Table, boundaries: Mapping[str, Shapes], root: Path | None = None
) -> tuple[pa.Table, int]:
    """The places of a base library, read and with their spots (`READ`), ordered; and how many were looked at.

    known: as it was before; None when nothing is known. root: the data folder, to spill into.
    """
    said = _said(library)
    if known is None:
        return _found(_read(said), READ.empty_table(), boundaries, None)
    with connect(root) as db:
        db.register("said", said)
        db.register("known", known)
        columns = ("address", "stated", "longitude", "latitude")
        same = " AND ".join(f"s.{each} IS NOT DISTINCT FROM k.{each}" for each in columns)
        fresh = db.sql(
            f"SELECT * FROM said s WHERE NOT EXISTS (FROM known k WHERE k.subject_id = s.subject_id AND {same})"
        ).to_arrow_table()
        stays = (
            db.sql(
                f"""SELECT * FROM known k WHERE EXISTS (FROM said s WHERE k.subject_id = s.subject_id AND {same})
            ORDER BY subject_id"""
            )
            .to_arrow_table()
            .cast(READ)
        )
        gone = (
            db.sql(
                f"SELECT * FROM known k WHERE NOT EXISTS (FROM said s WHERE k.subject_id = s.subject_id AND {same})"
            )
            .to_arrow_table()
            .cast(READ)
        )
    came = _read(fresh)
    return _found(came, stays, boundaries, gone)


def _found(
    came: pa.Table, stays: pa.Table, boundaries: Mapping[str, Shapes], gone: pa.Table | None
) -> tuple[pa.Table, int]:
    """All places with their spots. came: without spots yet; stays: with those of before; gone: as they were, None when
    nothing was known before.
    """
    if gone is not None and _heads(pa.concat_tables([stays, gone])) == _heads(
        pa.concat_tables([stays, came])
    ):
        reached = _reached(stays, pa.concat_tables([came, gone]))
        again, rest = stays.filter(reached), stays.filter(pc.invert(reached))
    else:
        again, rest = stays, stays.slice(0, 0)
    asked = pa.concat_tables([came, again])
    teachers = pa.concat_tables([asked, _teachers(rest, asked)]) if rest.num_rows else asked
    known = known_of(_places(teachers), _heads(pa.concat_tables([rest, asked])))
    found = {each.subject_id: known.spot(each, place) for each, place in _places(asked)}
    fall_into(found, boundaries)
    spots = [found[each] for each in asked["subject_id"].to_pylist()]
    for name, values in (
        ("found", [each.community for each in spots]),
        ("grid", [each.grid for each in spots]),
        ("x", [each.longitude for each in spots]),
        ("y", [each.latitude for each in spots]),
        ("precision", [each.precision for each in spots]),
    ):
        at = READ.get_field_index(name)
        asked = asked.set_column(at, READ.field(at), pa.array(values, READ.field(at).type))
    whole = pa.concat_tables([rest, asked])
    return whole.take(pc.sort_indices(whole, [("subject_id", "ascending")])).combine_chunks(), asked.num_rows


def spots_in(read: pa.Table, boundaries: Mapping[str, Shapes]) -> pa.Table:
    """The spots to publish: of those of whom anything is known, communities called in full."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    told = read.select(["bare", "full"]).group_by(["bare", "full"]).aggregate([([], "count_all")])
    for row in told.to_pylist():
        if row["full"]:
            counted[row["bare"]][row["full"]] += row["count_all"]
    names = full_names(counted, boundaries)
    found = read["found"].dictionary_encode().combine_chunks()
    called = pa.array([names.get(each, each) for each in found.dictionary.to_pylist()], pa.string())
    table = pa.table(
        [
            read["subject_id"],
            called.take(found.indices),
            read["grid"],
            read["x"],
            read["y"],
            read["precision"],
        ],
        schema=SPOTS,
    )
    nothing = Spot()
    says = pc.or_kleene(
        pc.or_(
            pc.not_equal(table["community"], nothing.community), pc.not_equal(table["grid"], nothing.grid)
        ),
        pc.or_(pc.is_valid(table["longitude"]), pc.not_equal(table["precision"], nothing.precision)),
    )
    return table.filter(says)


def shapes() -> Mapping[str, Shapes]:
    """The boundaries of communities (by name) and grids (by code), ready to look positions up in."""
    found = {"community": Shapes(), "grid": Shapes()}
    for area in Area.objects.filter(level__in=found):
        found[area.level].add(area.name if area.level == Area.Level.COMMUNITY else area.code, area.geometry)
    return found


def _drawn() -> str:
    """A digest of the boundaries."""
    told = list(Area.objects.order_by("level", "code").values_list("level", "code", "name", "geometry"))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _said(library: pa.Table) -> pa.Table:
    """What the base library says of each place."""
    rows = said_in(library)
    return pa.table(
        {
            "subject_id": pa.array([each.subject_id for each in rows], pa.string()),
            "address": pa.array([each.address for each in rows], pa.string()),
            "stated": pa.array([each.community for each in rows], pa.string()),
            "longitude": pa.array([each.longitude for each in rows], pa.float64()),
            "latitude": pa.array([each.latitude for each in rows], pa.float64()),
        }
    )


def _read(said: pa.Table) -> pa.Table:
    """Places as they are read; their spots are yet to be found."""
    rows: list[dict[str, Any]] = []
    for each in said.to_pylist():
        place = parse(each["address"]).place
        full = each["stated"] or parse(each["address"]).community
        rows.append(
            {
                **each,
                **{name: getattr(place, name) for name in _MARKS},
                "keys": ["\x1f".join(key) for key in keys_of(place)],
                "full": full,
                "bare": bare_name(full) if full else "",
                "lies_in": bare_name(each["stated"] or place.community),
                "found": "", "grid": "", "x": None, "y": None, "precision": "",
            }
        )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=READ)


def _places(read: pa.Table) -> Iterator[tuple[Said, Place]]:
    names = ("subject_id", "address", "stated", "longitude", "latitude")
    columns = [read[name].to_pylist() for name in (*names, *_MARKS)]
    for row in zip(*columns, strict=True):
        yield Said(*row[:5]), Place(**dict(zip(_MARKS, row[5:], strict=True)))


def _heads(read: pa.Table) -> frozenset[tuple[str, str]]:
    """The cities and counties in which positions are known."""
    placed = read.filter(pc.and_(pc.is_valid(read["longitude"]), pc.is_valid(read["latitude"])))
    told = placed.group_by(["city", "county"]).aggregate([])
    return frozenset(zip(told["city"].to_pylist(), told["county"].to_pylist(), strict=True))


def _reached(stays: pa.Table, changed: pa.Table) -> pa.Array:
    """Which places what changed can reach: by a building, gate or estate, or, with a position, by street or community."""
    placed = changed.filter(pc.is_valid(changed["longitude"]))
    return pc.or_(
        _with_key(stays, _keys(changed)),
        pc.or_(
            pc.is_in(stays["street"], _values(placed, "street")),
            pc.or_(
                pc.is_in(stays["found"], _communities(placed)),
                pc.is_in(stays["lies_in"], _communities(placed)),
            ),
        ),
    ).combine_chunks()


def _teachers(rest: pa.Table, asked: pa.Table) -> pa.Table:
    """Of the places that are not asked about, those from whom the asked may take something."""
    told = rest.filter(pc.or_(pc.is_valid(rest["longitude"]), pc.not_equal(rest["lies_in"], "")))
    near = pc.or_(
        _with_key(told, _keys(asked)),
        pc.or_(
            pc.is_in(told["street"], _values(asked, "street")),
            pc.and_(
                pc.is_valid(told["longitude"]),
                pc.is_in(told["lies_in"], _communities(pa.concat_tables([asked, _with_keys(told, asked)]))),
            ),
        ),
    )
    return told.filter(near.combine_chunks())


def _with_keys(told: pa.Table, asked: pa.Table) -> pa.Table:
    return told.filter(_with_key(told, _keys(asked)))


def _with_key(read: pa.Table, keys: pa.Array) -> pa.Array:
    """Which places have one of the keys."""
    lists = read["keys"].combine_chunks()
    owners = pc.list_parent_indices(lists).filter(pc.is_in(pc.list_flatten(lists), keys))
    answer = [False] * read.num_rows
    for owner in pc.unique(owners).to_pylist():
        answer[owner] = True
    return pa.array(answer, pa.bool_())


def _keys(read: pa.Table) -> pa.Array:
    return pc.unique(pc.list_flatten(read["keys"].combine_chunks()))


def _values(read: pa.Table, name: str) -> pa.Array:
    found = pc.unique(read[name].combine_chunks())
    return found.filter(pc.not_equal(found, ""))


def _communities(read: pa.Table) -> pa.Array:
    """The communities that places state or were found to lie in, without the word for their kind."""
    both: Iterable[str] = {*_values(read, "lies_in").to_pylist(), *_values(read, "found").to_pylist()}
    return pa.array(sorted(both), pa.string())

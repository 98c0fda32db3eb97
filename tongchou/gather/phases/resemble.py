"""resemble: does each column still look like itself, or have two of them changed places?

An export whose columns were exchanged under right headings passes every check that both columns' values pass: two dates,
two names, two numbers. So what a column looks like is kept of every delivery – the shares of its values' shapes, never
a value – and the next delivery is held when columns look more like each other's past than like their own, or when
records that are already known have the values of two fields exchanged. A person decides then, not a program.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from tongchou.pool.engine.connection import file_list, name, one, rows
from tongchou.pool.engine.log import DeliveryNote, RecordLog
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan
from tongchou.standards.text import Text

from .shape import texts
from .work import Progress, Work

Profile = Mapping[str, Mapping[str, float]]
"""{field: {shape: share of the rows that have it}}."""

#: Rows of a part that are looked at, evenly spread.
LOOKED_AT = 1000
#: Fewer rows than these say nothing.
LEAST_ROWS = 30
#: Earlier deliveries a column is compared with, newest first.
REMEMBERED = 5
#: How much more (of 1) a column must look like another's past than like its own.
GAP = 0.4
#: How much (of 1) it must look like the other's past.
LIKE = 0.6
#: Share of the known records, of those where it can be told, whose values are exchanged.
EXCHANGED = 0.2
#: Records compared with what the log holds of them, at most.
COMPARED = 20_000
#: Shapes kept of a column; rarer ones count together.
_MOST_SHAPES = 40
_REST = "…"
_EMPTY = "∅"

_RUNS = re.compile(r"[㐀-鿿\U00020000-\U000323af]+|[0-9]+|[A-Za-z]+|\s+|.", re.DOTALL)
_YEAR = re.compile(r"(?:19|20)\d\d(?=\D|\d{2}\D|\d{4}$|$)")


class Moved(NamedTuple):
    """That a column looks like another's past. field: under whose heading it came; like: whose it seems to be.
    own, other: how much (0 to 1) it looks like the one's past and the other's. known: by records that are known."""

    field: str
    like: str
    own: float
    other: float
    known: bool = False


def shape_of(text: str, *, literal: bool = False) -> str:
    """What a value looks like: runs of characters by kind and length, a year by its decade, codes as they are.

    literal: whether the field holds codes, whose few values tell it apart; of anything else no more than one Chinese
    character or two others stand here as they are.
    """
    value = text.strip()
    if not value:
        return _EMPTY
    if len(value) <= (4 if literal else 2) and (literal or value.isascii() or len(value) == 1):
        return f"={value}"
    found = []
    if _YEAR.match(value):
        found.append(f"{value[:3]}x")
        value = value[4:]
    for run in _RUNS.findall(value)[:8]:
        first = run[0]
        if first.isdigit() and first.isascii():
            found.append(f"9×{len(run)}")
        elif "㐀" <= first <= "鿿" or first >= "\U00020000":
            found.append(f"字{len(run)}" if len(run) < 5 else "字5+" if len(run) < 10 else "字10+")
        elif first.isascii() and first.isalpha():
            found.append(f"A{min(len(run), 4)}")
        else:
            found.append(" " if first.isspace() else first)
    return "".join(found)


def measured(work: Work, part: Any) -> dict[str, dict[str, int]]:
    """Counts of the shapes of each field's delivered texts in a shaped part."""
    step = max(1, part.num_rows // LOOKED_AT)
    found = {}
    for field in work.plan.fields:
        if field.name not in work.assigned:
            continue
        column = texts(work, part, field.name)
        seen = column.take(list(range(0, len(column), step))).to_pylist() if step > 1 else column.to_pylist()
        literal = _holds_codes(field)
        counted: Counter[str] = Counter()
        for value, times in Counter(seen).items():
            counted[shape_of(value, literal=literal)] += times
        found[field.name] = _few(counted)
    return found


def _holds_codes(field: FieldPlan) -> bool:
    return field.code_list is not None or element(field.element).kind in ("code", "yes_no")


def _few(counted: Counter[str]) -> dict[str, int]:
    kept = dict(counted.most_common(_MOST_SHAPES))
    rest = sum(counted.values()) - sum(kept.values())
    if rest:
        kept[_REST] = kept.get(_REST, 0) + rest
    return kept


def profile(parts: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, float]]:
    """The shares of all parts together; fields with too few rows are left out."""
    counted: dict[str, Counter[str]] = {}
    for part in parts:
        for field, counts in part.items():
            counted.setdefault(field, Counter()).update(counts)
    found = {}
    for field, counts in counted.items():
        total = sum(counts.values())
        if total >= LEAST_ROWS:
            found[field] = {shape: round(times / total, 4) for shape, times in _few(counts).items()}
    return found


def likeness(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    """How much two distributions have in common, 0 to 1."""
    return sum(min(share, right.get(shape, 0.0)) for shape, share in left.items())


def _across(now: Mapping[str, float], before: Mapping[str, float]) -> float:
    """`likeness` of one column to another's past; where one of them holds codes, told as they are, as any words."""
    if _literal(now) != _literal(before):
        return likeness(_general(now), _general(before))
    return likeness(now, before)


def _literal(shapes: Mapping[str, float]) -> bool:
    return sum(share for shape, share in shapes.items() if shape.startswith("=")) > 0.5


def _general(shapes: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for shape, share in shapes.items():
        general = shape_of(shape[1:]) if shape.startswith("=") else shape
        found[general] = found.get(general, 0.0) + share
    return found


def past(notes: Sequence[DeliveryNote]) -> list[Profile]:
    """The profiles of the latest deliveries, newest first; of those that kept one."""
    found = [each.report["profile"] for each in reversed(notes) if each.report.get("profile")]
    return found[:REMEMBERED]


def moved(now: Profile, before: Sequence[Profile]) -> list[Moved]:
    """The columns that look like each other's past and not like their own: of two, or of more that went round.

    A column without a past, or with too few rows, is left out. An emptied column has not moved.
    """
    fields = [each for each in now if any(each in one for one in before)]

    def alike(field: str, other: str) -> float:
        compared = likeness if field == other else _across
        return max(compared(now[field], one[other]) for one in before if other in one)

    found: dict[str, Moved] = {}
    for field in fields:
        own = alike(field, field)
        others = [(alike(field, other), other) for other in fields if other != field]
        if not others or now[field].get(_EMPTY, 0.0) > 0.9:
            continue
        best, like = max(others)
        if best >= LIKE and best - own >= GAP:
            found[field] = Moved(field, like, round(own, 2), round(best, 2))
    # Only columns that went round among themselves: each one's place must have been taken by another.
    while True:
        taken = {each.like for each in found.values()}
        staying = {field: each for field, each in found.items() if field in taken and each.like in found}
        if len(staying) == len(found):
            return list(staying.values())
        found = staying


def exchanged(work: Work, log: RecordLog, kept: Sequence[Path]) -> list[Moved]:
    """Pairs of fields of one kind whose values are exchanged in records the log already holds."""
    pairs = [
        (left.name, right.name)
        for left, right in combinations(work.plan.fields, 2)
        if _kind(left) == _kind(right) and not {left.name, right.name} & set(work.plan.key)
    ]
    if not pairs or not kept or not log.files():
        return []
    fields = sorted({each for pair in pairs for each in pair})
    columns = ", ".join(name(each) for each in fields)
    db = work.connection
    source = f"read_parquet({file_list(list(kept))})"
    # A share of all keys, the same in the delivery and in the log, so that large ones cost little.
    of = max(1, int(one(db, f"SELECT count(*) FROM {source}")[0]) // COMPARED)
    some = f"hash(_key) % {of} = 0"
    latest = ", ".join(f"arg_max({name(each)}, _recorded_at) AS {name('old_' + each)}" for each in fields)
    rows(db, f"CREATE OR REPLACE TEMP TABLE come AS SELECT _key, {columns} FROM {source} WHERE {some}")
    rows(
        db,
        f"""CREATE OR REPLACE TEMP TABLE known AS SELECT _key, {latest}
        FROM ({log.rows_sql(("_key", "_op", "_recorded_at", *fields))})
        WHERE {some} AND _op = 'put' AND _key IN (SELECT _key FROM come) GROUP BY _key""",
    )
    found = []
    for left, right in pairs:
        a, b, was_a, was_b = name(left), name(right), name(f"old_{left}"), name(f"old_{right}")
        told, swapped, kept_own = one(
            db,
            f"""SELECT count(*), count(*) FILTER ({a} = {was_b} AND {b} = {was_a}),
              count(*) FILTER ({a} = {was_a} AND {b} = {was_b})
            FROM come JOIN known USING (_key)
            WHERE {was_a} <> {was_b} AND {a} IS NOT NULL AND {b} IS NOT NULL""",
        )
        if told >= LEAST_ROWS and swapped >= max(LEAST_ROWS // 2, EXCHANGED * told):
            own, other = round(kept_own / told, 2), round(swapped / told, 2)
            found += [Moved(left, right, own, other, True), Moved(right, left, own, other, True)]
    rows(db, "DROP TABLE come; DROP TABLE known")
    return found


def _kind(field: FieldPlan) -> tuple[str, str | None]:
    return element(field.element).kind, field.code_list or element(field.element).code_list


class ColumnsMoved(HouseError):
    """A delivery is held: columns seem to have changed places. moved: which, and how sure."""

    def __init__(self, moved: Sequence[Moved], resource: str) -> None:
        self.moved = tuple(moved)
        pairs = {tuple(sorted((each.field, each.like))) for each in moved}
        said = "；".join(" ↔ ".join(each) for each in sorted(pairs))
        super().__init__(
            "gather.columns_moved",
            Text(
                f"这几列好像互换了位置：{said}。没有任何一行入库。",
                f"Columns seem to have changed places: {said}. No row was taken in.",
            ),
            Text(
                "请数据统筹人员核对来文：确实互换的退回提供部门；来源确已改变的放行。",
                "A steward looks at the file: refuse it when they have, release it when the source has changed.",
            ),
            resource,
        )


def check(
    work: Work, log: RecordLog, kept: Sequence[Path], parts: Sequence[Mapping[str, Mapping[str, int]]]
) -> dict[str, dict[str, float]]:
    """The profile of the whole delivery. Raises ColumnsMoved when columns have changed places, in all of it or in a part."""
    work.tell(Progress("resemble", 0, 1, "deliveries"))
    whole = profile(parts)
    before = past(log.deliveries())
    found: dict[tuple[str, str], Moved] = {}
    if before:
        for each in (whole, *(map(_alone, parts) if len(parts) > 1 else ())):
            for one_moved in moved(each, before):
                found.setdefault((one_moved.field, one_moved.like), one_moved)
    if not found:
        for one_moved in exchanged(work, log, kept):
            found[(one_moved.field, one_moved.like)] = one_moved
    if found:
        raise ColumnsMoved(list(found.values()), work.plan.code)
    work.tell(Progress("resemble", 1, 1, "deliveries"))
    return whole


def _alone(part: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, float]]:
    return profile([part])

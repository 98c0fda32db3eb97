"""Headings: which row of a sheet or file carries them, and which column feeds which field.

Offices put titles above tables, spread headings over two rows of merged cells, and add blanks, stars and
colons. The plan's own column names are the measure: the row that matches most of them is the heading.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import normalize

from tongchou.standards.characters import simplified
from tongchou.standards.errors import HouseError
from tongchou.standards.names import common_surnames, split
from tongchou.standards.plans import FieldPlan, ResourcePlan
from tongchou.standards.text import Text

_DECORATION = re.compile(r"[\s*:\ufeff\u200b\x00]+")
SEARCHED_ROWS = 20
"""How far down a heading is looked for."""
LONGEST_HEADING, MOST_TOLD = 24, 60
_DIGITS = re.compile(r"[0-9]{5}|[0-9]{2,4}[-/.年][0-9]")
"""What no heading has: a number of somebody's, a date."""


class Headings(NamedTuple):
    """first: index of the row the headings begin in; rows: 1, or 2 when they span two; names: one per
    column."""

    first: int
    rows: int
    names: tuple[str, ...]


def plain(heading: str) -> str:
    """A heading for comparison: width folded, in simplified characters, without blanks, stars and colons, lower case."""
    return simplified(_DECORATION.sub("", normalize("NFKC", heading)).casefold())


def columns_of(field: FieldPlan) -> tuple[str, ...]:
    """The headings a field may stand under: as planned, or its own name when the plan names none."""
    return field.columns or (field.name,)


def find(rows: Sequence[Sequence[str | None]], plan: ResourcePlan) -> Headings | None:
    """The headings among the first rows of a file or sheet; None when all rows are blank.

    One row is preferred; two rows are joined ("证件" over "号码" gives 证件号码) only when that matches more
    fields.
    When no row matches anything, the first row that is not blank is taken, so that the error can name it.
    """
    best: tuple[tuple[int, int], Headings] | None = None
    for index, row in enumerate(rows[:SEARCHED_ROWS]):
        if not any(cell and cell.strip() for cell in row):
            continue
        single = tuple((cell or "").strip() for cell in row)
        candidates = [Headings(index, 1, single)]
        if index + 1 < len(rows):
            candidates.append(Headings(index, 2, _joined(row, rows[index + 1], plan)))
        for candidate in candidates:
            score = (_matches(candidate.names, plan), -candidate.rows)
            if best is None or score > best[0]:
                best = (score, candidate)
    if best is None:
        return None
    if best[0][0] == 0:
        first = next(i for i, row in enumerate(rows) if any(cell and cell.strip() for cell in row))
        return Headings(first, 1, tuple((cell or "").strip() for cell in rows[first]))
    return best[1]


def _joined(upper: Sequence[str | None], lower: Sequence[str | None], plan: ResourcePlan) -> tuple[str, ...]:
    """Two heading rows as one: the upper cell holds for the empty cells to its right, as merged cells do."""
    known = {plain(column) for field in plan.fields for column in columns_of(field)}
    width = max(len(upper), len(lower))
    above = ""
    names = []
    for index in range(width):
        over = ((upper[index] if index < len(upper) else None) or "").strip()
        under = ((lower[index] if index < len(lower) else None) or "").strip()
        above = over or above
        if not under:
            names.append(over)
        elif plain(above + under) not in known and plain(under) in known:
            names.append(under)
        else:
            names.append(above + under)
    return tuple(names)


def _matches(names: Sequence[str], plan: ResourcePlan) -> int:
    found = {plain(each) for each in names}
    return sum(any(plain(column) in found for column in columns_of(field)) for field in plan.fields)


def assign(names: Sequence[str], plan: ResourcePlan) -> dict[str, int]:
    """Which column feeds each field: field name → index of its column.

    Raises one HouseError naming all that is wrong: "gather.duplicate_headings" with every heading that occurs
    twice, or "gather.missing_columns" with every missing column, what was found, and the nearest guess.
    """
    place: dict[str, int] = {}
    twice: list[str] = []
    for index, each in enumerate(names):
        if not plain(each):
            continue
        if plain(each) in place:
            twice.append(each)
        place.setdefault(plain(each), index)
    if twice:
        listed = "、".join(dict.fromkeys(twice))
        raise HouseError(
            "gather.duplicate_headings",
            Text(f"表头重复：{listed}。", f"Headings occur more than once: {listed}."),
            Text(
                "请改名或删去重复的列后重新报送。", "Rename or remove the repeated columns and deliver again."
            ),
            plan.code,
        )
    assigned: dict[str, int] = {}
    missing: list[str] = []
    for field in plan.fields:
        column = next((plain(each) for each in columns_of(field) if plain(each) in place), None)
        if column is None:
            missing.append(_missing(field, names, set(assigned.values())))
        else:
            assigned[field.name] = place[column]
    if missing:
        listed = "；".join(missing)
        found = _told(names, plan)
        raise HouseError(
            "gather.missing_columns",
            Text(
                f"缺少列：{listed}。{found.zh}",
                f"Columns are missing: {listed}. {found.en}",
            ),
            Text(
                "请补上这些列，或在资源定义的 columns 中加入新的列名。",
                "Add the columns, or add the new heading to `columns` in the definition of the resource.",
            ),
            plan.code,
        )
    return assigned


def _told(names: Sequence[str], plan: ResourcePlan) -> Text:
    """The headings found, for an error. An error is kept and sent on, and where a file has no headings its first row is
    somebody's: then only those are told that the plan knows, and how many columns there are."""
    known = {plain(column) for field in plan.fields for column in columns_of(field)}
    said = [each for each in names if each]
    if (
        all(_may_be_told(each) for each in said)
        and len(said) <= MOST_TOLD
        and (any(plain(each) in known for each in said) or not any(_is_value(each) for each in said))
    ):
        listed = "、".join(said) or "—"
        return Text(f"文件中的表头：{listed}。", f"Headings found: {listed}.")
    listed = "、".join(each for each in said if plain(each) in known) or "—"
    return Text(
        f"这一行有 {len(said)} 格，其中认得的表头：{listed}；其余不像表头，不在此列出。",
        f"That row has {len(said)} cells; headings known among them: {listed}. The others do not look like headings.",
    )


def _may_be_told(cell: str) -> bool:
    return len(cell) <= LONGEST_HEADING and not _DIGITS.search(cell) and "<" not in cell


def _is_value(cell: str) -> bool:
    """Whether a cell looks like what stands below headings: a person's name, a sex, a date."""
    text = plain(cell)
    return (
        text in ("男", "女")
        or any(character.isdigit() for character in text)
        or (len(text) in (2, 3) and split(text).surname in common_surnames())
    )


def _missing(field: FieldPlan, names: Sequence[str], used: set[int]) -> str:
    """A missing column in words, with the free heading that looks most like it."""
    free = {plain(each): each for index, each in enumerate(names) if each and index not in used}
    wanted = columns_of(field)
    for each in wanted:
        near = difflib.get_close_matches(plain(each), list(free), n=1, cutoff=0.5)
        if near and _may_be_told(free[near[0]]):
            return f"{'/'.join(wanted)}（≈ {free[near[0]]}?）"
    return "/".join(wanted)

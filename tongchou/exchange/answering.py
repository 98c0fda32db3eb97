"""How a statistical question is answered by hiding cells, and the shape of any answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import protection, questions
from .errors import Refused
from .holdings import Field, Holding
from .models import StatisticsRule
from .protection import HIDDEN, TOTAL, Labels
from .questions import Question, Records

#: Cells that may be hidden besides, so that a question is not too near to an earlier one, before it is refused.
_MORE_HIDDEN = 12
#: Sets of records that all questions together divide, up to which sums and differences are searched whole.
_MOST_ATOMS = 600

NEW = "new"


@dataclass(frozen=True)
class Line:
    """One cell or total. labels: of each group, TOTAL for all of one; count, sums, means: None where it is hidden."""

    labels: tuple[str, ...]
    words: tuple[Text, ...]
    count: int | None
    sums: Mapping[str, Decimal | None]
    means: Mapping[str, Decimal | None]
    is_total: bool


@dataclass(frozen=True)
class Answered:
    """An answer's lines: cells first, then totals. hidden: cells not told. within: how far a noisy count may be off in
    19 of 20 cases, None without noise."""

    groups: tuple[str, ...]
    sums: tuple[str, ...]
    lines: tuple[Line, ...]
    hidden: int
    least: int
    method: str
    within: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "group_by": list(self.groups),
            "sums": list(self.sums),
            "method": self.method,
            "least": self.least,
            "within": self.within,
            "lines": [
                {
                    "labels": [None if label == TOTAL else label for label in line.labels],
                    "total": line.is_total,
                    "count": line.count,
                    "sums": {key: None if each is None else str(each) for key, each in line.sums.items()},
                    "means": {key: None if each is None else str(each) for key, each in line.means.items()},
                }
                for line in self.lines
            ],
        }


def fields_of(holding: Holding) -> dict[str, Field]:
    """The granted fields by name."""
    return {each.name: each for each in holding.fields}


def suppressed(
    holding: Holding,
    question: Question,
    rule: StatisticsRule,
    known_at: datetime,
    history: Mapping[str, Mapping[str, Any]],
    kept: Sequence[Labels] | None,
) -> tuple[Answered, frozenset[Labels]]:
    """The answer with small cells hidden, and which are. history: earlier questions with what they hid; kept: what the
    same question hid when it was asked first.

    Raises Refused "exchange.refused.statistics_near", HouseError "exchange.statistics_question" for too many cells.
    """
    earlier = {key: Question.of(each) for key, each in history.items()}
    fields = _every_field(holding, [question, *earlier.values()])
    records = questions.read(holding, {NEW: question, **earlier}, fields, known_at)
    cells = records.cells(NEW, question.groups)
    counts = counts_of(cells, len(question.groups))
    if len(counts) > questions.MOST_CELLS:
        raise too_many_cells(holding.resource)
    sums = {name: sums_of(cells, records.numbers[name], len(question.groups)) for name in question.sums}
    hidden = (
        frozenset(kept)
        if kept is not None
        else _hidden(counts, _dominated(cells, records, question, rule), sums, rule.least, frozenset())
    )
    if kept is None and earlier:
        hidden = _apart(
            records, question, earlier, history, counts, sums, cells, hidden, rule, holding.resource
        )
    missing = {
        name: sums_of(cells, (~records.given[name]).astype(np.int64), len(question.groups))
        for name in question.sums
    }
    return _answered(holding, question, counts, sums, missing, hidden, rule), hidden


def _every_field(holding: Holding, questions: Sequence[Question]) -> dict[str, Field]:
    """The fields that questions name, also those this grant does not give: earlier ones were asked under others."""
    found = fields_of(holding)
    named = {name for each in questions for name in (*each.groups, *each.sums)} - set(found)
    for each in holding.grant.resource.fields.all():
        if each.name in named:
            found[each.name] = Field(
                each.name, Text(each.label, each.label_en), each.element, holding.every[each.name], each.grade, "hide",
                each.code_list,
            )  # fmt: skip
    return found


def counts_of(cells: pa.Array, groups: int) -> dict[Labels, int]:
    """Records of each cell."""
    found = pc.value_counts(cells.drop_null())
    return {questions.labels_of(each["values"], groups): each["counts"] for each in found.to_pylist()}


def sums_of(cells: pa.Array, numbers: np.ndarray, groups: int) -> dict[Labels, int]:
    """Numbers of each cell added up."""
    table = pa.table({"cell": cells, "number": pa.array(numbers)}).filter(pc.is_valid(cells))
    grouped = table.group_by("cell").aggregate([("number", "sum")])
    return {
        questions.labels_of(each["cell"], groups): int(each["number_sum"]) for each in grouped.to_pylist()
    }


@dataclass(frozen=True)
class _Dominated:
    """Cells whose sum one record dominates, by field, and what that record is worth."""

    tops: Mapping[str, Mapping[Labels, int]]
    totals: Mapping[str, Mapping[Labels, int]]


def _dominated(cells: pa.Array, records: Records, question: Question, rule: StatisticsRule) -> _Dominated:
    tops: dict[str, dict[Labels, int]] = {}
    totals: dict[str, dict[Labels, int]] = {}
    for name in question.sums:
        sizes = pa.array(np.abs(records.numbers[name]))
        table = pa.table({"cell": cells, "size": sizes}).filter(pc.is_valid(cells))
        tops[name], totals[name] = {}, {}
        for each in table.group_by("cell").aggregate([("size", "max"), ("size", "sum")]).to_pylist():
            labels = questions.labels_of(each["cell"], len(question.groups))
            totals[name][labels] = int(each["size_sum"])
            if each["size_max"] * 100 > rule.dominance_percent * each["size_sum"]:
                tops[name][labels] = int(each["size_max"])
    return _Dominated(tops, totals)


def _hidden(
    counts: Mapping[Labels, int],
    dominated: _Dominated,
    sums: Mapping[str, Mapping[Labels, int]],
    least: int,
    also: frozenset[Labels],
) -> frozenset[Labels]:
    """What is hidden for counts and for sums alike, until neither asks for more."""
    hidden = also | {cell for tops in dominated.tops.values() for cell in tops}
    while True:
        before = hidden
        hidden = protection.hidden_cells(counts, least=least, also=hidden)
        for name in sums:
            hidden |= protection.hidden_cells(
                dominated.totals[name], least=1, also=hidden, needs=dominated.tops[name]
            )
        if hidden == before:
            return hidden


def _apart(
    records: Records,
    question: Question,
    earlier: Mapping[str, Question],
    history: Mapping[str, Mapping[str, Any]],
    counts: Mapping[Labels, int],
    sums: Mapping[str, Mapping[Labels, int]],
    cells: pa.Array,
    hidden: frozenset[Labels],
    rule: StatisticsRule,
    resource: str,
) -> frozenset[Labels]:
    """What must be hidden so that nothing small follows from earlier answers. Raises Refused when too much would be."""
    asked = {key: records.cells(key, each.groups) for key, each in earlier.items()}
    old = {
        key: protection.released(
            counts_of(asked[key], len(each.groups)), frozenset(map(tuple, history[key]["hidden"]))
        )
        for key, each in earlier.items()
    }
    pairs = {
        key: _pairs(asked[key], cells, len(earlier[key].groups), len(question.groups)) for key in earlier
    }
    dominated = _dominated(cells, records, question, rule)
    for _ in range(_MORE_HIDDEN + 1):
        new = protection.released(counts, hidden)
        near = any(protection.too_near(pairs[key], old[key], new, rule.least) for key in earlier)
        if not near and not _pinned(asked, earlier, old, cells, question, new, rule.least):
            return hidden
        following = min(
            (cell for cell in counts if protection.two_way(cell) not in hidden),
            key=lambda cell: (counts[cell], cell),
            default=None,
        )
        if following is None:
            break
        hidden = _hidden(counts, dominated, sums, rule.least, hidden | {following})
    raise Refused(
        "exchange.refused.statistics_near",
        Text(
            "这个问题与以前问过的太接近：两个答案相减会得出很小的一组。",
            "The question is too near to earlier ones: subtracting the answers would give a very small group.",
        ),
        Text(
            "请把条件改为分组，或明显放宽、收窄条件。",
            "Make the condition a group, or widen or narrow it clearly.",
        ),
        resource,
    )


def _pairs(
    old: pa.Array, new: pa.Array, old_groups: int, new_groups: int
) -> dict[tuple[Labels, Labels], int]:
    table = pa.table({"old": old, "new": new}).group_by(["old", "new"]).aggregate([([], "count_all")])
    return {
        (questions.labels_of(each["old"], old_groups), questions.labels_of(each["new"], new_groups)): each[
            "count_all"
        ]
        for each in table.to_pylist()
    }


def _pinned(
    asked: Mapping[str, pa.Array],
    earlier: Mapping[str, Question],
    old: Mapping[str, Sequence[Mapping[Labels, Labels]]],
    cells: pa.Array,
    question: Question,
    new: Sequence[Mapping[Labels, Labels]],
    least: int,
) -> bool:
    """Whether all answers together give the size of a small group."""
    columns = {**asked, NEW: cells}
    divisions = {**old, NEW: new}
    groups = {**{key: len(each.groups) for key, each in earlier.items()}, NEW: len(question.groups)}
    found = _atoms(columns)
    whole = len(found) <= _MOST_ATOMS
    if not whole:
        # Too fine to search: what the questions are about as a whole, without their groups.
        columns = {
            key: pc.if_else(pc.is_valid(each), pa.scalar(""), pa.scalar(None, pa.string()))
            for key, each in columns.items()
        }
        found = _atoms(columns)
    told: dict[tuple[str, int, Labels], list[int]] = {}
    for place, atom in enumerate(found):
        for key in columns:
            if atom[key] is None:
                continue
            if not whole:
                told.setdefault((key, 0, HIDDEN), []).append(place)
                continue
            labels = questions.labels_of(atom[key], groups[key])
            for number, division in enumerate(divisions[key]):
                told.setdefault((key, number, division[labels]), []).append(place)
    return protection.determined([each["count_all"] for each in found], list(told.values()), least)


def _atoms(columns: Mapping[str, pa.Array]) -> list[dict[str, Any]]:
    table = pa.table(dict(columns))
    found: list[dict[str, Any]] = table.group_by(list(columns)).aggregate([([], "count_all")]).to_pylist()
    return found


def _answered(
    holding: Holding,
    question: Question,
    counts: Mapping[Labels, int],
    sums: Mapping[str, Mapping[Labels, int]],
    missing: Mapping[str, Mapping[Labels, int]],
    hidden: frozenset[Labels],
    rule: StatisticsRule,
) -> Answered:
    totals = protection.with_totals(counts)
    by_sum = {name: protection.with_totals(each) for name, each in sums.items()}
    without = {name: protection.with_totals(each) for name, each in missing.items()}
    lines = [
        line_of(holding, question, key, None if key in hidden else totals[key], by_sum, without)
        for key in ordered(totals, len(question.groups))
    ]
    return Answered(
        question.groups, question.sums, tuple(_without_hidden_texts(holding, question, lines)),
        sum(line.count is None for line in lines), rule.least, rule.method,
    )  # fmt: skip


def ordered(totals: Mapping[Labels, int], groups: int) -> list[Labels]:
    """The lines of an answer: cells, then totals, without those that say the same twice."""
    if groups == 0:
        return [key for key in totals if key == (TOTAL, TOTAL)] or [(TOTAL, TOTAL)]
    keys = [key for key in totals if groups == 2 or key[1] != TOTAL]
    return sorted(keys, key=lambda key: (key.count(TOTAL), key))


def line_of(
    holding: Holding,
    question: Question,
    key: Labels,
    count: int | None,
    sums: Mapping[str, Mapping[Labels, int]],
    without: Mapping[str, Mapping[Labels, int]],
) -> Line:
    """One line. count: None where it is hidden; without: records of each cell that give no number, by field."""
    fields = fields_of(holding)
    labels = key[: len(question.groups)]
    told: dict[str, Decimal | None] = {}
    means: dict[str, Decimal | None] = {}
    for name, each in sums.items():
        told[name] = means[name] = None
        if count:
            told[name] = Decimal(each.get(key, 0)) / 100
            # Where some records give no number, a mean over all would be wrong, and one over the others tells how many.
            if not without.get(name, {}).get(key):
                means[name] = (Decimal(each.get(key, 0)) / 100 / count).quantize(Decimal("0.01"))
    words = tuple(
        Text("合计", "total") if label == TOTAL else questions.label_in_words(fields[name], label)
        for name, label in zip(question.groups, labels, strict=True)
    )
    return Line(labels, words, count, told, means, TOTAL in labels or not labels)


def _without_hidden_texts(holding: Holding, question: Question, lines: list[Line]) -> list[Line]:
    """A hidden cell is not told by its text either: of free texts, the label itself may be one person's."""
    free = [
        place
        for place, name in enumerate(question.groups)
        if questions.grouping(fields_of(holding)[name]) == "text"
    ]
    if not free:
        return lines
    shown = {(place, line.labels[place]) for line in lines if line.count is not None for place in free}
    found = []
    for line in lines:
        if line.count is None and any((place, line.labels[place]) not in shown for place in free):
            labels = tuple("…" if place in free else label for place, label in enumerate(line.labels))
            told = zip(labels, line.words, strict=True)
            words = tuple(Text("（已隐去）", "(hidden)") if label == "…" else word for label, word in told)
            line = Line(labels, words, None, line.sums, line.means, line.is_total)
        found.append(line)
    return list({(line.labels, line.count): line for line in found}.values())


def too_many_cells(where: str) -> HouseError:
    return HouseError(
        "exchange.statistics_question",
        Text(
            f"分组太细：超过 {questions.MOST_CELLS} 个单元。",
            f"The groups are too fine: more than {questions.MOST_CELLS} cells.",
        ),
        Text("请减少分组字段。", "Group by fewer fields."),
        where,
    )  # fmt: skip

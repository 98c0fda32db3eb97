"""What the holder of a grant will see, shown on invented records while the grant is still being written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tongchou.standards import expressions, masking
from tongchou.standards.codes import code_list
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.expressions import Condition
from tongchou.standards.text import Text

from . import masks, rows
from .clauses import EVERYTHING, Clauses, ResourceSaid
from .lookalikes import rows_like
from .rows import FieldSaid

ROWS = 3

YES, NO, OPEN = Text("是", "yes"), Text("否", "no"), Text("不知道", "not known")


@dataclass(frozen=True)
class Cell:
    """One value. shown: both languages, where a code is told in words."""

    shown: Text
    masked: bool
    may_reveal: bool


@dataclass(frozen=True)
class Column:
    """One field. how: what becomes of its values, e.g. masked: the surname stays."""

    name: str
    label: Text
    grade: int
    how: Text


@dataclass(frozen=True)
class Asked:
    """One statement and its answers for the invented records."""

    label: Text
    answers: tuple[Text, ...]


@dataclass(frozen=True)
class Likeness:
    """The whole picture. problem: why there are no rows, None when there are."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[Cell, ...], ...]
    asked: tuple[Asked, ...]
    notes: tuple[Text, ...]
    covered: Text
    problem: Text | None

    @property
    def by_field(self) -> list[tuple[Column, tuple[Cell, ...]]]:
        """Each field with its value in every invented record."""
        return [(column, tuple(line[at] for line in self.lines)) for at, column in enumerate(self.columns)]


def likeness(
    clauses: Clauses,
    resource: ResourceSaid,
    *,
    labels: Mapping[str, Text],
    statements: Mapping[str, tuple[Text, str]],
    today: date,
) -> Likeness:
    """The picture of clauses. labels: {field: label}. statements: {code: (label, condition)}."""
    wrong = rows.problems(clauses.rows, resource.fields)
    found = (
        []
        if wrong
        else rows_like(resource.fields, seed=resource.code, count=ROWS, today=today, filter_text=clauses.rows)
    )
    reading = clauses.forms & {"query", "batch", "subscribe"}
    fields = resource.named(clauses.fields) if reading else []
    problem = None
    if wrong:
        problem = Text("；".join(each.zh for each in wrong), "; ".join(each.en for each in wrong))
    elif not found:
        problem = Text(
            "编造的记录里没有一条符合行范围，请核对条件。",
            "None of the invented records fits the filter; check the condition.",
        )
    return Likeness(
        columns=tuple(_column(each, clauses, labels) for each in fields),
        lines=tuple(tuple(_cell(row.get(each.name), each, clauses) for each in fields) for row in found),
        asked=tuple(
            Asked(statements[code][0], tuple(_answer(statements[code][1], row) for row in found))
            for code in sorted(clauses.statements & statements.keys())
            if "verify" in clauses.forms
        ),
        notes=tuple(_NOTES[form] for form in _NOTES if form in clauses.forms),
        covered=rows.in_words(clauses.rows, labels, teller(resource)),
        problem=problem,
    )


_NOTES = {
    "batch": Text("批量：文件里就是这些列，值同上，并带有使用方的水印。",
                  "Batch: the file has these columns and values, watermarked for its recipient."),
    "subscribe": Text("订阅：范围内的记录有变更时，推送同样的内容。",
                      "Subscribe: whenever a covered record changes, the same is sent."),
    "aggregate": Text("统计：只得到个数与合计，过小的数不给出。",
                      "Aggregate: counts and sums only; small ones are suppressed."),
}  # fmt: skip


def teller(resource: ResourceSaid) -> Callable[[str, str], Text]:
    """How a value in a filter is told: a code by its label."""
    lists = {each.name: each.code_list for each in resource.fields}

    def tell(field: str, value: str) -> Text:
        label = code_list(lists[field]).label(value) if lists.get(field) else None
        return label or Text(f"“{value}”", f'"{value}"')

    return tell


def _mask(field: FieldSaid, clauses: Clauses) -> str:
    return masks.effective(field.grade, element(field.element).mask, clauses.masking.get(field.name))


def _column(field: FieldSaid, clauses: Clauses, labels: Mapping[str, Text]) -> Column:
    mask = _mask(field, clauses)
    if mask == "none":
        how = Text("原值", "shown whole")
    elif mask == "hide":
        how = Text("隐藏", "hidden")
    else:
        about = masking.MASKS[mask].about if mask in masking.MASKS else Text("隐藏", "hidden")
        how = Text(f"脱敏：{about.zh}", f"masked: {about.en}")
    if mask != "none" and _may_reveal(field, clauses):
        how = Text(f"{how.zh}；可逐个显示", f"{how.en}; may be revealed one by one")
    return Column(field.name, labels.get(field.name, Text(field.name, field.name)), field.grade, how)


def _may_reveal(field: FieldSaid, clauses: Clauses) -> bool:
    return EVERYTHING in clauses.unmasked or field.name in clauses.unmasked


def _cell(value: str | None, field: FieldSaid, clauses: Clauses) -> Cell:
    if value is None:
        return Cell(Text("–", "–"), False, False)
    label = code_list(field.code_list).label(value) if field.code_list else None
    whole = label or Text(value, value)
    mask = _mask(field, clauses)
    shown = Text(masking.mask(whole.zh, mask), masking.mask(whole.en, mask))
    masked = shown != whole
    return Cell(shown, masked, masked and _may_reveal(field, clauses))


def _answer(condition: str, row: Mapping[str, str | None]) -> Text:
    try:
        parsed: Condition | None = rows.condition_of(condition)
    except HouseError:
        return OPEN
    if parsed is None:
        return YES
    if expressions.parameters(parsed):
        return Text("是、否或不知道，视所给参数", "yes, no or not known, by the values given")
    answer = expressions.evaluate(parsed, row)
    return OPEN if answer is None else YES if answer else NO

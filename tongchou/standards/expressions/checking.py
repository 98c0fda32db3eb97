"""Whether a condition fits the fields it speaks of: every name declared, like compared with like."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal as OneOf

from ..text import Text
from .syntax import (
    Compare,
    Condition,
    In,
    Literal,
    Name,
    Operand,
    Parameter,
    StartsWith,
    Today,
    operands,
    walk,
)

Family = OneOf["text", "number", "date", "yes_no"]
"""How values are compared: as texts, as numbers, as days, as yes and no."""

_FAMILIES: dict[str, Family] = {
    "number": "number",
    "coordinate": "number",
    "date": "date",
    "yes_no": "yes_no",
}
_WORDS: dict[Family, Text] = {
    "text": Text("文字", "a text"),
    "number": Text("数字", "a number"),
    "date": Text("日期", "a day"),
    "yes_no": Text("是否", "yes or no"),
}


def family_of(kind: str) -> Family:
    """The family of a data element's kind (`DataElement.kind`); codes, names and identifiers are texts.

    "yes_no" is understood as a kind too: the element of that code has the kind "code", so say "yes_no" for it.
    """
    return _FAMILIES.get(kind, "text")


def check(
    condition: Condition, *, fields: Mapping[str, str], parameters: Mapping[str, str] | None = None
) -> list[Text]:
    """All that is wrong with a condition, as sentences; empty when it is sound.

    fields, parameters: {name: kind}. A text such as '3' may be compared with a code, not with a number.
    """
    given = parameters or {}
    wrong: list[Text] = []
    for each in operands(condition):
        if isinstance(each, Name) and each.name not in fields:
            wrong.append(Text(f"没有字段 {each.name}", f"there is no field {each.name}"))
        if isinstance(each, Parameter) and each.name not in given:
            wrong.append(Text(f"没有声明参数 :{each.name}", f"the parameter :{each.name} is not declared"))
    if wrong:
        return list(dict.fromkeys(wrong))

    def family(operand: Operand) -> Family:
        return operand_family(operand, fields, given)

    for part in walk(condition):
        if isinstance(part, Compare):
            left, right = family(part.left), family(part.right)
            if left != right and not _readable_as(part.left, right) and not _readable_as(part.right, left):
                wrong.append(_unlike(part.left, left, right))
            elif part.operator not in ("=", "!=") and {left, right} & {"text", "yes_no"} == {left}:
                wrong.append(
                    Text(
                        f"{_say(part.left)} 不能比较大小，只能用 = 和 !=",
                        f"{_say(part.left)} has no order: use = and != only",
                    )
                )
        elif isinstance(part, In):
            mine = family(part.operand)
            for option in part.options:
                if family(option) != mine and not _readable_as(option, mine):
                    wrong.append(_unlike(part.operand, mine, family(option)))
        elif isinstance(part, StartsWith) and (family(part.operand), family(part.prefix)) != ("text", "text"):
            wrong.append(Text("starts with 只用于文字", "starts with is for texts only"))
    return list(dict.fromkeys(wrong))


def operand_family(operand: Operand, fields: Mapping[str, str], given: Mapping[str, str]) -> Family:
    """The family of an operand whose names are declared."""
    if isinstance(operand, Name):
        return family_of(fields[operand.name])
    if isinstance(operand, Parameter):
        return family_of(given[operand.name])
    if isinstance(operand, Today):
        return "date"
    if isinstance(operand.value, bool):
        return "yes_no"
    if isinstance(operand.value, Decimal):
        return "number"
    return "date" if isinstance(operand.value, date) else "text"


def family_between(
    left: Operand,
    right: Operand,
    fields: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
) -> Family:
    """As what two operands are compared. A name whose kind is not known takes the family of the other side."""
    sides = [
        operand_family(each, fields or {}, given or {})
        for each in (left, right)
        if not (isinstance(each, Name) and each.name not in (fields or {}))
        and not (isinstance(each, Parameter) and each.name not in (given or {}))
    ]
    strict: tuple[Family, ...] = ("date", "number", "yes_no")
    return next((family for family in strict if family in sides), "text")


def _readable_as(operand: Operand, wanted: Family) -> bool:
    """Whether a literal may stand for a value of another family: '2026-01-01' for a day, true for a code 1."""
    if not isinstance(operand, Literal):
        return False
    if wanted == "date" and isinstance(operand.value, str):
        try:
            date.fromisoformat(operand.value)
        except ValueError:
            return False
        return len(operand.value) == 10
    return wanted == "text" and isinstance(operand.value, bool)


def _unlike(operand: Operand, left: Family, right: Family) -> Text:
    return Text(
        f"{_say(operand)} 是{_WORDS[left].zh}，不能与{_WORDS[right].zh}比较",
        f"{_say(operand)} is {_WORDS[left].en} and cannot be compared with {_WORDS[right].en}",
    )


def _say(operand: Operand) -> str:
    if isinstance(operand, Name):
        return operand.name
    if isinstance(operand, Parameter):
        return f":{operand.name}"
    return "today" if isinstance(operand, Today) else "…"

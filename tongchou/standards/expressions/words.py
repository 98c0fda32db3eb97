"""A condition in the words of the screen, for whoever decides on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from ..text import Text
from .syntax import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Operand,
    Parameter,
    StartsWith,
)

_COMPARED = {
    "=": Text("为", "is"), "!=": Text("不为", "is not"), "<": Text("小于", "is below"), "<=": Text("不大于", "is at most"),
    ">": Text("大于", "is above"), ">=": Text("不小于", "is at least"),
}  # fmt: skip
_UNITS = {"days": Text("天", "days"), "months": Text("个月", "months"), "years": Text("年", "years")}

TellValue = Callable[[str, str], Text]


def in_words(
    condition: Condition, labels: Mapping[str, Text], tell: TellValue | None = None, *, nested: bool = False
) -> Text:
    """The condition as a sentence. labels: {field or parameter: label}. tell(field, value): a code in words."""

    def say(operand: Operand, beside: Operand | None = None) -> Text:
        if isinstance(operand, Name | Parameter):
            return labels.get(operand.name, Text(operand.name, operand.name))
        if isinstance(operand, Literal):
            value = operand.value
            if isinstance(value, bool):
                return Text("是", "yes") if value else Text("否", "no")
            if isinstance(value, str):
                if tell is not None and isinstance(beside, Name):
                    return tell(beside.name, value)
                return Text(f"“{value}”", f'"{value}"')
            text = value.isoformat() if isinstance(value, date) else format(value, "f")
            return Text(text, text)
        if not operand.amount:
            return Text("今天", "today")
        unit, count = _UNITS[operand.unit], abs(operand.amount)
        before = operand.amount < 0
        return Text(
            f"今天{'之前' if before else '之后'} {count} {unit.zh}",
            f"{count} {unit.en} {'before' if before else 'after'} today",
        )

    def pair(left: Operand, operator: str, right: Operand) -> Text:
        one, word, two = say(left, right), _COMPARED[operator], say(right, left)
        return Text(f"{one.zh}{word.zh}{two.zh}", f"{one.en} {word.en} {two.en}")

    if isinstance(condition, Compare):
        return pair(condition.left, condition.operator, condition.right)
    if isinstance(condition, In):
        one = say(condition.operand)
        options = [say(each, condition.operand) for each in condition.options]
        return Text(
            f"{one.zh}为{'、'.join(each.zh for each in options)}之一",
            f"{one.en} is one of {', '.join(each.en for each in options)}",
        )
    if isinstance(condition, IsNull):
        one = say(condition.operand)
        return Text(f"没有{one.zh}", f"{one.en} is missing")
    if isinstance(condition, StartsWith):
        one, two = say(condition.operand), say(condition.prefix)
        return Text(f"{one.zh}以{two.zh}开头", f"{one.en} starts with {two.en}")
    if isinstance(condition, Not):
        if isinstance(condition.part, IsNull):
            one = say(condition.part.operand)
            return Text(f"有{one.zh}", f"{one.en} is present")
        inner = in_words(condition.part, labels, tell, nested=True)
        return Text(f"并非{inner.zh}", f"not {inner.en}")
    parts = [in_words(part, labels, tell, nested=isinstance(part, AllOf | AnyOf)) for part in condition.parts]
    zh, en = ("，或者", ", or ") if isinstance(condition, AnyOf) else ("，并且", ", and ")
    joined = Text(zh.join(part.zh for part in parts), en.join(part.en for part in parts))
    return Text(f"（{joined.zh}）", f"({joined.en})") if nested else joined

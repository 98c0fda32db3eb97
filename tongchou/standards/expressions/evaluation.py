"""The answer of a condition for one record: True, False, or None where it stays open."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from ..cleaning import today_in_china
from .checking import family_between
from .syntax import (
    AnyOf,
    Compare,
    Condition,
    In,
    IsNull,
    Name,
    Not,
    Operand,
    Parameter,
    StartsWith,
    Today,
)

Given = str | int | bool | Decimal | date | None
"""A value of a record or parameter. Records hold texts: numbers in plain decimals, days as YYYY[-MM[-DD]]."""

Ordered = str | Decimal | bool

NUMBER = r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?"
"""A text that is a number; anything else, compared with a number, leaves the answer open."""
DAY = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ].*)?)?)?"
"""A text that is a day, or the month or year of one; what follows a day (a time) does not count."""

_YES, _NO = ("1", "true"), ("0", "false")


class Days(NamedTuple):
    """The first and last day a date may be, as ISO texts. The last of a month is written -31 whatever the month."""

    first: str
    last: str


def evaluate(
    condition: Condition,
    values: Mapping[str, Given],
    parameters: Mapping[str, Given] | None = None,
    *,
    kinds: Mapping[str, str] | None = None,
    on: date | None = None,
) -> bool | None:
    """The answer for one record's values.

    values: {field: value}, missing ones count as null. parameters: every one the condition names. kinds: {field: kind},
    needed only where two fields are compared with one another. on: the day that "today" means (China's). What cannot
    be read as what it is compared with leaves the answer open. Raises KeyError for a parameter that is not given.
    """
    return _Asked(values, parameters or {}, kinds or {}, on or today_in_china()).answer(condition)


class _Asked:
    def __init__(
        self,
        values: Mapping[str, Given],
        parameters: Mapping[str, Given],
        kinds: Mapping[str, str],
        on: date,
    ) -> None:
        self.values, self.parameters, self.kinds, self.on = values, parameters, kinds, on
        self.given = {name: kind_of(value) for name, value in parameters.items()}

    def answer(self, condition: Condition) -> bool | None:
        if isinstance(condition, Compare):
            return self.compare(condition.left, condition.operator, condition.right)
        if isinstance(condition, In):
            return _any(self.compare(condition.operand, "=", option) for option in condition.options)
        if isinstance(condition, IsNull):
            return self.value(condition.operand) is None
        if isinstance(condition, StartsWith):
            text, prefix = self.value(condition.operand), self.value(condition.prefix)
            return None if text is None or prefix is None else str(text).startswith(str(prefix))
        if isinstance(condition, Not):
            inner = self.answer(condition.part)
            return None if inner is None else not inner
        answers = (self.answer(part) for part in condition.parts)
        if isinstance(condition, AnyOf):
            return _any(answers)
        negated = _any(None if each is None else not each for each in answers)
        return None if negated is None else not negated

    def value(self, operand: Operand) -> Given:
        if isinstance(operand, Name):
            return self.values.get(operand.name)
        if isinstance(operand, Parameter):
            return self.parameters[operand.name]
        if isinstance(operand, Today):
            return moved(self.on, operand)
        return operand.value

    def compare(self, left: Operand, operator: str, right: Operand) -> bool | None:
        one, two = self.value(left), self.value(right)
        if one is None or two is None:
            return None
        family = family_between(left, right, self.kinds, self.given)
        if family == "date":
            return compare_days(days_of(one), operator, days_of(two))
        if family == "number":
            return _ordered(number_of(one), operator, number_of(two))
        if family == "yes_no":
            return _ordered(yes_no_of(one), operator, yes_no_of(two))
        return _ordered(text_of(one), operator, text_of(two))


def kind_of(value: Given) -> str:
    """The kind of a value a program gives."""
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, int | Decimal):
        return "number"
    return "date" if isinstance(value, date) else "text"


def text_of(value: Given) -> str:
    """A value as records write it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)


def moved(on: date, today: Today) -> date:
    """A day moved by whole days, months or years; the 31st becomes the month's last day where there is none."""
    if today.unit == "days":
        return on + timedelta(days=today.amount)
    months = on.year * 12 + on.month - 1 + today.amount * (12 if today.unit == "years" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return date.max if today.amount > 0 else date.min
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def number_of(value: Given) -> Decimal | None:
    """A value as a number; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and re.fullmatch(NUMBER, value) else None


def days_of(value: Given) -> Days | None:
    """A value as a span of days; None when it is none."""
    if isinstance(value, date):
        return Days(value.isoformat()[:10], value.isoformat()[:10])
    if not isinstance(value, str) or not re.fullmatch(DAY, value):
        return None
    text = value[:10]
    return Days(text + "-01-01"[len(text) - 4 :], text + "-12-31"[len(text) - 4 :])


def yes_no_of(value: Given) -> bool | None:
    """A value as yes or no; None when it is neither."""
    text = str(value).lower()
    return True if text in _YES else False if text in _NO else None


def compare_days(one: Days | None, operator: str, two: Days | None) -> bool | None:
    """How two spans of days stand; open where they overlap."""
    if one is None or two is None:
        return None
    if operator in ("=", "!="):
        if one.last < two.first or two.last < one.first:
            return operator == "!="
        return (operator == "=") if one == two and one.first == one.last else None
    if operator in (">", ">="):
        one, two, operator = two, one, "<" if operator == ">" else "<="
    if operator == "<":
        return True if one.last < two.first else False if one.first >= two.last else None
    return True if one.last <= two.first else False if one.first > two.last else None


def _ordered(one: Ordered | None, operator: str, two: Ordered | None) -> bool | None:
    if one is None or two is None:
        return None
    return _ORDER[operator](one, two)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, two: one == two,
    "!=": lambda one, two: one != two,
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Whether one is true; open when none is and one is open."""
    found: bool | None = False
    for each in answers:
        if each:
            return True
        if each is None:
            found = None
    return found

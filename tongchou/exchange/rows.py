"""Which rows a grant covers: a condition of `standards.expressions` over the fields its resource declares. Pure.

A filter is parsed and checked before it is kept, evaluated on values or told to the engine with every literal bound,
and never pasted into SQL. It goes on record, so it may not name a person: numbers, names and phones may only be asked
whether they are there, an address only by the street or community it begins with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

from tongchou.standards import expressions, masking
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.expressions.syntax import (
    AllOf,
    Compare,
    Condition,
    In,
    Literal,
    Name,
    Operand,
    StartsWith,
    walk,
)
from tongchou.standards.text import Text

#: Kinds of data elements whose values say who somebody is.
_NAMING = frozenset({"name", "identifier", "phone", "document"})
_NUMBER_OF_SOMEBODY = re.compile(r"[0-9]{14,17}[0-9Xx]|1[3-9][0-9]{9}")


class FieldSaid(NamedTuple):
    """A field as a filter and a mask see it: its name, its data element, its grade, its code list ("" for none)."""

    name: str
    element: str
    grade: int
    code_list: str = ""


def kind_of(element_code: str) -> str:
    """The kind under which the language of conditions knows a field of this element."""
    return "yes_no" if element_code == "yes_no" else element(element_code).kind


class Described(Protocol):
    """A field with its data element."""

    @property
    def name(self) -> str: ...

    @property
    def element(self) -> str: ...


def kinds_of(fields: Iterable[Described]) -> dict[str, str]:
    """{field: kind} as conditions know them."""
    return {each.name: kind_of(each.element) for each in fields}


@lru_cache(maxsize=4096)
def condition_of(text: str) -> Condition | None:
    """The condition of a filter; None for an empty one. Raises HouseError "expressions.unreadable"."""
    return expressions.parse(text) if text.strip() else None


def covers(condition: Condition | None, values: Mapping[str, str | None], kinds: Mapping[str, str]) -> bool:
    """Whether a row is covered. What stays open is not covered, nor anything by a filter over a field that is gone."""
    if condition is None:
        return True
    if not expressions.names(condition) <= kinds.keys():
        return False
    return expressions.evaluate(condition, values, kinds=kinds) is True


def problems(text: str, fields: Iterable[FieldSaid]) -> list[Text]:
    """All that is wrong with a filter, as sentences; none of them repeats a value of it."""
    try:
        condition = condition_of(text)
    except HouseError as unreadable:
        return [Text(unreadable.what.zh.rstrip("。"), unreadable.what.en.rstrip("."))]
    if condition is None:
        return []
    known = {each.name: each for each in fields}
    wrong = expressions.check(condition, fields={name: kind_of(each.element) for name, each in known.items()})
    if holds_number_of_somebody(text):
        wrong.append(Text("行范围里不能写证件号或电话", "a filter holds no identity or phone number"))
    if not wrong:
        wrong += [_naming(known[name]) for name in _naming_fields(condition, known)]
    return wrong


def holds_number_of_somebody(text: str) -> bool:
    """Whether something like an identity or mobile number stands in a text that will be kept."""
    return _NUMBER_OF_SOMEBODY.search(unicodedata.normalize("NFKC", text)) is not None


def _naming(field: FieldSaid) -> Text:
    if element(field.element).kind == "address":
        return Text(
            f"{field.name} 只能写 starts with，且只到街道、社区或道路",
            f"{field.name} may only be asked with starts with, down to a street, community or road",
        )
    return Text(
        f"{field.name} 能指认到人，只能用 is null 或 is not null",
        f"{field.name} tells who somebody is; only is null and is not null may be asked of it",
    )


def _naming_fields(condition: Condition, known: Mapping[str, FieldSaid]) -> list[str]:
    found = []
    for part in walk(condition):
        for field, literal in _beside(part):
            said = known[field]
            kind = element(said.element).kind
            if kind == "address":
                coarse = isinstance(part, StartsWith) and masking.mask(literal, "address") == (
                    literal + masking.HIDDEN
                )
                if not coarse:
                    found.append(field)
            elif kind in _NAMING and said.grade >= 2:
                found.append(field)
    return list(dict.fromkeys(found))


def _beside(part: Condition) -> list[tuple[str, str]]:
    """(field, literal) for every literal that a part of a condition compares a field with."""
    pairs: list[tuple[Operand, Operand]] = []
    if isinstance(part, Compare):
        pairs = [(part.left, part.right), (part.right, part.left)]
    elif isinstance(part, In):
        pairs = [(part.operand, option) for option in part.options]
        pairs += [(option, part.operand) for option in part.options]
    elif isinstance(part, StartsWith):
        pairs = [(part.operand, part.prefix), (part.prefix, part.operand)]
    return [
        (one.name, written(other.value))
        for one, other in pairs
        if isinstance(one, Name) and isinstance(other, Literal)
    ]


def written(value: object) -> str:
    """A literal as records write such a value."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def literals(condition: Condition | None) -> dict[str, list[str]]:
    """{field: the values it is compared with}, for whoever invents rows that fit."""
    found: dict[str, list[str]] = {}
    for part in walk(condition) if condition is not None else ():
        for field, literal in _beside(part):
            found.setdefault(field, []).append(literal)
    return found


def in_words(text: str, labels: Mapping[str, Text], tell: Callable[[str, str], Text] | None = None) -> Text:
    """The filter as a sentence. labels: {field: label}. tell(field, value): a code in words."""
    try:
        condition = condition_of(text)
    except HouseError:
        return Text(
            "行范围已无法读取，不覆盖任何记录", "the filter cannot be read any more and covers no record"
        )
    if condition is None:
        return Text("全部记录", "all records")
    return expressions.in_words(condition, labels, tell)


def is_narrower(new: str, old: str) -> bool:
    """Whether a filter surely covers no more than another: the same, or the same with more required beside it."""
    one, two = condition_of(new), condition_of(old)
    if two is None or one == two:
        return True
    if one is None:
        return False
    required = two.parts if isinstance(two, AllOf) else (two,)
    return isinstance(one, AllOf) and all(part in one.parts for part in required)

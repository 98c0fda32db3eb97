"""From text to a tree. A recursive-descent parser over an explicit list of tokens; its limits are part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..errors import HouseError
from ..text import Text

LONGEST = 2000
"""Characters of a condition."""
DEEPEST = 24
"""Levels of parentheses and negations."""
MOST_OPTIONS = 500
"""Operands of one "in"."""

#: Words that are never names; those after "today" and "date" before a day are told by where they stand.
KEYWORDS = frozenset(
    {"and", "or", "not", "in", "between", "is", "null", "starts", "with", "today", "true", "false"}
)
_UNITS = {"day": "days", "days": "days", "month": "months", "months": "months", "year": "years", "years": "years"}  # fmt: skip
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<text>'(?:[^'\x00-\x1f]|'')*')
      | (?P<number>[0-9]{1,20}(?:\.[0-9]{1,18})?(?![0-9A-Za-z_.]))
      | (?P<parameter>:[a-z][a-z0-9_]{0,59}(?![0-9A-Za-z_]))
      | (?P<word>[a-z][a-z0-9_]{0,59}(?![0-9A-Za-z_]))
      | (?P<quoted>"[a-z][a-z0-9_]{0,59}")
      | (?P<operator><=|>=|!=|[=<>(),+\-])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Name:
    """A declared field."""

    name: str


@dataclass(frozen=True)
class Parameter:
    """A value the asker gives."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A value written in the condition."""

    value: str | Decimal | bool | date


@dataclass(frozen=True)
class Today:
    """The day on which the condition is asked, moved by whole days, months or years."""

    amount: int = 0
    unit: str = "days"


Operand = Name | Parameter | Literal | Today


@dataclass(frozen=True)
class Compare:
    """operator: one of = != < <= > >=."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True)
class In:
    """Whether the operand equals one of the options."""

    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True)
class IsNull:
    """Whether there is no value; the one condition that is never open."""

    operand: Operand


@dataclass(frozen=True)
class StartsWith:
    """Whether a text begins with another."""

    operand: Operand
    prefix: Operand


@dataclass(frozen=True)
class Not:
    """The opposite; of what is open, open."""

    part: Condition


@dataclass(frozen=True)
class AllOf:
    """Every part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part."""

    parts: tuple[Condition, ...]


Condition = Compare | In | IsNull | StartsWith | Not | AllOf | AnyOf


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(text: str) -> Condition:
    """The tree of a condition.

    Raises HouseError "expressions.unreadable"; `where` is the position (from 1), never what stands there.
    """
    if len(text) > LONGEST:
        raise _unreadable(
            LONGEST,
            Text(f"条件超过 {LONGEST} 个字符", f"the condition is longer than {LONGEST} characters"),
        )
    return _Parser(list(_tokens(text))).whole()


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(
                at + 1,
                Text("此处的字符不属于条件语言", "a character here does not belong to the language"),
            )
        kind = str(found.lastgroup)
        if kind != "space":
            word = found[0]
            yield _Token("keyword" if kind == "word" and word in KEYWORDS else kind, word, at + 1)
        at = found.end()
    yield _Token("end", "", len(text) + 1)


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> Condition:
        found = self.condition()
        if self.next.kind != "end":
            raise self.expected(Text("and、or 或结尾", "and, or, or the end"))
        return found

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *words: str) -> _Token | None:
        token = self.next
        if token.kind in ("keyword", "operator") and token.text in words:
            self.at += 1
            return token
        return None

    def need(self, word: str) -> None:
        if self.take(word) is None:
            raise self.expected(Text(f"“{word}”", f'"{word}"'))

    def condition(self) -> Condition:
        parts = [self.conjunct()]
        while self.take("or"):
            parts.append(self.conjunct())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def conjunct(self) -> Condition:
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def negation(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _unreadable(
                self.next.at, Text(f"嵌套超过 {DEEPEST} 层", f"nested deeper than {DEEPEST} levels")
            )
        try:
            if self.take("not"):
                return Not(self.negation())
            if self.take("("):
                inner = self.condition()
                self.need(")")
                return inner
            return self.comparison()
        finally:
            self.depth -= 1

    def comparison(self) -> Condition:
        left = self.operand()
        operator = self.take("=", "!=", "<=", ">=", "<", ">")
        if operator:
            return Compare(left, operator.text, self.operand())
        if self.take("is"):
            negated = self.take("not") is not None
            self.need("null")
            return Not(IsNull(left)) if negated else IsNull(left)
        if self.take("starts"):
            self.need("with")
            return StartsWith(left, self.operand())
        negated = self.take("not") is not None
        found: Condition
        if self.take("in"):
            found = In(left, self.options())
        elif self.take("between"):
            low = self.operand()
            self.need("and")
            found = AllOf((Compare(left, ">=", low), Compare(left, "<=", self.operand())))
        else:
            raise self.expected(Text("比较（= != < <= > >= in between is starts with）", "a comparison"))
        return Not(found) if negated else found

    def options(self) -> tuple[Operand, ...]:
        self.need("(")
        found = [self.operand()]
        while self.take(","):
            found.append(self.operand())
            if len(found) > MOST_OPTIONS:
                raise _unreadable(
                    self.next.at, Text(f"选项超过 {MOST_OPTIONS} 个", f"more than {MOST_OPTIONS} options")
                )
        self.need(")")
        return tuple(found)

    def operand(self) -> Operand:
        token = self.next
        if token.kind == "word":
            self.at += 1
            if token.text == "date" and self.next.kind == "text":
                return Literal(self.day())
            return Name(token.text)
        if token.kind == "quoted":
            self.at += 1
            return Name(token.text[1:-1])
        if token.kind == "parameter":
            self.at += 1
            return Parameter(token.text[1:])
        if token.kind == "text":
            self.at += 1
            return Literal(token.text[1:-1].replace("''", "'"))
        if self.take("-"):
            return Literal(-self.number())
        if token.kind == "number":
            return Literal(self.number())
        if self.take("true"):
            return Literal(True)
        if self.take("false"):
            return Literal(False)
        if self.take("today"):
            return self.today()
        raise self.expected(Text("字段、参数或值", "a field, a parameter or a value"))

    def number(self) -> Decimal:
        token = self.next
        if token.kind != "number":
            raise self.expected(Text("数字", "a number"))
        self.at += 1
        return Decimal(token.text)

    def day(self) -> date:
        token = self.next
        if token.kind == "text" and re.fullmatch(r"'[0-9]{4}-[0-9]{2}-[0-9]{2}'", token.text):
            try:
                found = date.fromisoformat(token.text[1:-1])
            except ValueError:
                pass
            else:
                self.at += 1
                return found
        raise self.expected(Text("日期，写作 '2026-11-21'", "a day, written '2026-11-21'"))

    def today(self) -> Today:
        sign = self.take("+", "-")
        if sign is None:
            return Today()
        token = self.next
        amount = self.number()
        if amount != int(amount) or amount > 100_000:
            raise _unreadable(token.at, Text("此处应为整数", "a whole number is expected here"))
        unit = _UNITS.get(self.next.text)
        if unit is None:
            raise self.expected(Text("days、months 或 years", "days, months or years"))
        self.at += 1
        return Today(int(amount) if sign.text == "+" else -int(amount), unit)

    def expected(self, what: Text) -> HouseError:
        return _unreadable(self.next.at, Text(f"此处应为{what.zh}", f"{what.en} is expected here"))


def _unreadable(at: int, why: Text) -> HouseError:
    return HouseError(
        "expressions.unreadable",
        Text(f"条件无法读取：第 {at} 个字符，{why.zh}。", f"The condition cannot be read: at character {at}, {why.en}."),
        Text(
            "请改正，例如：status = 'current' and months >= 12。",
            "Correct it; an example: status = 'current' and months >= 12.",
        ),
        str(at),
    )  # fmt: skip


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all its parts."""
    yield condition
    if isinstance(condition, Not):
        yield from walk(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from walk(part)


def operands(condition: Condition) -> Iterator[Operand]:
    """Every operand, in the order of the text."""
    for part in walk(condition):
        if isinstance(part, Compare):
            yield from (part.left, part.right)
        elif isinstance(part, In):
            yield from (part.operand, *part.options)
        elif isinstance(part, IsNull):
            yield part.operand
        elif isinstance(part, StartsWith):
            yield from (part.operand, part.prefix)


def names(condition: Condition) -> frozenset[str]:
    """The fields it speaks of."""
    return frozenset(each.name for each in operands(condition) if isinstance(each, Name))


def parameters(condition: Condition) -> frozenset[str]:
    """The parameters it needs."""
    return frozenset(each.name for each in operands(condition) if isinstance(each, Parameter))

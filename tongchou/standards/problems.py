"""The rules a value can fail, each with what happened and what to do next, in both languages.

A rule's code is what quarantine, reports and the reference show; its wording lives only in `data/rules.csv`.
A *soft* rule marks a value worth a second look (a county code this house does not know, a lunar date that was
converted): the value stands, and a row is never set aside for it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from .errors import HouseError
from .text import Text


@dataclass(frozen=True)
class Rule:
    """One rule. code: "<element>.<what failed>". soft: the value is usable all the same."""

    code: str
    message: Text
    advice: Text
    soft: bool = False


def _rules() -> Iterator[Rule]:
    text = files("tongchou.standards").joinpath("data/rules.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        message = Text(row["message_zh"], row["message_en"])
        advice = Text(row["advice_zh"], row["advice_en"])
        yield Rule(row["code"], message, advice, row["soft"] == "1")


RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _rules()})
"""Every rule by its code."""


def rule(code: str) -> Rule:
    """The rule with this code. Raises HouseError "standards.unknown_rule"."""
    found = RULES.get(code)
    if found is None:
        raise HouseError(
            "standards.unknown_rule",
            Text("没有这条规则。", "There is no such rule."),
            Text("规则见参考手册。", "See the reference of rules."),
            code,
        )
    return found


def is_soft(code: str | None) -> bool:
    """Whether the value stands although it failed this rule; None (no failure) is soft."""
    return code is None or RULES[code].soft


class InvalidValue(HouseError):
    """A value that fails a rule. It never holds the value itself, nor does its text.

    rule: the rule's code, which is also the error's code.
    """

    def __init__(self, rule_code: str) -> None:
        self.rule = rule_code
        failed = rule(rule_code)
        super().__init__(rule_code, failed.message, failed.advice)


class InvalidIdentifier(InvalidValue):
    """An identifier (number, code, plate) that fails a rule."""


def reference_rows() -> list[dict[str, str]]:
    """Every rule as a row for the printed reference."""
    return [
        {
            "code": each.code,
            "soft": "yes" if each.soft else "",
            "message_zh": each.message.zh,
            "message_en": each.message.en,
            "advice_zh": each.advice.zh,
            "advice_en": each.advice.en,
        }
        for each in RULES.values()
    ]

"""Which of several values of an attribute a base library takes, and why, in words. Pure.

A rule is an order of criteria. Of all records in force that say something, the first criterion in which two differ
decides:
    valid      a value that passes its element's check before one that does not
    authority  the more authoritative source: those the rule names, in its order, then those the population names
    agreed     the value that more resources say
    exact      a date known to its day before one known to its year; else the longer value
    newest     the one that has been true for the shortest time
    recorded   the one recorded last
What even these leave equal is decided by value and code of the resource, so that every run decides alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tongchou.standards.elements import element
from tongchou.standards.problems import is_soft
from tongchou.standards.text import Text

from .attributes import CHECKED_AGAIN

CRITERIA: dict[str, Text] = {
    "valid": Text("通过校验", "passes its check"),
    "authority": Text("来源权威", "authority of the source"),
    "agreed": Text("多数来源一致", "said by most sources"),
    "exact": Text("更完整", "more exact"),
    "newest": Text("生效更近", "true most recently"),
    "recorded": Text("入库更晚", "recorded last"),
}
#: The order where the pack says nothing of an attribute.
USUAL = ("valid", "authority", "newest", "recorded")


@dataclass(frozen=True)
class Rule:
    """How an attribute's value is chosen. ranks: {resource: place in the order of authority}, those not named come last.

    disputed: whether departments that say otherwise are asked to look again. about: the pack's own words on it.
    """

    attribute: str
    order: tuple[str, ...] = USUAL
    ranks: Mapping[str, int] = field(default_factory=dict)
    disputed: bool = False
    about: Text = field(default=Text("", ""))

    def rank(self, resource: str) -> int:
        """Place of a resource in the order of authority; 0 is best."""
        return self.ranks.get(resource, len(self.ranks))


class Said(NamedTuple):
    """That a record says a value. value: personal. begins: YYYY-MM-DD since which it is true, "" when not known."""

    value: str
    resource: str
    key: str
    valid: bool
    begins: str
    recorded_at: str


def said_of(value: str, resource: str, code: str, version: Mapping[str, Any]) -> Said:
    """What one version of a record says by a field of the element `code`."""
    problem = element(code).standardise(value).problem if code in CHECKED_AGAIN else None
    valid = problem is None or is_soft(problem)
    return Said(value, resource, version["key"], valid, version["valid_from"] or "", version["recorded_at"])


@dataclass(frozen=True)
class Chosen:
    """What was taken. why: a criterion, "only" (one record says it) or "same" (all say the same). over: resource of the
    best record with another value, "" when there is none. since: since when its source says so. others: how many other
    values there are."""

    said: Said
    why: str
    over: str = ""
    others: int = 0

    @property
    def since(self) -> str:
        """YYYY-MM-DD; the day it was recorded when the source gives no day."""
        return self.said.begins or self.said.recorded_at[:10]


def choose(said: Sequence[Said], rule: Rule) -> Chosen | None:
    """The value taken of what records say; None when none says anything."""
    if not said:
        return None
    sources: dict[str, set[str]] = {}
    for each in said:
        sources.setdefault(each.value, set()).add(each.resource)

    def merits(one: Said) -> tuple[object, ...]:
        found = {
            "valid": int(one.valid), "authority": -rule.rank(one.resource), "agreed": len(sources[one.value]),
            "exact": len(one.value), "newest": one.begins or "0001-01-01", "recorded": one.recorded_at,
        }  # fmt: skip
        return (*(found[each] for each in rule.order), one.value, one.resource)

    best = max(said, key=merits)
    rivals = [each for each in said if each.value != best.value]
    if not rivals:
        return Chosen(best, "same" if len(said) > 1 else "only")
    rival = max(rivals, key=merits)
    why = next(
        (
            criterion
            for criterion, mine, theirs in zip(rule.order, merits(best), merits(rival), strict=False)
            if mine != theirs
        ),
        "order",
    )
    return Chosen(best, why, rival.resource, len(sources) - 1)


#: Why, where counts are told.
REASONS: dict[str, Text] = {
    "only": Text("只有一个来源", "one source only"),
    "same": Text("各来源一致", "all agree"),
    **CRITERIA,
    "order": Text("固定次序", "fixed order"),
}

_WORDS: dict[str, Text] = {
    "only": Text("只有{source}提供", "only {source} gives it"),
    "same": Text("各来源一致，取{source}", "all sources agree; taken from {source}"),
    "valid": Text(
        "{over}的值未通过校验，取{source}", "the value of {over} fails its check; taken from {source}"
    ),
    "authority": Text("{source}比{over}权威", "{source} is more authoritative than {over}"),
    "agreed": Text(
        "支持{source}这个值的来源比{over}的多", "more sources agree with {source} than with {over}"
    ),
    "exact": Text("{source}的值比{over}完整", "the value of {source} is more exact than that of {over}"),
    "newest": Text("{source}的记录比{over}生效更近", "{source} has been true more recently than {over}"),
    "recorded": Text("{source}的记录比{over}入库更晚", "{source} was recorded later than {over}"),
    "order": Text(
        "{source}与{over}不相上下，按固定次序取", "{source} and {over} are equal; taken by a fixed order"
    ),
}


def sentence(why: str, source: Text, over: Text, since: str) -> Text:
    """Why a value was taken, and since when its source says so; it names departments' tables and no value."""
    said = _WORDS[why]
    return Text(
        said.zh.format(source=f"《{source.zh}》", over=f"《{over.zh}》")
        + (f"；自 {since} 起。" if since else "。"),
        said.en.format(source=source.en, over=over.en) + (f"; since {since}." if since else "."),
    )


def in_words(rule: Rule, titles: Mapping[str, Text]) -> Text:
    """The rule as a sentence. titles: of resources by code."""
    zh, en = (
        "，再看".join(CRITERIA[each].zh for each in rule.order),
        ", then ".join(CRITERIA[each].en for each in rule.order),
    )
    named = [titles.get(code, Text(code, code)) for code in sorted(rule.ranks, key=rule.rank)]
    if named and "authority" in rule.order:
        zh += "（" + " > ".join(each.zh for each in named) + "）"
        en += " (" + " > ".join(each.en for each in named) + ")"
    return Text(f"先看{zh}。", f"First {en}.")

"""What a base library came to, for its screen: rules in words, where values came from, relations, themes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tongchou.catalogue.models import Resource
from tongchou.standards.text import Text

from . import base
from .base import ATTRIBUTES, disagreements, label_of
from .base.rulebook import rules_of
from .base.survivorship import REASONS, in_words
from .models import Population, RelationRule, Theme
from .relations.kinds import KINDS
from .relations.storing import store


@dataclass(frozen=True)
class Line:
    """One attribute. filled: subjects that have a value; sources: (title, subjects), the most first; reasons: (why in
    words, subjects), the most first."""

    label: Text
    rule: Text
    about: Text
    filled: int
    sources: tuple[tuple[Text, int], ...]
    reasons: tuple[tuple[Text, int], ...]


@dataclass(frozen=True)
class Library:
    """A base library. on: the day it speaks of, "" before the first. relations: documents there are of all populations;
    rules: (relation, title of the resource that says so).
    """

    on: str
    subjects: int
    disagreements: int
    lines: tuple[Line, ...]
    relations: int
    rules: tuple[tuple[Text, Text], ...]
    themes: tuple[tuple[Theme, Text], ...]


def library_of(population: Population) -> Library:
    """The library of a population. A few queries and its small file of facts."""
    facts = base.facts_of(population.code)
    resources = {each.code: each for each in Resource.objects.all()}
    titles = {code: Text(each.name, each.name_en or each.name) for code, each in resources.items()}
    rules = rules_of(population)
    lines = tuple(
        _line(label_of(population.kind, attribute), in_words(rules[attribute], titles), rules[attribute].about, titles,
              facts.get("attributes", {}).get(attribute, {}))
        for attribute in ATTRIBUTES[population.kind]
    )  # fmt: skip
    mine = {code for code, each in resources.items() if each.population == population.code}
    return Library(
        on=str(facts.get("on", "")),
        subjects=int(facts.get("subjects", 0)),
        disagreements=disagreements.count(population.code),
        lines=lines,
        relations=store().count(),
        rules=tuple(
            (_said_by(each), titles[each.resource])
            for each in RelationRule.objects.all()
            if each.resource in mine
        ),
        themes=tuple(
            (each, titles[each.code])
            for each in Theme.objects.filter(population=population.code)
            if each.code in titles
        ),
    )


def _line(label: Text, rule: Text, about: Text, titles: dict[str, Text], counted: dict[str, Any]) -> Line:
    sources = sorted(counted.get("sources", {}).items(), key=lambda each: (-each[1], each[0]))
    reasons = sorted(counted.get("why", {}).items(), key=lambda each: (-each[1], each[0]))
    return Line(
        label=label,
        rule=rule,
        about=about,
        filled=sum(number for _, number in sources),
        sources=tuple((titles.get(source, Text(source, source)), number) for source, number in sources),
        reasons=tuple((REASONS[why], number) for why, number in reasons),
    )


def _said_by(rule: RelationRule) -> Text:
    """What a rule tells of the subjects of its resource."""
    if rule.spec.get("household"):
        return Text("同户与亲属", "Household and kin")
    if rule.spec.get("died_on"):
        return Text("死亡（关系终止）", "Death (relations end)")
    kind = str(rule.spec.get("kind") or "")
    return KINDS[kind].label if kind in KINDS else Text(rule.code, rule.code)

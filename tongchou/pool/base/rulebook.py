"""The rules by which a population's base library chooses, read once as plain values."""

from __future__ import annotations

from collections.abc import Sequence

from tongchou.standards.text import Text

from ..models import Population, SurvivorshipRule
from .attributes import ATTRIBUTES, DISPUTED
from .survivorship import USUAL, Rule


def rules_of(population: Population) -> dict[str, Rule]:
    """{attribute: its rule}, of every attribute of the population's kind. One query."""
    declared = {
        each.attribute: each.spec for each in SurvivorshipRule.objects.filter(population=population.code)
    }
    found = {}
    for attribute in ATTRIBUTES[population.kind]:
        spec = declared.get(attribute, {})
        order = [*spec.get("prefer", ()), *population.authority]
        about = spec.get("about") or {}
        found[attribute] = Rule(
            attribute,
            tuple(spec.get("order") or USUAL),
            {code: place for place, code in enumerate(dict.fromkeys(order))},
            bool(spec.get("disputed", attribute in DISPUTED)),
            Text(str(about.get("zh", "")), str(about.get("en") or about.get("zh", ""))),
        )
    return found


def rules_of_code(population: str) -> dict[str, Rule]:
    """The rules of a population by its code; none when there is no such population. Two queries."""
    found = Population.objects.filter(code=population).first()
    return rules_of(found) if found else {}


def disputed(rules: dict[str, Rule]) -> Sequence[str]:
    """The attributes of which departments are asked when they disagree."""
    return [each for each, rule in rules.items() if rule.disputed]

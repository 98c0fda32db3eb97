"""Who and what a subject is related to, as far as the reader's grants reach. Pure.

A relation is told only when the reader may see every record that says so, and in it every field that says so; of the
other nothing is told but a glimpse, as a search result gives it. What is not told is not counted either.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tongchou.pool.plans import Feed
from tongchou.pool.relations import Basis, Relation
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from ..rules import glimpse, shown
from .composing import Seen, source_of, told
from .parts import Found, Related

#: More than these are not listed: the employees of a large company, the residents of a dormitory.
MOST_RELATED = 60

#: What the kinds of relations are put under on screen; sections and kinds in the order in which they are told.
SECTIONS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "family": (
        Text("家庭与亲属", "Household and kin"),
        ("spouse", "parent", "child", "guardian", "ward", "sibling", "grandparent", "grandchild", "parent_in_law",
         "child_in_law", "coparent", "kin", "household"),
    ),
    "work": (
        Text("企业与就业", "Enterprises and work"),
        ("legal_representative", "represents", "operator", "operates", "shareholder", "holds_shares_in",
         "parent_company", "branch", "employer", "employee"),
    ),
    "place": (
        Text("地点", "Places"),
        ("lives_at", "resident", "registered_at", "registered_here", "located_at", "occupant", "owns", "owner"),
    ),
}  # fmt: skip
_RANKS = {kind: place for place, kind in enumerate(kind for _, kinds in SECTIONS.values() for kind in kinds)}

_NAMES = ("person_name", "organisation_name", "address")


@dataclass(frozen=True)
class Stated:
    """A record of a basis that the reader may see: the record with what of it is held, and its resource."""

    seen: Seen
    feed: Feed


def section_of(kind: str) -> str:
    """The section a kind of relation stands in."""
    return next((code for code, (_, kinds) in SECTIONS.items() if kind in kinds), "family")


def relate(
    relations: Sequence[Relation],
    *,
    stated: Callable[[Basis], Stated | None],
    found: Callable[[str], Found | None],
    households: Collection[tuple[str, str]] = (),
) -> tuple[tuple[Related, ...], tuple[tuple[str, str, str], ...]]:
    """The relations that may be told, and (resource, field, grant) of what says so.

    stated: the record a basis names, None when no grant covers it. found: the other at a glimpse, None when nothing of
    it may be seen. households: (resource, field) of the numbers by which registers keep households. Two records
    that say the same of the same other are told once, with both sources.
    """
    relations = sorted(relations, key=lambda each: _RANKS.get(each.kind, len(_RANKS)))
    merged: dict[tuple[str, str], Related] = {}
    used: dict[tuple[str, str, str], None] = {}
    for each in relations:
        basis = [(one, stated(one)) for one in each.basis]
        if any(at is None or not set(one.fields) <= at.seen.held.fields for one, at in basis):
            continue
        said = [(one, at) for one, at in basis if at is not None]
        told_now = _related(each, said, found, households)
        place = (told_now.kind, told_now.other)
        before = merged.get(place)
        if before is None:
            if len(merged) >= MOST_RELATED:
                continue
            merged[place] = told_now
        else:
            merged[place] = replace(
                before,
                sources=tuple(dict.fromkeys((*before.sources, *told_now.sources))),
                household=before.household or told_now.household,
                how="said" if "said" in (before.how, told_now.how) else before.how,
                name=before.name or told_now.name,
            )
        for one, at in said:
            for field in one.fields:
                for grant in at.seen.held.grants:
                    used[one.resource, field, grant] = None
    return tuple(_without_weaker(merged.values())), tuple(used)


def _without_weaker(related: Iterable[Related]) -> list[Related]:
    """Nobody is told as "same household" who is told as wife, child or mother; that they are in it stays."""
    held = list(related)
    close = {each.other for each in held if each.section == "family" and each.kind != "household"}
    at_home = {each.other for each in held if each.household}
    return [
        replace(each, household=each.other in at_home) if each.section == "family" else each
        for each in held
        if each.kind != "household" or each.other not in close
    ]


def _related(
    relation: Relation,
    said: Sequence[tuple[Basis, Stated]],
    found: Callable[[str], Found | None],
    households: Collection[tuple[str, str]],
) -> Related:
    glimpsed = found(relation.other)
    name, facts = (glimpsed.name, glimpsed.facts) if glimpsed else ("", ())
    facts = tuple(each for each in facts if each[0] != element("address").label)
    return Related(
        kind=relation.kind,
        section=section_of(relation.kind),
        label=relation.label,
        other=relation.other,
        other_kind=relation.other_kind,
        name=name or _named(relation, said),
        facts=facts,
        since=relation.since or "",
        until=relation.until or "",
        how=relation.how,
        sources=tuple(dict.fromkeys(source_of(at.feed) for _, at in said)),
        household=any((one.resource, field) in households for one, _ in said for field in one.fields),
        address=_address(said),
    )


def _named(relation: Relation, said: Sequence[tuple[Basis, Stated]]) -> str:
    """What the stating record itself calls the other: the mother's name in the birth record of her child."""
    for one, at in said:
        if one.subject_id == relation.other:
            continue
        for name in one.fields:
            field, value = at.feed.field_named(name), at.seen.record["values"].get(name)
            if field is not None and value and field.element in _NAMES:
                mask = at.seen.held.mask_of(field.name, field.element, field.grade)
                return glimpse(told(value, field), field.element, mask)
    return ""


def _address(said: Sequence[tuple[Basis, Stated]]) -> tuple[str, bool] | None:
    """The address by which the records say so, as the reader may see it, and whether that is the whole of it."""
    for one, at in said:
        for name in one.fields:
            field, value = at.feed.field_named(name), at.seen.record["values"].get(name)
            if field is not None and value and element(field.element).kind == "address":
                answer = shown(value, at.seen.held.mask_of(field.name, field.element, field.grade))
                return answer.text, not answer.masked
    return None


def gathered(related: Sequence[Related]) -> tuple[Related, ...]:
    """For the eye: one entry for each other of a section, all that it is put together (子女、被监护人)."""
    merged: dict[tuple[str, str], Related] = {}
    for each in related:
        place = (each.section, each.other)
        before = merged.get(place)
        merged[place] = each if before is None else _both(before, each)
    return tuple(merged.values())


def _both(one: Related, other: Related) -> Related:
    return replace(
        one,
        label=Text(f"{one.label.zh}、{other.label.zh}", f"{one.label.en}, {other.label.en}"),
        sources=tuple(dict.fromkeys((*one.sources, *other.sources))),
        since=min(filter(None, (one.since, other.since)), default=""),
        until=max(one.until, other.until) if one.until and other.until else "",
        how="said" if "said" in (one.how, other.how) else one.how,
        household=one.household or other.household,
    )


def by_section(related: Sequence[Related]) -> Mapping[str, tuple[Related, ...]]:
    """The relations by the sections that have any, in the order of `SECTIONS`."""
    held = {code: tuple(each for each in related if each.section == code) for code in SECTIONS}
    return {code: found for code, found in held.items() if found}

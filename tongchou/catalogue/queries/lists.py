"""The three lists of a department: what it holds 资源清单, needs 需求清单 and is answerable for 责任清单."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from tongchou.standards.elements import ELEMENTS
from tongchou.standards.text import Text

from .. import demands, meaning, rules
from ..models import Need, Recollection, Resource, ResourceField, Responsibility
from . import facts
from .resources import resources


@dataclass(frozen=True)
class HeldRow:
    """One resource of the list, with what its description lacks and what it collects although others provide it."""

    resource: Resource
    lacks: tuple[demands.Lack, ...]
    recollected: int


def held(
    *,
    organisation: str = "",
    text: str = "",
    share_class: str = "",
    state: str = "",
    only_lacking: bool = False,
) -> list[HeldRow]:
    """What an organisation (or everybody) holds, published or withdrawn."""
    found = resources(text=text, organisation=organisation, share_class=share_class, state=state or "any")
    found = found.select_related("organisation", "resource_class").prefetch_related("fields")
    counts: dict[str, int] = {}
    for code in Recollection.objects.values_list("collected_by", flat=True):
        counts[code] = counts.get(code, 0) + 1
    rows = [HeldRow(one, tuple(lacks_of(one)), counts.get(one.code, 0)) for one in found]
    return [row for row in rows if row.lacks] if only_lacking else rows


def lacks_of(resource: Resource) -> list[demands.Lack]:
    """What a resource's description lacks."""
    values = {
        name: getattr(resource, name)
        for name in ("share_class", "legal_basis", "share_condition", "is_open", "abstract", "resource_class")
    }
    return demands.lacks(values, [{"name": each.name} for each in resource.fields.all()])


def needs(
    *, organisation: str = "", state: str = "", text: str = "", addressed_to: str = "", matter: str = ""
) -> QuerySet[Need]:
    """Needs narrowed by whose, state, words, whom they are addressed to; open ones first."""
    found = Need.objects.select_related("organisation", "addressed_to", "met_by__organisation")
    if organisation:
        found = found.filter(organisation__code=organisation)
    if state:
        found = found.filter(state=state)
    if addressed_to:
        found = found.filter(addressed_to__code=addressed_to)
    if matter:
        found = found.filter(matter__icontains=matter)
    for word in text.split():
        found = found.filter(
            Q(title__icontains=word) | Q(title_en__icontains=word) | Q(reason__icontains=word)
            | Q(matter__icontains=word) | Q(number__icontains=word)
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Duty:
    """One fact with who claims to keep it right and who holds it. state: kept, conflict, gap (nobody claims it), or
    broken (whoever claims it holds it in no published resource)."""

    element: str
    subject: str
    aspect: str
    claims: tuple[Responsibility, ...]
    holders: tuple[ResourceField, ...]
    state: str

    @property
    def label(self) -> Text:
        """The fact in words: 自然人的户籍地址."""
        known = ELEMENTS.get(self.element)
        what = known.label if known else Text(self.element, self.element)
        which = rules.ASPECTS.get(self.aspect, Text("", ""))
        who = rules.SUBJECTS.get(self.subject, Text(self.subject, self.subject))
        if self.subject == "enterprise" and self.element in ("person_name", "id_number"):
            who = Text("法定代表人", "legal representatives")
        english = f"{which.en} {what.en.lower()}".strip()
        return Text(f"{who.zh}的{which.zh}{what.zh}", f"{english[:1].upper()}{english[1:]} of {who.en}")

    @property
    def organisations(self) -> set[str]:
        """Codes of all who claim or hold it."""
        return {one.organisation.code for one in self.claims} | {
            one.resource.organisation.code for one in self.holders
        }


@dataclass
class _Fact:
    claims: list[Responsibility] = field(default_factory=list)
    holders: list[ResourceField] = field(default_factory=list)


STATES: dict[str, Text] = {
    "kept": Text("已明确", "Settled"),
    "conflict": Text("多部门认领", "Claimed by several"),
    "gap": Text("无人认领", "Claimed by nobody"),
    "broken": Text("认领者未提供", "Not provided by whoever claims it"),
}


def duties(*, organisation: str = "", state: str = "", subject: str = "", element: str = "") -> list[Duty]:
    """The list of responsibilities: every fact that some resource holds or somebody claims, conflicts and gaps first."""
    found: dict[tuple[str, str, str], _Fact] = {}
    for claim in Responsibility.objects.select_related("organisation", "resource__organisation"):
        key = (meaning.FAMILY.get(claim.element, claim.element), claim.subject_kind, claim.aspect)
        found.setdefault(key, _Fact()).claims.append(claim)
    for one in facts.published_fields():
        fact = meaning.reading(facts.item_of(one, one.resource))
        if (
            fact.generic
            or fact.strict
            or not _is_own(fact)
            or fact.subject not in Resource.SubjectKind.values
        ):
            continue
        key = (fact.element, fact.subject, fact.aspect)
        if key not in found and (fact.element, fact.subject, "") in found:
            key = (fact.element, fact.subject, "")  # claimed without saying which of several
        found.setdefault(key, _Fact()).holders.append(one)
    made = [_duty(key, one) for key, one in found.items()]
    chosen = [
        one
        for one in made
        if (not organisation or organisation in one.organisations)
        and (not state or one.state == state)
        and (not subject or one.subject == subject)
        and (not element or one.element == element)
    ]
    order = {"conflict": 0, "broken": 1, "gap": 2, "kept": 3}
    return sorted(chosen, key=lambda one: (order[one.state], one.subject, one.element, one.aspect))


def _is_own(fact: meaning.Fact) -> bool:
    """Whether a fact is one a register keeps: of the subject, of its employer's name, of its legal representative."""
    return (
        fact.bearer == "self"
        or (fact.bearer == "employer" and fact.element == "organisation_name")
        or (fact.bearer == "legal_representative" and fact.element in ("person_name", "id_number"))
    )


def _duty(key: tuple[str, str, str], one: _Fact) -> Duty:
    element, subject, aspect = key
    owners = {claim.organisation.code for claim in one.claims}
    holding = {holder.resource.organisation.code for holder in one.holders}
    if len(owners) > 1:
        state = "conflict"
    elif not owners:
        state = "gap"
    elif not owners & holding and not _named_place_holds(one.claims):
        state = "broken"
    else:
        state = "kept"
    return Duty(element, subject, aspect, tuple(one.claims), tuple(one.holders), state)


def _named_place_holds(claims: Iterable[Responsibility]) -> bool:
    return any(
        claim.resource is not None and claim.resource.state == Resource.State.PUBLISHED for claim in claims
    )


def recollections(*, organisation: str = "", collected_by: str = "") -> QuerySet[Recollection]:
    """Decisions to collect nevertheless, newest first."""
    found = Recollection.objects.all()
    if organisation:
        found = found.filter(organisation=organisation)
    if collected_by:
        found = found.filter(collected_by=collected_by)
    return found

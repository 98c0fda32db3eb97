"""What a department could offer in return 回报: needs of others that its own resources would meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.standards.text import Text

from .. import rules
from ..meaning import Item
from ..models import Need, Resource, ResourceField
from ..rules import Held
from . import facts


@dataclass(frozen=True)
class Offer:
    """One open need that one resource of an organisation would meet, wholly or in part."""

    need: Need
    resource: Resource
    #: Labels of the wanted fields that it holds, and of those it does not.
    covered: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether it holds every field wanted."""
        return not self.missing


def items_of(need: Need) -> list[Item]:
    """The fields a need wants, as the rules take them."""
    return [
        Item(Text(each["label"], each["label"]), each.get("element") or "", need.subject_kind, need.title)
        for each in need.fields
    ]


def _best(need: Need, own: Sequence[Held]) -> tuple[str, list[bool]] | None:
    """The resource that holds most of a need's fields, and which of them."""
    covered: dict[str, list[bool]] = {}
    wanted = items_of(need)
    for position, hits in enumerate(rules.matches(wanted, own, most=50)):
        for hit in hits:
            covered.setdefault(hit.held.resource, [False] * len(wanted))[position] = True
    if not covered:
        return None
    code = max(sorted(covered), key=lambda one: sum(covered[one]))
    return code, covered[code]


def offers(organisation: str, *, to: str = "") -> list[Offer]:
    """Open needs of others that published resources of `organisation` would meet; of one organisation, `to`, or of all.

    Closed resources are not offered. Needs addressed to the organisation come first, then whole ones.
    """
    fields = list(
        ResourceField.objects.filter(
            resource__state=Resource.State.PUBLISHED, resource__organisation__code=organisation
        )
        .exclude(resource__share_class=Resource.ShareClass.CLOSED)
        .select_related("resource__organisation")
    )
    own = facts.held(fields)
    by_code = {field.resource.code: field.resource for field in fields}
    open_needs = Need.objects.filter(state=Need.State.OPEN).exclude(organisation__code=organisation)
    if to:
        open_needs = open_needs.filter(organisation__code=to)
    found = []
    for need in open_needs.select_related("organisation", "addressed_to"):
        best = _best(need, own)
        if best is not None:
            labels = [each["label"] for each in need.fields]
            found.append(
                Offer(
                    need, by_code[best[0]],
                    tuple(label for label, yes in zip(labels, best[1], strict=True) if yes),
                    tuple(label for label, yes in zip(labels, best[1], strict=True) if not yes),
                )
            )  # fmt: skip
    return sorted(
        found,
        key=lambda one: (
            one.need.addressed_to is None or one.need.addressed_to.code != organisation,
            not one.whole, one.need.number,
        ),
    )  # fmt: skip


def candidates(need: Need) -> list[Offer]:
    """Published resources of anybody else that would meet a need, best first; closed ones last."""
    fields = [
        one for one in facts.published_fields() if one.resource.organisation.code != need.organisation.code
    ]
    by_code = {one.resource.code: one.resource for one in fields}
    wanted = items_of(need)
    covered: dict[str, list[bool]] = {}
    for position, hits in enumerate(rules.matches(wanted, facts.held(fields), most=50)):
        for hit in hits:
            covered.setdefault(hit.held.resource, [False] * len(wanted))[position] = True
    labels = [each["label"] for each in need.fields]
    made = [
        Offer(
            need, by_code[code],
            tuple(label for label, yes in zip(labels, which, strict=True) if yes),
            tuple(label for label, yes in zip(labels, which, strict=True) if not yes),
        )
        for code, which in covered.items()
    ]  # fmt: skip
    return sorted(
        made, key=lambda one: (one.resource.share_class == "closed", -len(one.covered), one.resource.code)
    )

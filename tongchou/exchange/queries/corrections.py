"""Corrections for screens: those of a person, those that lie with an organisation, and the words of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import ResourceField
from tongchou.flow import queries as flow
from tongchou.flow.models import Instance
from tongchou.gather.models import StandingCorrection
from tongchou.standards.text import Text

from .. import errors
from ..models import Correction
from .own_files import Self, of_user, self_of
from .standing import is_bureau


def _all() -> QuerySet[Correction]:
    return Correction.objects.select_related("organisation", "resource__organisation")


def of_person(me: Self) -> QuerySet[Correction]:
    """All corrections about a person's file, whoever asked."""
    return _all().filter(subject_id__in=me.ids)


def of_organisation(by: Actor) -> QuerySet[Correction]:
    """Those the actor's organisation supplies, and for the bureau all that came to it."""
    mine = Q(organisation__code=by.organisation)
    if by.may("corrections.review") and is_bureau(by):
        mine |= Q(state__in=["escalated", "review"]) | Q(reviewed=True)
    return _all().filter(mine)


def asked_by(by: Actor) -> QuerySet[Correction]:
    """Those the actor asked for."""
    return _all().filter(asked_by=by.username)


def for_officer(by: Actor, number: str) -> Correction:
    """One that lies with the actor's organisation. Raises NotFound: also when it exists and is another's."""
    return _one(of_organisation(by) if by.may("corrections.decide") else Correction.objects.none(), number)


def for_asker(by: Actor, number: str) -> Correction:
    """One that the actor asked for. Raises NotFound."""
    return _one(asked_by(by), number)


def visible(by: Actor, number: str) -> Correction:
    """One the actor may know of: they asked, it is about them, or it lies with their organisation. Raises NotFound."""
    found = asked_by(by).filter(number=number)
    if by.may("corrections.view"):
        found = found | of_organisation(by).filter(number=number)
    if by.may("mydata.view") and of_user(by.username) is not None:
        found = found | of_person(self_of(by)).filter(number=number)
    return _one(found.distinct(), number)


def _one(found: QuerySet[Correction], number: str) -> Correction:
    made = found.filter(number=number).first()
    if made is None:
        raise errors.NotFound(
            "exchange.correction_not_found",
            Text("没有这件校核。", "There is no such correction."),
            Text("请从列表打开。", "Open it from the list."),
        )
    return made


def version_of(instance: str) -> int:
    """The version of a flow's instance now."""
    return Instance.objects.values_list("version", flat=True).get(number=instance)


def standing_of(made: Correction) -> StandingCorrection | None:
    """How far an accepted value has come on its way into the pool."""
    return StandingCorrection.objects.filter(number=made.number).first()


@dataclass(frozen=True)
class Row:
    """One line of a list. left: the time it has, in words."""

    made: Correction
    label: Text
    left: flow.TimeLeft | None


def rows(found: Iterable[Correction]) -> list[Row]:
    """Corrections with the names of their fields and the time left. Two queries besides them."""
    held = list(found)
    instances = {
        each.number: each
        for each in Instance.objects.filter(number__in=[each.instance for each in held]).select_related(
            "definition"
        )
    }
    now = timezone.now()
    return [
        Row(
            each, label_of(each.resource.code, each.field),
            flow.time_left(instances[each.instance], now) if each.instance in instances else None,
        )
        for each in held
    ]  # fmt: skip


def label_of(resource: str, field: str) -> Text:
    """What a field is called, with its resource; its name where the catalogue has it no more."""
    found = (
        ResourceField.objects.filter(resource__code=resource, name=field).select_related("resource").first()
    )
    if found is None:
        return Text(field, field)
    return Text(
        f"{found.resource.name} · {found.label}",
        f"{found.resource.name_en or found.resource.name} · {found.label_en or found.label}",
    )

"""Requests for explanation, for those who asked and those who must answer."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from tongchou.accounts.actor import Actor
from tongchou.flow.models import Instance
from tongchou.standards.text import Text

from .. import errors
from ..models import Explanation
from .own_files import Self


def _all() -> QuerySet[Explanation]:
    return Explanation.objects.select_related("organisation")


def of_person(by: Actor, me: Self) -> QuerySet[Explanation]:
    """Those the person asked, about the file that is theirs now."""
    return _all().filter(asked_by=by.username, subject_id__in=me.ids)


def of_organisation(by: Actor) -> QuerySet[Explanation]:
    """Those asked of the actor's organisation; those that came to the auditors, for them."""
    mine = Q(pk__in=[])
    if by.may("explanations.answer"):
        mine |= Q(organisation__code=by.organisation)
    if by.may("explanations.escalated"):
        mine |= Q(state__in=[Explanation.State.ESCALATED, Explanation.State.CLOSED])
    return _all().filter(mine)


def to_answer(by: Actor, number: str) -> Explanation:
    """One that lies, or lay, with the actor's organisation. Raises NotFound, for others' too."""
    return _one(of_organisation(by), number)


def for_asker(by: Actor, number: str) -> Explanation:
    """One the actor asked. Raises NotFound."""
    return _one(_all().filter(asked_by=by.username), number)


def instance_of(made: Explanation) -> Instance | None:
    """The flow's instance it is in now."""
    return Instance.objects.select_related("definition").filter(number=made.instance).first()


def _one(found: QuerySet[Explanation], number: str) -> Explanation:
    made = found.filter(number=number).first()
    if made is None:
        raise errors.NotFound(
            "exchange.explanation_not_found",
            Text("没有这件请求。", "There is no such request."),
            Text("请从列表打开。", "Open it from the list."),
        )
    return made

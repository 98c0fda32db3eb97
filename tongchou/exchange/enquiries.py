"""What the moves of a request for explanation bring about. Two flows: the organisation that looked answers within its
limit (`explanation`); unanswered or contested, the auditors answer (`explanation_review`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation
from tongchou.flow import effects
from tongchou.flow.actions import instances
from tongchou.flow.models import Instance
from tongchou.standards.text import Text

from . import confided, errors
from .models import Explanation

FLOW, REVIEW = "explanation", "explanation_review"
State = Explanation.State


def register() -> None:
    """Tie the moves of the flows to what they bring about; called once at start."""
    effects.register(flow=FLOW, action="answer", function=_answered)
    effects.register(flow=FLOW, action="contest", function=_escalated)
    effects.register(flow=FLOW, action="escalate", function=_escalated)
    effects.register(flow=FLOW, action="withdraw", function=_withdrawn)
    effects.register(flow=REVIEW, action="answer", function=_closed)


def check_not_looker(by: Actor, made: Explanation) -> None:
    """Whoever looked does not explain it themselves. Raises Refused "exchange.refused.own_looking"."""
    if made.about == by.username:
        raise errors.Refused(
            "exchange.refused.own_looking",
            Text(
                "这次查看是您做的，须由另一位同事说明。", "You looked yourself; a colleague has to explain."
            ),
            Text("请转告同事办理。", "Ask a colleague."),
            made.number,
        )


def auditors() -> Organisation | None:
    """The organisation whose people may answer what was escalated; the bureau where there is none."""
    found = Membership.objects.filter(active=True, organisation__active=True).select_related(
        "role", "organisation"
    )
    for each in found.order_by("organisation__code"):
        if "explanations.escalated" in each.role.permissions:
            return each.organisation
    return Organisation.objects.filter(kind=Organisation.Kind.BUREAU, active=True).first()


def _of(instance: Instance) -> Explanation:
    return Explanation.objects.select_related("organisation").get(number=instance.ref)


def _keep(made: Explanation, state: str, **words: str) -> None:
    if words:
        made.sealed = confided.close(made.number, {**confided.open_words(made.number, made.sealed), **words})
    made.state = state
    made.save()


def _says(facts: Mapping[str, Any], name: str) -> str:
    return confided.checked(str(facts.get(name) or ""), needed=True, what=Text("说明", "Explanation"))


def _answered(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    check_not_looker(by, made)
    made.answered_by, made.answered_at = by.username, timezone.now()
    _keep(made, State.ANSWERED, answer=_says(facts, "says"))


def _escalated(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    again = str(facts.get("again") or "")
    place = auditors()
    if place is not None:
        # Begun by the house, which asks on the person's behalf; the number stays, so that it is one matter to them.
        following = instances.start(
            by=Actor.house("flow"), flow=REVIEW, ref=made.number, owner=place.code,
            title=Text(f"{made.number} 请求说明", f"{made.number} Request for an explanation"),
        )  # fmt: skip
        made.instance = following.number
    _keep(made, State.ESCALATED, **({"again": again} if again else {}))


def _closed(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    check_not_looker(by, made)
    _keep(made, State.CLOSED, verdict=_says(facts, "says"))


def _withdrawn(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    _keep(_of(instance), State.WITHDRAWN)

"""`{% load flow %}`: an instance's steps, timeline, buttons and time left; a definition's picture and words."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tongchou.accounts.actor import Actor
from tongchou.standards.text import Text

from .. import queries, shown
from ..definitions import Action, Definition
from ..drawing import draw
from ..models import Instance
from ..moves import definition_of

register = template.Library()


@register.simple_tag
def flow_steps(instance: Instance) -> list[shown.Step]:
    """The steps of an instance."""
    return shown.steps(instance)


@register.simple_tag
def flow_timeline(instance: Instance) -> list[shown.Happening]:
    """What happened to an instance, newest first."""
    return shown.timeline(instance)


@register.simple_tag
def flow_offered(actor: Actor, instance: Instance) -> list[queries.Offered]:
    """The actions of an instance's state as this actor may, or could come to, take them."""
    return [one for one in queries.actions_for(actor, instance) if not one.lasting]


@register.filter
def flow_time_left(instance: Instance) -> queries.TimeLeft:
    """How much time an instance has left."""
    return queries.time_left(instance, timezone.now())


@register.filter
def flow_state(instance: Instance) -> Text:
    """The title of the state an instance is in."""
    return definition_of(instance.definition).states[instance.state].title


@register.filter
def flow_tone(instance: Instance) -> str:
    """The colour of an instance's state: by its outcome, red when late, amber while it waits for its applicant."""
    if instance.ended_at is not None:
        return shown.TONES.get(instance.outcome, "grey")
    if instance.due_at is not None and instance.due_at <= timezone.now():
        return "red"
    return "amber" if instance.standing else "blue"


@register.filter
def flow_outcome(outcome: str) -> Text:
    """How an end ended."""
    return shown.OUTCOMES.get(outcome, Text(outcome, outcome))


@register.simple_tag
def flow_picture(
    definition: Definition, down: bool = False, here: str = "", name: str = "flow"
) -> SafeString:
    """The picture of a definition. Its texts are escaped where it is drawn."""
    return mark_safe(draw(definition, language=get_language() or "zh", down=down, here=here, name=name))  # noqa: S308


@register.simple_tag
def flow_guard(definition: Definition, action: Action) -> Any:
    """The guard of an action in words."""
    return shown.guard_in_words(definition, action)


@register.simple_tag
def flow_not_by(definition: Definition, action: Action) -> Any:
    """Who may not take an action."""
    return shown.not_by_in_words(definition, action)


@register.filter
def flow_end_tone(outcome: str) -> str:
    """The colour of an end."""
    return shown.TONES.get(outcome, "grey")


@register.filter
def flow_owner(owner: str) -> Text:
    """Whom a definition names as owner, in words."""
    return shown.OWNERS.get(owner) or shown.organisation_names([owner]).get(owner, Text(owner, owner))


@register.simple_tag
def flow_has_join(definition: Definition) -> bool:
    """Whether flows run inside a state of it."""
    return any(state.children is not None for state in definition.states.values())

"""Beginning an instance, and acting on one. Other rooms call these two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from tongchou.accounts.action import action as on_record
from tongchou.accounts.action import note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import errors, moves, queries, rules
from ..models import Instance

LONGEST_COMMENT = 2000


@on_record(permission=None, event="flow.started")
def start(
    *, by: Actor, flow: str, title: Text, ref: str, owner: str, facts: Mapping[str, Any] | None = None
) -> Instance:
    """Begin an instance of the flow's current version.

    ref: number of the thing that flows. owner: code of the organisation that states owned by "owner" belong to. facts:
    those the flow declares are kept; all are handed to the effects. Who may begin a flow, the room that calls decides.
    Raises HouseError "flow.flow_not_found", "flow.owner_not_found", "flow.fact_unreadable", "flow.no_bureau", or what
    an effect raises.
    """
    note(flow=flow[:40], ref=ref[:80], owner=owner[:60])
    version = moves.current_version(flow)
    note(flow_version=version.number)
    if not Organisation.objects.filter(code=owner, active=True).exists():
        raise HouseError(
            "flow.owner_not_found",
            Text("没有这个机构，或它已停用。", "There is no such organisation, or it is not active."),
            Text("请核对应由哪个机构办理。", "Check which organisation has to act."),
            where=owner[:60],
        )
    instance = moves.begin(
        by=by,
        version=version,
        title=Text.of(title),
        ref=ref,
        owner=owner,
        given=facts or {},
        now=timezone.now(),
    )
    note(instance=instance.number, state=instance.state)
    return instance


@on_record(permission=None, event="flow.acted")
def act(
    *,
    by: Actor,
    instance: str,
    action: str,
    version: int,
    comment: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Instance:
    """Take an action on an instance as the actor saw it.

    instance: its number. version: the one the actor saw (`Instance.version`). facts: as for `start`. Raises HouseError
    "flow.instance_not_found", "flow.moved_on" (somebody was quicker), "flow.action_not_here", "flow.comment_needed",
    "flow.comment_too_long", "flow.fact_unreadable"; Refused "flow.refused.…" with the reason; or what an effect raises.
    """
    note(instance=instance[:40], action=action[:40])
    found = queries.instance(instance)
    note(**moves.trace_of(found), from_state=found.state)
    if found.version != version:
        raise errors.moved_on(found.number)
    definition = moves.definition_of(found.definition)
    chosen = definition.actions.get(action)
    if chosen is None or found.state not in chosen.sources or found.ended_at is not None:
        raise errors.no_action(found.number, action)
    given = facts or {}
    standing = queries.standing_of(found, [chosen], given)
    rules.check_may_act(definition, chosen, queries.acting_of(by), standing, on=timezone.localdate())
    comment = comment.strip()
    if chosen.needs_comment and not comment:
        raise errors.comment_needed(found.number)
    if len(comment) > LONGEST_COMMENT:
        raise errors.comment_too_long(found.number)
    moved = moves.move(instance=found, action=chosen, by=by, now=timezone.now(), comment=comment, given=given)
    note(
        to_state=chosen.to,
        version=version + 1,
        facts=sorted(name for name in given if name in definition.facts),
    )
    return moved

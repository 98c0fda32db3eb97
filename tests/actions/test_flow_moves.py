"""Moving instances: who may, who may not, what is on record, and that of two who act at once one wins."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.flow_case import JOINT, OPINION, begun, content, published
from tongchou.accounts.actor import Actor
from tongchou.flow import effects, queries, triggers
from tongchou.flow.actions.instances import act, start
from tongchou.flow.models import Event, FlowVersion, Instance, Timer
from tongchou.ledger.models import Entry
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


def code_of(call: object, **arguments: object) -> str:
    with pytest.raises(HouseError) as refusal:
        call(**arguments)  # type: ignore[operator]
    return refusal.value.code


def test_a_request_goes_from_hand_to_hand(cast: Cast) -> None:
    published()
    asker, provider = cast.actor("officer"), cast.actor("other_officer")
    instance = begun(asker, months=6)
    assert instance.number.startswith("F-") and instance.state == "waiting" and instance.version == 1
    assert instance.holder == "civil" and instance.due_at is not None
    assert queries.waiting_for(provider) == [instance]
    assert queries.waiting_for(asker) == []

    moved = act(by=provider, instance=instance.number, action="grant", version=1, comment="同意")
    assert (moved.state, moved.version, moved.outcome) == ("granted", 2, "accepted")
    assert moved.ended_at is not None and moved.due_at is None and moved.holder == ""
    assert not Timer.objects.filter(instance=moved, fired_at=None).exists()
    assert queries.waiting_for(provider) == []
    told = queries.history(moved)
    assert [(one.kind, one.action, one.user, one.comment) for one in told] == [
        ("started", "", "officer", ""),
        ("acted", "grant", "other_officer", "同意"),
    ]

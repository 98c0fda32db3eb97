"""Writing a flow on screen: save a draft, give it up, publish it. Nobody publishes what they wrote."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor

from .. import errors, reading
from ..definitions import CODE
from ..models import Flow, FlowDraft, FlowVersion
from ..publishing import make_version, read_draft


@action(permission="flows.edit", event="flow.draft_saved")
def save_draft(*, by: Actor, code: str, text: str, revision: int) -> FlowDraft:
    """Keep a text as the draft of a flow, sound or not.

    revision: the draft's the writer began from; 0 when there was none. Raises HouseError "flow.flow_not_found" for a
    code that cannot be one, "flow.draft_too_long", "flow.draft_moved_on".
    """
    note(flow=code[:40])
    if not CODE.fullmatch(code):
        raise errors.no_flow(code)
    if len(text) > reading.LONGEST:
        raise errors.draft_too_long(code)
    now = timezone.now()
    if revision == 0:
        based_on = Flow.objects.filter(code=code).values_list("current__number", flat=True).first() or 0
        try:
            with transaction.atomic():
                FlowDraft.objects.create(
                    code=code, text=text, editors=[by.username], based_on=based_on, edited_at=now
                )
        except IntegrityError:
            raise errors.draft_moved_on(code) from None
    else:
        draft = FlowDraft.objects.select_for_update().filter(code=code, revision=revision).first()
        if draft is None:
            raise errors.draft_moved_on(code)
        editors = [*draft.editors, *([] if by.username in draft.editors else [by.username])]
        changed = FlowDraft.objects.filter(code=code, revision=revision).update(
            text=text, revision=revision + 1, editors=editors, edited_at=now
        )
        if not changed:
            raise errors.draft_moved_on(code)
    draft = FlowDraft.objects.get(code=code)
    note(revision=draft.revision, digest=reading.digest({"text": text}))
    return draft


@action(permission="flows.edit", event="flow.draft_discarded")
def discard_draft(*, by: Actor, code: str, revision: int) -> None:
    """Give up a draft as it was seen. Raises HouseError "flow.draft_moved_on"."""
    note(flow=code[:40], revision=revision)
    deleted, _rows = FlowDraft.objects.filter(code=code, revision=revision).delete()
    if not deleted:
        raise errors.draft_moved_on(code)


@action(permission="flows.publish", event="flow.published")
def publish(*, by: Actor, code: str, revision: int) -> FlowVersion:
    """Publish a draft as it was read. New instances begin in it; those under way stay with theirs.

    Raises HouseError "flow.draft_not_found", "flow.draft_moved_on" (saved since), "flow.unsound"; Refused
    "flow.refused.own_draft" to whoever wrote on it.
    """
    note(flow=code[:40], revision=revision)
    draft = FlowDraft.objects.select_for_update().filter(code=code).first()
    if draft is None:
        raise errors.no_draft(code)
    note(editors=list(draft.editors))
    if draft.revision != revision:
        raise errors.draft_moved_on(code)
    if by.username in draft.editors:
        raise errors.own_draft(code)
    read = read_draft(code, draft.text)
    if read.findings or read.definition is None:
        raise errors.unsound(code, len(read.findings), read.findings[0].what)
    version, _made = make_version(
        read.definition, draft.text, edited_by=draft.editors, published_by=by.username
    )
    FlowDraft.objects.filter(pk=draft.pk, revision=revision).delete()
    note(flow_version=version.number, digest=version.digest)
    return version

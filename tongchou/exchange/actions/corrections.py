"""校核: saying that a value is wrong, and deciding on it. What is said and decided is sealed; the ledger has no word of it.

The way is the flow `correction` (packs/core/flows): the supplying department decides within its limit, then the bureau;
a refusal may be taken to the bureau once. What its moves bring about stands in `exchange.disputes`.
"""

from __future__ import annotations

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor, require
from tongchou.flow.actions import instances
from tongchou.gather.actions.corrections import take_back
from tongchou.gather.standing import standard_value
from tongchou.standards.text import Text

from .. import confided, disputes, errors
from ..models import Correction
from ..queries import corrections as queries
from ..queries.own_files import self_of
from ..queries.standing import is_bureau

State = Correction.State


@action(permission=None, event="correction.asked")
def ask(
    *,
    by: Actor,
    resource: str,
    record: str,
    field: str,
    says: str,
    proposed: str = "",
    evidence: str = "",
    subject: str = "",
    purpose: str = "",
    case_ref: str = "",
) -> Correction:
    """Say that a value is wrong.

    A person asks about their own file (subject ""); somebody at a window about a file in which their grants show them
    the value, for a purpose and, where a grant demands it, under a case. proposed: what it should be, "" when not known.

    Raises NotAllowed, Refused (of `self_of`, of access, exchange.refused.not_correctable), NotFound
    (exchange.record_not_found), HouseError (exchange.correction_open, exchange.words_*, gather.correction_*).
    """
    own = not subject
    require(by, "mydata.view" if own else "corrections.report")
    place = (
        disputes.own_place(self_of(by), resource, record, field)
        if own
        else disputes.granted_place(by, subject, resource, record, field, purpose, case_ref)
    )
    note(
        subject_id=place.subject_id, resource=place.resource.code, field=place.field, record=place.record,
        owner=place.resource.organisation.code, own=own,
    )  # fmt: skip
    words = {
        "key": place.key,
        "was": place.value,
        "says": confided.checked(says, needed=True, what=Text("哪里不对", "What is wrong")),
        "proposed": confided.checked(proposed, needed=False, what=Text("正确的内容", "The right value")),
        "evidence": confided.checked(evidence, needed=False, what=Text("依据", "Evidence")),
    }
    if words["proposed"]:
        standard_value(place.resource, place.field, words["proposed"])
    made = disputes.opened(by, place, words, own=own)
    note(correction=made.number)
    return made


@action(permission="corrections.review", event="correction.asked")
def ask_for_house(*, by: Actor, place: disputes.Place, says: str) -> Correction:
    """Have a department look at a value because another says otherwise. Whoever presses the button sees no value.

    Raises HouseError "exchange.correction_open", Refused "exchange.refused.not_bureau".
    """
    disputes.check_bureau(by)
    note(
        subject_id=place.subject_id, resource=place.resource.code, field=place.field, record=place.record,
        owner=place.resource.organisation.code, own=False,
    )  # fmt: skip
    words = {"key": place.key, "was": place.value, "says": says, "proposed": "", "evidence": ""}
    made = disputes.opened(by, place, words, own=False)
    note(correction=made.number)
    return made


@action(permission=None, event="correction.decided")
def decide(
    *, by: Actor, number: str, version: int, accept: bool, value: str = "", reason: str = ""
) -> Correction:
    """Accept with the right value, or refuse with a reason the person reads.

    version: of the flow's instance as the officer saw it. Raises NotFound (exchange.correction_not_found), Refused
    (exchange.refused.own_correction, flow.refused.…), HouseError (flow.moved_on, exchange.words_needed,
    gather.correction_*).
    """
    made = queries.for_officer(by, number)
    note(correction=made.number, subject_id=made.subject_id, resource=made.resource.code, field=made.field,
         record=made.record, verdict="accepted" if accept else "refused")  # fmt: skip
    disputes.check_not_own(by, made)
    todo = "accept" if accept else ("uphold" if made.state == State.REVIEW else "refuse")
    said = confided.checked(reason, needed=not accept, what=Text("理由", "Reason"))
    instances.act(
        by=by, instance=made.instance, action=todo, version=version, facts={"value": value, "reason": said}
    )
    made.refresh_from_db()
    return made


@action(permission=None, event="correction.contested")
def contest(*, by: Actor, number: str, says: str) -> Correction:
    """Take a refusal to the bureau, once. Only who asked may. Raises as `decide` does."""
    made = queries.for_asker(by, number)
    note(correction=made.number, subject_id=made.subject_id)
    said = confided.checked(says, needed=True, what=Text("为什么不同意", "Why you disagree"))
    _act_as_seen(by, made, "contest", {"again": said})
    made.refresh_from_db()
    return made


@action(permission=None, event="correction.withdrawn")
def withdraw(*, by: Actor, number: str) -> Correction:
    """Take it back: while it is open, and also when it was accepted: then the source's own value holds again.

    Who asked may; of an accepted one also the supplying department and the bureau, who may find it was wrong.
    Raises NotFound, Refused "exchange.refused.correction_settled".
    """
    made = queries.visible(by, number)
    note(correction=made.number, subject_id=made.subject_id, resource=made.resource.code, field=made.field)
    mine = made.asked_by == by.username
    decides = by.may("corrections.decide") and (made.organisation.code == by.organisation or is_bureau(by))
    if made.state == State.ACCEPTED and (mine or decides):
        note(undone=True)
        if take_back(by=by, number=made.number):
            made.state = State.UNDONE
            made.save(update_fields=["state"])
            return made
    elif mine and made.state in (State.WAITING, State.ESCALATED, State.REFUSED, State.REVIEW):
        note(undone=False)
        _act_as_seen(by, made, "withdraw", {})
        made.refresh_from_db()
        return made
    raise errors.Refused(
        "exchange.refused.correction_settled",
        Text("这件校核现在不能撤回。", "This correction cannot be taken back now."),
        Text("已有结果的，可以就现在的值重新提出。", "You may ask again about the value as it is now."),
        made.number,
    )


def _act_as_seen(by: Actor, made: Correction, todo: str, facts: dict[str, str]) -> None:
    """Act on the instance as it is: for steps only one person can take, so that nobody can be overtaken."""
    instances.act(
        by=by, instance=made.instance, action=todo, version=queries.version_of(made.instance), facts=facts
    )

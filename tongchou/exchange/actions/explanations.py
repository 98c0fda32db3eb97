"""说明: a person asks why somebody looked at their file; the organisation that looked answers, or the auditors do."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.flow.actions import instances
from tongchou.ledger.models import Entry
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import confided, enquiries, errors
from ..models import Explanation
from ..queries import explanations as queries
from ..queries import own_accesses
from ..queries.corrections import version_of
from ..queries.own_files import self_of


@action(permission="mydata.view", event="explanation.asked")
def ask(*, by: Actor, stream: str, seq: int, question: str) -> Explanation:
    """Ask the organisation behind one entry of one's own trace why it looked.

    Raises NotFound (exchange.access_not_found, for others' entries, too), Refused (exchange.refused.own_access),
    HouseError (exchange.explanation_asked, exchange.words_*).
    """
    me = self_of(by)
    line = own_accesses.line_of(me, stream, seq)
    if line.own or not line.may_ask:
        raise errors.Refused(
            "exchange.refused.own_access",
            Text("这不是某个机构对您数据的查看。", "This is no reading of your data by an organisation."),
            Text("请选择一条机构的查看记录。", "Choose an entry of an organisation."),
        )
    note(subject_id=me.subject_id, entry=f"{stream}/{seq}")
    said = confided.checked(question, needed=True, what=Text("您想知道什么", "What you want to know"))
    organisation = (
        Organisation.objects.filter(code=line.organisation_code, active=True).first()
        or Organisation.objects.filter(kind=Organisation.Kind.BUREAU, active=True).first()
    )
    if organisation is None:
        raise errors.Refused(
            "exchange.refused.nobody_to_ask",
            Text("查看的机构已经不存在。", "The organisation that looked is no more."),
            Text("请直接联系监督部门。", "Turn to the auditors."),
        )
    note(owner=organisation.code)
    try:
        with transaction.atomic():
            made = Explanation.objects.create(
                number=f"draft-{secrets.token_hex(8)}", subject_id=me.subject_id, stream=stream, seq=seq,
                organisation=organisation, about=line.user, sealed=b"", asked_by=by.username,
            )  # fmt: skip
    except IntegrityError:
        raise HouseError(
            "exchange.explanation_asked",
            Text("您已经就这次查看请求过说明。", "You have asked about this access before."),
            Text("请在“请求说明”中查看答复。", "The answer stands under your requests."),
        ) from None
    made.number = f"Q-{timezone.localdate():%Y}-{made.pk:06d}"
    made.sealed = confided.close(made.number, {"question": said})
    instance = instances.start(
        by=by, flow=enquiries.FLOW, ref=made.number, owner=organisation.code,
        title=Text(f"{made.number} 请求说明", f"{made.number} Request for an explanation"),
    )  # fmt: skip
    made.instance = instance.number
    made.save()
    note(explanation=made.number)
    return made


@action(permission=None, event="explanation.answered")
def answer(*, by: Actor, number: str, version: int, says: str) -> Explanation:
    """Answer: an officer of the organisation that looked, but not whoever looked; or an auditor, once it came to them.

    Raises NotFound (exchange.explanation_not_found), Refused (exchange.refused.own_looking, flow.refused.…).
    """
    made = queries.to_answer(by, number)
    note(
        explanation=made.number,
        subject_id=made.subject_id,
        escalated=made.state == Explanation.State.ESCALATED,
    )
    said = confided.checked(says, needed=True, what=Text("说明", "Explanation"))
    instances.act(by=by, instance=made.instance, action="answer", version=version, facts={"says": said})
    made.refresh_from_db()
    return made


@action(permission="mydata.view", event="explanation.contested")
def contest(*, by: Actor, number: str, says: str) -> Explanation:
    """Not content: the auditors look into it. Raises NotFound, flow.refused.…"""
    made = queries.for_asker(by, number)
    note(explanation=made.number, subject_id=made.subject_id)
    said = confided.checked(says, needed=True, what=Text("为什么不满意", "Why you are not content"))
    version = version_of(made.instance)
    instances.act(by=by, instance=made.instance, action="contest", version=version, facts={"again": said})
    made.refresh_from_db()
    return made


@action(permission="mydata.view", event="explanation.withdrawn")
def withdraw(*, by: Actor, number: str) -> Explanation:
    """Take the request back. Raises NotFound, flow.action_not_here."""
    made = queries.for_asker(by, number)
    note(explanation=made.number, subject_id=made.subject_id)
    instances.act(by=by, instance=made.instance, action="withdraw", version=version_of(made.instance))
    made.refresh_from_db()
    return made


@dataclass(frozen=True)
class Asked:
    """A request opened by who must answer: its words, and the access it is about in the words the person read."""

    made: Explanation
    words: dict[str, str]
    line: own_accesses.OwnLine


@action(permission="explanations.view", event="explanation.read")
def open_request(*, by: Actor, number: str) -> Asked:
    """Open a request that lies with the actor's organisation, on record. Raises NotFound."""
    made = queries.to_answer(by, number)
    note(explanation=made.number, subject_id=made.subject_id)
    entry = Entry.objects.get(stream=made.stream, seq=made.seq)
    return Asked(made, confided.open_words(made.number, made.sealed), own_accesses.lines_of([entry])[0])

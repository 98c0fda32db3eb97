"""Opening and closing cases. `exchange.cases` says what they are for and which kinds there are."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor, require
from tongchou.accounts.models import Organisation
from tongchou.pool import queries as pool
from tongchou.standards.text import Text

from .. import cases, errors
from ..models import Case, OwnFile
from ..queries.standing import is_bureau
from ..rules import check_case_reference, is_subject_id


@action(permission=None, event="case.opened")
def open_case(*, by: Actor, kind: str, subject: str, ref: str = "", origin: str = "") -> Case:
    """Open a case about a subject for the actor's organisation.

    ref: its number, of the room or the business system; "" for the next one of ours. origin: what the case is opened
    from, when a room opens it; its kind must confirm that this concerns the subject. Without an origin it is opened by
    hand, which the kind must allow and `by` hold the permission for; never about oneself.

    Raises NotAllowed, Refused (exchange.case_kind, exchange.refused.case_by_hand, .case_unconfirmed, .case_oneself,
    exchange.case_reference, exchange.case_exists), NotFound (exchange.no_subject).
    """
    chosen = cases.kind(kind)
    note(case_kind=chosen.code)
    document = pool.id_now(subject) if is_subject_id(subject) else None
    if document is None:
        raise errors.subject_unknown(subject if is_subject_id(subject) else "")
    note(subject_id=document)
    reference = check_case_reference(ref)
    organisation = Organisation.objects.filter(code=by.organisation).first()
    if organisation is None:
        raise _refused(
            "case_by_hand", "事由须由一个机构登记。", "A case belongs to an organisation.",
            "请以机构的角色登记。", "Open it in a role of an organisation.",
        )  # fmt: skip
    by_hand = not origin
    if by_hand:
        _check_by_hand(by, chosen, document)
    elif chosen.confirms is None or not chosen.confirms(origin, document, by.organisation):
        raise _refused(
            "case_unconfirmed", "所依据的业务不涉及这个主体。", "What the case is opened from is not about this subject.",
            "请从相应的业务中打开。", "Open it from the work it belongs to.",
        )  # fmt: skip
    odd = _unusual(by, document, reference) if by_hand else []
    try:
        with transaction.atomic():
            case = Case.objects.create(
                ref=reference or f"draft-{secrets.token_hex(8)}", kind=chosen.code, subject_id=document,
                organisation=organisation, origin=origin, opened_by=by.username,
                until=timezone.localdate() + timedelta(days=chosen.days), by_hand=by_hand, unusual=odd,
            )  # fmt: skip
    except IntegrityError:
        raise errors.Refused(
            "exchange.case_exists",
            Text("这个事由号已经用过。", "There is a case with this number already."),
            Text("请核对编号；不填则由平台编号。", "Check the number; leave it empty to be given one."),
            reference,
        ) from None
    if not reference:
        case.ref = f"S-{timezone.localdate():%Y}-{case.pk:06d}"
        case.save(update_fields=["ref"])
    note(case_ref=case.ref, origin=origin, by_hand=by_hand, until=case.until.isoformat(), unusual=odd)
    return case


@action(permission=None, event="case.closed")
def close_case(*, by: Actor, ref: str) -> Case:
    """Close a case: from the next request on nothing is read under it. Closing it again changes nothing.

    Its organisation may, and the bureau. Raises NotFound (exchange.case_not_found), Refused (exchange.refused.case_not_yours).
    """
    case = Case.objects.select_related("organisation").filter(ref=ref).first()
    if case is None:
        raise errors.NotFound(
            "exchange.case_not_found",
            Text("没有这个事由。", "There is no such case."),
            Text("请核对事由号。", "Check its number."),
        )
    note(case_ref=case.ref, case_kind=case.kind, subject_id=case.subject_id)
    if case.organisation.code != by.organisation and not is_bureau(by):
        raise _refused(
            "case_not_yours", "这个事由属于其他机构。", "The case belongs to another organisation.",
            "请由登记的机构办结。", "Have the organisation that opened it close it.",
        )  # fmt: skip
    if case.state != Case.State.CLOSED:
        case.state, case.closed_by, case.closed_at = Case.State.CLOSED, by.username, timezone.now()
        case.save(update_fields=["state", "closed_by", "closed_at"])
    return case


def _check_by_hand(by: Actor, kind: cases.Kind, subject_id: str) -> None:
    if not kind.by_hand:
        raise _refused(
            "case_by_hand", f"“{kind.title.zh}”类事由不能人工登记。", f"A case of {kind.title.en.lower()} is not opened by hand.",
            "它由相应的业务自动登记。", "It opens with the work it belongs to.",
        )  # fmt: skip
    require(by, kind.by_hand)
    own = OwnFile.objects.filter(user__username=by.username, ended_at__isnull=True).first()
    if own is not None and cases.is_same(own.subject_id, subject_id):
        raise _refused(
            "case_oneself", "不能为自己登记事由。", "Nobody opens a case about themselves.",
            "请由同事办理；查看本人数据请用“我的数据”。", "Have a colleague do it; your own data is under “My data”.",
        )  # fmt: skip


def _unusual(by: Actor, subject_id: str, reference: str) -> list[str]:
    now = timezone.localtime()
    mine = Case.objects.filter(by_hand=True, opened_by=by.username)
    month = now - timedelta(days=30)
    return cases.unusual(
        today=mine.filter(opened_at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0)).count(),
        about_subject=mine.filter(opened_at__gte=month, subject_id__in=pool.ids_of(subject_id)).count(),
        at=now,
        reference=reference,
    )


def _refused(code: str, zh: str, en: str, next_zh: str, next_en: str) -> errors.Refused:
    return errors.Refused(f"exchange.refused.{code}", Text(zh, en), Text(next_zh, next_en))

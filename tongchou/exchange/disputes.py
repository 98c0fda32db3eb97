"""What is behind a correction: the one value that is disputed, who may see it while it is, and what a verdict brings about.

The officer who decides reads the value under a case that lasts as long as the correction: a case of kind `correction`,
opened for the supplying department (and for the bureau when it comes to it), by the house and never by hand.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Resource
from tongchou.flow import effects
from tongchou.flow.actions import instances
from tongchou.flow.models import Instance
from tongchou.gather.actions.corrections import take_on
from tongchou.pool import queries as pool
from tongchou.pool import rules as pool_rules
from tongchou.pool.plans import Feed, FeedField, feeds_of
from tongchou.pool.serving.digests import digest, record_reference
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import cases, confided, errors, own, rules
from .dossiers import visible
from .models import Case, Correction
from .queries import grants
from .queries.own_files import Self, of_user
from .queries.standing import is_bureau
from .rows import kinds_of

FLOW = "correction"
State = Correction.State


@dataclass(frozen=True)
class Place:
    """One value of one record as it holds today. key, value: personal, for the sealed words only."""

    subject_id: str
    resource: Resource
    record: str
    field: str
    key: str
    value: str


def own_place(me: Self, resource: str, record: str, field: str) -> Place:
    """A value of one's own file. Raises NotFound, Refused "exchange.refused.not_correctable"."""
    document, feed, version = found_in(me.subject_id, resource, record)
    described = _described(feed, field)
    numbers = [version["values"].get(each.name) for each in feed.fields if each.attribute == "id_number"]
    known = [each for each in numbers if each]
    bears = any(digest("id_number", each) == me.id_digest for each in known) if known else None
    how = next(
        (
            each["how"]
            for each in document["links"]
            if (each["resource"], each["key"]) == (resource, version["key"])
        ),
        "single",
    )
    sure = own.is_surely_own(bears_number=bears, how=how)
    if (
        feed.share_class == "closed"
        or not sure
        or own.is_about_another(described.element, described.attribute)
    ):
        raise _not_correctable(f"{resource}.{field}")
    return _place(document, feed, version, record, described)


def granted_place(
    by: Actor, subject: str, resource: str, record: str, field: str, purpose: str, case_ref: str
) -> Place:
    """A value that the actor's grants show them, for the purpose and under the case. Raises Refused as reading does."""
    fitting = rules.check_purpose(
        grants.terms_of(by), by.organisation, by.role, purpose, timezone.localdate()
    )
    document, feed, version = found_in(subject, resource, record)
    described = _described(feed, field)
    usable = cases.under_case(
        fitting, by=by, subject_id=document["subject_id"], case_ref=case_ref, asked={resource}
    )
    kinds = {resource: kinds_of(feed.fields)}
    scope = rules.scopes(usable, kinds)
    # Of this record, not of any: a grant may cover some rows only.
    seen = next(
        (
            each
            for each in visible(document, scope, timezone.localdate(), None)
            if (each.record["resource"], each.record["key"]) == (resource, version["key"])
        ),
        None,
    )
    if seen is None or field not in seen.held.fields:
        raise errors.not_granted(f"{resource}.{field}")
    return _place(document, feed, version, record, described)


def house_place(document: Mapping[str, Any], feed: Feed, version: pool_rules.Version, field: str) -> Place:
    """A value that the house itself found to disagree with another. Raises Refused "exchange.refused.not_correctable"."""
    reference = record_reference(feed.resource, version["key"])
    return _place(document, feed, version, reference, _described(feed, field))


def feed_of(document: Mapping[str, Any], resource: str) -> Feed | None:
    """The feed of a resource among those of the document's population."""
    return next((each for each in feeds_of(document["population"]) if each.resource == resource), None)


def found_in(subject_id: str, resource: str, record: str) -> tuple[dict[str, Any], Feed, pool_rules.Version]:
    """(document, feed, the record as it holds today). Raises NotFound."""
    document = pool.document(subject_id) if rules.is_subject_id(subject_id) else None
    feeds = {each.resource: each for each in feeds_of(document["population"])} if document else {}
    if document is not None and resource in feeds:
        for version in pool_rules.as_of(document, timezone.localdate()):
            if version["resource"] == resource and record_reference(resource, version["key"]) == record:
                return document, feeds[resource], version
    raise errors.NotFound(
        "exchange.record_not_found",
        Text("没有这条记录，或它已经变了。", "There is no such record, or it has changed."),
        Text("请重新打开档案。", "Open the file again."),
        resource if resource in feeds else "",
    )


def _described(feed: Feed, field: str) -> FeedField:
    found = feed.field_named(field)
    if found is None:
        raise _not_correctable(feed.resource)
    return found


def _place(
    document: Mapping[str, Any], feed: Feed, version: pool_rules.Version, record: str, field: FeedField
) -> Place:
    resource = Resource.objects.select_related("organisation").get(code=feed.resource)
    if field.name in resource.key:
        raise _not_correctable(f"{feed.resource}.{field.name}")
    value = version["values"].get(field.name) or ""
    return Place(document["subject_id"], resource, record, field.name, version["key"], value)


def _not_correctable(where: str) -> errors.Refused:
    return errors.Refused(
        "exchange.refused.not_correctable",
        Text("这一项不能在这里校核：它说的是别人、不一定是您的，或是记录的编号。",
             "This value cannot be corrected here: it is about somebody else, may not be yours, or is the record's number."),
        Text("请到提供部门的窗口办理。", "Ask at a window of the department that supplies it."),
        where,
    )  # fmt: skip


def check_bureau(by: Actor) -> None:
    """Only the bureau that runs the platform asks departments about what others say. Raises Refused "…not_bureau"."""
    if not is_bureau(by):
        raise errors.Refused(
            "exchange.refused.not_bureau",
            Text(
                "只有统筹局可以向部门发送不一致核对。", "Only the bureau sends disagreements to departments."
            ),
            Text("请联系统筹局的数据统筹员。", "Ask a steward of the bureau."),
        )


def opened(by: Actor, place: Place, words: Mapping[str, str], *, own: bool) -> Correction:
    """A correction of a place, sealed, with its case and its flow begun. Raises HouseError "exchange.correction_open"."""
    try:
        with transaction.atomic():
            made = Correction.objects.create(
                number=f"draft-{secrets.token_hex(8)}", subject_id=place.subject_id, resource=place.resource,
                field=place.field, record=place.record, sealed=b"", organisation=place.resource.organisation,
                own=own, asked_by=by.username,
            )  # fmt: skip
    except IntegrityError:
        raise HouseError(
            "exchange.correction_open",
            Text(
                "这一项已经有人提出校核，正在办理。", "A correction of this value is already being decided."
            ),
            Text("请等待办理结果。", "Wait for its outcome."),
            f"{place.resource.code}.{place.field}",
        ) from None
    made.number = f"C-{timezone.localdate():%Y}-{made.pk:06d}"
    made.sealed = confided.close(made.number, words)
    made.save(update_fields=["number", "sealed"])
    open_cases(made)
    instance = instances.start(
        by=by, flow=FLOW, ref=made.number, owner=made.organisation.code, title=title_of(made)
    )
    made.instance = instance.number
    made.save(update_fields=["instance"])
    return made


def title_of(made: Correction) -> Text:
    """What the correction is called where the person does not matter: resource and field, no value."""
    field = made.resource.fields.filter(name=made.field).first()
    resource = made.resource
    zh, en = (field.label, field.label_en or field.label) if field else (made.field, made.field)
    return Text(
        f"{made.number} {resource.name} · {zh}", f"{made.number} {resource.name_en or resource.name} · {en}"
    )


def check_not_own(by: Actor, made: Correction) -> None:
    """Nobody decides on what they asked for themselves, in whichever role, nor on their own file.

    Raises Refused "exchange.refused.own_correction".
    """
    mine = of_user(by.username)
    if made.asked_by == by.username or (mine is not None and cases.is_same(mine.subject_id, made.subject_id)):
        raise errors.Refused(
            "exchange.refused.own_correction",
            Text("不能办理自己提出的校核，也不能办理关于自己的校核。",
                 "Nobody decides on a correction they asked for, or on one of their own file."),
            Text("请由另一位同事办理。", "Have a colleague decide."),
            made.number,
        )  # fmt: skip


# ── the case behind it ──────────


def case_ref_of(made: Correction, organisation: str) -> str:
    """The case under which an organisation sees the disputed value: the correction's number; the bureau has its own."""
    return made.number if organisation == made.organisation.code else f"{made.number}-B"


def confirms(origin: str, subject_id: str, organisation: str) -> bool:
    """Whether a correction is about the subject and lies with the organisation (`cases.Kind.confirms`)."""
    made = Correction.objects.select_related("organisation").filter(number=origin).first()
    if made is None or not cases.is_same(made.subject_id, subject_id):
        return False
    bureau = Organisation.objects.filter(code=organisation, kind=Organisation.Kind.BUREAU).exists()
    return organisation == made.organisation.code or bureau


def open_cases(made: Correction, *, bureau: bool = False) -> None:
    """Open the case of the supplying department, or of the bureau. Opened already, it stays."""
    from .actions.cases import open_case

    codes = (
        Organisation.objects.filter(kind=Organisation.Kind.BUREAU, active=True).values_list("code", flat=True)
        if bureau
        else [made.organisation.code]
    )
    for code in codes:
        ref = case_ref_of(made, code)
        if not Case.objects.filter(ref=ref).exists():
            house = replace(Actor.house("flow"), organisation=code)
            open_case(by=house, kind="correction", subject=made.subject_id, ref=ref, origin=made.number)


def close_cases(made: Correction) -> None:
    """Close what is open: from then on nobody sees the value any more."""
    from .actions.cases import close_case

    for ref in (made.number, f"{made.number}-B"):
        if Case.objects.filter(ref=ref, state=Case.State.OPEN).exists():
            close_case(by=Actor.house("flow"), ref=ref)


# ── what the flow's moves bring about ──────────


def register() -> None:
    """Tie the moves of the flow to what they bring about; called once at start."""
    for todo, function in {
        "accept": _accepted, "refuse": _refused, "uphold": _upheld, "contest": _contested, "withdraw": _withdrawn,
        "escalate": _escalated, "let_stand": _let_stand,
    }.items():  # fmt: skip
        effects.register(flow=FLOW, action=todo, function=function)


def _of(instance: Instance) -> Correction:
    return Correction.objects.select_related("organisation", "resource__organisation").get(
        number=instance.ref
    )


def _keep(made: Correction, state: str, *, by: Actor | None = None, **words: str) -> None:
    if words:
        made.sealed = confided.close(made.number, {**confided.open_words(made.number, made.sealed), **words})
    made.state = state
    if by is not None:
        made.decided_by, made.decided_at = by.username, timezone.now()
    with transaction.atomic():
        made.save()


def _said(facts: Mapping[str, Any], name: str) -> str:
    return str(facts.get(name) or "")


def _accepted(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    check_not_own(by, made)
    words = confided.open_words(made.number, made.sealed)
    value = _said(facts, "value") or words.get("proposed", "")
    _, _, version = found_in(made.subject_id, made.resource.code, made.record)
    now = version["values"].get(made.field)
    standing = take_on(
        by=by, number=made.number, resource=made.resource, key=words["key"], field=made.field,
        wrong=[now, words.get("was") or None], right=value,
    )  # fmt: skip
    if (now or "") == standard_of(standing):
        raise HouseError(
            "exchange.correction_needless",
            Text("这一项现在就是这个值。", "The value is already what you entered."),
            Text("如无需更正，请不予更正并说明理由。", "If nothing is wrong, refuse and say why."),
            f"{made.resource.code}.{made.field}",
        )
    _keep(made, State.ACCEPTED, by=by, value=standard_of(standing), reason=_said(facts, "reason"))
    close_cases(made)


def standard_of(standing: Any) -> str:
    """The value a standing correction puts right."""
    from tongchou.gather.standing import fix_of

    return fix_of(standing).right


def _refused(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    check_not_own(by, made)
    _keep(made, State.REFUSED, by=by, reason=_reason(facts))
    close_cases(made)


def _upheld(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    check_not_own(by, made)
    _keep(made, State.UPHELD, by=by, verdict=_reason(facts))
    close_cases(made)


def _reason(facts: Mapping[str, Any]) -> str:
    # Also when somebody acts from the flow's own page, which knows nothing of reasons.
    return confided.checked(_said(facts, "reason"), needed=True, what=Text("理由", "Reason"))


def _contested(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    again = confided.checked(
        _said(facts, "again"), needed=True, what=Text("为什么不同意", "Why you disagree")
    )
    made.reviewed = True
    _keep(made, State.REVIEW, again=again)
    open_cases(made, bureau=True)


def _escalated(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    _keep(made, State.ESCALATED)
    close_cases(made)
    open_cases(made, bureau=True)


def _withdrawn(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    made = _of(instance)
    _keep(made, State.WITHDRAWN)
    close_cases(made)


def _let_stand(*, by: Actor, instance: Instance, facts: Mapping[str, Any]) -> None:
    _keep(_of(instance), State.UPHELD)

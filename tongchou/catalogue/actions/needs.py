"""Stating what a department needs, and answering it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import drafting, policies
from ..models import Need, Resource
from ..queries.people import is_bureau

EDITABLE = ("title", "title_en", "reason", "matter", "subject_kind", "fields", "addressed_to")


def _checked(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values of a need, tidied; raises HouseError "catalogue.need_incomplete" with all that is missing."""
    kept: dict[str, Any] = {name: values.get(name) for name in EDITABLE if name in values}
    kept["fields"] = [
        {"label": str(each.get("label") or "").strip()[:80], "element": str(each.get("element") or "")}
        for each in kept.get("fields") or []
        if str(each.get("label") or "").strip()
    ]
    wrong = []
    if not str(kept.get("title") or "").strip():
        wrong.append(Text("没有写需要什么数据。", "Say what is needed."))
    if not str(kept.get("reason") or "").strip():
        wrong.append(Text("没有写理由。", "Say why."))
    if not kept["fields"]:
        wrong.append(Text("没有列出需要的字段。", "Name the fields that are wanted."))
    if len(kept["fields"]) > drafting.MOST_FIELDS:
        raise drafting.too_much(where)
    if any(each["element"] and each["element"] not in ELEMENTS for each in kept["fields"]):
        wrong.append(Text("有的数据元不存在。", "A data element does not exist."))
    if kept.get("subject_kind") not in Resource.SubjectKind.values:
        wrong.append(Text("没有选择主体类别。", "Say whom it is about."))
    if wrong:
        raise HouseError(
            "catalogue.need_incomplete",
            Text("".join(each.zh for each in wrong), " ".join(each.en for each in wrong)),
            Text("请补齐后再保存。", "Supply it and save again."),
            where,
        )
    for name, longest in (("title", 120), ("title_en", 160), ("reason", 2000), ("matter", 160)):
        kept[name] = str(kept.get(name) or "").strip()[:longest]
    return kept


@action(permission="catalogue.register", event="need.stated")
def state(*, by: Actor, organisation: Organisation, values: Mapping[str, Any]) -> Need:
    """Put a need on the list of an organisation: one's own, or any for the bureau. values: of EDITABLE."""
    policies.check_keep(
        owner=organisation.code, organisation=by.organisation, bureau=is_bureau(by), where=organisation.code
    )
    kept = _checked(values, organisation.code)
    made = Need.objects.create(
        number=f"draft-{secrets.token_hex(8)}", organisation=organisation, stated_by=by.username, **kept
    )
    made.number = f"N-{timezone.localdate():%Y}-{made.pk:06d}"
    made.save(update_fields=["number"])
    note(need=made.number, addressed_to=made.addressed_to.code if made.addressed_to else "")
    return made


@action(permission="catalogue.register", event="need.changed")
def change(*, by: Actor, need: Need, version: int, values: Mapping[str, Any]) -> Need:
    """Say an open need otherwise. Raises Refused (accounts.not_allowed, catalogue.moved_on, catalogue.need_state)."""
    note(need=need.number)
    policies.check_keep(
        owner=need.organisation.code, organisation=by.organisation, bureau=is_bureau(by), where=need.number
    )
    kept = _checked(values, need.number)
    policies.check_version(found=need.version, given=version, where=need.number)
    if need.state != Need.State.OPEN:
        policies.check_bring(need.state, "changed", frozenset(), need.number)
    changed = [name for name, value in kept.items() if getattr(need, name) != value]
    taken = Need.objects.filter(pk=need.pk, version=version, state=Need.State.OPEN).update(
        **kept, version=version + 1
    )
    policies.check_version(found=version if taken else 0, given=version, where=need.number)
    note(changed=changed, version=version + 1)
    need.refresh_from_db()
    return need


@action(permission="catalogue.register", event="need.answered")
def answer(
    *,
    by: Actor,
    need: Need,
    version: int,
    target: str,
    resource: Resource | None = None,
    answer: str = "",
) -> Need:
    """Bring a need to "met" (by a resource), "declined" (with a reason), "dropped", or "open" again.

    Whoever has a published resource of their own may meet it; whom it asks and the bureau may decline it; its own
    department may do all but decline. Raises Refused (accounts.not_allowed, catalogue.moved_on, catalogue.need_state),
    HouseError (catalogue.answer_incomplete).
    """
    note(need=need.number, state_before=need.state, state_after=target)
    offers = (
        target == Need.State.MET and resource is not None and resource.organisation.code == by.organisation
    )
    parts = policies.parts_in(
        own=need.organisation.code == by.organisation,
        addressed=need.addressed_to is not None and need.addressed_to.code == by.organisation,
        offers=offers,
        bureau=is_bureau(by),
    )
    policies.check_bring(need.state, target, parts, need.number)
    policies.check_version(found=need.version, given=version, where=need.number)
    if (target == Need.State.MET and (resource is None or resource.state != Resource.State.PUBLISHED)) or (
        target == Need.State.DECLINED and not answer.strip()
    ):
        raise HouseError(
            "catalogue.answer_incomplete",
            Text("满足需求要指明一个已发布的资源；不能满足要写明理由。",
                 "To meet a need, name a published resource; to decline it, give a reason."),
            Text("请补齐后再答复。", "Supply it and answer again."),
            need.number,
        )  # fmt: skip
    taken = Need.objects.filter(pk=need.pk, version=version).update(
        state=target, met_by=resource if target == Need.State.MET else None, answer=answer.strip()[:500],
        answered_by=by.username, answered_at=timezone.now(), version=version + 1,
    )  # fmt: skip
    policies.check_version(found=version if taken else 0, given=version, where=need.number)
    note(resource=resource.code if resource and target == Need.State.MET else "")
    need.refresh_from_db()
    return need

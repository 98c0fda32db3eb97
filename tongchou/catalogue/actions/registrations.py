"""Publishing what was registered on screen, and registering forms that collect."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import completeness, drafting, history, meaning, policies
from ..models import (
    CollectionForm,
    Recollection,
    Registration,
    Resource,
    ResourceClass,
    ResourceField,
)
from ..queries import facts
from ..queries.facts import Pointed
from ..queries.people import is_bureau


@action(permission="catalogue.register", event="resource.registered")
def publish(*, by: Actor, registration: Registration, version: int) -> Resource:
    """Make a resource of a draft, with a reason for each field that a resource provides already.

    Raises Refused (accounts.not_allowed, catalogue.moved_on), HouseError (catalogue.not_a_draft,
    catalogue.incomplete with everything that is missing, catalogue.recollected naming fields and providers).
    """
    note(registration=registration.number)
    registration = Registration.objects.select_related("organisation").get(pk=registration.pk)
    drafting.check_draft(by=by, registration=registration)
    policies.check_version(found=registration.version, given=version, where=registration.number)
    values, rows = dict(registration.values), list(registration.fields)
    owner = registration.organisation
    missing = completeness.wanting(owner=owner.code, values=values, rows=rows)
    if missing:
        raise HouseError(
            "catalogue.incomplete",
            Text("".join(each.zh for each in missing), " ".join(each.en for each in missing)),
            Text(
                "请补齐后再发布；已填写的内容都已保存。",
                "Supply it and publish again; what you typed is saved.",
            ),
            registration.number,
        )
    pointed = completeness.pointed_out(values, rows)
    reasons = [str(row.get("nevertheless") or "") for row in rows]
    _check_justified(pointed, reasons, registration.number)
    taken = Registration.objects.filter(
        pk=registration.pk, version=version, state=Registration.State.DRAFT
    ).update(state=Registration.State.PUBLISHED, resource=values["code"], version=version + 1)
    policies.check_version(found=version if taken else 0, given=version, where=registration.number)
    resource = _make(owner, values, rows)
    kept = _keep_reasons(by, resource.code, owner.code, pointed, reasons)
    change = history.enter(
        resource, kind="resource.registered", by=by.username, organisation=by.organisation,
        values={name: [None, history.plain(getattr(resource, name))] for name in ("name", "share_class", "cycle",
                "subject_kind", "resource_class", "catalogue_code")} | {row["name"]: [None, row["element"]] for row in rows},
    )  # fmt: skip
    note(
        resource=resource.code, version=resource.version, digest=change.digest, changed=sorted(change.values),
        recollected=[one.held_in for one in kept],
    )  # fmt: skip
    return resource


def _make(owner: Organisation, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Resource:
    classed = ResourceClass.objects.filter(code=values.get("resource_class") or "").first()
    plain = {
        name: values.get(name) or ""
        for name in drafting.VALUES
        if name not in ("resource_class", "is_open", "format_class", "share_way", "subject_kind")
    }
    resource = Resource.objects.create(
        **plain,
        organisation=owner,
        resource_class=classed,
        is_open=bool(values.get("is_open")),
        format_class=values.get("format_class") or Resource.FormatClass.DATABASE,
        share_way=values.get("share_way") or Resource.ShareWay.PLATFORM,
        subject_kind=values.get("subject_kind") or Resource.SubjectKind.NONE,
        key=[row["name"] for row in rows if row.get("key")],
    )
    ResourceField.objects.bulk_create(
        ResourceField(
            resource=resource, name=row["name"], label=row["label"], label_en=row["label_en"],
            element=row["element"], grade=row["grade"], position=position, data_type=row["data_type"],
            length=row["length"], required=bool(row.get("required") or row.get("key")),
        )
        for position, row in enumerate(rows)
    )  # fmt: skip
    history.give_code(resource)
    return resource


def _check_justified(pointed: Sequence[Pointed], reasons: Sequence[str], where: str) -> None:
    open_ones = facts.unjustified(pointed, reasons)
    if open_ones:
        told = [_provided(one) for one in open_ones]
        zh, en = "；".join(each.zh for each in told), "; ".join(each.en for each in told)
        raise HouseError(
            "catalogue.recollected",
            Text(f"{zh}。", f"{en}."),
            Text("请删去这些字段、改为申请共享，或逐项写明仍要采集的理由。",
                 "Leave them out and ask for them instead, or give a reason for each that you collect nevertheless."),
            where,
        )  # fmt: skip


def _provided(one: Pointed) -> Text:
    """That a field is provided already, and by whom."""
    resource, label = one.hits[0].resource, one.item.label
    owner = resource.organisation
    return Text(
        f"{label.zh}已由{owner.name}的“{resource.name}”提供",
        f"{label.en} is provided by {owner.name_en or owner.name} in {resource.name_en or resource.name}",
    )


def _keep_reasons(
    by: Actor, collected_by: str, organisation: str, pointed: Sequence[Pointed], reasons: Sequence[str]
) -> list[Recollection]:
    kept = [
        Recollection(
            collected_by=collected_by, organisation=organisation, field=one.item.label.zh[:120],
            element=one.item.element, held_in=one.hits[0].held_in, provider=one.hits[0].resource.organisation.code,
            reason=reason.strip()[:500], decided_by=by.username,
        )
        for one, reason in zip(pointed, reasons, strict=True)
        if one.strength == "same"
    ]  # fmt: skip
    return Recollection.objects.bulk_create(kept)


@action(permission="catalogue.register", event="form.registered")
def register_form(
    *,
    by: Actor,
    organisation: Organisation,
    title: str,
    subject: str,
    fields: Sequence[Mapping[str, Any]],
    reasons: Sequence[str],
) -> CollectionForm:
    """Keep that a form is used to collect, with a reason for each field that a resource provides already.

    fields: {"label", "element"}; reasons: one for each, "" where none is needed. Raises Refused
    (accounts.not_allowed), HouseError (catalogue.form_incomplete, catalogue.recollected, catalogue.too_much).
    """
    policies.check_keep(
        owner=organisation.code, organisation=by.organisation, bureau=is_bureau(by), where=organisation.code
    )
    if len(fields) > drafting.MOST_FIELDS:
        raise drafting.too_much(organisation.code)
    rows = [
        {"label": str(each.get("label") or "").strip()[:80], "element": str(each.get("element") or "")}
        for each in fields
    ]
    if (
        not title.strip()
        or not rows
        or not all(row["label"] for row in rows)
        or subject not in Resource.SubjectKind.values
        or any(row["element"] and row["element"] not in ELEMENTS for row in rows)
        or len(reasons) != len(rows)
    ):
        raise HouseError(
            "catalogue.form_incomplete",
            Text(
                "登记采集表需要表名、主体类别和至少一个字段。",
                "A form needs a title, whom it is about, and a field.",
            ),
            Text("请补齐后再登记。", "Supply them and register again."),
            organisation.code,
        )
    pointed = facts.pointed_out(drafting.items(rows, subject=subject, about=title))
    _check_justified(pointed, reasons, organisation.code)
    made = CollectionForm.objects.create(
        number=f"draft-{secrets.token_hex(8)}", organisation=organisation, title=title.strip()[:120],
        subject_kind=subject, registered_by=by.username,
        fields=[{**row, "element": row["element"] or meaning.element_of(row["label"])} for row in rows],
    )  # fmt: skip
    made.number = f"B-{timezone.localdate():%Y}-{made.pk:06d}"
    made.save(update_fields=["number"])
    kept = _keep_reasons(by, made.number, organisation.code, pointed, reasons)
    note(form=made.number, fields=len(rows), recollected=[one.held_in for one in kept])
    return made

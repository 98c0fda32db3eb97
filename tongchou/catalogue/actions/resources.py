"""Changing what the catalogue says of a resource, publishing and withdrawing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import demands, history, policies
from ..models import Resource
from ..queries.people import is_bureau

#: What may be changed on screen; the rest is the pack's.
EDITABLE = (
    "name", "name_en", "abstract", "abstract_en", "share_class", "cycle", "resource_class", "format_class", "format_type",
    "share_condition", "share_condition_en", "share_way", "legal_basis", "legal_basis_en", "is_open", "open_condition",
    "open_condition_en",
)  # fmt: skip
EDITABLE_OF_FIELD = ("grade", "data_type", "length")


@action(permission="catalogue.register", event="resource.changed")
def change(
    *,
    by: Actor,
    resource: Resource,
    values: Mapping[str, Any],
    fields: Mapping[str, Mapping[str, Any]],
    version: int | None = None,
    reason: str = "",
) -> Resource:
    """Set the editable values of a resource and of its fields ({field name: {"grade": 1–4, …}}).

    version: of the resource when the page was opened. Raises Refused (accounts.not_allowed, catalogue.moved_on),
    HouseError (catalogue.demanded) naming everything that is missing.
    """
    note(resource=resource.code)
    resource = _held(by, resource, version)
    policies.check_share_class(
        owner=resource.organisation.code, organisation=by.organisation, house=by.role == "house",
        before=resource.share_class, after=values.get("share_class", resource.share_class), where=resource.code,
    )  # fmt: skip
    # A lower grade shows more of a field: it is the provider's to decide, too.
    for field in resource.fields.filter(name__in=fields):
        if int(fields[field.name].get("grade", field.grade)) < field.grade:
            policies.check_share_class(
                owner=resource.organisation.code, organisation=by.organisation, house=by.role == "house",
                before="conditional", after="unconditional", where=f"{resource.code}.{field.name}",
            )  # fmt: skip
    told: dict[str, list[Any]] = {}
    for name in EDITABLE:
        if name in values and getattr(resource, name) != values[name]:
            told[name] = [getattr(resource, name), values[name]]
            setattr(resource, name, values[name])
    for field in resource.fields.filter(name__in=fields):
        changed = {
            name: value
            for name, value in fields[field.name].items()
            if name in EDITABLE_OF_FIELD and getattr(field, name) != value
        }
        for name, value in changed.items():
            told[f"{field.name}.{name}"] = [getattr(field, name), value]
            setattr(field, name, value)
        if changed:
            field.save(update_fields=sorted(changed))
    _check_demands(resource)
    if told:
        before = resource.catalogue_code
        history.give_code(resource)
        if resource.catalogue_code != before:
            told["catalogue_code"] = [before, resource.catalogue_code]
    return _entered(by, resource, "resource.changed", told, reason)


@action(permission="catalogue.register", event="resource.withdrawn")
def withdraw(*, by: Actor, resource: Resource, version: int | None = None, reason: str) -> Resource:
    """Take a resource out of the catalogue: nobody finds it or asks for it any more; grants that are live stay live.

    Raises Refused (accounts.not_allowed, catalogue.moved_on), HouseError (catalogue.already, catalogue.reason_missing).
    """
    note(resource=resource.code)
    resource = _held(by, resource, version)
    _check_other_state(resource, Resource.State.WITHDRAWN)
    if not reason.strip():
        raise HouseError(
            "catalogue.reason_missing",
            Text("没有写明撤下的理由。", "No reason for withdrawing it is given."),
            Text("请写明理由，使用部门会看到。", "Say why; those who use it will read it."),
            resource.code,
        )
    told: dict[str, list[Any]] = {
        "state": [resource.state, "withdrawn"],
        "withdrawn_on": [resource.withdrawn_on, timezone.localdate()],
    }
    resource.state, resource.withdrawn_on = Resource.State.WITHDRAWN, timezone.localdate()
    return _entered(by, resource, "resource.withdrawn", told, reason)


@action(permission="catalogue.register", event="resource.published")
def publish(*, by: Actor, resource: Resource, version: int | None = None) -> Resource:
    """Bring a withdrawn resource back. Raises what `withdraw` raises, and HouseError (catalogue.demanded)."""
    note(resource=resource.code)
    resource = _held(by, resource, version)
    _check_other_state(resource, Resource.State.PUBLISHED)
    told: dict[str, list[Any]] = {
        "state": [resource.state, "published"],
        "withdrawn_on": [resource.withdrawn_on, None],
    }
    resource.state, resource.withdrawn_on = Resource.State.PUBLISHED, None
    _check_demands(resource)
    return _entered(by, resource, "resource.published", told, "")


def _held(by: Actor, resource: Resource, version: int | None) -> Resource:
    """The resource as it is now, for `by` to change."""
    now = Resource.objects.select_related("organisation", "resource_class").get(pk=resource.pk)
    policies.check_keep(
        owner=now.organisation.code, organisation=by.organisation, bureau=is_bureau(by), where=now.code
    )
    policies.check_version(found=now.version, given=version, where=now.code)
    return now


def _check_other_state(resource: Resource, wanted: str) -> None:
    if resource.state == wanted:
        raise HouseError(
            "catalogue.already",
            Text("资源已是这一状态。", "The resource is in that state already."),
            Text("请刷新页面查看最新状态。", "Reload the page to see its present state."),
            resource.code,
        )


def _check_demands(resource: Resource) -> None:
    """Raise HouseError "catalogue.demanded" with everything the catalogue demands and the resource lacks."""
    values = {name: getattr(resource, name) for name in EDITABLE}
    demands.check(values, [{"name": each.name} for each in resource.fields.all()], where=resource.code)


def _entered(by: Actor, resource: Resource, kind: str, told: dict[str, list[Any]], reason: str) -> Resource:
    """Write the row if nobody else has meanwhile, and its history; note what the ledger is to say."""
    if not told:
        note(changed=[], version=resource.version)
        return resource
    found = resource.version
    taken = Resource.objects.filter(pk=resource.pk, version=found).update(version=found + 1)
    policies.check_version(found=found if taken else 0, given=found, where=resource.code)
    resource.version = found + 1
    resource.save()
    change = history.enter(
        resource,
        kind=kind,
        values=told,
        by=by.username,
        organisation=by.organisation,
        reason=reason.strip()[:500],
    )
    note(changed=sorted(told), version=resource.version, digest=change.digest)
    return resource

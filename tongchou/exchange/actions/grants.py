"""The life of a grant: given, changed, suspended, resumed, withdrawn, expired; each on record and on its timeline."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import F
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import clauses as terms
from .. import giving, policies
from ..clauses import Clauses
from ..models import Grant, GrantEvent, Purpose
from ..queries.standing import clauses_of, said_of, standing_of

_OPEN = (Grant.State.LIVE, Grant.State.SUSPENDED)


@action(permission="grants.manage", event="grants.created")
def create(
    *,
    by: Actor,
    organisation: Organisation,
    role: Role,
    resource: Resource,
    fields: Collection[str],
    purposes: Collection[Purpose],
    until: date,
    unmasked: Collection[str] = (),
    masking: Mapping[str, str] | None = None,
    rows: str = "",
    forms: Collection[str] = ("query",),
    statements: Collection[str] = (),
    needs_case: bool = False,
    quota_per_day: int | None = None,
    number: str = "",
    pack: str = "",
) -> Grant:
    """Give one role of one organisation the use of a resource, as its provider and without a request.

    fields, unmasked: names, or ["*"]. masking: {field: mask}. rows: a condition. until: the last day, included. number:
    given by a pack; otherwise the next one. Raises Refused (exchange.refused.grant_*), BadClauses (exchange.grant_terms)
    with all problems at once.
    """
    note(holder=organisation.code, holder_role=role.code, resource=resource.code)
    said, standing = said_of(resource), standing_of(by)
    policies.check_may_give(
        owner=said.owner,
        share_class=said.share_class,
        resource=said.code,
        by=standing,
        holder=organisation.code,
    )
    wanted = Clauses(
        fields=frozenset(fields), unmasked=frozenset(unmasked), masking=dict(masking or {}), rows=rows,
        forms=frozenset(forms), statements=frozenset(statements), purposes=frozenset(each.code for each in purposes),
        needs_case=needs_case, quota_per_day=quota_per_day, until=until,
    )  # fmt: skip
    giving.check_clauses(wanted, said, by_provider=True)
    grant = giving.give(
        by=by, clauses=wanted, said=said, organisation=organisation, role=role, resource=resource, number=number, pack=pack,
    )  # fmt: skip
    note(grant=grant.number, **terms.recorded(wanted))
    return grant


@action(permission="grants.manage", event="grants.changed")
def change(*, by: Actor, grant: Grant, version: int, clauses: Clauses, reason: str = "") -> Grant:
    """Let a grant say something else. version: that of the grant on which the change is based.

    Raises Refused (exchange.refused.*), BadClauses, HouseError (exchange.grant_moved_on, exchange.grant_unchanged).
    """
    note(grant=grant.number, **giving.holder_facts(grant))
    said, standing = said_of(grant.resource), standing_of(by)
    before = clauses_of(grant)
    holder = grant.organisation.code
    # Who may not touch it at all is told so before anything else.
    policies.check_may_change(owner=said.owner, holder=holder, wider=False, by=standing, number=grant.number)
    if grant.version != version or grant.state not in _OPEN:
        raise giving.moved_on(grant.number)
    giving.check_clauses(
        clauses, said, by_provider=standing.organisation == said.owner or standing.house, held=before.until
    )
    changed = terms.changes(before, clauses, said)
    if not changed:
        raise HouseError(
            "exchange.grant_unchanged",
            Text("没有任何更改。", "Nothing was changed."),
            Text("请先修改条款再保存。", "Change a clause first."),
            grant.number,
        )
    widened = [each.aspect for each in changed if each.wider]
    note(changed=[each.aspect for each in changed], widened=widened)
    policies.check_may_change(
        owner=said.owner, holder=holder, wider=bool(widened), by=standing, number=grant.number
    )
    _set(grant, version, **giving.values_of(clauses, said))
    grant.purposes.set(Purpose.objects.filter(code__in=clauses.purposes))
    giving.remember(by=by, grant=grant, kind=GrantEvent.Kind.CHANGED, reason=reason, changes=changed)
    note(version=grant.version, **terms.recorded(clauses))
    return grant


@action(permission="grants.manage", event="grants.suspended")
def suspend(*, by: Actor, grant: Grant, reason: str = "") -> Grant:
    """Let a grant rest, from the next request on. The provider of the resource and the bureau may.

    Raises Refused (exchange.refused.grant_not_yours), HouseError (exchange.grant_moved_on).
    """
    _may_take_away(by, grant)
    return _become(by, grant, Grant.State.SUSPENDED, GrantEvent.Kind.SUSPENDED, (Grant.State.LIVE,), reason)


@action(permission="grants.manage", event="grants.resumed")
def resume(*, by: Actor, grant: Grant, reason: str = "") -> Grant:
    """Lift a suspension; whoever set it may. Raises Refused (exchange.refused.*), HouseError (exchange.grant_moved_on)."""
    note(grant=grant.number, **giving.holder_facts(grant))
    set_by = grant.events.filter(kind=GrantEvent.Kind.SUSPENDED).first()
    policies.check_may_resume(
        owner=grant.resource.organisation.code, holder=grant.organisation.code,
        suspended_by=set_by.organisation if set_by else "", by=standing_of(by), number=grant.number,
    )  # fmt: skip
    return _become(by, grant, Grant.State.LIVE, GrantEvent.Kind.RESUMED, (Grant.State.SUSPENDED,), reason)


@action(permission="grants.manage", event="grants.withdrawn")
def withdraw(*, by: Actor, grant: Grant, reason: str = "") -> Grant:
    """Take a grant back for good, from the next request on. The provider of the resource and the bureau may.

    Raises Refused (exchange.refused.grant_not_yours), HouseError (exchange.grant_moved_on).
    """
    _may_take_away(by, grant)
    return _become(
        by, grant, Grant.State.WITHDRAWN, GrantEvent.Kind.WITHDRAWN, _OPEN, reason,
        withdrawn_by=by.username, withdrawn_at=timezone.now(),
    )  # fmt: skip


@action(permission="grants.manage", event="grants.expired")
def expire(*, by: Actor, grant: Grant) -> Grant:
    """Close a grant whose last day is past; the worker does. Raises HouseError (exchange.grant_moved_on) if it is not."""
    _may_take_away(by, grant)
    note(until=grant.until.isoformat())
    if grant.until >= timezone.localdate():
        raise giving.moved_on(grant.number)
    return _become(by, grant, Grant.State.EXPIRED, GrantEvent.Kind.EXPIRED, _OPEN, "")


def _may_take_away(by: Actor, grant: Grant) -> None:
    note(grant=grant.number, **giving.holder_facts(grant))
    policies.check_may_withdraw(
        owner=grant.resource.organisation.code, by=standing_of(by), number=grant.number
    )


def _become(
    by: Actor,
    grant: Grant,
    state: Grant.State,
    kind: GrantEvent.Kind,
    sources: Collection[str],
    reason: str,
    **more: object,
) -> Grant:
    if grant.state not in sources:
        raise giving.moved_on(grant.number)
    _set(grant, grant.version, state=state, **more)
    giving.remember(by=by, grant=grant, kind=kind, reason=reason)
    note(version=grant.version)
    return grant


def _set(grant: Grant, version: int, **values: object) -> None:
    """Write if nobody else wrote meanwhile, and raise the version."""
    done = Grant.objects.filter(pk=grant.pk, version=version, state=grant.state).update(
        version=F("version") + 1, changed_at=timezone.now(), **values
    )
    if not done:
        raise giving.moved_on(grant.number)
    grant.refresh_from_db()

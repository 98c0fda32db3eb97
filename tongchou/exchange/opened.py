"""A subject's document opened for a reader: grounds, grants, case and scope settled, before anything of it is told.

What the reads of history share (`actions.history`); each of them is traced, and says here what its trace must say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.pool import queries as pool
from tongchou.pool import rules as pool_rules
from tongchou.pool.plans import Feed, FeedField, feeds_of
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.text import Text

from . import cases, errors, rules
from .dossiers import told
from .queries import grants
from .rows import kinds_of
from .rules import Scope, Shown
from .tracing import count, tell


@dataclass(frozen=True)
class Opened:
    """What a reader may see of one subject. feeds and scope: by resource, of what is granted."""

    document: Mapping[str, Any]
    feeds: Mapping[str, Feed]
    scope: Mapping[str, Scope]
    terms: tuple[rules.Terms, ...]

    def feed(self, resource: str) -> tuple[Feed, Scope]:
        """A granted resource. Raises Refused "exchange.refused.not_granted"."""
        if resource not in self.feeds or resource not in self.scope:
            raise errors.not_granted("")
        return self.feeds[resource], self.scope[resource]

    def versions(self, resource: str, record: str) -> list[tuple[pool_rules.Version, Scope]]:
        """All versions of one record the reader may see, oldest knowledge first, each with what may be seen of it.

        record: its reference, or its source's own key. An end is seen by whoever saw what ended. Raises NotFound
        "exchange.record_not_found", also when no grant covers any of them.
        """
        _, held = self.feed(resource)
        keys = {each["key"] for each in self.document["versions"] if each["resource"] == resource}
        key = next((each for each in keys if record in (each, record_reference(resource, each))), None)
        found: list[tuple[pool_rules.Version, Scope]] = []
        before: Scope | None = None
        for version in pool_rules.history(self.document, resource, key) if key is not None else ():
            seen = held.of(version["values"]) if version["op"] == "put" else before
            if seen is not None:
                found.append((version, seen))
            before = seen
        if not found:
            raise errors.NotFound(
                "exchange.record_not_found",
                Text("该主体没有这条记录。", "The subject has no such record."),
                Text("请重新打开档案。", "Open the dossier again."),
                resource,
            )
        return found

    def use(self, resources: set[str], fields: set[str], records: int, **when: str) -> None:
        """Tell the trace what is shown, and take it from the quotas."""
        numbers = {number for code in resources for number in self.scope[code].grants}
        tell(
            resources=sorted(resources),
            fields=sorted(fields),
            grants=sorted(numbers),
            records=records,
            **when,
        )
        count(each for each in self.terms if each.number in numbers)


def opened(*, by: Actor, subject_id: str, purpose: str, case_ref: str, via: str) -> Opened:
    """Open a subject for a reader. Raises what `actions.access.read` raises."""
    known_form = rules.is_subject_id(subject_id)
    if known_form:
        tell(subject_id=subject_id)
    if via:
        tell(via=via)
    reference = rules.check_case_reference(case_ref)
    if reference:
        tell(case_ref=reference)
    if not purpose or not grants.purpose_is_known(purpose):
        raise errors.purpose_missing()
    tell(purpose=purpose)
    fitting = rules.check_purpose(
        grants.terms_of(by), by.organisation, by.role, purpose, timezone.localdate()
    )
    document = pool.document(subject_id) if known_form else None
    if document is None:
        raise errors.subject_unknown(subject_id if known_form else "")
    tell(subject_id=document["subject_id"])
    feeds = {each.resource: each for each in feeds_of(document["population"])}
    held = [each for each in fitting if each.resource in feeds]
    usable = cases.under_case(held, by=by, subject_id=document["subject_id"], case_ref=reference)
    fields = {code: kinds_of(feed.fields) for code, feed in feeds.items()}
    scope = rules.scopes(usable, fields)
    if not scope:
        raise errors.no_grant()
    return Opened(document, feeds, scope, tuple(usable))


def shown_as(value: str | None, field: FeedField, scope: Scope) -> Shown:
    """A value as this reader may see it."""
    if not value:
        return Shown("", False)
    return rules.shown(told(value, field), scope.mask_of(field.name, field.element, field.grade))


def end_of(day: date) -> datetime:
    """The last instant of a day here: all that was recorded on it counts as known."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())
    return midnight - timedelta(microseconds=1)

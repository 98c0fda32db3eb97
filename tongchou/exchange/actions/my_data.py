"""A person reads their own file: on record like every reading, and shown to them as their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.gather.models import StandingCorrection
from tongchou.gather.phases.correct import Fix
from tongchou.pool import queries as pool
from tongchou.pool import rules as pool_rules
from tongchou.pool.plans import Feed, FeedField, feeds_of
from tongchou.pool.serving.digests import digest, record_reference
from tongchou.standards.text import Text

from .. import corrected, own
from ..dossiers import HOW, Corrected, told
from ..queries.own_files import self_of
from ..rules import Shown
from ..tracing import Answer, tell, traced


@dataclass(frozen=True)
class OwnValue:
    """One value of one's own record. shown: plain, unless it is about somebody else or the record may be another's.
    may_correct: whether "this is wrong" may be said of it here."""

    field: str
    label: Text
    shown: str
    masked: bool
    may_correct: bool
    corrected: Corrected | None = None


@dataclass(frozen=True)
class OwnRecord:
    """One record. sure: whether it is theirs beyond doubt; how: why it was joined to them."""

    resource: str
    title: Text
    record: str
    recorded_on: str
    since: str | None
    sure: bool
    how: Text
    values: tuple[OwnValue, ...]


@dataclass(frozen=True)
class OwnGroup:
    """The records of one department."""

    organisation: str
    title: Text
    records: tuple[OwnRecord, ...]


@dataclass(frozen=True, kw_only=True)
class OwnDossier(Answer):
    """A person's own file. closed: resources about people of which nothing is shown here, with their departments."""

    name: str
    groups: tuple[OwnGroup, ...]
    closed: tuple[tuple[Text, Text], ...]

    @property
    def record_count(self) -> int:
        """How many records it shows."""
        return sum(len(each.records) for each in self.groups)


@traced(permission="mydata.view", event="access.own")
def read_own(*, by: Actor, via: str = "screen") -> OwnDossier:
    """What the pool holds about the actor, as it holds today.

    Raises Refused as `queries.own_files.self_of` does, LedgerUnavailable.
    """
    tell(via=via)
    me = self_of(by)
    tell(subject_id=me.subject_id)
    document = pool.document(me.subject_id) or {
        "versions": [],
        "links": [],
        "population": "",
        "kind": "person",
    }
    feeds = {each.resource: each for each in feeds_of(document["population"])}
    links = {(each["resource"], each["key"]): each["how"] for each in document["links"]}
    held = corrected.of_document(document)
    keys = dict(Resource.objects.filter(code__in=list(feeds)).values_list("code", "key"))
    by_owner: dict[str, list[OwnRecord]] = {}
    name = ""
    for version in pool_rules.as_of(document, timezone.localdate()):
        feed = feeds.get(version["resource"])
        if feed is None or feed.share_class == "closed":
            continue
        how = links.get((version["resource"], version["key"]), "single")
        sure = own.is_surely_own(bears_number=_bears(version, feed, me.id_digest), how=how)
        record = _record(version, feed, sure, HOW.get(how, Text(how, how)), held, keys[feed.resource])
        if sure and not name:
            name = next(
                (version["values"].get(each.name) or "" for each in feed.fields if each.attribute == "name"),
                "",
            )
        by_owner.setdefault(feed.organisation, []).append(record)
    titles = {each.organisation: each.organisation_title for each in feeds.values()}
    groups = tuple(OwnGroup(code, titles[code], tuple(records)) for code, records in sorted(by_owner.items()))
    tell(
        resources=sorted({record.resource for group in groups for record in group.records}),
        records=sum(len(each.records) for each in groups),
    )
    closed = tuple(
        (each.organisation_title, each.title) for each in feeds.values() if each.share_class == "closed"
    )
    return OwnDossier(name=name, groups=groups, closed=closed)


def _bears(version: pool_rules.Version, feed: Feed, number: bytes) -> bool | None:
    values = [version["values"].get(each.name) for each in feed.fields if each.attribute == "id_number"]
    known = [each for each in values if each]
    return any(digest("id_number", each) == number for each in known) if known else None


def _record(
    version: pool_rules.Version, feed: Feed, sure: bool, how: Text, held: corrected.Held, key: Sequence[str]
) -> OwnRecord:
    reference = record_reference(feed.resource, version["key"])
    values = []
    for field in feed.fields:
        text = version["values"].get(field.name) or ""
        view = _shown(text, field, sure)
        values.append(
            OwnValue(
                field.name, field.label, view.text, view.masked,
                may_correct=sure
                and field.name not in key
                and not own.is_about_another(field.element, field.attribute),
                corrected=_corrected(version["values"], field, held.get((feed.resource, reference, field.name)), sure),
            )
        )  # fmt: skip
    return OwnRecord(
        feed.resource, feed.title, reference, version["recorded_at"][:10], version["valid_from"], sure, how,
        tuple(values),
    )  # fmt: skip


def _shown(value: str, field: FeedField, sure: bool) -> Shown:
    if not value:
        return Shown("", False)
    return own.shown(
        told(value, field),
        element_code=field.element,
        attribute=field.attribute,
        grade=field.grade,
        sure=sure,
    )


def _corrected(
    values: Mapping[str, str | None],
    field: FeedField,
    found: tuple[StandingCorrection, Fix] | None,
    sure: bool,
) -> Corrected | None:
    if found is None or values.get(field.name) != found[1].right:
        return None
    return corrected.said(found[0], _shown(found[1].wrong[0] or "", field, sure).text)

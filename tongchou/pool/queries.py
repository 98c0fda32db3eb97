"""Reads of the pool: for `exchange`, which alone may show what a document says, and for the pool's own screens.

Nothing here checks a grant or leaves a trace; `exchange.actions.access` does both and is the only caller of
`document`, `find` and `record_of` outside this room.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from . import base, links, rules
from .models import LinkRun, Population, ReviewPair
from .plans import Feed, feeds_of
from .search import index as search
from .serving import placing, store
from .serving.digests import digest
from .serving.sealing import unseal

#: More subjects than this under one number, phone or name are not listed: the question was too wide.
MOST_FOUND = 50


def document(subject_id: str) -> dict[str, Any] | None:
    """The document of a subject (of what shape: `rules`); an id that was merged leads to the one it is now."""
    found = store().document(subject_id)
    if found is None:
        return None
    return rules.in_order(unseal(*found))


def find(kind: str, *values: str) -> list[str]:
    """Subjects by a number, a phone, name and birth date …: `kind` is one of `serving.digests.KINDS`.

    By an address that says its city or district: only who lies there, or says nothing of it (`serving.placing`). Several
    found by one address are its namesakes elsewhere: ask with the district.
    """
    if kind == "address":
        for label in placing.asked(values[0]):
            if found := store().find(digest(placing.KIND, label, values[0]), MOST_FOUND):
                return found
        if placing.asked(values[0]):
            return []
    return store().find(digest(kind, *values), MOST_FOUND)


def find_digest(held: bytes) -> list[str]:
    """Subjects by a digest that was kept (`serving.digests.digest`), where the value itself is not."""
    return store().find(held, MOST_FOUND)


def id_now(subject_id: str) -> str | None:
    """The id under which a subject's document stands now: its own, or the one it was merged into; None when unknown."""
    found = store().document(subject_id)
    return found[0] if found else None


def ids_of(subject_id: str) -> list[str]:
    """The id a subject has now, first, and every id that was merged into it: history may stand under any of them."""
    now = id_now(subject_id) or subject_id
    return [now, *(each for each in store().merged_into(now) if each != now)]


def facts(
    subject_id: str, wanted: Iterable[tuple[str, str]], *, valid_on: Any, known_at: datetime | None = None
) -> list[dict[str, str | None]]:
    """The values of some (resource, field) of a subject as of a day: resource, key, field, value, recorded_at."""
    found = document(subject_id)
    if found is None:
        return []
    fields: dict[str, list[str]] = {}
    for resource, name in wanted:
        fields.setdefault(resource, []).append(name)
    return [
        {
            "resource": version["resource"],
            "key": version["key"],
            "field": name,
            "value": version["values"].get(name),
            "recorded_at": version["recorded_at"],
        }
        for version in rules.as_of(found, valid_on, known_at)
        for name in fields.get(version["resource"], ())
    ]


def record_of(population: str, resource: str, key: str) -> tuple[str, rules.Version] | None:
    """(subject id, latest version) of one record; None when it is not linked.

    Of a record that feeds places by its address only, the address: the rest of it is in its own subject's document.
    """
    subject_id = links.subject_of(population, resource, key)
    if subject_id is None:
        return None
    feed = next((each for each in feeds_of(population) if each.resource == resource), None)
    told = links.subject_of(feed.population, resource, key) if feed and feed.address_only else subject_id
    found = document(told) if told else None
    if found is None:
        return None
    versions = [each for each in rules.history(found, resource, key) if each["op"] == "put"]
    if not versions:
        return None
    if feed is None or not feed.address_only:
        return subject_id, versions[-1]
    seen = {each.name for each in feed.fields}
    values = {name: value for name, value in versions[-1]["values"].items() if name in seen}
    return subject_id, {**versions[-1], "values": values}


def claims(
    records: Iterable[rules.Version], feeds: dict[str, Feed], fields: dict[str, set[str]]
) -> list[rules.Claim]:
    """What the records say about their subject itself, of the fields that may be seen ({resource: names})."""
    found = []
    for record in records:
        feed = feeds.get(record["resource"])
        if feed is None:
            continue
        for each in feed.fields:
            value = record["values"].get(each.name)
            if each.attribute and value and each.name in fields.get(feed.resource, ()):
                found.append(rules.Claim(each.attribute, value, feed.resource, record["key"], each.name))
    return found


@dataclass(frozen=True)
class PopulationState:
    """One population on the pool's board. Counts of the last finished run; instants None before the first."""

    population: Population
    last: LinkRun | None
    running: LinkRun | None
    subjects: int
    records: int
    documents: int
    open_pairs: int
    linked_at: datetime | None
    base_at: datetime | None


def board() -> list[PopulationState]:
    """The populations with their layers' state. Three queries and a few small files."""
    populations = Population.objects.annotate(
        open_pairs=Count(
            "pairs", filter=Q(pairs__state=ReviewPair.State.OPEN) & ~Q(pairs__kind=ReviewPair.Kind.SAMPLED)
        )
    )
    index = store()
    found = []
    for each in populations:
        runs = list(each.runs.order_by("-started_at")[:20])
        last = next((run for run in runs if run.state == LinkRun.State.DONE), None)
        version = links.current(each.code)
        found.append(
            PopulationState(
                population=each,
                last=last,
                running=next((run for run in runs if run.is_open), None),
                subjects=last.subjects if last else 0,
                records=last.records if last else 0,
                documents=index.count(each.code),
                open_pairs=each.open_pairs,
                linked_at=version.at if version else None,
                base_at=base.published_at(each.code),
            )
        )
    return found


def needs_linking(population: Population) -> bool:
    """Whether a run would take in something new: deliveries, judgements or another model than the last one had.

    Also when the last one died after publishing its links and left the base library or the index behind them.
    """
    from .linking import made_of

    version = links.current(population.code)
    made = made_of(population)
    if version is None:
        return any(made["deliveries"].values())
    last = population.runs.order_by("-started_at", "-pk").first()
    behind = (
        (
            last is not None and last.state == LinkRun.State.FAILED
        )  # its pairs to judge may not have been stored
        or base.published_at(population.code) != version.at
        or store().state(population.code).get("links") != version.number
        or search.is_behind(population.code, version.number)
    )
    return behind or version.facts != made

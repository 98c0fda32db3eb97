"""Whom an erasure is about, put together once and kept sealed until everything is gone.

Afterwards nothing could tell any more which records were theirs, so it is settled before the first of them goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from tongchou.accounts.sealing import seal, unseal
from tongchou.standards import credit, identity, passports
from tongchou.standards.errors import HouseError
from tongchou.standards.problems import is_soft
from tongchou.standards.text import Text

from . import links, queries, rules
from .engine.connection import connect
from .erasing import Target
from .models import Erasure, Population
from .plans import Feed, feeds_of
from .tombstones import IDENTIFYING

_EXAMINE: dict[str, Callable[[str], tuple[str | None, str | None]]] = {
    "id_number": identity.examine,
    "passport_number": passports.examine,
    "uscc": credit.examine,
}


def of_subject(subject_id: str, number: str = "") -> Target:
    """Everything that is about a subject. Raises HouseError "pool.erasure_no_subject"."""
    document = queries.document(subject_id)
    if document is None:
        raise HouseError(
            "pool.erasure_no_subject",
            Text("没有这个主体，或已经删除。", "There is no such subject, or it was erased before."),
            Text("请核对主体号。", "Check the subject's id."),
        )
    ids = tuple(queries.ids_of(document["subject_id"]))
    places = {(each["resource"], each["key"]) for each in (*document["links"], *document["versions"])}
    feeds = {each.resource: each for each in feeds_of(document["population"])}
    return Target(
        number=number,
        population=document["population"],
        records=tuple(sorted(places)),
        ids=ids,
        numbers=tuple(sorted(_own_numbers(document, feeds, ids))),
    )


def _own_numbers(
    document: rules.Document, feeds: Mapping[str, Feed], ids: Iterable[str]
) -> set[tuple[str, str]]:
    """The valid numbers the subject's records bear, now or before, that no other subject bears."""
    found = set()
    for version in document["versions"]:
        feed = feeds.get(version["resource"])
        for each in feed.fields if feed else ():
            value = version["values"].get(each.name)
            if each.attribute in IDENTIFYING and value:
                found.add((each.attribute, value))
    return {
        (attribute, value)
        for attribute, value in found
        if _is_valid(attribute, value) and set(queries.find(attribute, value)) <= set(ids)
    }


def _is_valid(attribute: str, value: str) -> bool:
    read, problem = _EXAMINE[attribute](value)
    return bool(read) and (problem is None or is_soft(problem))


def seal_target(target: Target) -> bytes:
    """The target as it is kept."""
    return seal(f"erasure:{target.number}", json.dumps(asdict(target), ensure_ascii=False).encode())


def target_of(erasure: Erasure) -> Target:
    """The target of an erasure under way. Raises HouseError "accounts.sealed_damaged"."""
    return _target(json.loads(unseal(f"erasure:{erasure.number}", bytes(erasure.sealed))))


def _target(told: Mapping[str, Any]) -> Target:
    pairs = {name: tuple(tuple(each) for each in told[name]) for name in ("records", "numbers")}
    return Target(
        told["number"], told["population"], pairs["records"], tuple(told["ids"]), tuple(told["affected"]),
        pairs["numbers"], tuple(map(_target, told.get("beside", ()))),
    )  # fmt: skip


def beside(target: Target) -> tuple[Target, ...]:
    """The same records as other populations know them; one for each that has any.

    Its ids are of those who had these records and no other, affected are those who keep some.
    """
    found = []
    for population in Population.objects.exclude(code=target.population).order_by("code"):
        feeding = {each.resource for each in feeds_of(population.code)}
        records = tuple(each for each in target.records if each[0] in feeding)
        if not records:
            continue
        resources, keys = (pa.array(each, pa.string()) for each in zip(*records, strict=True))
        with connect() as db:
            db.register("links", links.tables(population.code)[0])
            db.register("gone", pa.table({"resource": resources, "source_key": keys}))
            whole = dict(
                db.execute(
                    """SELECT subject_id, count(gone.resource) = count(*) FROM links LEFT JOIN gone
                    USING (resource, source_key) GROUP BY subject_id HAVING count(gone.resource) > 0"""
                ).fetchall()
            )
        ids = {one for each, nothing_left in whole.items() if nothing_left for one in queries.ids_of(each)}
        affected = sorted(each for each, nothing_left in whole.items() if not nothing_left)
        found.append(Target(target.number, population.code, records, tuple(sorted(ids)), tuple(affected)))
    return tuple(found)


def counted(target: Target) -> dict[str, int]:
    """How many records of which resource: what may be shown and kept of a target."""
    counts: dict[str, int] = {}
    for resource, _ in target.records:
        counts[resource] = counts.get(resource, 0) + 1
    return dict(sorted(counts.items()))

"""Telling those who received a record that it was erased, by the id that they alone have of it.

The log forgets an erased record with all its versions, so nothing that reads the log afterwards can say that it was
there. It is noted before: for each organisation that follows the resource or fetched an export of it, and whose
grants ever covered the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from tongchou.catalogue.models import Resource
from tongchou.pool import erasing
from tongchou.pool.engine.connection import connect, quote
from tongchou.pool.folders import data_root
from tongchou.pool.models import Theme

from . import selection
from .errors import Refused
from .exporting import row_refs
from .holdings import rows_can_move, rows_of
from .models import ErasedRow, Export, Grant, Subscription
from .rows import kinds_of
from .selection import KEY


def of(organisation: str, resource: str) -> QuerySet[ErasedRow]:
    """What an organisation was to be told about a resource, in order."""
    return ErasedRow.objects.filter(organisation=organisation, resource=resource).order_by("pk")


def beside(export: Export) -> list[str]:
    """The ids of records that were erased since an export was made that was fetched; its copies may hold them."""
    if not export.downloads:
        return []
    noted = of(export.organisation.code, export.resource.code).filter(erased_at__gt=export.known_at)
    return list(dict.fromkeys(noted.values_list("row_ref", flat=True)))


def newest(organisation: str, resource: str, until: datetime | None = None) -> int:
    """The number of the last of them, of those until a moment if one is given; 0 for none."""
    noted = of(organisation, resource)
    if until is not None:
        noted = noted.filter(erased_at__lte=until)
    return noted.values_list("pk", flat=True).last() or 0


def note(target: erasing.Target) -> int:
    """Note the records of an erasure for all who may hold them; how many were noted."""
    noted = 0
    for code, keys in keys_of(target).items():
        for organisation, covered in _covered(code, keys, _recipients(code)).items():
            refs = row_refs(organisation, code, covered)
            ErasedRow.objects.bulk_create(
                [
                    ErasedRow(organisation=organisation, resource=code, row_ref=each, erasure=target.number,
                              erased_at=timezone.now())
                    for each in refs
                ],
                ignore_conflicts=True,
            )  # fmt: skip
            noted += len(refs)
    return noted


def keys_of(target: erasing.Target) -> dict[str, list[str]]:
    """{resource: keys of its records that go}: the records themselves, and the rows of themes about the subject."""
    found = {code: target.keys_of(code) for code in target.resources}
    for each in target.everywhere:
        if each.ids and each.population:
            themes = Theme.objects.filter(population=each.population).values_list("code", flat=True)
            found |= {code: list(each.ids) for code in themes}
    return found


def _recipients(resource: str) -> dict[str, list[Grant]]:
    """{organisation: the grants under which it received rows of the resource}, also those that ended since."""
    given: dict[str, dict[int, Grant]] = {}
    received: Iterable[Subscription | Export] = (
        *Subscription.objects.filter(grant__resource__code=resource).exclude(state=Subscription.State.ENDED)
        .select_related("grant", "organisation"),
        *Export.objects.filter(resource__code=resource, downloads__gt=0).select_related("grant", "organisation"),
    )  # fmt: skip
    for each in received:
        given.setdefault(each.organisation.code, {})[each.grant.pk] = each.grant
    return {organisation: list(grants.values()) for organisation, grants in given.items()}


def _covered(resource: str, keys: list[str], recipients: dict[str, list[Grant]]) -> dict[str, list[str]]:
    """{organisation: those of the keys of which any version was ever in the rows of any of its grants}."""
    if not recipients:
        return {}
    found = Resource.objects.prefetch_related("fields").get(code=resource)
    every = kinds_of(list(found.fields.all()))
    asked, values = [], list[Any]()
    for grants in recipients.values():
        conditions = [_ever_in(grant, every) for grant in grants]
        asked.append(f"bool_or({' OR '.join(sql for sql, _ in conditions)})")
        values += [value for _, bound in conditions for value in bound]
    source = selection.log_of_resource(resource, tuple(every)).rows_sql((KEY, "_op", *every))
    named = ", ".join(map(quote, keys))
    sql = f"""SELECT {KEY}, {", ".join(asked)} FROM ({source})
        WHERE {KEY} IN ({named}) AND _op = 'put' GROUP BY {KEY} ORDER BY {KEY}"""
    with connect(data_root()) as db:
        told = db.execute(sql, values).fetchall()
    return {
        organisation: [key for key, *covers in told if covers[place]]
        for place, organisation in enumerate(recipients)
    }


def _ever_in(grant: Grant, every: dict[str, str]) -> tuple[str, list[Any]]:
    """A grant's condition on rows as SQL and bindings; everything, where which rows it gave cannot be said any more:
    rather told once too often."""
    try:
        rows = rows_of(grant, every)
    except Refused:
        rows = None
    return selection.fitting(None if rows_can_move(rows) else rows, every, timezone.localdate())

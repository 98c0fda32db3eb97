"""Reading what was set aside: counts by rule for everyone who may see deliveries, rows for those who handle them.

A delivery's quarantined rows are one Parquet file: `row` (the number a person sees in the delivered file), `raw`
(the whole delivered row, as JSON {heading: text}) and `failures` (list of {field, rule}).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery

from tongchou.gather.problems import RULES
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .models import Delivery, Mapping

#: So many row numbers are told of each rule.
TOLD_ROWS = 8


@dataclass(frozen=True)
class Reason:
    """One rule that rows of a resource failed in one field, how often, and what to do about it.

    lines: the first of the rows, by their numbers in the delivered file; at most TOLD_ROWS.
    """

    delivery: str
    resource: str
    field: str
    rule: str
    rows: int
    lines: tuple[int, ...]

    @property
    def first_row(self) -> int:
        """The first row that failed it."""
        return self.lines[0]

    @property
    def message(self) -> Text:
        """What the rule found, in words."""
        return RULES[self.rule].message if self.rule in RULES else Text(self.rule, self.rule)

    @property
    def advice(self) -> Text:
        """What the department should do."""
        return RULES[self.rule].advice if self.rule in RULES else Text("", "")

    def as_dict(self, language: str) -> dict[str, Any]:
        """The reason for a machine."""
        return {
            "delivery": self.delivery,
            "resource": self.resource,
            "field": self.field,
            "rule": self.rule,
            "rows": self.rows,
            "first_row": self.first_row,
            "message": self.message.say(language),
            "advice": self.advice.say(language),
        }


def file_of(delivery: Delivery) -> Path | None:
    """The file of a delivery's quarantined rows; None when it has none."""
    if not delivery.quarantine_file:
        return None
    path = settings.TONGCHOU_DATA / delivery.quarantine_file
    return path if path.is_file() else None


def rows_of(delivery: Delivery, *, start: int = 0, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The quarantined rows from the `start`-th on: {"row", "raw", "failures"}, in the order of the delivered file."""
    path = file_of(delivery)
    if path is None:
        return
    position = 0
    for batch in pq.ParquetFile(path).iter_batches(batch_size=2048):
        if position + batch.num_rows <= start:
            position += batch.num_rows
            continue
        for record in batch.slice(max(0, start - position)).to_pylist():
            if limit is not None and limit <= 0:
                return
            if limit is not None:
                limit -= 1
            yield {**record, "raw": orjson.loads(record["raw"]) if record["raw"] else {}}
        position += batch.num_rows


def row_of(delivery: Delivery, number: int) -> dict[str, Any]:
    """One quarantined row by its number in the delivered file. Raises HouseError when there is none."""
    for record in rows_of(delivery):
        if record["row"] == number:
            return record
    raise HouseError(
        "gather.no_such_row",
        Text("这一行不在问题数据中。", "That row is not among the quarantined ones."),
        Text("请从批次页面进入。", "Come from the delivery's page."),
        where=f"{delivery.number}:{number}",
    )


def standing(*, resource: str = "", organisation: str = "") -> QuerySet[Delivery]:
    """The deliveries whose quarantined rows still stand, by resource or owning organisation (codes).

    A resource that is delivered whole each time is judged by its latest delivery, whose predecessors it replaces; of
    one delivered in increments every delivery stands.
    """
    newest = Delivery.objects.filter(resource=OuterRef("resource"), state=Delivery.State.DONE).order_by("-id")
    latest = Subquery(newest.values("id")[:1])
    found = Delivery.objects.filter(rows_quarantined__gt=0).filter(
        Q(resource__mapping__mode=Mapping.Mode.INCREMENT) | Q(id=latest)
    )
    if resource:
        found = found.filter(resource__code=resource)
    if organisation:
        found = found.filter(resource__organisation__code=organisation)
    return found.select_related("resource__organisation")


def reasons(*, number: str = "", resource: str = "", organisation: str = "") -> list[Reason]:
    """Why rows were set aside, most frequent first: of one delivery, or of all that `standing` names."""
    deliveries = (
        Delivery.objects.filter(number=number, rows_quarantined__gt=0).select_related("resource")
        if number
        else standing(resource=resource, organisation=organisation)
    )
    found: list[Reason] = []
    for delivery in deliveries:
        path = file_of(delivery)
        if path is None:
            continue
        counts: Counter[tuple[str, str]] = Counter()
        lines: dict[tuple[str, str], list[int]] = defaultdict(list)
        for batch in pq.ParquetFile(path).iter_batches(batch_size=16384, columns=["row", "failures"]):
            for record in batch.to_pylist():
                for failure in record["failures"]:
                    key = (failure["field"], failure["rule"])
                    counts[key] += 1
                    if len(lines[key]) < TOLD_ROWS:
                        lines[key].append(record["row"])
        found += [
            Reason(delivery.number, delivery.resource.code, field, rule, rows, tuple(lines[field, rule]))
            for (field, rule), rows in counts.items()
        ]
    return sorted(found, key=lambda reason: (-reason.rows, reason.resource, reason.field))

"""Where a row came from: its delivery, and the cell of the delivered file. For `exchange`, which shows it by grant."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from tongchou.pool.engine import raw as raw_layer
from tongchou.pool.engine.log import RecordLog
from tongchou.standards.errors import HouseError

from . import headings
from .models import Delivery
from .queries import mappings, plan_of
from .sources import connector as find_connector


@dataclass(frozen=True)
class Source:
    """A delivery. item: the file's name at its source, without its folder; digest: SHA-256 of what was delivered; kept:
    whether those bytes are still here "whole", had rows "cut" out since, or are "gone"."""

    delivery: str
    resource: str
    item: str
    source: str
    delivered_on: date
    taken_at: datetime | None
    digest: str
    kept: str


class Cell(NamedTuple):
    """A cell as delivered: personal, told only where the value itself may be shown whole."""

    heading: str
    text: str


def source_of(delivery: str) -> Source | None:
    """A delivery by its number; None for what did not come as one (a correction entered here)."""
    found = Delivery.objects.select_related("resource").filter(number=delivery).first()
    if found is None:
        return None
    root = Path(settings.TONGCHOU_DATA)
    notes = RecordLog(root, found.resource.code, ()).deliveries()
    digest = next((each.raw_digest for each in notes if each.delivery == delivery), "")
    file = raw_layer.kept(root, digest)
    kept = "gone" if file is None else ("cut" if raw_layer.is_cut(file) else "whole")
    return Source(
        delivery, found.resource.code, found.item_name, found.source_code, found.delivered_on, found.finished_at,
        digest, kept,
    )  # fmt: skip


def cell(source: Source, row: int, field: str) -> Cell | None:
    """What stands in the delivered file in a row, under the heading that feeds a field; None when that cannot be read.

    row: as a person counts in the file. Reads the file up to the row.
    """
    file = raw_layer.kept(Path(settings.TONGCHOU_DATA), source.digest)
    mapping = mappings(resources=[source.resource]).first()
    if file is None or mapping is None:
        return None
    plan = plan_of(mapping)
    try:
        reading = find_connector(mapping.source.connector).read(
            mapping.source.settings, plan.locator, file, plan, None
        )
        with closing(cast(Any, reading.batches)):
            column = headings.assign(reading.headings, plan).get(field)
            if column is None:
                return None
            for batch in reading.batches:
                found = batch.table.filter(pc.equal(batch.table["_row"], row))
                if found.num_rows:
                    return Cell(reading.headings[column], str(found[f"c{column}"][0].as_py() or ""))
                if batch.end.row > row:
                    return None
    except (HouseError, OSError, pa.ArrowInvalid):
        return None  # the mapping has changed since, or the file has gone meanwhile
    return None

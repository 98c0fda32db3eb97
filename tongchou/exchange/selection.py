"""Which rows a holding gives, as one query of the record log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tongchou.pool.engine.connection import connect, one, quote
from tongchou.pool.engine.connection import name as quoted
from tongchou.pool.engine.log import RecordLog
from tongchou.pool.folders import data_root
from tongchou.pool.links import current as current_links
from tongchou.pool.models import Theme
from tongchou.standards import expressions

from .holdings import Holding

#: What the sources' own key, and the subject it is linked to, are called in a selection.
KEY, SUBJECT = "_key", "_subject"


def log_of(holding: Holding) -> RecordLog:
    """The record log of the holding's resource."""
    return RecordLog(data_root(), holding.resource, tuple(holding.every))


def log_of_resource(resource: str, fields: tuple[str, ...] = ()) -> RecordLog:
    """The record log of a resource. fields: those that will be read; none to ask when something came in."""
    return RecordLog(data_root(), resource, fields)


def fits(holding: Holding, on: date) -> tuple[str, list[Any]]:
    """The grant's condition on rows as SQL and bindings."""
    return fitting(holding.rows, holding.every, on)


def fitting(rows: expressions.Condition | None, every: Mapping[str, str], on: date) -> tuple[str, list[Any]]:
    """A condition on rows, None for all, as SQL and bindings. A row of which it cannot be said whether it fits does not.

    every: {name: kind} of the resource's fields.
    """
    if rows is None:
        return "TRUE", []
    sql, values = expressions.to_sql(rows, kinds=every, on=on)
    return f"({sql}) IS TRUE", list(values)


def state_sql(
    holding: Holding, columns: Sequence[str], *, valid_on: date, known_at: datetime
) -> tuple[str, list[Any]]:
    """The rows that were true on `valid_on` as it was known at `known_at` and that the grant covers.

    columns: names of fields, and KEY. Filters are told as bindings.
    """
    condition, values = fits(holding, valid_on)
    needed = tuple(dict.fromkeys((KEY, *columns, *holding.every)))
    source = log_of(holding).as_of_sql(valid_on, known_at, needed)
    selected = ", ".join(quoted(each) for each in columns)
    return f"SELECT {selected} FROM ({source}) WHERE {condition}", values


def links_sql(holding: Holding) -> str | None:
    """(_key, subject_id) of the resource's linked records; None when they are not linked."""
    if Theme.objects.filter(code=holding.resource).exclude(population="").exists():
        # A row of a theme is about the subject whose id is its key.
        rows = log_of(holding).rows_sql((KEY,))
        return f"SELECT DISTINCT {KEY} AS source_key, {KEY} AS subject_id FROM ({rows})"
    population = holding.grant.resource.population
    version = current_links(population) if population else None
    if version is None:
        return None
    return (
        f"SELECT source_key, subject_id FROM read_parquet({quote(str(version.parts['links']))}) "
        f"WHERE resource = {quote(holding.resource)}"
    )


def count(holding: Holding, *, valid_on: date, known_at: datetime) -> int:
    """How many rows an export would have."""
    sql, values = state_sql(holding, (KEY,), valid_on=valid_on, known_at=known_at)
    with connect(data_root()) as db:
        return int(one(db, f"SELECT count(*) FROM ({sql})", values)[0])

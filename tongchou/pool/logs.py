"""The record logs as the pool reads them: every version of every record of a resource, as one query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from .engine.log import RecordLog
from .folders import data_root
from .plans import Feed

#: Columns the pool reads of every log besides its fields.
SYSTEM_COLUMNS = (
    "_key", "_op", "_valid_from", "_valid_to", "_recorded_at", "_failures", "_delivery", "_row",
)  # fmt: skip

_rules: dict[tuple[Path, str], dict[str, tuple[str, ...]]] = {}


def versions_sql(root: Path, feed: Feed) -> str | None:
    """All versions of all records of `feed`, with its fields; None when nothing was ever delivered.

    A field that older versions lack is null in them. The list of files is fixed when this is called, so that the
    query sees one version of the log however long it runs.
    """
    fields = tuple(each.name for each in feed.fields)
    log = RecordLog(root, feed.resource, fields)
    return log.rows_sql((*SYSTEM_COLUMNS, *fields)) if log.files() else None


def latest_delivery(resource: str) -> str:
    """The delivery recorded last in a resource's log; "" before the first."""
    notes = RecordLog(data_root(), resource, ()).deliveries()
    return notes[-1].delivery if notes else ""


def latest_recorded(resource: str) -> datetime | None:
    """The instant of the delivery recorded last in a resource's log; None before the first."""
    notes = RecordLog(data_root(), resource, ()).deliveries()
    return notes[-1].recorded_at if notes else None


def failing(resource: str, version: Mapping[str, Any]) -> dict[str, list[str]]:
    """{field: codes of the rules its value failed} of one version of a record."""
    failures = int(version["failures"] or 0)
    if not failures:
        return {}
    found: dict[str, list[str]] = {}
    for place, rule in enumerate(_rules_of(data_root(), resource, version["delivery"])):
        if failures >> place & 1:
            field, _, code = rule.partition(":")
            found.setdefault(field, []).append(code)
    return found


def _rules_of(root: Path, resource: str, delivery: str) -> tuple[str, ...]:
    """A delivery's rules, which never change; the notes are read again when an unknown delivery turns up."""
    known = _rules.setdefault((root, resource), {})
    if delivery not in known:
        known.update({note.delivery: note.rules for note in RecordLog(root, resource, ()).deliveries()})
        known.setdefault(delivery, ())
    return known[delivery]

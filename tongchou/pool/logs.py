"""The record logs as the pool reads them: every version of every record of a resource, as one query."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from .engine.connection import file_list
from .engine.connection import name as quoted
from .folders import data_root
from .plans import Feed

#: Columns every log has besides its fields.
SYSTEM_COLUMNS = (
    "_key", "_op", "_valid_from", "_valid_to", "_recorded_at", "_failures", "_delivery", "_row",
)  # fmt: skip


def log_folder(data_root: Path, resource: str) -> Path:
    """Where the record log of a resource lies."""
    return data_root / "pool" / "log" / resource


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


@lru_cache(maxsize=4096)
def _rules_of(root: Path, resource: str, delivery: str) -> tuple[str, ...]:
    note = log_folder(root, resource) / "_deliveries" / f"{delivery}.json"
    return tuple(json.loads(note.read_text(encoding="utf-8"))["rules"]) if note.is_file() else ()


def versions_sql(root: Path, feed: Feed) -> str | None:
    """All versions of all records of `feed`, with its fields; None when nothing was ever delivered.

    A field that older versions lack is null in them. The list of files is fixed when this is called, so that the
    query sees one version of the log however long it runs.
    """
    folder = str(log_folder(root, feed.resource))
    if not DeltaTable.is_deltatable(folder):
        return None
    table = DeltaTable(folder)
    files = table.file_uris()
    if not files:
        return None
    present = {each.name for each in table.schema().fields}
    fields = [
        quoted(each.name) if each.name in present else f"NULL::VARCHAR AS {quoted(each.name)}"
        for each in feed.fields
    ]
    chosen = ", ".join([*SYSTEM_COLUMNS, *fields])
    return f"SELECT {chosen} FROM read_parquet({file_list(files)}, union_by_name = true)"

"""What a record log keeps beside its rows: a note of each delivery, and how digests of rows are made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from .connection import name


@dataclass(frozen=True)
class DeliveryNote:
    """What the log knows of one delivery. rules: "field:rule" per bit of `_failures`. late_until: the day
    of the next delivery when this one was loaded after it; what it says holds only until then. plan:
    fingerprint of what it was loaded by. form: of its digests (`digest_form`). report: the load's outcome,
    as `gather.pipeline` tells it; no personal values."""

    delivery: str
    recorded_at: datetime
    delivered_on: date
    mode: str
    rules: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    raw_digest: str = ""
    late_until: date | None = None
    plan: str = ""
    form: str = ""
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Appended:
    """Counts of an append: rows by what became of their key. recorded_at: of the new rows."""

    new: int
    changed: int
    unchanged: int
    ended: int
    recorded_at: datetime


def hash_sql(field: str) -> str:
    """SQL for the 64-bit hash of one field's value, as DuckDB makes it."""
    return f"hash({name(field)})"


def digest_sql(order: Sequence[str], given: Sequence[str]) -> str:
    """SQL for a row's digest over the fields in the log's order; those not in `given` count as null.

    64 bits in decimal, made of the fields' own hashes (`hash_sql`), which a load needs besides. It is only ever
    compared between two versions of one key, and only when made by the same engine over the same fields
    (`digest_form`); otherwise both sides are made anew.
    """
    columns = ", ".join(hash_sql(each) if each in given else "hash(NULL::VARCHAR)" for each in order)
    return f"CAST(hash({columns}) AS VARCHAR)"


def digest_form(order: Sequence[str]) -> str:
    """What digests must have in common to be compared: the engine's version and the fields in order."""
    told = "\n".join(("of hashes", duckdb.__version__, *order))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def read_note(path: Path) -> DeliveryNote:
    """A note as it lies beside the table."""
    told = json.loads(path.read_text(encoding="utf-8"))
    told["recorded_at"] = datetime.fromisoformat(told["recorded_at"])
    told["delivered_on"] = date.fromisoformat(told["delivered_on"])
    told["late_until"] = date.fromisoformat(told["late_until"]) if told["late_until"] else None
    told["rules"] = tuple(told["rules"])
    return DeliveryNote(**told)

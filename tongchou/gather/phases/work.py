"""The work at hand: what all phases of one delivery share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pyarrow as pa

from tongchou.gather.problems import RULES
from tongchou.pool.engine.forgotten import NOBODY, Forgotten
from tongchou.standards.plans import FieldPlan, ResourcePlan

from .slow import Slow
from .staging import Staging

if TYPE_CHECKING:
    from .correct import Fix

_SOFT = sorted(code for code, rule in RULES.items() if rule.soft)
_HARD = sorted(code for code, rule in RULES.items() if not rule.soft)
RULE_CODES: tuple[str, ...] = (*_HARD, *_SOFT)
"""Every rule; within SQL a rule is its number here, from 1."""
RULE_NUMBERS = {code: number for number, code in enumerate(RULE_CODES, start=1)}
LAST_HARD = len(_HARD)
"""Rules with greater numbers are soft: they mark a value and set nothing aside. (A range, because DuckDB
makes a join of a long IN list, for every row.)"""


class Progress(NamedTuple):
    """How far a load is. phase: the module's name; done of total, in `unit` ("bytes", "rows", "parts")."""

    phase: str
    done: int
    total: int
    unit: str


@dataclass
class Work:
    """One delivery being loaded. connection: for questions to all parts, by one thread; ordered: gives rows in
    the order of the table it reads, to any thread (`in_order`). pool: threads for fields. rules:
    "field:rule" per bit of `_failures`, growing as problems are met. fixes: the standing corrections of the
    resource. forgotten: who must not come back."""

    connection: duckdb.DuckDBPyConnection
    ordered: duckdb.DuckDBPyConnection
    plan: ResourcePlan
    delivery: str
    delivered_on: date
    recorded_at: datetime
    order: tuple[str, ...]
    staging: Staging
    tell: Callable[[Progress], None]
    slow: Slow
    pool: Executor
    assigned: dict[str, int] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    rules: list[str] = field(default_factory=list)
    fixes: tuple[Fix, ...] = ()
    forgotten: Forgotten = NOBODY

    def field(self, name: str) -> FieldPlan:
        """A field of the plan by its name."""
        return next(each for each in self.plan.fields if each.name == name)


def in_order(work: Work, sql: str, **tables: pa.Table) -> pa.Table:
    """What a statement over tables gives, rows in the order of the table it reads."""
    with work.ordered.cursor() as cursor:
        for each, table in tables.items():
            cursor.register(each, table)
        return cursor.sql(sql).to_arrow_table()

"""What was wrong with rows that were taken in all the same: values a field keeps with a mark, and files not taken.

Counted from the record log, by the rules of one delivery (bit i of a row's `_failures`). A row that came unchanged stands
in the log under the delivery that first brought it, so a later one tells only what it brought anew. No values: a
file's name is often a person's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tongchou.pool.engine.connection import connect
from tongchou.pool.engine.log import RecordLog
from tongchou.pool.folders import data_root
from tongchou.standards.problems import RULES, is_soft

from . import quarantined
from .documents import ELEMENT
from .models import Delivery
from .quarantined import TOLD_ROWS, Reason


@dataclass(frozen=True)
class Refused:
    """Files of one field that were not taken for one reason. kept: their rows were taken in without them."""

    reason: Reason
    kept: bool


@dataclass(frozen=True)
class Found:
    """What was wrong in one delivery. set_aside: with rows that were not taken in; marked: with rows that were;
    refused: files beside either, told of nowhere else.
    """

    set_aside: list[Reason]
    marked: list[Reason]
    refused: list[Refused]


def found(delivery: Delivery) -> Found:
    """What was wrong in a delivery: rows set aside, values marked, files not taken."""
    elements = dict(delivery.resource.fields.values_list("name", "element"))
    sides = (quarantined.reasons(number=delivery.number), reasons(delivery))
    refused = [
        Refused(reason, bool(whole))
        for whole, side in enumerate(sides)
        for reason in side
        if elements.get(reason.field) == ELEMENT
    ]
    set_aside, marked = ([each for each in side if elements.get(each.field) != ELEMENT] for side in sides)
    return Found(set_aside, marked, refused)


def reasons(delivery: Delivery) -> list[Reason]:
    """Which rules the delivery's kept rows failed, most frequent first, with the first rows that did."""
    told = [rule.partition(":")[::2] for rule in delivery.rules]
    if all(rule not in RULES or is_soft(rule) for _field, rule in told):
        return []
    log = RecordLog(data_root(), delivery.resource.code, ())
    sql = (
        f"SELECT _failures, count(*), min(_row, {TOLD_ROWS}) "
        f"FROM ({log.rows_sql(('_delivery', '_failures', '_row'))}) "
        "WHERE _delivery = $number AND _failures <> 0 GROUP BY _failures"
    )
    with connect(data_root()) as db:
        rows_of = db.execute(sql, {"number": delivery.number}).fetchall()
    counts: dict[int, int] = defaultdict(int)
    rows: dict[int, list[int]] = defaultdict(list)
    for mask, count, first in rows_of:
        for place in range(len(told)):
            if mask >> place & 1:
                counts[place] += count
                rows[place] += first
    answer = [
        Reason(
            delivery.number, delivery.resource.code, field, rule, counts[place], tuple(sorted(rows[place])[:TOLD_ROWS])
        )
        for place, (field, rule) in enumerate(told)
        if counts[place] and rule in RULES and not is_soft(rule)
    ]  # fmt: skip
    return sorted(answer, key=lambda reason: (-reason.rows, reason.field, reason.rule))

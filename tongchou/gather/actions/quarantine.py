"""Opening quarantined rows and sending them back to their department: both show personal values, both on record."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.gather.problems import RULES
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import quarantined, rules
from ..models import Delivery
from ..queries import is_steward


def _delivery(by: Actor, number: str) -> Delivery:
    delivery = Delivery.objects.select_related("resource__organisation").filter(number=number).first()
    if delivery is None:
        raise HouseError(
            "gather.no_delivery",
            Text("没有这个批次。", "There is no such delivery."),
            Text("请核对批次号。", "Check its number."),
            where=number,
        )
    rules.check_handle(
        owner=delivery.resource.organisation.code,
        organisation=by.organisation,
        steward=is_steward(by),
        resource=delivery.resource.code,
    )
    return delivery


@action(permission="gather.quarantine", event="quarantine.opened")
def open_row(*, by: Actor, number: str, row: int) -> dict[str, Any]:
    """One quarantined row whole: {"row", "raw": {heading: text}, "failures": [{"field", "rule"}]}."""
    delivery = _delivery(by, number)
    note(delivery=number, resource=delivery.resource.code, row=row, rows=1)
    return quarantined.row_of(delivery, row)


@action(permission="gather.quarantine", event="quarantine.exported")
def send_back(*, by: Actor, number: str, target: Path) -> int:
    """Write a delivery's quarantined rows as a CSV the department can correct and deliver again.

    The delivered headings stand first, as they came; the last three columns say row, what is wrong and what to do.
    Returns how many rows were written.
    """
    delivery = _delivery(by, number)
    headings: list[str] = []
    for record in quarantined.rows_of(delivery):
        headings += [heading for heading in record["raw"] if heading not in headings]
    written = 0
    with target.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow([*headings, "原行号", "问题", "处理建议"])
        for record in quarantined.rows_of(delivery):
            problems = [(failure["field"], RULES.get(failure["rule"])) for failure in record["failures"]]
            said = [(field, rule) for field, rule in problems if rule is not None]
            writer.writerow(
                [
                    *(_safe(record["raw"].get(heading)) for heading in headings),
                    record["row"],
                    "；".join(f"{field}：{rule.message.zh}" for field, rule in said),
                    "；".join(dict.fromkeys(rule.advice.zh for _, rule in said)),
                ]
            )
            written += 1
    note(delivery=number, resource=delivery.resource.code, rows=written)
    return written


def _safe(value: object) -> str:
    """A cell no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _number(text) else text


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

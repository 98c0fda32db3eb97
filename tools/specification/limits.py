"""The page about limits: when one ends, and what stops it."""

from __future__ import annotations

from datetime import datetime

from tests.spec import asking
from tests.spec.tables import rows
from tongchou.flow.drawing.picture import limit_in_words

from ..markdown import table
from .cells import head

_DAYS = "一二三四五六日"


def deadlines() -> str:
    """deadlines.md and flows.md: when a limit ends, and what stops it."""
    plain, limits = [], []
    for row in rows("deadlines.md", "received"):
        due = asking.due(row)
        amount, unit, *custom = row["limit"].split()
        said = limit_in_words(float(amount), unit)
        ends = (
            "停着 the clock stands"
            if due is None
            else _day(due.at) + (" *暂定 provisional*" if due.provisional else "")
        )
        limit = " ".join([said.zh, said.en, f"({' '.join(custom)})" if custom else ""]).strip()
        plain.append(
            [
                _day(asking.instant(row["received"])),
                limit,
                row["pauses"].replace("/", " – "),
                ends,
                row["why"],
            ]
        )
    for row in rows("flows.md", "begun"):
        found = asking.flow_limits(row)
        stood = f"{row['asked back']} – {row['came back']}" if row["asked back"] else ""
        limits.append(
            [
                _day(asking.instant(row["begun"])), stood,
                *(_day(found[name]) for name in ("state due", "whole due", "reminded")), row["why"],
            ]
        )  # fmt: skip
    return "\n".join(
        [
            head(
                "Limits 时限",
                "deadlines.md",
                "When a limit ends, reckoned with the State Council's calendars for 2024 to 2026 and the usual hours, "
                "08:30–12:00 and 14:00–17:30. Days begin the day after receipt, hours at once, unless it says otherwise.",
            ),
            "## A limit 一个时限\n",
            table(["received 收到", "limit 时限", "stood 停顿", "due 到期", "why"], plain),
            "## Limits of a flow 流程的时限\n\nA state lasts five working days and reminds two working days before; the "
            "whole may take twenty. Where the matter goes back to its applicant both stand "
            "([`flows.md`](../../tests/spec/flows.md)).\n",
            table(
                [
                    "begun 开始",
                    "stood 退回申请人",
                    "state due 环节到期",
                    "whole due 全程到期",
                    "reminded 提醒",
                    "why",
                ],
                limits,
            ),
        ]
    )


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d} 周{_DAYS[at.weekday()]} {at:%H:%M}" if at else "–"

"""What this room writes to the ledger: moves, timers, published definitions and calendars. Never a fact's value."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

_WHICH = ("instance", "flow", "flow_version", "ref")

EVENTS = [
    Event("flow.started", Text("发起流程", "Flow started"), (*_WHICH, "state", "owner", "parent")),
    Event(
        "flow.acted",
        Text("办理流程环节", "Flow moved"),
        (*_WHICH, "action", "from_state", "to_state", "version", "facts"),
    ),
    Event(
        "flow.reminded", Text("流程提醒", "Flow reminder"), (*_WHICH, "state", "due"),
        Text("时限将到，提醒办理机构。", "The limit is near; the owner is reminded."),
    ),
    Event("flow.escalated", Text("流程逾期上报", "Flow past its limit"), (*_WHICH, "state", "due", "action")),
    Event(
        "flow.reckoned", Text("重算流程时限", "Flow limit reckoned again"), (*_WHICH, "state", "before", "due"),
        Text("工作日历公布或更正后，重算未结的时限。", "A calendar was published or corrected; open limits follow."),
    ),
    Event("flow.draft_saved", Text("保存流程草稿", "Flow draft saved"), ("flow", "revision", "digest")),
    Event("flow.draft_discarded", Text("放弃流程草稿", "Flow draft discarded"), ("flow", "revision")),
    Event(
        "flow.published", Text("发布流程", "Flow published"),
        ("flow", "flow_version", "digest", "editors", "pack", "revision"),
    ),
    Event(
        "flow.calendar_published", Text("公布工作日历", "Calendar published"),
        ("division", "year", "version", "pack"),
    ),
]  # fmt: skip

"""The kinds of cases this room opens or lets people open; rooms of `use` declare theirs in the same way."""

from __future__ import annotations

from tongchou.standards.text import Text

from . import cases, disputes, reviews


def register() -> None:
    """Declare them; called once at start."""
    cases.declare(
        cases.Kind(
            "correction",
            Text("数据校核", "Correction"),
            Text("有人提出一项数据不对，提供部门（或统筹局）据此查看这一项。",
                 "Somebody says a value is wrong; the supplying department, or the bureau, sees that value."),
            days=120, confirms=disputes.confirms,
        ),
        cases.Kind(
            "review",
            Text("数据核对", "Review"),
            Text("数据统筹判定关联或核对数据质量时，查看所涉主体的档案。",
                 "A steward judges links or checks the quality of data, and reads the files concerned."),
            days=7, by_hand="links.review", confirms=reviews.confirms,
        ),
        cases.Kind(
            "window",
            Text("窗口与审批业务", "Service and approval"),
            Text("窗口或审批人员办理某人的业务时，查看办理所需的数据。填写业务系统的受理号。",
                 "A clerk or reviewer serves somebody, and reads what that takes. Give the number of the application."),
            days=15, by_hand="cases.open",
        ),
    )  # fmt: skip

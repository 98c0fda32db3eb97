"""What the exchange writes into the ledger: who looked at whom, at what, why and under which grant. Never a value."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

_WHY = ("purpose", "case_ref", "grants", "via")
_HOLDER = ("holder", "holder_role", "resource")
_CLAUSES = (
    "fields", "unmasked", "masking", "rows", "forms", "statements", "purposes", "needs_case", "quota_per_day", "until",
)  # fmt: skip

EVENTS: dict[str, Event] = {
    event.code: event
    for event in (
        Event(
            "access.read",
            Text("查看档案", "Dossier read"),
            ("subject_id", *_WHY, "resources", "fields", "records", "valid_on", "known_at"),
            Text("读取一个主体被授权的字段，值按等级脱敏。", "The granted fields of one subject, masked by grade."),
        ),
        Event(
            "access.revealed",
            Text("显示原值", "Value revealed"),
            ("subject_id", *_WHY, "resource", "field", "record", "valid_on", "known_at"),
            Text("显示一个字段的原值。", "The plain value of one field."),
        ),
        Event(
            "access.searched",
            Text("查找主体", "Subjects searched"),
            (*_WHY, "query_kind", "found"),
            Text("只记查找方式和结果数，不记查找内容。", "How was searched and how many were found, not for what."),
        ),
        Event(
            "access.compared",
            Text("对照待判记录", "Pair opened to be judged"),
            ("subject_id", "other_subject_id", "pair", "population", "resources", "fields"),
            Text("为判定关联而并列查看两条记录。", "Two records shown side by side so that a steward can judge."),
        ),
        Event(
            "grants.created", Text("授权", "Grant given"), ("grant", "request", *_HOLDER, *_CLAUSES),
            Text("授权的全部条款，不含取值。", "All that the grant says; no value of any record."),
        ),
        Event(
            "grants.changed", Text("更改授权", "Grant changed"),
            ("grant", "version", "changed", "widened", *_HOLDER, *_CLAUSES),
            Text("更改后的全部条款，以及哪些变了、哪些放宽了。", "What it says now, what changed and what became wider."),
        ),
        Event("grants.suspended", Text("暂停授权", "Grant suspended"), ("grant", "version", *_HOLDER)),
        Event("grants.resumed", Text("恢复授权", "Grant resumed"), ("grant", "version", *_HOLDER)),
        Event("grants.withdrawn", Text("撤回授权", "Grant withdrawn"), ("grant", "version", *_HOLDER)),
        Event("grants.expired", Text("授权到期", "Grant expired"), ("grant", "version", "until", *_HOLDER)),
        Event(
            "requests.sent", Text("提交共享申请", "Request for data sent"), ("request", "at_once", *_HOLDER, *_CLAUSES),
            Text("申请的条款；理由和法律依据留在申请里。", "What is asked for; the reasons stay with the request."),
        ),
        Event("requests.resent", Text("补充后重新提交", "Request sent again"), ("request", *_HOLDER, *_CLAUSES)),
        Event(
            "requests.decided", Text("决定共享申请", "Request decided"),
            ("request", "decision", "grant", "less", *_HOLDER),
            Text("授权、拒绝或退回；less 为少给的条款。", "Granted, refused or returned; less: what was given less of."),
        ),
        Event("requests.withdrawn", Text("撤销共享申请", "Request withdrawn"), ("request", *_HOLDER)),
        Event(
            "requests.moved", Text("共享申请到期流转", "Request moved by the clock"), ("request", "state", *_HOLDER),
            Text("到期升级到统筹局，或退回后逾期未补充。", "Escalated to the bureau, or lapsed after it was returned."),
        ),
        Event("resource.previewed", Text("查看资源预览", "Resource previewed"), ("resource",)),
    )
}  # fmt: skip

"""What the exchange writes into the ledger: who looked at whom, at what, why and under which grant. Never a value."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

_WHY = ("purpose", "case_ref", "grants", "via")

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
            ("subject_id", "pair", "population", "resources", "fields", "case_ref"),
            Text("为判定关联而并列查看两条记录，两个主体各记一条。",
                 "Two records shown side by side so that a steward can judge; one entry for each subject."),
        ),
        Event(
            "access.found",
            Text("在查找中出现", "Found by a search"),
            ("subject_id", *_WHY),
            Text("须有事由才能查看的主体在查找结果中出现，只显示脱敏姓名。",
                 "A subject that may be read under a case only stood among the results of a search, by masked name."),
        ),
        Event(
            "access.own",
            Text("本人查看", "Read by the person themselves"),
            ("subject_id", "via", "resources", "records"),
            Text("本人查看自己的档案。", "A person read their own file."),
        ),
        Event(
            "access.disputed",
            Text("为办理校核查看", "Read to decide a correction"),
            ("subject_id", "purpose", "case_ref", "correction", "resource", "field", "record", "via"),
            Text("提供部门查看被提出校核的一个值。", "The supplying department sees the one value that is disputed."),
        ),
        Event("ownfile.bound", Text("开通本人数据", "Account bound to a person"), ("account", "subject_id")),
        Event("ownfile.unbound", Text("注销本人数据", "Binding of an account ended"), ("account", "subject_id")),
        Event("correction.asked", Text("提出校核", "Correction asked for"),
              ("correction", "subject_id", "resource", "field", "record", "owner", "own")),
        Event("correction.decided", Text("办理校核", "Correction decided"),
              ("correction", "subject_id", "resource", "field", "record", "verdict")),
        Event("correction.contested", Text("申请复核", "Review of a correction asked for"), ("correction", "subject_id")),
        Event("correction.withdrawn", Text("撤回校核", "Correction withdrawn"),
              ("correction", "subject_id", "resource", "field", "undone")),
        Event("explanation.asked", Text("请求说明", "Explanation asked for"),
              ("explanation", "subject_id", "owner", "entry")),
        Event("explanation.answered", Text("答复说明请求", "Explanation given"), ("explanation", "subject_id", "escalated")),
        Event("explanation.contested", Text("不满意说明", "Explanation contested"), ("explanation", "subject_id")),
        Event("explanation.read", Text("查看说明请求", "Request for explanation read"), ("explanation", "subject_id")),
        Event("explanation.withdrawn", Text("撤回说明请求", "Request for explanation withdrawn"), ("explanation", "subject_id")),
        Event("case.opened", Text("登记事由", "Case opened"),
              ("case_ref", "case_kind", "subject_id", "origin", "by_hand", "until", "unusual")),
        Event("case.closed", Text("办结事由", "Case closed"), ("case_ref", "case_kind", "subject_id")),
        Event(
            "grants.created", Text("授权", "Grant given"),
            ("grant", "holder", "holder_role", "resource", "fields", "unmasked", "purposes", "until"),
        ),
        Event("resource.previewed", Text("查看资源预览", "Resource previewed"), ("resource",)),
        Event("grants.withdrawn", Text("撤回授权", "Grant withdrawn"), ("grant", "holder", "holder_role", "resource")),
    )
}  # fmt: skip

"""What the exchange writes into the ledger: who looked at whom, at what, why and under which grant. Never a value."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

_WHY = ("purpose", "case_ref", "grants", "via")
_CHANGES = ("subscription", "watermark", "resource", "fields", "rows")

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
            "grants.created", Text("授权", "Grant given"),
            ("grant", "holder", "holder_role", "resource", "fields", "unmasked", "purposes", "until"),
        ),
        Event("export.estimated", Text("估算导出行数", "Export estimated"), (*_WHY, "resource", "rows")),
        Event(
            "export.requested", Text("发起批量导出", "Export requested"),
            (*_WHY, "export", "watermark", "resource", "fields", "format", "valid_on"),
        ),
        Event(
            "export.finished", Text("导出文件已生成", "Export finished"),
            ("export", "watermark", "grants", "resource", "recipient", "fields", "rows", "bytes", "digest"),
            Text("行数、字段、文件摘要和水印号，不含值。", "Counts, fields, the file's digest and its watermark; no values."),
        ),
        Event("export.failed", Text("导出失败", "Export failed"), ("export", "grants", "resource", "failure")),
        Event("export.cancelled", Text("取消导出", "Export cancelled"), ("export", "grants", "resource")),
        Event("export.deleted", Text("删除导出文件", "Export's file deleted"), ("export", "grants", "resource")),
        Event(
            "export.downloaded", Text("下载导出文件", "Export downloaded"),
            (*_WHY, "export", "watermark", "resource", "fields", "rows", "bytes", "digest"),
        ),
        Event(
            "subscription.opened", Text("订阅变更", "Subscription opened"),
            (*_WHY, "subscription", "resource", "sends"),
        ),
        Event("subscription.paused", Text("暂停订阅", "Subscription paused"), ("subscription", "grants")),
        Event("subscription.resumed", Text("恢复订阅", "Subscription resumed"), ("subscription", "grants")),
        Event("subscription.ended", Text("结束订阅", "Subscription ended"), ("subscription", "grants")),
        Event("changes.read", Text("读取变更", "Changes read"), (*_WHY, *_CHANGES)),
        Event(
            "changes.sent", Text("推送变更", "Changes sent"), (*_WHY, *_CHANGES, "delivery", "attempt"),
            Text("每次推送之前记入。", "Entered before each attempt."),
        ),
        Event("webhook.queued", Text("准备推送", "Page queued"), ("subscription", "grants", "delivery")),
        Event(
            "webhook.ended", Text("推送结果", "Attempt ended"),
            ("subscription", "delivery", "attempt", "status", "failure", "state", "changes"),
        ),
        Event("webhook.redelivered", Text("重新推送", "Page sent again"), ("subscription", "delivery")),
        Event("webhook.skipped", Text("跳过推送", "Page skipped"), ("subscription", "delivery")),
        Event(
            "statistics.asked", Text("统计查询", "Statistics asked"),
            (*_WHY, "resource", "fields", "filtered", "method", "known_at", "cells", "hidden", "cost_micro"),
            Text("只记分组和求和的字段，不记条件和结果。", "The fields grouped and summed; neither condition nor answer."),
        ),
        Event(
            "privacy.spent", Text("消耗隐私预算", "Privacy budget spent"),
            ("grants", "resource", "cost_micro", "spent_micro", "total_micro"),
            Text("单位为百万分之一 ε，在作答之前扣除。", "In millionths of epsilon, taken before the answer is made."),
        ),
        Event(
            "statistics.rule_set", Text("设置统计规则", "Statistics rule set"),
            ("resource", "method", "least", "cost_micro", "total_micro"),
        ),
        Event(
            "leak.traced", Text("追查外泄文件", "Leaked file traced"),
            ("digest", "rows", "candidates", "places", "exports", "recipients"),
        ),
        Event("resource.previewed", Text("查看资源预览", "Resource previewed"), ("resource",)),
        Event("grants.withdrawn", Text("撤回授权", "Grant withdrawn"), ("grant", "holder", "holder_role", "resource")),
    )
}  # fmt: skip

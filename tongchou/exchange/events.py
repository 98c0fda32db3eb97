"""What the exchange writes into the ledger: who looked at whom, at what, why and under which grant. Never a value."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

_WHY = ("purpose", "case_ref", "grants", "via")
_CLIENT = ("client", "holder", "holder_role", "key", "method", "until")
_HOLDER = ("holder", "holder_role", "resource")
_CLAUSES = (
    "fields", "unmasked", "masking", "rows", "forms", "statements", "purposes", "needs_case", "quota_per_day", "until",
)  # fmt: skip
_CHANGES = ("subscription", "watermark", "resource", "fields", "rows")

EVENTS: dict[str, Event] = {
    event.code: event
    for event in (
        Event(
            "access.read",
            Text("查看档案", "Dossier read"),
            ("subject_id", *_WHY, "resources", "fields", "records", "related", "valid_on", "known_at"),
            Text("读取一个主体被授权的字段，值按等级脱敏。", "The granted fields of one subject, masked by grade."),
        ),
        Event(
            "access.revealed",
            Text("显示原值", "Value revealed"),
            ("subject_id", *_WHY, "resource", "field", "record", "valid_on", "known_at"),
            Text("显示一个字段的原值。", "The plain value of one field."),
        ),
        Event(
            "access.document",
            Text("打开文件", "Document opened"),
            ("subject_id", *_WHY, "resource", "field", "record", "valid_on", "known_at"),
            Text("打开一个字段所指的文件（扫描件、证明）。", "The document one field refers to: a scan, a certificate."),
        ),
        Event(
            "access.searched",
            Text("查找主体", "Subjects searched"),
            (*_WHY, "query_kind", "found"),
            Text("只记查找方式和结果数，不记查找内容。", "How was searched and how many were found, not for what."),
        ),
        Event(
            "access.listed",
            Text("在历史表中列出", "Listed in a table as it was"),
            ("subject_id", *_WHY, "resource", "fields", "valid_on", "known_at"),
            Text("读取某日的整表时出现在其中一页。", "On a page of a whole table as of a day."),
        ),
        Event(
            "table.read",
            Text("查看历史表", "Table read as it was"),
            (*_WHY, "resource", "fields", "rows", "valid_on", "known_at"),
            Text("按两个时点读取一页被授权的整表，或其变化。", "A page of a granted table as of both times, or of its changes."),
        ),
        Event(
            "access.compared",
            Text("对照待判记录", "Pair opened to be judged"),
            ("subject_id", "pair", "population", "resources", "fields", "case_ref"),
            Text("为判定关联而并列查看两条记录，两个主体各记一条。",
                 "Two records shown side by side so that a steward can judge; one entry for each subject."),
        ),
        Event(
            "access.joins",
            Text("查看档案构成", "Joins of a file seen"),
            ("subject_id", "case_ref", "records"),
            Text("为核对关联，查看档案由哪些记录组成及理由，不含任何值。",
                 "Which records make up a file and why, to review its links; no value of any of them."),
        ),
        Event(
            "access.found",
            Text("在查找中出现", "Found by a search"),
            ("subject_id", *_WHY),
            Text("须有事由才能查看的主体在查找结果中出现，只显示脱敏姓名。",
                 "A subject that may be read under a case only stood among the results of a search, by masked name."),
        ),
        Event(
            "access.related",
            Text("作为亲属或相关人出现", "Shown as somebody's relative"),
            ("subject_id", "purpose", "via", "fields"),
            Text("在另一主体的档案中作为亲属、同户或相关人出现，只显示脱敏的姓名等；不记是谁的档案。",
                 "Stood in another's dossier as kin, of one household or of one firm, by a masked glimpse; whose is not said."),
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
        Event("disagreements.sent", Text("发送不一致核对", "Disagreements sent"),
              ("population", "resource", "field", "owner", "sent", "corrections")),
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
            "access.queried",
            Text("系统查询", "Queried by a system"),
            ("subject_id", *_WHY, "resources", "fields", "plain", "records", "valid_on"),
            Text(
                "读取一个主体被授权的字段；plain 为未脱敏的字段。",
                "The granted fields of one subject; plain: those sent unmasked.",
            ),
        ),
        Event(
            "access.verified",
            Text("核验陈述", "Statement verified"),
            ("subject_id", *_WHY, "resource", "statement", "valid_on"),
            Text("只答是、否或不详；不记答案和参数。", "Yes, no or not known; neither answer nor parameters are kept."),
        ),
        Event(
            "gateway.refused",
            Text("网关拒绝请求", "Request refused at the gateway"),
            ("client", "why", "path", "count"),
            Text(
                "签名、时钟、随机数、密钥或请求形式不对；why 为原因，count 为合并的次数。",
                "Signature, clock, nonce, key or shape were wrong; why says which, count how many are told together.",
            ),
        ),
        Event(
            "gateway.taken",
            Text("网关受理请求", "Request taken at the gateway"),
            ("client", "path"),
            Text("请求的操作另有记录。", "What it asked for is on record by itself."),
        ),
        Event("clients.registered", Text("登记接入系统", "Client registered"), _CLIENT),
        Event("clients.key_rotated", Text("更换接入密钥", "Client's key rotated"), _CLIENT),
        Event("clients.revoked", Text("吊销接入系统", "Client revoked"), _CLIENT),
        Event(
            "alerts.acknowledged",
            Text("确认使用异常", "Unusual use acknowledged"),
            ("alert", "kind", "of", "key", "day"),
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
        Event("export.estimated", Text("估算导出行数", "Export estimated"), (*_WHY, "resource", "rows")),
        Event("export.ordered", Text("请求批量导出", "Export ordered"), (*_WHY, "resource", "fields")),
        Event("export.followed", Text("查看导出进度", "Export followed"), ("export", "grants", "resource", "via")),
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
        Event("witness.added", Text("登记见证方", "Witness added"), ("witness", "key")),
        Event("witness.withdrawn", Text("撤销见证方", "Witness withdrawn"), ("witness",)),
        Event("ledger.verification_asked", Text("发起账本核验", "Verification asked for"), ("verification",)),
    )
}  # fmt: skip

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
            "leak.traced", Text("追查外泄文件", "Leaked file traced"),
            ("digest", "rows", "candidates", "places", "exports", "recipients"),
        ),
        Event("resource.previewed", Text("查看资源预览", "Resource previewed"), ("resource",)),
        Event("witness.added", Text("登记见证方", "Witness added"), ("witness", "key")),
        Event("witness.withdrawn", Text("撤销见证方", "Witness withdrawn"), ("witness",)),
        Event("ledger.verification_asked", Text("发起账本核验", "Verification asked for"), ("verification",)),
    )
}  # fmt: skip

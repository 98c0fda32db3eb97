"""What the pool writes into the ledger."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

_CANDIDATE = ("population", "candidate", "digest", "verdict")
_PAIR = ("pair", "population", "left_resource", "left_key", "right_resource", "right_key")

EVENTS: dict[str, Event] = {
    event.code: event
    for event in (
        Event("links.requested", Text("发起关联", "Linking requested"), ("population", "run")),
        Event(
            "links.linked",
            Text("完成关联", "Linking finished"),
            (
                "population",
                "run",
                "records",
                "subjects",
                "pairs_to_judge",
                "changed",
                "version",
                "extent",
                "decided",
            ),
        ),
        Event("links.exported", Text("导出关联", "Links exported"), ("populations", "resources", "rows")),
        Event("links.judged", Text("判定关联", "Link judged"), (*_PAIR, "verdict", "score", "stage")),
        Event("links.verdict_withdrawn", Text("撤销本人意见", "Own verdict taken back"), (*_PAIR, "stage")),
        Event("links.questioned", Text("质疑关联", "Link questioned"), _PAIR),
        Event(
            "links.sample_requested",
            Text("发起质量抽样", "Quality sample asked for"),
            ("population", "sample", "seed", "wanted"),
        ),
        Event(
            "links.sample_drawn",
            Text("抽取质量样本", "Quality sample drawn"),
            ("population", "sample", "run", "seed", "version", "pairs", "strata"),
        ),
        Event(
            "erasure.asked",
            Text("申请删除", "Erasure asked"),
            ("erasure", "subject_id", "population", "ground"),
        ),
        Event(
            "erasure.decided",
            Text("复核删除", "Erasure decided"),
            ("erasure", "subject_id", "agree", "records", "resources", "tombstones"),
        ),
        Event("erasure.withdrawn", Text("撤回删除申请", "Erasure withdrawn"), ("erasure", "subject_id")),
        Event("erasure.done", Text("完成删除", "Erasure done"), ("erasure", "subject_id", "ground", "steps")),
        Event("erasure.held", Text("删除因保全中止", "Erasure held"), ("erasure", "subject_id", "hold")),
        Event(
            "erasure.readmitted",
            Text("恢复接收", "Erased subject let in again"),
            ("erasure", "subject_id"),
        ),
        Event(
            "hold.placed",
            Text("登记法律保全", "Legal hold placed"),
            ("hold", "subject_id", "resource", "until"),
        ),
        Event("hold.lifted", Text("解除法律保全", "Legal hold lifted"), ("hold", "subject_id", "resource")),
        Event(
            "retention.looked",
            Text("检查保存期限", "Retention looked at"),
            ("resource", "before", "over", "held", "at_end", "erasure", "records", "resources", "tombstones"),
        ),
        Event("links.model_proposed", Text("提出待用模型", "Candidate model proposed"), _CANDIDATE),
        Event("links.model_adopted", Text("采用待用模型", "Candidate model adopted"), _CANDIDATE),
        Event("links.model_declined", Text("不采用待用模型", "Candidate model declined"), _CANDIDATE),
        Event("links.model_withdrawn", Text("停用已采用的模型", "Adopted model withdrawn"), _CANDIDATE),
        Event("links.judgement_withdrawn", Text("撤回关联判定", "Judgement withdrawn"), (*_PAIR, "verdict")),
    )
}

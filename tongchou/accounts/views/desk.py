"""The desk of the current role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from tongchou.standards.text import Text
from tongchou.web import desks

from ..access import signed_in

#: What each desk will hold, for desks that have no cards yet.
PROMISES: dict[str, Text] = {
    "steward": Text(
        "数据池的健康：批次、问题数据、待判关联、待批申请、预警。",
        "Health of the pool: deliveries, quarantine, links to judge, requests, alerts.",
    ),
    "officer": Text(
        "我的资源及其质量、谁在申请、我持有的授权、贡献账。",
        "My resources and their quality, who asks for them, my grants, my balance.",
    ),
    "clerk": Text(
        "一个输入框：证件号码或事项；正在叫的号。",
        "One box: an identity number or a matter; the number being served.",
    ),
    "reviewer": Text(
        "我的环节，按剩余时限排列；表单、证明、检查、历史在一页上。",
        "My steps by time left, with form, proofs, checks and history on one page.",
    ),
    "applicant": Text(
        "“您要办什么”：人生大事、我的办件、我的证照，以及谁看过我的数据。",
        "“What do you need?”: life events, my applications, my papers, and who looked at my data.",
    ),
    "inspector": Text(
        "附近可接的任务单，今天的巡查路线。", "Orders near me to take, and today's round on a map."
    ),
    "seat": Text("待分派的案件、疑似重复、地图。", "Incidents to triage, duplicates suggested, the map."),
    "handler": Text("派给我的案件，按剩余时限排列。", "Incidents that are mine, by time left."),
    "command": Text(
        "一张图：在办案件、将超时限、各方力量。",
        "The one map: live incidents, limits about to break, forces.",
    ),
    "leader": Text("数字期刊、城市体征、我的批示。", "The digest, the city's vital signs, my remarks."),
    "auditor": Text(
        "触发的监督规则、任何案件或记录的全程、存证证明。",
        "Watches that fired, any case's or record's whole trace, ledger proofs.",
    ),
    "administrator": Text("人员、机构、角色。", "People, organisations, roles."),
}


@signed_in
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for me."""
    membership = request.membership  # type: ignore[attr-defined]
    name = membership.role.desk
    cards = [
        {"card": card, "html": render_to_string(card.template, card.context(request), request=request)}
        for card in desks.cards(name)
    ]
    return render(
        request,
        "accounts/desk.html",
        {"cards": cards, "promise": PROMISES.get(name), "role": membership.role},
    )

"""The exchange's cards on the desks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongchou.accounts.access import actor_of
from tongchou.ledger import queries as ledger
from tongchou.pool import queries as pool
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.web import desks

from .cases import UNUSUAL, title_of
from .models import Correction, Request
from .queries import (
    accesses,
    balance,
    cases,
    clients,
    corrections,
    explanations,
    grants,
    own_accesses,
    own_files,
)
from .queries import requests as requested

_SHOWN = 8


def _search(request: HttpRequest) -> dict[str, Any]:
    by = actor_of(request)
    return {
        "purposes": grants.purposes_of(by, timezone.localdate()),
        "purpose": request.session.get("purpose", ""),
        "may_search": by.may("dossier.search"),
    }


def _mine(request: HttpRequest) -> dict[str, Any]:
    return {"accesses": accesses.recent_of_user(actor_of(request).username, _SHOWN)}


def _recent(request: HttpRequest) -> dict[str, Any]:
    return {"accesses": accesses.recent(_SHOWN)}


def _ledger(request: HttpRequest) -> dict[str, Any]:
    return {"head": ledger.head(), "entries": accesses.count()}


def _pairs(request: HttpRequest) -> dict[str, Any]:
    board = pool.board()
    return {"populations": board, "open_pairs": sum(each.open_pairs for each in board)}


def _balance(request: HttpRequest) -> dict[str, Any]:
    code, days = actor_of(request).organisation, balance.SPAN_DAYS
    return {"standing": balance.of_organisation(code, days).standing, "code": code, "days": days}


def _unusual(request: HttpRequest) -> dict[str, Any]:
    found = cases.in_state(cases.visible_to(actor_of(request)), "unusual")
    rows = [(each, [UNUSUAL[one] for one in each.unusual if one in UNUSUAL]) for each in found[:_SHOWN]]
    return {"rows": rows}


def _my_cases(request: HttpRequest) -> dict[str, Any]:
    by = actor_of(request)
    found = cases.in_state(cases.visible_to(by).filter(opened_by=by.username), "open")
    return {"rows": [(each, title_of(each.kind)) for each in found[:_SHOWN]]}


def _mine_looked(request: HttpRequest) -> dict[str, Any]:
    try:
        me = own_files.self_of(actor_of(request))
    except HouseError as refusal:
        return {"refusal": refusal}
    told = [
        each
        for each in own_accesses.lines_of(own_accesses.of_person(me, kind="looked")[:200])
        if not each.own
    ]
    return {"lines": told[:5], "counts": own_accesses.counts(me)}


def _mine_matters(request: HttpRequest) -> dict[str, Any]:
    by = actor_of(request)
    try:
        me = own_files.self_of(by)
    except HouseError as refusal:
        return {"refusal": refusal}
    state = Correction.State
    open_states = [state.WAITING, state.ESCALATED, state.REVIEW, state.REFUSED]
    return {
        "corrections": corrections.rows(corrections.of_person(me).filter(state__in=open_states)[:5]),
        "explanations": explanations.of_person(by, me).exclude(state__in=["closed", "withdrawn"])[:5],
    }


def _asked(request: HttpRequest) -> dict[str, Any]:
    by = actor_of(request)
    rows = requested.listed(requested.asked_by(by.organisation)[:_SHOWN], by)
    return {
        "rows": rows, "tab": "asked", "may_ask": by.may("requests.ask"), "show_state": True,
        "nothing": Text("还没有申请过。从资源目录打开资源即可申请。", "Nothing asked for yet. Open a resource to ask."),
    }  # fmt: skip


def _late(request: HttpRequest) -> dict[str, Any]:
    by = actor_of(request)
    waiting = requested.visible_to(by).filter(state__in=(Request.State.WAITING, Request.State.ESCALATED))
    rows = [
        row
        for row in requested.nearest_first(requested.listed(waiting[:500], by))
        if row.near or row.request.state == Request.State.ESCALATED
    ]
    return {
        "rows": rows[:_SHOWN], "more": len(rows) if len(rows) > _SHOWN else 0, "tab": "all", "show_state": True,
        "nothing": Text("没有快到期限或已升级的申请。", "No request is near its limit or escalated."),
    }  # fmt: skip


def _alerts(request: HttpRequest) -> dict[str, Any]:
    return {"alerts": clients.open_alerts(actor_of(request))[:_SHOWN]}


def register() -> None:
    """Put the cards on the desks; called once at start."""
    card = desks.DeskCard
    desks.register(
        "clerk", card(Text("查档案", "Look up"), "exchange/cards/search.html", _search, order=1, wide=True)
    )
    desks.register(
        "clerk",
        card(Text("我最近的查看", "My recent accesses"), "exchange/cards/accesses.html", _mine, order=50),
    )
    desks.register(
        "officer", card(Text("我的贡献账", "My balance"), "exchange/cards/balance.html", _balance, order=30)
    )
    desks.register(
        "steward", card(Text("待判关联", "Links to judge"), "exchange/cards/pairs.html", _pairs, order=20)
    )
    for desk in ("steward", "officer"):
        desks.register(
            desk, card(Text("使用异常", "Unusual use"), "exchange/cards/alerts.html", _alerts, order=35)
        )
    desks.register(
        "auditor",
        card(
            Text("最近的查看", "Recent accesses"),
            "exchange/cards/accesses.html",
            _recent,
            order=10,
            wide=True,
        ),
    )
    desks.register(
        "auditor",
        card(Text("账本状态", "State of the ledger"), "exchange/cards/ledger.html", _ledger, order=20),
    )
    desks.register(
        "applicant",
        card(
            Text("谁看过我的数据", "Who looked at my data"),
            "exchange/cards/my_accesses.html",
            _mine_looked,
            order=1,
            wide=True,
            icon="eye-check",
        ),
    )
    desks.register(
        "applicant",
        card(Text("我的数据", "My data"), "exchange/cards/my_data.html", _mine_matters, order=2, icon="id"),
    )
    desks.register(
        "applicant",
        card(
            Text("我提出的校核与说明", "What I asked"),
            "exchange/cards/my_matters.html",
            _mine_matters,
            order=3,
            icon="message",
        ),
    )
    desks.register(
        "steward",
        card(
            Text("异常事由", "Unusual cases"), "exchange/cards/unusual.html", _unusual, order=60, icon="bell"
        ),
    )
    desks.register(
        "clerk",
        card(Text("我登记的事由", "My open cases"), "exchange/cards/my_cases.html", _my_cases, order=20),
    )
    desks.register(
        "officer",
        card(Text("本机构的申请", "What we asked for"), "exchange/cards/requests.html", _asked, order=30),
    )
    desks.register(
        "steward",
        card(
            Text("快到期限和已升级的申请", "Requests near their limit or escalated"),
            "exchange/cards/requests.html",
            _late,
            order=25,
        ),
    )

"""The exchange's cards on the desks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongchou.accounts.access import actor_of
from tongchou.ledger import queries as ledger
from tongchou.pool import queries as pool
from tongchou.standards.text import Text
from tongchou.web import desks

from .queries import accesses, balance, grants

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
    code = actor_of(request).organisation
    return {
        "standing": balance.of_organisation(code, balance.SPAN_DAYS).standing,
        "code": code,
        "days": balance.SPAN_DAYS,
    }


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

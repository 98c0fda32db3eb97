"""The pool's cards on the desks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongchou.standards.text import Text
from tongchou.web import desks

from . import queries


def _state(request: HttpRequest) -> dict[str, Any]:
    board = queries.board()
    return {
        "populations": board,
        "subjects": sum(each.subjects for each in board),
        "open_pairs": sum(each.open_pairs for each in board),
    }


def register() -> None:
    """Put the cards on the desks; called once at start."""
    desks.register(
        "steward", desks.DeskCard(Text("数据池", "Pool"), "pool/cards/state.html", _state, order=30)
    )

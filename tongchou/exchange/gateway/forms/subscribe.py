"""The form `subscribe`: what changed since a cursor."""

from __future__ import annotations

from typing import Any

from tongchou.standards.text import Text

from ...actions import subscriptions
from ...actions.subscriptions import MOST, PAGE, Changes
from . import Call, Form, register
from .subjects import RECEIPT


def _arguments(call: Call) -> dict[str, Any]:
    asked = call.asked
    return {
        "subscription": asked["subscription"],
        "cursor": asked.get("cursor", ""),
        "limit": asked.get("limit", PAGE),
        "via": "gateway",
    }


def _told(answer: Changes, call: Call) -> dict[str, Any]:
    return {
        "changes": [each.as_json() for each in answer.changes],
        "cursor": answer.cursor,
        "more": answer.more,
        "receipt": str(answer.receipt),
    }


register(
    Form(
        code="subscribe",
        path="/exchange/changes",
        operation="changes",
        reads=subscriptions.changes,
        arguments=_arguments,
        told=_told,
        title=Text("自游标以来的变更", "What changed since a cursor"),
        about=Text(
            "订阅的资源中新增、变化、移出和依法删除的记录；同一游标得到同一页，不丢不重。",
            "Records that came, changed, left or were erased since a cursor; the same cursor gives the same page.",
        ),
        asked={
            "type": "object",
            "properties": {
                "subscription": {"type": "string", "pattern": r"^S-[0-9]{4}-[0-9]{6,12}$"},
                "cursor": {
                    "type": "string",
                    "pattern": r"^[A-Za-z0-9_-]*$",
                    "maxLength": 4000,
                    "description": "That of the last answer; left out at the beginning.",
                },
                "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
            },
            "required": ["subscription"],
            "additionalProperties": False,
        },
        answered={
            "type": "object",
            "properties": {
                "changes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "row_ref": {"type": "string"},
                            "op": {"type": "string", "enum": ["put", "removed", "erased"]},
                            "recorded_at": {"type": "string"},
                            "values": {
                                "type": "object",
                                "additionalProperties": {"type": ["string", "null"]},
                            },
                        },
                        "required": ["row_ref", "op", "recorded_at"],
                        "additionalProperties": False,
                    },
                },
                "cursor": {"type": "string"},
                "more": {"type": "boolean"},
                "receipt": RECEIPT,
            },
            "required": ["changes", "cursor", "more", "receipt"],
            "additionalProperties": False,
        },
    )
)

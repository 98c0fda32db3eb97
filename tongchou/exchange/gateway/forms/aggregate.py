"""The form `aggregate`: counts, sums and means by groups."""

from __future__ import annotations

from typing import Any

from tongchou.standards.text import Text

from ...actions import aggregates
from ...actions.aggregates import Statistics
from . import Call, Form, register
from .batch import GRANT
from .subjects import PURPOSE, RECEIPT


def _names(most: int, description: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]{0,59}$"},
        "maxItems": most,
        "description": description,
    }


def _arguments(call: Call) -> dict[str, Any]:
    asked = call.asked
    return {
        "grant": asked["grant"],
        "purpose": asked["purpose"],
        "group_by": asked.get("group_by", []),
        "sums": asked.get("sums", []),
        "where": asked.get("where", ""),
        "via": "gateway",
    }


def _told(answer: Statistics, call: Call) -> dict[str, Any]:
    return {
        "resource": answer.resource,
        "known_at": answer.known_at.isoformat(),
        **answer.answered.as_json(),
        "cost_micro": answer.cost_micro,
        "left_micro": answer.left_micro,
        "receipt": str(answer.receipt),
    }


_NUMBERS = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}

register(
    Form(
        code="aggregate",
        path="/exchange/statistics",
        operation="statistics",
        reads=aggregates.count,
        arguments=_arguments,
        told=_told,
        title=Text("按组计数、求和、求均值", "Counts, sums and means by groups"),
        about=Text(
            "小单元被隐去（count 为 null）；与以前的问题太接近的不予回答；差分隐私的回答消耗预算。",
            "Small cells are hidden (count is null); questions too near to earlier ones are refused; private answers cost.",
        ),
        asked={
            "type": "object",
            "properties": {
                "grant": GRANT,
                "purpose": PURPOSE,
                "group_by": _names(2, "Fields to group by: codes, dates (by year), amounts (by band)."),
                "sums": _names(3, "Numbers to be summed."),
                "where": {
                    "type": "string",
                    "maxLength": 1000,
                    "description": "A condition over codes, dates and numbers.",
                },
            },
            "required": ["grant", "purpose"],
            "additionalProperties": False,
        },
        answered={
            "type": "object",
            "properties": {
                "resource": {"type": "string"},
                "known_at": {"type": "string"},
                "group_by": {"type": "array", "items": {"type": "string"}},
                "sums": {"type": "array", "items": {"type": "string"}},
                "method": {"type": "string", "enum": ["suppression", "privacy"]},
                "least": {"type": "integer"},
                "within": {"type": ["integer", "null"]},
                "lines": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "labels": {"type": "array", "items": {"type": ["string", "null"]}},
                            "total": {"type": "boolean"},
                            "count": {"type": ["integer", "null"]},
                            "sums": _NUMBERS,
                            "means": _NUMBERS,
                        },
                        "required": ["labels", "total", "count", "sums", "means"],
                        "additionalProperties": False,
                    },
                },
                "cost_micro": {"type": ["integer", "null"]},
                "left_micro": {"type": ["integer", "null"]},
                "receipt": RECEIPT,
            },
            "required": [
                "resource", "known_at", "group_by", "sums", "method", "least", "within", "lines", "cost_micro",
                "left_micro", "receipt",
            ],
            "additionalProperties": False,
        },
    )
)  # fmt: skip

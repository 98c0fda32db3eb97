"""The form `query`: fields of one subject."""

from __future__ import annotations

from datetime import date
from typing import Any

from tongchou.standards.text import Text

from ...actions import queries
from ...actions.queries import Queried
from . import Call, Form, register
from .subjects import AS_OF, CASE_REF, DAY, NAME, PURPOSE, RECEIPT, SUBJECT


def arguments(call: Call) -> dict[str, Any]:
    """What the request asks of `queries.query`."""
    asked = call.asked
    as_of = asked.get("as_of")
    return {
        "subject": asked["subject"],
        "fields": asked["fields"],
        "plain": asked.get("plain"),
        "purpose": asked["purpose"],
        "case_ref": asked.get("case_ref", ""),
        "valid_on": date.fromisoformat(as_of) if as_of else None,
        "via": "gateway",
    }


def told(answer: Queried, call: Call) -> dict[str, Any]:
    """The answer as JSON."""
    return {
        "subject": {"id": answer.subject_id, "kind": answer.kind} if answer.subject_id else None,
        "records": [
            {
                "resource": each.resource,
                "record": each.record,
                "values": each.values,
                "masked": each.masked,
                "valid_from": each.valid_from,
                "valid_to": each.valid_to,
                "recorded_on": each.recorded_on,
            }
            for each in answer.records
        ],
        "as_of": answer.valid_on.isoformat(),
        "receipt": str(answer.receipt),
    }


_NAMES = {
    "type": "object",
    "propertyNames": {"type": "string", "pattern": NAME},
    "additionalProperties": {
        "type": "array",
        "items": {"type": "string", "pattern": r"^([A-Za-z][A-Za-z0-9_]{0,59}|\*)$"},
        "minItems": 1,
        "maxItems": 100,
    },
    "minProperties": 1,
    "maxProperties": 20,
}

register(
    Form(
        code="query",
        path="/exchange/query",
        operation="query",
        reads=queries.query,
        arguments=arguments,
        told=told,
        title=Text("查询一个主体的字段", "Fields of one subject"),
        about=Text(
            "按授权返回一个主体的字段，逐字段脱敏；查无此人与未授权的答复相同。",
            "The granted fields of one subject, masked field by field. Nobody and nothing granted are answered alike.",
        ),
        asked={
            "type": "object",
            "properties": {
                "subject": SUBJECT,
                "fields": {
                    **_NAMES,
                    "description": '{resource: names of fields, or ["*"] for all granted ones}',
                },
                "plain": {
                    **_NAMES,
                    "description": "Those of them wanted unmasked, where the grant allows it.",
                },
                "purpose": PURPOSE,
                "case_ref": CASE_REF,
                "as_of": AS_OF,
            },
            "required": ["subject", "fields", "purpose"],
            "additionalProperties": False,
        },
        answered={
            "type": "object",
            "properties": {
                "subject": {
                    "type": ["object", "null"],
                    "properties": {
                        "id": {"type": "string"},
                        "kind": {"type": "string", "enum": ["person", "enterprise", "place"]},
                    },
                    "required": ["id", "kind"],
                    "additionalProperties": False,
                },
                "records": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "resource": {"type": "string"},
                            "record": {"type": "string"},
                            "values": {
                                "type": "object",
                                "additionalProperties": {"type": ["string", "null"]},
                            },
                            "masked": {"type": "array", "items": {"type": "string"}},
                            "valid_from": {"type": ["string", "null"]},
                            "valid_to": {"type": ["string", "null"]},
                            "recorded_on": DAY,
                        },
                        "required": [
                            "resource",
                            "record",
                            "values",
                            "masked",
                            "valid_from",
                            "valid_to",
                            "recorded_on",
                        ],
                        "additionalProperties": False,
                    },
                },
                "as_of": DAY,
                "receipt": RECEIPT,
            },
            "required": ["subject", "records", "as_of", "receipt"],
            "additionalProperties": False,
        },
    )
)

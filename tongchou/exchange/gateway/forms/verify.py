"""The form `verify`: whether a declared statement is true."""

from __future__ import annotations

from datetime import date
from typing import Any

from tongchou.standards.text import Text

from ...actions import verify
from ...actions.verify import Verified
from . import Call, Form, register
from .subjects import AS_OF, CASE_REF, DAY, NAME, PURPOSE, RECEIPT, SUBJECT, TOLD


def arguments(call: Call) -> dict[str, Any]:
    """What the request asks of `verify.verify`."""
    asked = call.asked
    as_of = asked.get("as_of")
    return {
        "subject": asked["subject"],
        "statement": asked["statement"],
        "parameters": asked.get("parameters"),
        "purpose": asked["purpose"],
        "case_ref": asked.get("case_ref", ""),
        "valid_on": date.fromisoformat(as_of) if as_of else None,
        "via": "gateway",
    }


def told(answer: Verified, call: Call) -> dict[str, Any]:
    """The answer as JSON."""
    return {
        "answer": answer.answer,
        "statement": answer.statement,
        "name": {"zh": answer.name.zh, "en": answer.name.en},
        "source": {
            "resource": answer.resource,
            "organisation": {"zh": answer.organisation_name.zh, "en": answer.organisation_name.en},
            "recorded_on": answer.recorded_on,
        },
        "as_of": answer.valid_on.isoformat(),
        "receipt": str(answer.receipt),
    }


register(
    Form(
        code="verify",
        path="/exchange/verify",
        operation="verify",
        reads=verify.verify,
        arguments=arguments,
        told=told,
        title=Text("核验一项陈述", "Whether a statement is true"),
        about=Text(
            "只答是（yes）、否（no）或不详（not_known），不返回原值。",
            "Yes, no or not known; never the value.",
        ),
        asked={
            "type": "object",
            "properties": {
                "subject": SUBJECT,
                "statement": {"type": "string", "pattern": NAME, "description": "Code of the statement."},
                "parameters": {
                    "type": "object",
                    "description": "The values that the statement declares, as text or whole numbers.",
                    "propertyNames": {"type": "string", "pattern": r"^[a-z][a-z0-9_]{0,39}$"},
                    "additionalProperties": {"type": ["string", "integer"], "maxLength": 100},
                    "maxProperties": 10,
                },
                "purpose": PURPOSE,
                "case_ref": CASE_REF,
                "as_of": AS_OF,
            },
            "required": ["subject", "statement", "purpose"],
            "additionalProperties": False,
        },
        answered={
            "type": "object",
            "properties": {
                "answer": {"type": "string", "enum": ["yes", "no", "not_known"]},
                "statement": {"type": "string"},
                "name": TOLD,
                "source": {
                    "type": "object",
                    "properties": {
                        "resource": {"type": "string"},
                        "organisation": TOLD,
                        "recorded_on": {
                            "type": ["string", "null"],
                            "description": "Of the newest record that bears a yes out; null otherwise.",
                        },
                    },
                    "required": ["resource", "organisation", "recorded_on"],
                    "additionalProperties": False,
                },
                "as_of": DAY,
                "receipt": RECEIPT,
            },
            "required": ["answer", "statement", "name", "source", "as_of", "receipt"],
            "additionalProperties": False,
        },
    )
)

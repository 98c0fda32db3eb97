"""Parts of requests and answers that several forms share."""

from __future__ import annotations

from typing import Any

from ..shapes import Schema

NAME = r"^[A-Za-z][A-Za-z0-9_.-]{0,79}$"
DAY = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _one(**properties: Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(most: int, description: str) -> dict[str, Any]:
    # A personal value is text without control characters; what else it must be, the pool's own reading decides.
    return {
        "type": "string", "minLength": 1, "maxLength": most, "pattern": r"^[^\u0000-\u001f\u007f]*$",
        "description": description,
    }  # fmt: skip


SUBJECT: Schema = {
    "description": "Whom it is about: the pool's id, or a number or name in the body, never in an address.",
    "oneOf": [
        _one(id={"type": "string", "pattern": "^[PEL][A-Z2-7]{12}$", "description": "The pool's own id."}),
        _one(id_number=_text(40, "公民身份号码")),
        _one(passport_number=_text(40, "护照号码")),
        _one(uscc=_text(40, "统一社会信用代码")),
        _one(name=_text(60, "姓名"), birth_date={**DAY, "description": "出生日期"}),
    ],
}
PURPOSE: Schema = {
    "type": "string", "pattern": r"^[a-z][a-z0-9_-]{0,59}$", "description": "Code of the purpose; the grant names it.",
}  # fmt: skip
CASE_REF: Schema = {
    "type": "string", "maxLength": 40, "description": "Number of the case, where the grant demands one.",
}  # fmt: skip
AS_OF: Schema = {**DAY, "description": "As it was true on that day; today where it is left out."}
RECEIPT: Schema = {
    "type": "string",
    "pattern": r"^[0-9a-f]{24}/[1-9][0-9]*$",
    "description": "Where the use stands in the ledger.",
}
TOLD: Schema = {
    "type": "object",
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
    "required": ["zh", "en"],
}

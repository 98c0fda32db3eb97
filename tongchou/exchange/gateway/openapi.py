"""The description of the gateway (OpenAPI 3.1), made from the forms that are registered."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

import orjson

from . import forms, problems, signatures
from .forms import Form

PROBLEM = {
    "type": "object",
    "description": "RFC 9457, in Chinese or English by Accept-Language.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "where": {"type": "string"},
    },
    "required": ["type", "title", "detail", "status", "code", "where"],
    "additionalProperties": False,
}

#: What every operation may answer instead.
REFUSALS: dict[int, str] = {
    400: "A header is repeated or surplus, or a reference, number or purpose is not as it must be.",
    401: "The signature is not accepted, whatever the reason: unknown, expired or revoked key, clock, digest, used nonce.",
    403: "No grant, purpose, form, field, row or statement covers it, or a case is needed.",
    404: "There is no such address or record.",
    405: "The address does not take this method.",
    408: "The body did not arrive in time.",
    409: "More than one subject fits, or the statement cannot be used as it stands.",
    411: "There is no Content-Length.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    422: "The request has the wrong shape; `where` names the parts.",
    429: "A quota is used up, or too many unknown subjects were asked for; Retry-After says when to go on.",
    500: "Something unexpected happened; nothing was answered.",
    503: "The gateway is busy, or the ledger cannot be written; nothing was answered.",
}


@cache
def document() -> bytes:
    """The description as JSON."""
    return orjson.dumps(described(), option=orjson.OPT_INDENT_2)


def described() -> dict[str, Any]:
    """The description."""
    paths: dict[str, dict[str, Any]] = {}
    for form in forms.load():
        paths.setdefault(form.path, {})[form.method.lower()] = _operation(form)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "统筹 Tongchou exchange gateway",
            "version": "1",
            "description": (
                "Each request is signed with a key of the client (RFC 9421 HTTP Message Signatures): the components "
                '"@method", "@path", "@query" and, with a body, "content-digest" (RFC 9530); the parameters created, keyid '
                f"and nonce. A signature is good for {signatures.WINDOW_S} seconds and once. Every answer and every refusal "
                "stands in the ledger before it leaves."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM},
            "securitySchemes": {
                "signature": {
                    "type": "apiKey", "in": "header", "name": "Signature",
                    "description": "RFC 9421, beside Signature-Input; hmac-sha256 or ed25519 as the key is registered.",
                }
            },
            "headers": {
                "RetryAfter": {"schema": {"type": "integer"}, "description": "Seconds until the next try."},
                "AcceptSignature": {"schema": {"type": "string"}, "description": "What to sign (RFC 9421)."},
            },
        },
        "security": [{"signature": []}],
    }  # fmt: skip


def _operation(form: Form) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": form.operation or form.code,
        "summary": form.title.en,
        "description": f"{form.about.en}\n\n{form.title.zh}：{form.about.zh}",
        "tags": [form.code],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": about,
            }
            for name, about in (
                ("Signature-Input", "RFC 9421: what is signed, with created, keyid and nonce."),
                ("Signature", "RFC 9421: the signature."),
            )
        ],
        "responses": {
            "200": {"description": form.title.en, "content": _answered(form)},
            **{str(status): _problem(status, form) for status in sorted({*REFUSALS, *form.refusals})},
        },
    }
    if form.method == "GET":
        required = set(form.asked.get("required", ()))
        found["parameters"] += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in form.asked.get("properties", {}).items()
        ]
    else:
        found["parameters"].append(
            {
                "name": "Content-Digest", "in": "header", "required": True, "schema": {"type": "string"},
                "description": "RFC 9530: sha-256 or sha-512 of the body.",
            }
        )  # fmt: skip
        content: dict[str, Any] = {"schema": form.asked}
        if form.examples:
            content["examples"] = form.examples
        found["requestBody"] = {"required": True, "content": {"application/json": content}}
    return found


def _answered(form: Form) -> dict[str, Any]:
    if "type" in form.answered or "oneOf" in form.answered:
        return {"application/json": {"schema": form.answered}}
    return {media: {"schema": schema} for media, schema in form.answered.items()}


def _problem(status: int, form: Form) -> dict[str, Any]:
    own = form.refusals.get(status)
    headers: dict[str, Any] = {}
    if status in (429, 503):
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    if status == 401:
        headers["Accept-Signature"] = {"$ref": "#/components/headers/AcceptSignature"}
    return {
        "description": own.en if own else REFUSALS.get(status, HTTPStatus(status).phrase),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        **({"headers": headers} if headers else {}),
    }

"""The form `batch`: ask for a file, see how far it is, fetch it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from tongchou.standards.text import Text

from ...actions import batch
from ...actions.batch import File, Order, Progress
from ...models import Export
from ...writing import TYPES
from . import Call, Form, Reply, register
from .subjects import AS_OF, PURPOSE

GRANT = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9-]{0,39}$", "description": "Number of the grant."}
NUMBER = {"type": "string", "pattern": r"^E-[0-9]{4}-[0-9]{6,12}$", "description": "Number of the export."}
FIELDS = {
    "type": "array",
    "items": {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]{0,59}$"},
    "minItems": 1,
    "maxItems": 200,
    "description": "Names of fields, to ask for less than is granted.",
}
_FORMATS = {"type": "string", "enum": list(Export.Format.values)}
_STATE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "export": {"type": "string"},
        "state": {"type": "string", "enum": list(Export.State.values)},
        "done": {"type": "integer"},
        "total": {"type": "integer"},
        "rows": {"type": "integer"},
        "size_bytes": {"type": "integer"},
        "digest": {"type": "string"},
        "kept_until": {"type": "string"},
        "problem": {"type": ["string", "null"]},
    },
    "required": ["export", "state", "done", "total", "rows", "size_bytes", "digest", "kept_until", "problem"],
    "additionalProperties": False,
}


def _ordered(call: Call) -> dict[str, Any]:
    asked = call.asked
    as_of = asked.get("as_of")
    return {
        "grant": asked["grant"],
        "purpose": asked["purpose"],
        "format": asked.get("format", "csv"),
        "fields": asked.get("fields"),
        "valid_on": date.fromisoformat(as_of) if as_of else None,
        "via": "gateway",
    }


def _made(answer: Order, call: Call) -> dict[str, Any]:
    # Only now, when its request cannot be repeated any more, is the export made.
    return _state(batch.export(by=call.by, **_ordered(call)))


def _state(export: Export) -> dict[str, Any]:
    return {
        "export": export.number,
        "state": export.state,
        "done": export.done,
        "total": export.total,
        "rows": export.rows,
        "size_bytes": export.size_bytes,
        "digest": export.digest,
        "kept_until": export.kept_until.isoformat(),
        "problem": (export.error or {}).get("code"),
    }


def _progress(answer: Progress, call: Call) -> dict[str, Any]:
    return _state(answer.export)


def _file(answer: File, call: Call) -> Reply:
    chunks: Iterable[bytes] = answer.chunks
    return Reply(
        chunks,
        answer.content_type,
        {
            "Content-Disposition": f'attachment; filename="{answer.name}"',
            "Content-Length": str(answer.size_bytes),
            "X-Content-SHA256": answer.digest,
        },
    )


register(
    Form(
        code="batch",
        path="/exchange/batch",
        operation="batch",
        reads=batch.order,
        arguments=_ordered,
        told=_made,
        title=Text("发起批量导出", "Have a file made"),
        about=Text(
            "按授权导出一个资源的字段和行，脱敏并加水印；文件在后台生成。",
            "The granted fields and rows of a resource, masked and marked; the file is made in the background.",
        ),
        asked={
            "type": "object",
            "properties": {
                "grant": GRANT, "purpose": PURPOSE, "format": _FORMATS, "fields": FIELDS, "as_of": AS_OF,
            },
            "required": ["grant", "purpose"],
            "additionalProperties": False,
        },
        answered=_STATE,
    )
)  # fmt: skip
register(
    Form(
        code="batch",
        path="/exchange/batch/state",
        operation="batchState",
        reads=batch.progress,
        arguments=lambda call: {"number": call.asked["export"], "via": "gateway"},
        told=_progress,
        title=Text("导出的进度", "How far an export is"),
        about=Text("自己发起的导出的状态和进度。", "State and progress of an export of one's own."),
        asked={
            "type": "object",
            "properties": {"export": NUMBER},
            "required": ["export"],
            "additionalProperties": False,
        },
        answered=_STATE,
    )
)
register(
    Form(
        code="batch",
        path="/exchange/batch/file",
        operation="batchFile",
        reads=batch.download,
        arguments=lambda call: {"number": call.asked["export"], "via": "gateway"},
        told=_file,
        title=Text("下载导出文件", "Fetch a file"),
        about=Text(
            "自己发起的导出的文件；每次下载都留痕。",
            "The file of an export of one's own; each download is on record.",
        ),
        asked={
            "type": "object",
            "properties": {"export": NUMBER},
            "required": ["export"],
            "additionalProperties": False,
        },
        answered={media: {"type": "string"} for media in TYPES.values()},
    )
)

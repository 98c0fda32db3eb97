"""What a request must look like before anybody asks whose it is: address, headers, size, then the JSON of its body.

An address is compared as the bytes that were sent, so that no escape, doubled slash, other case or overlong form of a
character leads anywhere. Chunks, compression, method overrides, doubled header fields and doubled JSON keys are refused: each
is a way to make two readers understand two things.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from . import problems, shapes
from .forms import Form

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

#: Seconds in which the whole body must have arrived.
BODY_WITHIN_S = 10.0
LONGEST_QUERY = 2000

_ONCE = frozenset({
    "host", "content-length", "content-type", "content-digest", "signature", "signature-input", "authorization",
    "date", "accept-language",
})  # fmt: skip
_NEVER = frozenset({
    "x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url",
})  # fmt: skip
_VALUE = re.compile(rb"[\x20-\x7e\t]*")


def headers_of(scope: Scope) -> dict[str, str]:
    """The header fields by name; several of one name are joined as RFC 9110 says. Raises BadRequest (400, 411)."""
    found: dict[str, str] = {}
    for raw_name, raw in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in _NEVER or not _VALUE.fullmatch(raw):
            raise problems.bad_header(name if name in _NEVER or name in _ONCE else "")
        value = raw.decode("ascii").strip()
        if name in found:
            if name in _ONCE:
                raise problems.bad_header(name)
            value = f"{found[name]}, {value}"
        found[name] = value
    if "transfer-encoding" in found:
        raise problems.no_length()
    return found


class Deadlines:
    """Ends waiting for bodies that do not come: one look a second for all, rather than a timer each."""

    def __init__(self, within_s: float = BODY_WITHIN_S, every_s: float = 1.0) -> None:
        self._within_s, self._every_s = within_s, every_s
        self._waiting: dict[asyncio.Task[Any], float] = {}
        self._overdue: set[asyncio.Task[Any]] = set()
        self._looking: asyncio.TimerHandle | None = None

    def begin(self, loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
        """The present task waits for a body from now on."""
        task = asyncio.current_task(loop)
        if task is not None:
            self._waiting[task] = loop.time() + self._within_s
            if self._looking is None:
                self._looking = loop.call_later(self._every_s, self._look, loop)
        return task

    def end(self, task: asyncio.Task[Any] | None) -> bool:
        """The task waits no more; whether it was ended because it waited too long."""
        if task is None:
            return False
        self._waiting.pop(task, None)
        if task in self._overdue:
            self._overdue.discard(task)
            task.uncancel()
            return True
        return False

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task in [task for task, until in self._waiting.items() if until < now]:
            del self._waiting[task]
            self._overdue.add(task)
            task.cancel()
        self._looking = loop.call_later(self._every_s, self._look, loop) if self._waiting else None


async def body_of(headers: Mapping[str, str], form: Form, receive: Receive, deadlines: Deadlines) -> bytes:
    """The body, whole. Raises BadRequest (400, 408, 411, 413, 415)."""
    said = headers.get("content-length")
    if form.method == "GET":
        if said not in (None, "0"):
            raise problems.bad_header("content-length")
        return b""
    if said is None or not said.isdigit() or len(said) > 9:
        raise problems.no_length()
    length = int(said)
    if length > form.largest_body:
        raise problems.too_large(form.largest_body)
    media = headers.get("content-type", "").lower().replace(" ", "")
    if media not in ("application/json", "application/json;charset=utf-8") or "content-encoding" in headers:
        raise problems.wrong_media()
    task = deadlines.begin(asyncio.get_running_loop())
    try:
        message = await receive()
        body = message.get("body", b"")
        if message.get("more_body"):
            body = await _rest(body, length, receive)
    except asyncio.CancelledError:
        if deadlines.end(task):
            raise problems.too_slow() from None
        raise
    finally:
        deadlines.end(task)
    if len(body) != length:
        raise problems.bad_header("content-length")
    return bytes(body)


async def _rest(body: bytes, length: int, receive: Receive) -> bytes:
    parts = [body]
    size = len(body)
    while size <= length:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            break
    return b"".join(parts)


def asked_of(form: Form, body: bytes, query: str) -> dict[str, Any]:
    """What is asked, of the form's shape. Raises BadRequest (422)."""
    asked = _parameters(form, query) if form.method == "GET" else _json(body)
    if form.method != "GET" and query:
        raise problems.unreadable(["query"])
    wrong = form.check(asked, "")
    if wrong:
        raise problems.unreadable(wrong)
    return asked


def _json(body: bytes) -> Any:
    try:
        found = orjson.loads(body)
        # The fast reader takes the last of two equal keys; the slower one tells that there were two.
        json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise problems.unreadable(["body"]) from None
    return found


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError


def _parameters(form: Form, query: str) -> dict[str, Any]:
    if len(query) > LONGEST_QUERY:
        raise problems.unreadable(["query"])
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise problems.unreadable(["query"]) from None
    known: Mapping[str, shapes.Schema] = form.asked.get("properties", {})
    found: dict[str, Any] = {}
    for name, text in pairs:
        if name in found or name not in known:
            raise problems.unreadable(["query"])
        whole = known[name].get("type") == "integer"
        found[name] = int(text) if whole and re.fullmatch(r"-?[0-9]{1,15}", text) else text
    return found

"""The gateway as an ASGI application: check what was sent, find whose it is, run the traced read, commit, answer."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

import orjson
from django.db import DatabaseError

from tongchou.standards.errors import HouseError

from .. import asks, errors, rulebook, uses
from ..rulebook import Rulebook
from . import door, forms, openapi, problems, requests
from .door import Admitted, Knocks, Known
from .forms import Call, Form, Reply
from .reading import Asking, Stale
from .requests import Receive, Scope
from .signatures import Message, Refusal

log = logging.getLogger(__name__)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/exchange/"
DESCRIPTION = b"/exchange/openapi.json"
#: Requests under way at once; more are told to come again.
MOST_AT_ONCE = 512
#: How often a request is begun again when the rulebook changes under it.
TRIES = 5
#: Seconds between two records of knocks that were only counted.
TOLD_EVERY_S = 60.0

JSON = [(b"content-type", b"application/json")]
_SAFE = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Gateway:
    """See the package. One instance serves one process, with one event loop.

    most_at_once: requests under way; more are told to come again. body_within_s: seconds a body may take.
    recorded_a_minute: refusals of strangers that are recorded one by one.
    """

    def __init__(
        self,
        *,
        most_at_once: int = MOST_AT_ONCE,
        body_within_s: float = requests.BODY_WITHIN_S,
        recorded_a_minute: int = door.RECORDED_A_MINUTE,
    ) -> None:
        self._routes: dict[bytes, dict[str, Form]] = {}
        for form in forms.load():
            self._routes.setdefault(form.path.encode(), {})[form.method] = form
        self._asking: Asking | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._under_way = 0
        self._most_at_once = most_at_once
        self._knocks = Knocks(recorded_a_minute)
        self._deadlines = requests.Deadlines(body_within_s, min(1.0, body_within_s / 4))
        self._telling: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        language = "zh"
        try:
            headers = requests.headers_of(scope)
            language = problems.language_of(headers.get("accept-language", ""))
            if self._under_way >= self._most_at_once:
                raise problems.busy()
            self._under_way += 1
            try:
                await self._serve(scope, headers, language, receive, send)
            finally:
                self._under_way -= 1
        except HouseError as error:
            await _refuse(send, error, language)
        except (DatabaseError, OSError) as failure:
            log.error("the gateway cannot read: %s", type(failure).__name__)
            await _refuse(send, problems.busy(), language)
        except Exception as defect:
            reference = secrets.token_hex(4)
            log.error("unexpected %s at the gateway, reference %s", type(defect).__name__, reference)
            await _refuse(send, problems.unexpected(reference), language)

    async def _serve(
        self, scope: Scope, headers: dict[str, str], language: str, receive: Receive, send: Send
    ) -> None:
        path, method = scope.get("raw_path") or scope["path"].encode(), scope["method"]
        if path == DESCRIPTION:
            if method not in ("GET", "HEAD"):
                raise problems.wrong_method("GET, HEAD")
            await _send(send, 200, openapi.document(), JSON)
            return
        taking = self._routes.get(path)
        if taking is None:
            raise problems.no_such_path()
        form = taking.get(method)
        if form is None:
            raise problems.wrong_method(", ".join(sorted(taking)))
        body = await requests.body_of(headers, form, receive, self._deadlines)
        query = scope.get("query_string", b"").decode("latin-1")
        message = Message(method, form.path, query, headers, body)
        reply = await self._answered(form, message, language)
        await self._reply(send, reply)

    async def _answered(self, form: Form, message: Message, language: str) -> Reply:
        """Admit, read, commit. Raises HouseError for whatever is refused, after it is on the ledger."""
        asking = self._ready()
        for _ in range(TRIES):
            book, fresh = await asking.book()
            try:
                return await self._attempt(asking, book, fresh, form, message, language)
            except Stale:
                await asking.renew()
        raise problems.busy()

    async def _attempt(
        self, asking: Asking, book: Rulebook, fresh: bool, form: Form, message: Message, language: str
    ) -> Reply:
        try:
            admitted = door.admit(book, message, time.time())
        except Refusal as refusal:
            await self._check_fresh(asking, book, fresh)
            raise await self._not_let_in(asking, refusal, form.path) from None
        key = admitted.key
        try:
            call = Call(key.by, key.client, requests.asked_of(form, message.body, message.query), language)
            arguments = form.arguments(call) if form.stepwise else {}
        except HouseError as error:
            await self._check_fresh(asking, book, fresh)
            use = door.refused_use(
                "shape", client=key.client, path=form.path, code=error.code, nonce=admitted.nonce
            )
            uses.check(await asking.wakes.submit(use))
            raise
        if not form.stepwise:
            await self._check_fresh(asking, book, fresh)
            return await asking.off(lambda: _in_a_thread(form, call, admitted))  # type: ignore[no-any-return]
        running = form.reads.begin(by=key.by, **arguments)  # type: ignore[attr-defined]
        ask = running.go()
        while ask is not None:
            try:
                answer: Any = await asking.answer(ask, book)
                fresh = fresh or isinstance(ask, asks.Document | asks.Lookup)
            except HouseError as refused:
                answer = refused
            ask = running.go(answer)
        await self._check_fresh(asking, book, fresh)
        committed = await asking.wakes.submit(running.use(nonce=admitted.nonce, limit=key.limit))
        return _as_reply(form.told(running.settle(committed), call))

    async def _check_fresh(self, asking: Asking, book: Rulebook, fresh: bool) -> None:
        if not fresh and await asking.reader.version() != book.version:
            raise Stale

    async def _not_let_in(self, asking: Asking, refusal: Refusal, path: str) -> HouseError:
        """Record a refusal at the door; returns what is answered, which is always the same."""
        if self._knocks.too_many():
            return problems.too_many_refusals()
        error = errors.unauthorised()
        client = refusal.client if isinstance(refusal, Known) else ""
        await asking.wakes.submit(door.refused_use(refusal.why, client=client, path=path, code=error.code))
        return error

    async def _reply(self, send: Send, reply: Reply) -> None:
        headers = [(b"content-type", reply.media_type.encode())]
        headers += [(name.encode(), value.encode()) for name, value in reply.headers.items()]
        if isinstance(reply.body, bytes):
            await _send(send, 200, reply.body, headers)
        elif isinstance(reply.body, dict):
            await _send(send, 200, orjson.dumps(reply.body), headers)
        else:
            await self._stream(send, reply.body, headers)  # type: ignore[arg-type]

    async def _stream(self, send: Send, pieces: Iterable[bytes], headers: list[tuple[bytes, bytes]]) -> None:
        asking = self._ready()
        taking: Iterator[bytes] = iter(pieces)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [*headers, *_SAFE]})
            while True:
                piece = await asking.off(lambda: next(taking, None))
                if piece is None:
                    break
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            close = getattr(taking, "close", None)
            if close is not None:
                await asking.off(close)

    def _ready(self) -> Asking:
        loop = asyncio.get_running_loop()
        if self._asking is None or self._loop is not loop:
            if self._asking is not None:
                self._asking.close()
            self._asking, self._loop = Asking(loop), loop
            self._telling = loop.call_later(TOLD_EVERY_S, self._tell_of_knocks, loop)
        return self._asking

    def _tell_of_knocks(self, loop: asyncio.AbstractEventLoop) -> None:
        """Put knocks that were only counted on record, together, every now and then."""
        count = self._knocks.taken()
        if count and self._asking is not None:
            use = door.refused_use(
                "many", client="", path=PREFIX, code="exchange.gateway.refusals", count=count
            )
            # What cannot be written now is lost with a process that ends: it is a count of strangers, not an access.
            self._asking.wakes.submit(use).add_done_callback(lambda done: done.exception())
        self._telling = loop.call_later(TOLD_EVERY_S, self._tell_of_knocks, loop)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def close(self) -> None:
        """End what belongs to the loop."""
        if self._telling is not None:
            self._telling.cancel()
        if self._asking is not None:
            self._asking.close()
            self._asking = None
        rulebook.forget()


def _in_a_thread(form: Form, call: Call, admitted: Admitted) -> Reply:
    """A form that may wait, from its arguments to what is sent."""
    try:
        arguments = form.arguments(call)
    except HouseError as error:
        use = door.refused_use(
            "shape", client=call.client, path=form.path, code=error.code, nonce=admitted.nonce
        )
        uses.check(uses.commit(use))
        raise
    begin = getattr(form.reads, "begin", None)
    if begin is None:
        # An action puts itself on record; its request is taken first, so that it cannot be sent twice.
        uses.check(uses.commit(door.taken_use(client=call.client, path=form.path, admitted=admitted)))
        return _as_reply(form.told(form.reads(by=call.by, **arguments), call))
    running = begin(by=call.by, **arguments)
    ask = running.go()
    while ask is not None:
        try:
            answer: Any = asks.fetch(ask)
        except HouseError as refused:
            answer = refused
        ask = running.go(answer)
    committed = uses.commit(running.use(nonce=admitted.nonce, limit=admitted.key.limit))
    return _as_reply(form.told(running.settle(committed), call))


def _as_reply(told: Reply | Any) -> Reply:
    return told if isinstance(told, Reply) else Reply(told)


async def _refuse(send: Send, error: HouseError, language: str) -> None:
    status, body, more = problems.document(error, language)
    headers = [(b"content-type", problems.MEDIA_TYPE.encode()), (b"content-language", language.encode())]
    headers += [(name.encode(), value.encode()) for name, value in more]
    await _send(send, status, body, headers)


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *_SAFE, length]})
    await send({"type": "http.response.body", "body": body})

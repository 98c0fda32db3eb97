"""Entry point of the web server (granian, ASGI): the gateway below /exchange/, Django for everything else, one port.

Django stays a WSGI application, run by threads of its own: its middleware costs several times as much under ASGI. A
request's body is taken whole before a thread is given to it, so that slow clients hold none; what streams is streamed.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.config.settings")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Pages answered at once; more wait their turn. Most of a page's time is spent in the database and in waiting.
THREADS = 2 * (os.cpu_count() or 2)
#: Bodies beyond this wait on disk.
IN_MEMORY = 1 << 20
#: Answers up to this length are sent whole, longer ones in pieces of at least `PIECE`.
WHOLE, PIECE = 4 << 20, 64 << 10


class Threads:
    """A WSGI application as an ASGI one."""

    def __init__(self, application: Callable[..., Iterable[bytes]], threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(self._threads, self._run, environ_of(scope, body), send, loop)
        if done is not None:
            start, whole = done
            await send(start)
            await send({"type": "http.response.body", "body": whole})

    def _run(
        self, environ: dict[str, Any], send: Send, loop: asyncio.AbstractEventLoop
    ) -> tuple[MutableMapping[str, Any], bytes] | None:
        """In a thread: the answer whole, or None when it was sent in pieces."""
        started: dict[str, Any] = {}

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[..., None]:
            started.update(
                type="http.response.start",
                status=int(status[:3]),
                headers=[
                    (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
                ],
            )
            return lambda data: None

        pieces = self._application(environ, start_response)
        try:
            streams = getattr(pieces, "streaming", not isinstance(pieces, list))
            length = next(
                (int(value) for name, value in started["headers"] if name == b"content-length"), None
            )
            if not streams or (length is not None and length <= WHOLE):
                return started, b"".join(pieces)

            def now(message: MutableMapping[str, Any]) -> None:
                asyncio.run_coroutine_threadsafe(_sent(send, message), loop).result()

            now(started)
            held = bytearray()
            for piece in pieces:
                held += piece
                if len(held) >= PIECE or length is None:
                    now({"type": "http.response.body", "body": bytes(held), "more_body": True})
                    held.clear()
            now({"type": "http.response.body", "body": bytes(held)})
            return None
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
            environ["wsgi.input"].close()


async def _sent(send: Send, message: MutableMapping[str, Any]) -> None:
    await send(message)


async def _body(receive: Receive) -> IO[bytes]:
    message = await receive()
    first = message.get("body", b"")
    if not message.get("more_body"):
        return io.BytesIO(first)
    held: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 – closed when the answer is there
    held.write(first)
    while message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            break
        held.write(message.get("body", b""))
    held.seek(0)
    return held


def environ_of(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The request as PEP 3333 wants it."""
    server = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": str((scope.get("client") or ("",))[0]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw in scope["headers"]:
        name = raw_name.decode("latin-1")
        if "_" in name:  # it would be taken for the same name with a hyphen
            continue
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"
        value = raw.decode("latin-1")
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    return environ


def joined(gateway: Application, pages: Application) -> Application:
    """Both on one port: by the address as it was sent, so that no spelling of it leads to the wrong one."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not (scope.get("raw_path") or b"").startswith(b"/exchange/"):
            await pages(scope, receive, send)
        else:
            await gateway(scope, receive, send)

    return application


def _application() -> Application:
    django = get_wsgi_application()
    from tongchou.exchange.gateway.application import Gateway

    return joined(Gateway(), Threads(django, THREADS))


application = _application()

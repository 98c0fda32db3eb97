"""`tongchou serve`: the web server and the worker as one process group; `worker` is the second of them."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .output import errors

#: Seconds the web server may take to answer its first /healthz.
START_WITHIN_S = 60


def _die_with_parent() -> None:
    """In a child, ask Linux to end it when the supervisor is gone, however it went (PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _spawn(arguments: list[str]) -> subprocess.Popen[bytes]:
    # A group of its own, to be ended together, but no session: Linux weighs sessions before priorities, and the worker
    # gives way to the web server (`engine.priority`).
    return subprocess.Popen(arguments, process_group=0, preexec_fn=_die_with_parent)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder's server lock; a second server on the same folder is refused."""
    with (data / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HouseError(
                "serve.running",
                Text("这个数据目录已有服务在运行。", "A server already runs on this data folder."),
                Text(
                    "请先停止它，或用 TONGCHOU_DATA 指定另一个目录。",
                    "Stop it, or name another folder with TONGCHOU_DATA.",
                ),
                where=str(data),
            ) from error
        yield


def check_port(host: str, port: int) -> None:
    """Raise HouseError when something already listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise HouseError(
                "serve.port_taken",
                Text("端口已被占用或不可用。", "The port is taken or not allowed."),
                Text(
                    "请用 PORT 指定另一个端口，例如 PORT=8010。",
                    "Name another one with PORT, e.g. PORT=8010.",
                ),
                where=f"{host}:{port}",
            ) from error


def _answers(host: str, port: int) -> bool:
    """Whether /healthz answers, asked as the proxy in front would ask: by a name that is served, over https."""
    from django.conf import settings

    named = (settings.ALLOWED_HOSTS or [host])[0].lstrip(".")
    headers = {"Host": host if named == "*" else named}
    if settings.SECURE:
        headers["X-Forwarded-Proto"] = "https"
    asked = urllib.request.Request(f"http://{host}:{port}/healthz", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=2) as answer:  # noqa: S310 – the address is ours
            return bool(answer.status == 200)
    except OSError:
        return False


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + 15
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
        # Whatever the child itself had started goes too: told to stop while it was still starting, the web server
        # ends without its own worker.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def granian(application: str, *, host: str, port: int, workers: int = 1) -> list[str]:
    """The command that serves an ASGI application."""
    return [
        sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--loop", "asyncio", "--http", "1", "--no-ws", "--log-level", "warning",
        "--http1-header-read-timeout", "10000", "--workers-kill-timeout", "10", application,
    ]  # fmt: skip


def supervise(*, host: str, port: int, data: Path, ready: str) -> None:
    """Run web server and worker until told to stop; print `ready` when the first answers.

    A worker that dies is started again; when the web server dies, everything stops.
    """
    web = granian("tongchou.config.asgi:application", host=host, port=port)
    work = [sys.executable, "-m", "tongchou.config.cli", "worker"]
    stopping = False

    def stop(signum: int, frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with only_one(data):
        check_port(host, port)
        children = [_spawn(web), _spawn(work)]
        shown, deadline = False, time.monotonic() + START_WITHIN_S
        try:
            while not stopping:
                if children[0].poll() is not None:
                    raise HouseError(
                        "serve.web_ended",
                        Text("网页服务意外结束。", "The web server ended unexpectedly."),
                        Text("请查看上面的输出。", "See its output above."),
                        where=f"status {children[0].returncode}",
                    )
                if children[1].poll() is not None:
                    errors.print("[yellow]![/] The worker ended; starting it again.")
                    time.sleep(1)
                    children[1] = _spawn(work)
                if not shown and _answers(host, port):
                    shown = True
                    print(ready, flush=True)
                elif not shown and time.monotonic() > deadline:
                    raise HouseError(
                        "serve.not_ready",
                        Text("网页服务没有按时应答。", "The web server did not answer in time."),
                        Text("请查看上面的输出后重试。", "See its output above and try again."),
                        where=f"{host}:{port}",
                    )
                time.sleep(0.2)
        finally:
            _stop(children)
            errors.print("Stopped.")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port; default PORT or 8000.")] = None,
) -> None:
    """Start the web server and the worker; Ctrl-C stops both."""
    from .start import start

    start()
    from django.conf import settings

    number = port or settings.PORT
    supervise(host=host, port=number, data=settings.TONGCHOU_DATA, ready=f"Ready: http://{host}:{number}")


def gateway(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port; default PORT or 8000.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; about one a core.")] = 1,
) -> None:
    """Serve the gateway alone, beside a `tongchou serve` on another port: for many calls from departments' systems."""
    from .start import start

    start()
    from django.conf import settings
    from django.db import connections

    number = port or settings.PORT
    check_port(host, number)
    connections.close_all()
    command = granian("tongchou.config.gateway:application", host=host, port=number, workers=workers)
    os.execv(command[0], command)  # noqa: S606 – its own arguments, no shell


def worker() -> None:
    """The background worker: deliveries that wait, resources that are due, links, the ledger's tree."""
    from .start import start

    start()
    from tongchou.config.worker import run

    run()


def migrate() -> None:
    """Bring the control database to the tables of this version."""
    from .start import start

    start()
    errors.print("The control database is up to date.")

"""A small real district: made, gathered, linked and served by the command line, in a folder and database of its own.

Everything goes through the front door: `tongchou demo`. Tests talk to it over HTTP,
as a browser or with `Visitor`. It is made once in a test process, when first asked for.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import warm

PROJECT = Path(__file__).resolve().parent.parent
PEOPLE = int(os.environ.get("TONGCHOU_TEST_PEOPLE", "400"))
#: What makes and serves the district.
DEMO = ("demo", "--people", str(PEOPLE))
#: Of the synthetic accounts of packs/sample.
PASSWORD = "Tongchou-demo-2026"


@dataclass(frozen=True)
class Answer:
    """One answer of the server."""

    status: int
    url: str
    text: str
    headers: dict[str, str]


class Visitor:
    """Somebody with cookies who fetches pages and sends forms, without a browser."""

    def __init__(self, base: str, language: str = "zh-hans") -> None:
        self.base, self.language = base, language
        self.cookies = http.cookiejar.CookieJar()
        # The language was chosen on an earlier visit: what the command line speaks does not decide it.
        host = urllib.parse.urlsplit(base).hostname or ""
        self.cookies.set_cookie(
            http.cookiejar.Cookie(
                0, "tongchou_language", language, None, False, host, False, False, "/", True, False, None, False, None,
                None, {},
            )
        )  # fmt: skip
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def _ask(self, request: urllib.request.Request) -> Answer:
        request.add_header("Accept-Language", self.language)
        request.add_header("Accept", "text/html")
        try:
            with self._opener.open(request, timeout=60) as answer:
                body = answer.read().decode("utf-8", "replace")
                return Answer(answer.status, answer.url, body, dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(
                    error.code, error.url or "", error.read().decode("utf-8", "replace"), dict(error.headers)
                )

    def get(self, path: str) -> Answer:
        """Fetch a page."""
        return self._ask(urllib.request.Request(urllib.parse.urljoin(self.base, path)))

    def post(self, path: str, **values: str) -> Answer:
        """Send a form, with the token its page carries."""
        token = next((cookie.value for cookie in self.cookies if cookie.name == "tongchou_csrf"), "") or ""
        body = urllib.parse.urlencode({**values, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(urllib.parse.urljoin(self.base, path), data=body)
        request.add_header("Referer", self.base)
        return self._ask(request)

    def sign_in(self, username: str, password: str = PASSWORD) -> Answer:
        """Go through the sign-in form."""
        self.get("/sign-in/")
        return self.post("/sign-in/", username=username, password=password, next="/")


@dataclass
class District:
    """A running installation: where it listens, where its data lies, the environment of its commands; the process
    that serves it, and the line in which it said that it is ready."""

    base: str
    data: Path
    environment: dict[str, str]
    server: subprocess.Popen[str]
    ready: str

    def visitor(self, username: str | None, language: str = "zh-hans") -> Visitor:
        """A visitor signed in as an account of packs/sample (steward, clerk, officer_edu, auditor, admin, …)."""
        visitor = Visitor(self.base, language)
        if username:
            assert visitor.sign_in(username).status == 200
        return visitor

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `tongchou …` on this district."""
        return run_command(self.environment, *arguments)


def run_command(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `tongchou …` in a process of its own."""
    return warm.run(arguments, environment)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """The URL of a fresh database for an installation; empty on SQLite, which lies in its data folder."""
    url = os.environ.get("TONGCHOU_DATABASE", "")
    if not url:
        yield ""
        return
    import psycopg
    from psycopg import sql

    name = f"district_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield url.rsplit("/", 1)[0] + "/" + name
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """The sample district with a few hundred people: a demo that nobody disturbed.

    TONGCHOU_TEST_DISTRICT names a data folder to make it in and keep it (and to find it again).
    """
    kept = os.environ.get("TONGCHOU_TEST_DISTRICT", "")
    data = Path(kept) if kept else tmp_path_factory.mktemp("district")
    with own_database() as url:
        environment = {
            **os.environ,
            "TONGCHOU_DATA": str(data),
            "TONGCHOU_LANGUAGE": "auto",
            "TONGCHOU_DATABASE": url,
        }
        port = free_port()
        environment["PORT"] = str(port)
        server, ready = started(environment, *DEMO)
        made = District(f"http://127.0.0.1:{port}", data, environment, server, ready)
        try:
            yield made
        finally:
            made.server.terminate()
            made.server.wait(timeout=30)


def begin(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start `tongchou …` in a session of its own and do not wait for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tongchou.config.cli", *arguments],
        cwd=PROJECT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def started(environment: Mapping[str, str], *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """`begin` what serves, and wait for its line that begins with Ready:. What it says afterwards is read away."""
    server = begin(environment, *arguments)
    said = []
    assert server.stdout is not None
    for line in server.stdout:
        said.append(line)
        if line.startswith("Ready:"):
            threading.Thread(target=_read_away, args=(server,), daemon=True).start()
            return server, line
    server.stdout.close()
    raise RuntimeError(f"ended with {server.wait()}: {''.join(said)[-6000:]}")


def _read_away(server: subprocess.Popen[str]) -> None:
    """Throw a server's further output away, to its end."""
    assert server.stdout is not None
    with server.stdout as output:
        for _ in output:
            pass


def form_value(text: str, name: str) -> str:
    """The value of a hidden or text input in a page."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*value="([^"]*)"', text)
    return found.group(1) if found else ""

"""Tricks with addresses, encodings, headers and bodies lead nowhere; slow senders hold nobody up."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.actions.gate import Gate, gate  # noqa: F401
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_gateway_query import ASKED, at  # noqa: F401
from tongchou.config.asgi import joined

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

PATH = "/exchange/query"
BODY = json.dumps(ASKED).encode()


def signed(at: Gate, body: bytes = BODY, path: str = PATH, **more: str) -> dict[str, str]:  # noqa: F811
    assert at.client is not None
    return {
        "content-type": "application/json", "content-length": str(len(body)), "host": "x.y",
        **at.client.headers(path, body), **more,
    }  # fmt: skip


PATHS: list[bytes] = [
    b"/exchange/query/", b"/exchange//query", b"//exchange/query", b"/exchange/./query", b"/exchange/x/../query",
    b"/exchange/%2e/query", b"/exchange/%2e%2e/exchange/query", b"/exchange/quer%79", b"/exchange/query%00",
    b"/exchange/query%20",
    b"/exchange/Query", b"/EXCHANGE/query", b"/exchange/query;a=1", b"/exchange/query%2f", b"/exchange\\query",
    b"/exchange/%c0%ae%c0%ae/query", b"/exchange/qu\xc3\xa9ry", b"/exchange/query\x00", b"/exchange/query.json", b"/exchange/",
    b"/exchange", b"/exchange/openapi.json/", b"/exchange/openapi%2ejson", b"/exchange/440604199005011237",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_only_the_address_itself_leads_in(at: Gate, path: bytes) -> None:  # noqa: F811
    answer = at.raw("POST", path, signed(at), BODY)
    assert answer.status == 404
    assert answer.json()["code"] == "exchange.gateway.no_path"
    assert answer.json()["where"] == ""


def test_the_pages_never_get_what_looks_like_the_gateways(at: Gate) -> None:  # noqa: F811
    seen: list[str] = []

    async def pages(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    both = Gate(joined(at.app, pages), at.loop, at.client)  # type: ignore[arg-type]
    assert both.raw("POST", PATH, signed(at), BODY).status == 200
    assert both.raw("POST", b"/exchange/%2e%2e/desk", signed(at), BODY).status == 404
    assert both.raw("GET", b"/desk", {}).status == 418
    assert both.raw("GET", b"/Exchange/query", {}).status == 418
    assert seen == ["/desk", "/Exchange/query"]


@pytest.mark.parametrize(
    "method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "post", "PROPFIND"]
)
def test_other_methods_are_refused(at: Gate, method: str) -> None:  # noqa: F811
    answer = at.raw(method, PATH, signed(at), BODY)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def pairs(headers: dict[str, str], *more: tuple[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in [*headers.items(), *more]]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (("x-http-method-override", "DELETE"), 400), (("X-HTTP-Method", "PUT"), 400), (("x-original-url", "/desk"), 400),
        (("signature", "sig=:AAAA:"), 400), (("signature-input", "x"), 400), (("content-digest", "x"), 400),
        (("content-type", "text/plain"), 400), (("content-length", "3"), 400), (("host", "a.b"), 400),
        (("transfer-encoding", "chunked"), 411), (("x-note", "a\x00b"), 400), (("x-note", "\xe9"), 400),
        (("content-encoding", "gzip"), 415),
    ],
)  # fmt: skip
def test_doubled_and_surplus_headers_are_refused(at: Gate, more: tuple[str, str], status: int) -> None:  # noqa: F811
    answer = at.raw("POST", PATH, pairs(signed(at), more), BODY)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_same_headers_without_tricks_are_fine(at: Gate) -> None:  # noqa: F811
    answer = at.raw(
        "POST",
        PATH,
        pairs(signed(at), ("x-note", "a"), ("x-note", "b"), ("accept", "*/*"), ("upgrade", "h2c")),
        BODY,
    )
    assert answer.status == 200


BODIES: list[bytes] = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"{}" * 2, b'{"purpose":"a","purpose":"b"}', b"\xff\xfe{}",
    BODY.replace(b'"purpose"', b'"purpose\\u0000"'),
    BODY[:-1] + b',"subject":{"id":"PAAAAAAAAAAAA"}}', BODY[:-1] + b',"more":1}',
    BODY.replace(b'"fields": {', b'"fields": {"a.b": [], '),
    BODY.replace(b'{"id_number": ', b'{"id_number": "x", "id_number": '), b'{"subject":' * 4000,
    BODY.replace(b"relief_check", b"relief_check\\ud800"),
    BODY.replace(b'["name"', b'[1, "name"'), BODY.replace(b'"relief_check"', b"NaN"), b"[" * 9000, BODY.decode().encode("utf-16"),
    json.dumps({**ASKED, "as_of": "2026-02-30"}).encode(), json.dumps({**ASKED, "as_of": "２０２６-01-01"}).encode(),
    json.dumps({**ASKED, "fields": {}}).encode(), json.dumps({**ASKED, "fields": {"ps.residents": "*"}}).encode(),
    json.dumps({**ASKED, "subject": {"id_number": "4406\n04"}}).encode(), json.dumps({**ASKED, "case_ref": 1}).encode(),
    json.dumps({**ASKED, "subject": {"id_number": 440604199005011237}}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:40]))
def test_bodies_of_another_shape_are_refused_and_never_repeated(at: Gate, body: bytes) -> None:  # noqa: F811
    answer = at.raw("POST", PATH, signed(at, body), body)
    assert answer.status == (413 if len(body) > 16384 else 422)
    assert b"440604199005011237" not in answer.body


def test_size_and_length(at: Gate) -> None:  # noqa: F811
    big = json.dumps({**ASKED, "case_ref": "x" * 20_000}).encode()
    assert at.raw("POST", PATH, signed(at, big), big).status == 413
    assert at.raw("POST", PATH, {**signed(at), "content-length": "10"}, BODY).status == 400
    assert at.raw("POST", PATH, {**signed(at), "content-length": str(len(BODY) + 5)}, BODY).status == 400
    for length in ("-1", "1e3", "0x10", "９", "", "99999999999"):
        headers = {**signed(at), "content-length": length}
        listed = [(name.encode(), value.encode()) for name, value in headers.items()]
        assert at.raw("POST", PATH, listed, BODY).status in (400, 411)
    without = {name: value for name, value in signed(at).items() if name != "content-length"}
    assert at.raw("POST", PATH, without, BODY).status == 411
    # More comes than was announced: it is cut off, not read on.
    pieces = [BODY[:100], BODY[100:], b"x" * 20_000]
    assert at.raw("POST", PATH, signed(at), pieces=pieces).status == 400
    assert at.raw("POST", PATH, signed(at), pieces=[BODY[:7], BODY[7:]]).status == 200


def test_media_types(at: Gate) -> None:  # noqa: F811
    for media, status in (
        ("application/json; charset=utf-8", 200), ("text/json", 415), ("application/json; charset=gbk", 415), ("", 415),
    ):  # fmt: skip
        assert at.raw("POST", PATH, {**signed(at), "content-type": media}, BODY).status == status


def test_parameters_in_the_address_are_refused(at: Gate) -> None:  # noqa: F811
    assert at.client is not None
    headers = {
        "content-type": "application/json", "content-length": str(len(BODY)),
        **at.client.headers(PATH, BODY, query="id_number=440604199005011237"),
    }  # fmt: skip
    answer = at.raw("POST", PATH, headers, BODY, query="id_number=440604199005011237")
    assert (answer.status, answer.json()["where"]) == (422, "query")
    assert b"440604199005011237" not in answer.body


def test_slow_senders_are_ended_and_hold_nobody_up(at: Gate) -> None:  # noqa: F811
    at = at.another(body_within_s=0.5)
    headers = [(name.encode(), value.encode()) for name, value in signed(at).items()]
    scope = {
        "type": "http", "method": "POST", "path": PATH, "raw_path": PATH.encode(), "query_string": b"", "headers": headers,
    }  # fmt: skip

    async def slow() -> int:
        statuses: list[int] = []
        first = [{"type": "http.request", "body": BODY[:20], "more_body": True}]

        async def receive() -> Any:
            if first:
                return first.pop()
            await asyncio.sleep(60)
            return None

        async def send(message: Any) -> None:
            statuses.append(message.get("status", 0))

        await at.app(scope, receive, send)
        return statuses[0]

    waiting = [asyncio.run_coroutine_threadsafe(slow(), at.loop) for _ in range(40)]
    began = time.monotonic()
    assert at.raw("POST", PATH, signed(at), BODY).status == 200
    assert time.monotonic() - began < 5
    assert {each.result(20) for each in waiting} == {408}


def test_too_many_at_once_are_told_to_come_again(at: Gate) -> None:  # noqa: F811
    answer = at.another(most_at_once=0).raw("POST", PATH, signed(at), BODY)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert at.raw("POST", PATH, signed(at), BODY).status == 200


def test_the_description_is_there_for_everybody(at: Gate) -> None:  # noqa: F811
    answer = at.raw("GET", "/exchange/openapi.json", {})
    assert answer.status == 200
    assert answer.json()["openapi"] == "3.1.0"
    assert at.raw("POST", "/exchange/openapi.json", {}).status == 405

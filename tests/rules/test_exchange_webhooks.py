"""Where a page may be sent: nowhere an address could lead us that it should not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tongchou.exchange import webhooks
from tongchou.standards.errors import HouseError

PRIVATE = [
    "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.1.1", "0.0.0.0", "::1", "::",
    "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "2001:db8::1", "ff02::1", "::7f00:1", "64:ff9b:1::1", "not an ip",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not webhooks.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "202.96.128.86"])
def test_a_public_address_is(address: str) -> None:
    assert webhooks.is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://user@example.com/", "https://a:b@example.com/",
     "https://example.com:22/", "https://example.com:80/", "https:///x", "https://exa mple.com/", "https://example.com/\r\nX: y",
     "https://example.com/#x", "javascript:alert(1)", "https://example.com:99999/", "//example.com/", "https://-x.com/", "",
     "https://example.com\\@127.0.0.1/", "gopher://127.0.0.1:11211/_", "https://[::1", "https://exam_ple.com/"],
)  # fmt: skip
def test_addresses_that_are_refused_unasked(url: str) -> None:
    with pytest.raises(HouseError) as caught:
        webhooks.target_of(url, frozenset())
    assert caught.value.code == "exchange.webhook_url"
    assert url not in caught.value.say("en") or not url


def test_a_named_host_may_be_inside_and_plain() -> None:
    for named in ("inner.gov", "inner.gov:8080"):
        target = webhooks.target_of("http://INNER.gov:8080/in?x=1", frozenset({named}))
        assert target.trusted and not target.tls and target.path == "/in?x=1"
        assert webhooks.address_of(target, lambda host, port: ["10.0.0.5"]) == "10.0.0.5"
    with pytest.raises(HouseError):
        webhooks.target_of("http://inner.gov:9090/", frozenset({"inner.gov:8080"}))


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:169.254.169.254"]])
def test_a_name_with_any_inner_address_is_refused(found: list[str]) -> None:
    target = webhooks.target_of("https://rebinding.example/", frozenset())
    with pytest.raises(HouseError) as caught:
        webhooks.address_of(target, lambda host, port: found)
    assert caught.value.code == "exchange.webhook_private"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "127.0.0.1", "[::1]"]
)
def test_other_writings_of_the_loopback_are_refused(host: str) -> None:
    with pytest.raises(HouseError):
        webhooks.address_of(webhooks.target_of(f"https://{host}/", frozenset()))


def test_an_unknown_host() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(HouseError) as caught:
        webhooks.address_of(webhooks.target_of("https://none.example/", frozenset()), nowhere)
    assert caught.value.code == "exchange.webhook_unknown_host"


class Answering:
    """A server that answers every connection with fixed bytes, slowly if asked."""

    def __init__(self, answer: bytes, slowly_s: float = 0.0) -> None:
        self.answer, self.slowly_s, self.heard = answer, slowly_s, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.socket.accept()
        with connection:
            self.heard = connection.recv(65536)
            try:
                if self.slowly_s:
                    for each in range(len(self.answer)):
                        connection.sendall(self.answer[each : each + 1])
                        time.sleep(self.slowly_s)
                else:
                    connection.sendall(self.answer)
            except OSError:
                return


@pytest.fixture
def closing() -> Iterator[list[Answering]]:
    servers: list[Answering] = []
    yield servers
    for each in servers:
        each.socket.close()
        each.thread.join(timeout=10)


def sent(server: Answering) -> int:
    target = webhooks.target_of(f"http://inner:{server.port}/in", frozenset({"inner"}))
    return webhooks.post(target, "127.0.0.1", b"{}", {"webhook-id": "W-1"})


def test_the_connection_goes_to_the_checked_address_with_the_name_of_the_host(
    closing: list[Answering],
) -> None:
    server = Answering(b"HTTP/1.1 204 No Content\r\n\r\n")
    closing.append(server)
    assert sent(server) == 204
    assert b"host: inner" in server.heard.lower() and b"POST /in HTTP/1.1" in server.heard


def test_redirects_are_not_followed(closing: list[Answering]) -> None:
    other = Answering(b"HTTP/1.1 200 OK\r\n\r\n")
    server = Answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\n\r\n" % other.port)
    closing.append(server)
    assert sent(server) == 302
    assert other.heard == b""
    other.socket.close()


def test_one_who_answers_for_ever_is_left(closing: list[Answering]) -> None:
    server = Answering(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 5000, slowly_s=0.05)
    closing.append(server)
    begun = time.monotonic()
    target = webhooks.target_of(f"http://inner:{server.port}/in", frozenset({"inner"}))
    with pytest.raises((TimeoutError, OSError)):
        webhooks.post(target, "127.0.0.1", b"{}", {}, within_s=0.5)
    assert time.monotonic() - begun < 5


def test_signatures_are_those_of_standard_webhooks() -> None:
    secret = webhooks.new_secret()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, b"W-1.1700000000.{}", hashlib.sha256).digest()).decode()
    assert webhooks.signature(secret, "W-1", 1700000000, b"{}") == f"v1,{expected}"

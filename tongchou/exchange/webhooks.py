"""Sending to an address somebody else chose, without being led astray by it. Pure but for the network.

Only https, only to addresses in the public internet, unless the installation names the host
(`TONGCHOU_WEBHOOK_HOSTS`). A name is resolved once, every address it gives must pass, and the connection is made to that
address, so that a name cannot mean one machine when it is checked and another when it is used. Redirects are not
followed, no proxy of the environment is asked, and what the receiver answers is not read beyond its status.

Signed after Standard Webhooks: HMAC-SHA-256 over id, time and body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import re
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

#: A receiver has so many seconds to accept a connection and to answer, all in all.
CONNECT_S, ANSWER_S = 5.0, 15.0
#: Ports an unnamed host may be reached at.
PORTS = frozenset({443, 8443})

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
#: Networks that lead elsewhere: to IPv4 within IPv6, which may be a private one.
_DETOURS = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/32", "2001::/23", "2002::/16", "::/96", "192.88.99.0/24"))
)

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Target:
    """Where to send. trusted: the installation named the host."""

    host: str
    port: int
    path: str
    tls: bool
    trusted: bool


def target_of(url: str, trusted: Collection[str]) -> Target:
    """An address, checked as far as it can be without asking the network. Raises HouseError "exchange.webhook_url"."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        literal = ":" in host
        name = host if literal else host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        raise _bad_url() from None
    if (
        not url.isprintable()
        or " " in url
        or "\\" in url
        or len(url) > 500
        or parts.username is not None
        or parts.password is not None
        or parts.fragment
        or not (literal or _HOST.fullmatch(name))
    ):
        raise _bad_url()
    tls = parts.scheme == "https"
    number = port if port is not None else (443 if tls else 80)
    named = name in trusted or f"{name}:{number}" in trusted
    if parts.scheme not in ("https", "http") or not (tls or named) or not (named or number in PORTS):
        raise _bad_url()
    path = parts.path or "/"
    return Target(name, number, f"{path}?{parts.query}" if parts.query else path, tls, named)


def _bad_url() -> HouseError:
    return HouseError(
        "exchange.webhook_url",
        Text(
            "推送地址必须是 https，端口 443 或 8443，不含用户名。",
            "The address must be https, at port 443 or 8443, without a user name.",
        ),
        Text(
            "内网地址须由管理员列入 TONGCHOU_WEBHOOK_HOSTS。",
            "An address in the inner network must be named in TONGCHOU_WEBHOOK_HOSTS by the administrator.",
        ),
    )


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises OSError."""
    return sorted({str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, by whatever way it is written."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in each for each in _DETOURS if each.version == found.version):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def address_of(target: Target, resolve: Resolve = resolved) -> str:
    """The address to connect to. Raises HouseError "exchange.webhook_unknown_host", "exchange.webhook_private"."""
    try:
        found = resolve(target.host, target.port)
    except OSError:
        found = []
    if not found:
        raise HouseError(
            "exchange.webhook_unknown_host",
            Text("找不到推送地址的主机。", "The address's host cannot be found."),
            Text("请检查地址和域名解析。", "Check the address and its name."),
        )
    if not target.trusted and not all(map(is_public, found)):
        raise HouseError(
            "exchange.webhook_private",
            Text("推送地址指向内部网络，已拒绝。", "The address leads into an inner network and is refused."),
            Text(
                "确需推送到内网的，请管理员列入 TONGCHOU_WEBHOOK_HOSTS。",
                "If it must, have the administrator name the host in TONGCHOU_WEBHOOK_HOSTS.",
            ),
        )
    return found[0]


def sealed_for(subscription: str) -> str:
    """For what a subscription's signing secret is sealed: it cannot be put in another's place."""
    return f"webhook:{subscription}"


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message: str, at: int, body: bytes) -> str:
    """The header that signs a message. at: seconds since 1970."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the host's name would resolve to now."""

    def __init__(self, target: Target, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_S)
        self._address, self._context = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), CONNECT_S)
        plain.settimeout(ANSWER_S)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain


def post(
    target: Target,
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    context: ssl.SSLContext | None = None,
    *,
    within_s: float = CONNECT_S + ANSWER_S,
) -> int:
    """Send once; the status the receiver answered. context: for TLS, the system's authorities unless given.
    within_s: seconds it may take in all. Raises OSError (also for certificates and silence) and http.client.HTTPException.
    """
    connection = _Pinned(target, address, (context or ssl.create_default_context()) if target.tls else None)
    over = threading.Event()

    def give_up() -> None:
        # One that answers a byte at a time would otherwise keep us for as long as it likes.
        over.set()
        held = connection.sock
        if held is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    clock = threading.Timer(within_s, give_up)
    clock.daemon = True
    clock.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        with connection.getresponse() as answer:
            return answer.status
    except (OSError, http.client.HTTPException):
        if over.is_set():
            raise TimeoutError from None
        raise
    finally:
        clock.cancel()
        connection.close()

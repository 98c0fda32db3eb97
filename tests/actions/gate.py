"""A gateway under test: the real application on an event loop of its own, asked as a server would ask it."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests import district
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.exchange import rulebook
from tongchou.exchange.actions import clients
from tongchou.exchange.gateway import signatures
from tongchou.exchange.gateway.application import Gateway
from tongchou.exchange.models import Client, Statement

Headers = list[tuple[bytes, bytes]]


@dataclass
class Answered:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass
class Signing:
    """A client's key as the client holds it."""

    key_id: str
    method: str
    key: bytes
    client: str = ""

    def headers(
        self,
        path: str,
        body: bytes,
        *,
        method: str = "POST",
        query: str = "",
        created: int | None = None,
        nonce: str = "",
    ) -> dict[str, str]:
        """The signed header fields of a request."""
        return signatures.signed_headers(
            method=method, path=path, query=query, body=body, key_id=self.key_id,
            sign=signatures.signer(self.method, self.key),
            created=int(time.time()) if created is None else created, nonce=nonce or secrets.token_hex(12),
        )  # fmt: skip


@dataclass
class Gate:
    """Asks the gateway."""

    app: Gateway
    loop: asyncio.AbstractEventLoop
    client: Signing | None = None
    others: list[Gateway] = field(default_factory=list)

    def another(self, **settings: Any) -> Gate:
        """A second application on the same loop, as another process would be."""
        app = Gateway(**settings)
        self.others.append(app)
        return Gate(app, self.loop, self.client)

    def raw(
        self,
        method: str,
        path: str | bytes,
        headers: dict[str, str] | Headers,
        body: bytes = b"",
        query: str = "",
        pieces: list[bytes] | None = None,
    ) -> Answered:
        """One request exactly as given. pieces: the body as it arrives, one after the other."""
        raw = path if isinstance(path, bytes) else path.encode()
        given = (
            headers
            if isinstance(headers, list)
            else [(name.encode(), value.encode()) for name, value in headers.items()]
        )
        scope = {
            "type": "http", "method": method, "path": raw.decode("utf-8", "replace"), "raw_path": raw,
            "query_string": query.encode(), "headers": given, "http_version": "1.1",
        }  # fmt: skip
        return asyncio.run_coroutine_threadsafe(self._call(scope, pieces or [body]), self.loop).result(60)

    async def _call(self, scope: dict[str, Any], pieces: list[bytes]) -> Answered:
        waiting = [
            {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
            for place, piece in enumerate(pieces)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            if not waiting:
                await asyncio.sleep(3600)
            return waiting.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:]))

    def ask(
        self, path: str, asked: Any, *, by: Signing | None = None, language: str = "en", **more: Any
    ) -> Answered:
        """A signed request with a JSON body."""
        signing = by or self.client
        assert signing is not None
        body = asked if isinstance(asked, bytes) else json.dumps(asked, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json", "content-length": str(len(body)), "accept-language": language,
            **signing.headers(path, body, **more),
        }  # fmt: skip
        return self.raw("POST", path, headers, body)


@pytest.fixture
def gate(transactional_db: None) -> Iterator[Gate]:
    """The application on a loop in a thread of its own."""
    rulebook.forget()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    app = Gateway()
    made = Gate(app, loop)
    yield made
    for each in (app, *made.others):
        loop.call_soon_threadsafe(each.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def system(organisation: str = "hall") -> Role:
    """The role of departments' systems."""
    role, _ = Role.objects.get_or_create(
        code="system", defaults={"name": "接入系统", "desk": "none", "permissions": ["gateway.use"]}
    )
    return role


def register(
    code: str = "hall-desk",
    *,
    organisation: str = "hall",
    method: str = "hmac-sha256",
    quota: int | None = None,
    expires_on: date = district.FAR,
) -> Signing:
    """A client of the hall with a key."""
    private = Ed25519PrivateKey.generate()
    issued = clients.register(
        by=Actor.house("tests"), code=code, name=code, organisation=Organisation.objects.get(code=organisation),
        role=system(), method=method, expires_on=expires_on, quota_per_day=quota,
        public_key="" if method == "hmac-sha256" else _public(private),
    )  # fmt: skip
    key = issued.secret.encode() if method == "hmac-sha256" else private.private_bytes_raw()
    return Signing(issued.key.key_id, method, key, Client.objects.get(code=code).code)


def _public(private: Ed25519PrivateKey) -> str:
    import base64

    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def statement(code: str, resource: str, condition: str, **more: Any) -> Statement:
    """A statement about a resource."""
    return Statement.objects.create(
        code=code, name=code, resource=Resource.objects.get(code=resource), condition=condition, **more
    )

"""Who is let in: forged, replayed, expired, foreign and revoked requests are refused alike and are on record."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import district
from tests.actions.gate import Gate, Signing, gate, register, system  # noqa: F401
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_gateway_query import ASKED, at  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.exchange import rulebook
from tongchou.exchange.actions import clients
from tongchou.exchange.gateway import signatures
from tongchou.exchange.models import Client, ClientKey, SeenNonce
from tongchou.ledger import queries as ledger

pytestmark = pytest.mark.usefixtures("data")

PATH = "/exchange/query"
BODY = json.dumps(ASKED).encode()


def sent(signing: Signing, body: bytes = BODY, path: str = PATH, **more: Any) -> dict[str, str]:
    """The header fields of a good request."""
    return {
        "content-type": "application/json", "content-length": str(len(body)), "accept-language": "en",
        **signing.headers(path, body, **more),
    }  # fmt: skip


def newest(kind: str = "gateway.refused") -> dict[str, Any]:
    """The newest entry of a kind."""
    return dict(ledger.trace(ledger.entries(kind=kind)[0]).body)


def count(kind: str = "") -> int:
    """Entries of a kind."""
    return ledger.entries(kind=kind).count()


def refused(at: Gate, headers: dict[str, str], body: bytes = BODY, path: str = PATH) -> str:  # noqa: F811
    """Ask, see that the answer is the one everybody gets, and return why by the ledger."""
    before, answered = count("gateway.refused"), count("access.queried")
    answer = at.raw("POST", path, headers, body)
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "exchange.gateway.unauthorised"
    assert problem["where"] == ""
    assert "accept-signature" in answer.headers
    assert count("gateway.refused") == before + 1
    assert count("access.queried") == answered
    assert newest()["outcome"] == "refused"
    return str(newest()["why"])


@pytest.fixture
def good(at: Gate) -> Signing:  # noqa: F811
    """The hall's key, known to work."""
    assert at.client is not None
    assert at.raw("POST", PATH, sent(at.client), BODY).status == 200
    return at.client


@pytest.mark.parametrize("method", ["hmac-sha256", "ed25519"])
def test_both_ways_of_signing_are_accepted(at: Gate, method: str) -> None:  # noqa: F811
    assert at.ask(PATH, ASKED, by=register("other", method=method)).status == 200


def tampered(headers: dict[str, str], old: str, new: str) -> dict[str, str]:
    return {
        name: value.replace(old, new) if name.startswith("sig") else value for name, value in headers.items()
    }


FORGERIES: dict[str, tuple[str, Callable[[Signing, dict[str, str]], dict[str, str]]]] = {
    "no signature": ("unreadable", lambda key, h: {n: v for n, v in h.items() if not n.startswith("signature")}),
    "another secret": (
        "forged", lambda key, h: sent(Signing(key.key_id, "hmac-sha256", b"tcs_guess")),
    ),
    "the other algorithm": ("forged", lambda key, h: sent(Signing(key.key_id, "ed25519", b"x" * 32))),
    "an algorithm that lies": ("algorithm", lambda key, h: resigned(key, h, ';alg="ed25519"')),
    "nobody's key": ("unknown_key", lambda key, h: sent(Signing("k-0000", "hmac-sha256", b"tcs_guess"))),
    "a key id with a quote": ("unreadable", lambda key, h: tampered(h, 'keyid="', 'keyid=""')),
    "another nonce": ("forged", lambda key, h: tampered(h, 'nonce="', 'nonce="x')),
    "another moment": ("forged", lambda key, h: tampered(h, "created=1", "created=2")),
    "no nonce": ("incomplete", lambda key, h: resigned(key, h, "", drop="nonce")),
    "a short nonce": ("incomplete", lambda key, h: sent(key, nonce="abc")),
    "no moment": ("incomplete", lambda key, h: resigned(key, h, "", drop="created")),
    "the path left out": ("uncovered", lambda key, h: resigned(key, h, "", components='"@method" "@query" "content-digest"')),
    "the digest left out": ("uncovered", lambda key, h: resigned(key, h, "", components='"@method" "@path" "@query"')),
    "a component twice": (
        "uncovered", lambda key, h: resigned(key, h, "", components='"@method" "@path" "@query" "@path" "content-digest"'),
    ),
    "a field that is not there": (
        "uncovered", lambda key, h: resigned(key, h, "", components='"@method" "@path" "@query" "content-digest" "date"'),
    ),
    "an unknown parameter": ("unreadable", lambda key, h: resigned(key, h, ';extra="1"')),
    "a parameter twice": ("unreadable", lambda key, h: resigned(key, h, ';keyid="x"')),
    "two signatures": (
        "unreadable",
        lambda key, h: {**h, "signature": h["signature"] + ", b=:" + "A" * 44 + ":", "signature-input": h["signature-input"]},
    ),
    "two labels": ("unreadable", lambda key, h: {**h, "signature": h["signature"].replace("sig=", "other=", 1)}),
    "two minutes old": ("clock", lambda key, h: sent(key, created=int(time.time()) - signatures.WINDOW_S - 2)),
    "of the future": ("clock", lambda key, h: sent(key, created=int(time.time()) + signatures.AHEAD_S + 60)),
    "past its own end": ("clock", lambda key, h: resigned(key, h, f";expires={int(time.time()) - 1}")),
    "another digest": (
        "digest", lambda key, h: resigned(key, {**h, "content-digest": signatures.content_digest(b"{}")}, ""),
    ),
    "an unknown digest": (
        "digest", lambda key, h: resigned(key, {**h, "content-digest": "md5=:AAAA:"}, ""),
    ),
}  # fmt: skip


def resigned(
    key: Signing,
    headers: dict[str, str],
    more: str,
    *,
    drop: str = "",
    components: str = "",
    body: bytes = BODY,
) -> dict[str, str]:
    """A request signed rightly, but not what must be signed."""
    named = components or '"@method" "@path" "@query" "content-digest"'
    said = {
        "created": f";created={int(time.time())}",
        "keyid": f';keyid="{key.key_id}"',
        "nonce": f';nonce="{time.time_ns():020}"',
    }
    params = f"({named})" + "".join(value for name, value in said.items() if name != drop) + more
    told = dict(headers)
    lines = {
        "@method": "POST",
        "@path": PATH,
        "@query": "?",
        "content-digest": told["content-digest"],
        "date": "",
    }
    base = "".join(f'"{name}": {lines[name]}\n' for name in (part.strip('"') for part in named.split(" ")))
    base += f'"@signature-params": {params}'
    signature = base64.b64encode(signatures.signer(key.method, key.key)(base.encode())).decode()
    return {**told, "signature-input": f"sig={params}", "signature": f"sig=:{signature}:"}


@pytest.mark.parametrize("how", FORGERIES)
def test_what_is_not_rightly_signed_is_refused(at: Gate, good: Signing, how: str) -> None:  # noqa: F811
    why, forge = FORGERIES[how]
    assert refused(at, forge(good, sent(good))) == why


def test_a_changed_body_address_or_query_is_refused(at: Gate, good: Signing) -> None:  # noqa: F811
    other = json.dumps({**ASKED, "purpose": "relief_chezk"}).encode()
    assert len(other) == len(BODY)
    assert refused(at, sent(good), other) == "digest"
    assert refused(at, sent(good), path="/exchange/verify") == "forged"
    answer = at.raw("POST", PATH, sent(good), BODY, query="as=root")
    assert answer.status == 401


def test_extra_components_and_other_digests_are_accepted(at: Gate, good: Signing) -> None:  # noqa: F811
    import hashlib

    digest = f"sha-512=:{base64.b64encode(hashlib.sha512(BODY).digest()).decode()}:, unixsum=:AAAA:"
    headers = resigned(good, {**sent(good), "content-digest": digest}, ';alg="hmac-sha256";tag="hall"')
    assert at.raw("POST", PATH, headers, BODY).status == 200


def test_a_request_is_taken_once(at: Gate, good: Signing) -> None:  # noqa: F811
    headers = sent(good)
    assert at.raw("POST", PATH, headers, BODY).status == 200
    entries = count()
    for _ in range(3):
        answer = at.raw("POST", PATH, headers, BODY)
        assert (answer.status, answer.json()["code"]) == (401, "exchange.gateway.unauthorised")
    assert count() == entries + 3
    assert newest("access.queried")["reason"] == "exchange.gateway.unauthorised"


def test_a_restart_and_another_process_remember_it(at: Gate, good: Signing) -> None:  # noqa: F811
    from tongchou.ledger import journal

    headers = sent(good)
    assert at.raw("POST", PATH, headers, BODY).status == 200
    at.loop.call_soon_threadsafe(at.app.close)
    journal.close()
    rulebook.forget()
    other = at.another()
    assert other.raw("POST", PATH, headers, BODY).status == 401
    assert SeenNonce.objects.exists()


def test_the_same_nonce_many_times_at_once_is_answered_once(at: Gate, good: Signing) -> None:  # noqa: F811
    import threading

    headers, statuses = sent(good), []
    crew = [
        threading.Thread(target=lambda: statuses.append(at.raw("POST", PATH, headers, BODY).status))
        for _ in range(12)
    ]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert sorted(statuses) == [200] + [401] * 11


def test_the_same_nonce_of_another_key_is_another_request(at: Gate, good: Signing) -> None:  # noqa: F811
    other = register("second")
    assert at.raw("POST", PATH, sent(good, nonce="n" * 20), BODY).status == 200
    assert at.raw("POST", PATH, sent(other, nonce="n" * 20), BODY).status == 200


def house() -> Actor:
    return Actor.house("tests")


def test_a_revoked_client_a_revoked_key_and_lost_rights_are_refused_at_once(at: Gate, good: Signing) -> None:  # noqa: F811
    client = Client.objects.get(code=good.client)
    spare = clients.rotate(by=house(), client=client, method="hmac-sha256")
    other = Signing(spare.key.key_id, "hmac-sha256", spare.secret.encode(), good.client)
    assert at.raw("POST", PATH, sent(other), BODY).status == 200
    clients.revoke(by=house(), client=client, key=ClientKey.objects.get(key_id=good.key_id))
    assert refused(at, sent(good)) == "revoked"
    assert newest()["client"] == good.client
    assert at.raw("POST", PATH, sent(other), BODY).status == 200
    Role.objects.filter(code="system").update(permissions=[])
    assert refused(at, sent(other)) == "role"
    Role.objects.filter(code="system").update(permissions=["gateway.use"])
    assert at.raw("POST", PATH, sent(other), BODY).status == 200
    Organisation.objects.filter(code="hall").update(active=False)
    assert refused(at, sent(other)) == "revoked"
    Organisation.objects.filter(code="hall").update(active=True)
    clients.revoke(by=house(), client=client)
    assert refused(at, sent(other)) == "revoked"


def test_keys_overlap_after_a_rotation_and_then_end(at: Gate, good: Signing) -> None:  # noqa: F811
    client = Client.objects.get(code=good.client)
    issued = clients.rotate(by=house(), client=client, method="hmac-sha256", overlap_hours=2)
    new = Signing(issued.key.key_id, "hmac-sha256", issued.secret.encode())
    assert [at.raw("POST", PATH, sent(each), BODY).status for each in (good, new)] == [200, 200]
    ClientKey.objects.filter(key_id=good.key_id).update(valid_until=timezone.now() - timedelta(seconds=1))
    assert refused(at, sent(good)) == "expired"
    assert at.raw("POST", PATH, sent(new), BODY).status == 200
    Client.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    assert refused(at, sent(new)) == "expired"


def test_a_secret_of_another_installation_is_good_for_nothing(at: Gate, good: Signing) -> None:  # noqa: F811
    key = ClientKey.objects.get(key_id=good.key_id)
    assert good.key not in bytes(key.key)
    other = register("second")
    ClientKey.objects.filter(key_id=other.key_id).update(key=bytes(key.key))  # moved to another row
    assert refused(at, sent(good.__class__(other.key_id, "hmac-sha256", good.key))) in ("revoked", "forged")


def test_a_foreign_systems_grants_are_not_mine(at: Gate, good: Signing) -> None:  # noqa: F811
    foreign = register("foreign", organisation="hall2")
    answer = at.ask(PATH, ASKED, by=foreign)
    assert (answer.status, answer.json()["code"]) == (403, "exchange.refused.no_grant")
    assert newest("access.queried")["user"] == "@client:foreign"


def test_knocking_does_not_fill_the_ledger(at: Gate, good: Signing) -> None:  # noqa: F811
    few = at.another(recorded_a_minute=5)
    statuses = [few.raw("POST", PATH, {**sent(good), "signature": "x"}, BODY).status for _ in range(9)]
    assert statuses == [401] * 5 + [429] * 4
    assert count("gateway.refused") == 5


def test_what_cannot_be_understood_is_on_record_and_takes_the_nonce(at: Gate, good: Signing) -> None:  # noqa: F811
    body = b'{"subject": {"id_number": "440604199005011237"}}'
    headers = sent(good, body)
    answer = at.raw("POST", PATH, headers, body)
    assert (answer.status, answer.json()["where"]) == (422, "fields, purpose")
    assert b"440604199005011237" not in answer.body
    assert newest()["why"] == "shape"
    assert newest()["user"] == f"@client:{good.client}"
    assert at.raw("POST", PATH, headers, body).status == 401


def test_registering_is_for_ones_own_organisation(at: Gate) -> None:  # noqa: F811
    officer = Actor("o", "o", "hr", "officer", frozenset({"clients.manage"}))
    hall, hr = (Organisation.objects.get(code=code) for code in ("hall", "hr"))
    said = {"name": "x", "role": system(), "method": "hmac-sha256", "expires_on": district.FAR}
    assert clients.register(by=officer, code="hr-desk", organisation=hr, **said).secret.startswith("tcs_")
    for code, organisation, more, error in (
        ("hall-other", hall, {}, "exchange.refused.client_not_yours"),
        ("hr-desk", hr, {}, "exchange.client_taken"),
        ("440604199005011237", hr, {}, "exchange.client_terms"),
        ("hr-two", hr, {"role": Role.objects.get(code="clerk")}, "exchange.client_terms"),
        ("hr-two", hr, {"expires_on": timezone.localdate() - timedelta(days=1)}, "exchange.client_terms"),
        ("hr-two", hr, {"method": "ed25519", "public_key": "hello"}, "exchange.public_key"),
    ):
        with pytest.raises(Exception) as told:
            clients.register(by=officer, code=code, organisation=organisation, **{**said, **more})
        assert told.value.code == error  # type: ignore[attr-defined]
    with pytest.raises(Exception) as told:
        clients.revoke(by=officer, client=Client.objects.get(code="hall-desk"))
    assert told.value.code == "exchange.refused.client_not_yours"  # type: ignore[attr-defined]
    stored = b"".join(bytes(each.body) for each in ledger.entries()).decode()
    assert "tcs_" not in stored

"""Screens of clients, statements and unusual use, as officer, steward and others meet them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast
from tongchou.exchange import watching
from tongchou.exchange.models import Client, ClientKey, Usage, UsageAlert
from tongchou.ledger import queries as ledger

pytestmark = pytest.mark.usefixtures("transactional_db", "data")


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def registered(browser: Browser, code: str = "edu-desk", **more: str) -> object:
    asked = {
        "code": code, "name": "入学报名系统", "organisation": "edu", "role": "system", "method": "hmac-sha256",
        "expires_on": (timezone.localdate() + timedelta(days=30)).isoformat(), **more,
    }  # fmt: skip
    return browser.post(reverse("exchange:client_new"), asked)


def test_an_officer_registers_a_system_and_sees_its_secret_once(cast: Cast) -> None:
    officer = cast.client("officer")
    page = text(registered(officer))
    assert "tcs_" in page
    secret = page.split("tcs_")[1][:20]
    client = Client.objects.get()
    key = ClientKey.objects.get()
    assert (client.organisation.code, client.created_by, key.method) == ("edu", "officer", "hmac-sha256")
    assert secret.encode() not in bytes(key.key)
    for name, arguments in (("client", ["edu-desk"]), ("clients", [])):
        later = text(officer.get(reverse(f"exchange:{name}", args=arguments)))
        assert "edu-desk" in later
        assert "tcs_" not in later
    assert secret.encode() not in b"".join(bytes(each.body) for each in ledger.entries())


def test_a_new_key_and_revoking(cast: Cast) -> None:
    officer = cast.client("officer")
    registered(officer)
    old = ClientKey.objects.get()
    page = text(
        officer.post(
            reverse("exchange:client_rotate", args=["edu-desk"]),
            {"method": "hmac-sha256", "overlap_hours": "2"},
        )
    )
    assert "tcs_" in page
    old.refresh_from_db()
    assert old.valid_until is not None
    wrong = officer.post(
        reverse("exchange:client_rotate", args=["edu-desk"]),
        {"method": "ed25519", "overlap_hours": "0", "public_key": "x"},
    )
    assert wrong.status_code == 400
    assert "Ed25519" in text(wrong)
    officer.post(reverse("exchange:client_revoke", args=["edu-desk"]), {"key": old.key_id})
    old.refresh_from_db()
    assert old.revoked_at is not None
    assert Client.objects.get().revoked_at is None
    officer.post(reverse("exchange:client_revoke", args=["edu-desk"]))
    assert Client.objects.get().revoked_by == "officer"
    assert "已吊销" in text(officer.get(reverse("exchange:client", args=["edu-desk"])))


def test_only_ones_own_organisations_systems(cast: Cast) -> None:
    registered(cast.client("officer"))
    other = cast.client("other_officer")
    assert "edu-desk" not in text(other.get(reverse("exchange:clients")))
    assert other.get(reverse("exchange:client", args=["edu-desk"])).status_code == 404
    assert other.post(reverse("exchange:client_revoke", args=["edu-desk"])).status_code == 404
    assert text(registered(other, code="civil-desk")).count("tcs_") == 0
    assert "edu-desk" in text(cast.client("steward").get(reverse("exchange:clients")))
    assert cast.client("clerk").get(reverse("exchange:clients")).status_code == 403


def test_all_that_is_wrong_is_told_at_once(cast: Cast) -> None:
    page = registered(cast.client("officer", "en"), code="No Such", name=" ", expires_on="2020-01-01")
    assert page.status_code == 400  # type: ignore[attr-defined]
    assert not Client.objects.exists()


def test_statements_are_listed(cast: Cast, sample_pack: None) -> None:
    page = text(cast.client("officer", "en").get(reverse("exchange:statements")))
    assert "Owns housing in the district" in page
    assert "months_paid &gt;= :months" in page


def test_unusual_use_is_raised_shown_and_answered_for(cast: Cast) -> None:
    registered(cast.client("officer"))
    today = timezone.localdate()
    for back in range(1, 6):
        Usage.objects.create(
            day=today - timedelta(days=back), of="user", key="@client:edu-desk", uses=100, caseless=100
        )
    Usage.objects.create(
        day=today, of="user", key="@client:edu-desk", uses=900, night=120, caseless=110, misses=30
    )
    assert watching.look() == 2
    assert watching.look() == 0
    assert {each.kind for each in UsageAlert.objects.all()} == {"volume", "night"}
    steward = cast.client("steward")
    assert "@client:edu-desk" in text(steward.get(reverse("exchange:alerts")))
    alert = UsageAlert.objects.get(kind="volume")
    assert (alert.number, alert.usual, alert.organisation) == (900, 100, "edu")
    where = reverse("exchange:alert_acknowledge", args=[alert.pk])
    steward.post(where, {"word": "440604199005011237"})
    steward.post(where, {"word": ""})
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    steward.post(where, {"word": "招生高峰，已核实"})
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.word) == ("steward", "招生高峰，已核实")
    assert "招生高峰" in text(steward.get(reverse("exchange:alerts"), {"state": "all"}))
    other = cast.client("other_officer")
    assert "@client" not in text(other.get(reverse("exchange:alerts")))
    assert other.post(where, {"word": "x"}).status_code == 404


def test_a_provider_sees_what_is_unusual_about_its_data(cast: Cast, sample_pack: None) -> None:
    Usage.objects.create(day=timezone.localdate(), of="grant", key="G-0082", uses=5_000)
    assert watching.look() == 1
    alert = UsageAlert.objects.get()
    assert (alert.organisation, alert.provider) == ("civil", "land")
    assert "G-0082" in text(cast.client("steward").get(reverse("exchange:alerts")))

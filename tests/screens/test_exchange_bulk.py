"""Screens of exports, subscriptions, statistics and leaks: asked for, followed, fetched, refused in place."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import district
from tests.actions import crowded
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import User
from tongchou.exchange import work
from tongchou.exchange.models import Export, Grant, StatisticsRule, Subscription

pytestmark = pytest.mark.usefixtures("data")

HOUSE = Actor.house("tests")


def signed_in(user: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(username=user))
    return client


@pytest.fixture
def clerk() -> Client:
    crowded.founded(300)
    crowded.bulk_grant()
    return signed_in("clerk")


ASKED = {
    "grant": "G-BULK",
    "purpose": "relief_check",
    "format": "csv",
    "columns": ["name", "id_number"],
    "valid_on": "",
}


def test_an_export_from_the_form_to_the_file(clerk: Client) -> None:
    page = clerk.get("/exports/new/").content.decode()
    assert "G-BULK" in page and "masked" in page.lower()
    assert "about 300 rows" in clerk.post("/exports/estimate/", ASKED).content.decode()
    asked = clerk.post("/exports/new/", ASKED)
    assert asked.status_code == 302
    number = Export.objects.get().number
    assert f"/exports/{number}/progress/" in clerk.get(f"/exports/{number}/").content.decode()
    assert "HX-Refresh" not in clerk.get(f"/exports/{number}/progress/").headers
    work.run_all(by=HOUSE)
    assert clerk.get(f"/exports/{number}/progress/").headers["HX-Refresh"] == "true"
    file = clerk.post(f"/exports/{number}/download/")
    body = b"".join(file.streaming_content)  # type: ignore[attr-defined]
    assert body.count(b"\n") == 301 and number in file.headers["Content-Disposition"]
    assert "300" in clerk.get("/exports/").content.decode()
    clerk.post(f"/exports/{number}/delete/")
    assert Export.objects.get().state == "deleted"


def test_a_colleague_sees_the_export_and_cannot_fetch_it(clerk: Client) -> None:
    clerk.post("/exports/new/", ASKED)
    work.run_all(by=HOUSE)
    number = Export.objects.get().number
    colleague = User.objects.create(username="colleague", name="同事")
    colleague.memberships.create(
        role=User.objects.get(username="clerk").memberships.get().role,
        organisation=User.objects.get(username="clerk").memberships.get().organisation,
    )
    other = signed_in("colleague")
    assert "disabled" in other.get(f"/exports/{number}/").content.decode()
    assert other.post(f"/exports/{number}/download/").status_code >= 400
    assert signed_in("other_clerk").get(f"/exports/{number}/").status_code == 404


def test_what_is_wrong_is_said_in_place(clerk: Client) -> None:
    wrong = clerk.post("/exports/new/", {**ASKED, "columns": []})
    assert wrong.status_code == 400 and "G-BULK" in wrong.content.decode()
    Grant.objects.update(rows="gone = '1'")
    assert clerk.post("/exports/new/", ASKED).status_code == 400
    Grant.objects.update(state="withdrawn")
    assert "No grant for batch use" in clerk.get("/exports/new/").content.decode()


def test_a_subscription_shows_its_secret_once(clerk: Client, settings: object) -> None:
    settings.WEBHOOK_HOSTS = frozenset({"inner.gov"})  # type: ignore[attr-defined]
    asked = {"grant": "G-BULK", "purpose": "relief_check", "url": "http://inner.gov/in"}
    made = clerk.post("/subscriptions/new/", asked)
    assert "whsec_" in made.content.decode() and made.headers["Cache-Control"] == "no-store"
    number = Subscription.objects.get().number
    page = clerk.get(f"/subscriptions/{number}/").content.decode()
    assert "whsec_" not in page and "inner.gov" in page
    refused = clerk.post("/subscriptions/new/", {**asked, "url": "http://127.0.0.1/"})
    assert refused.status_code == 400 and "https" in refused.content.decode()
    for what, state in (("pause", "paused"), ("resume", "live"), ("end", "ended"), ("nonsense", "ended")):
        clerk.post(f"/subscriptions/{number}/{what}/")
        assert Subscription.objects.get().state == state


def test_a_statistical_question_and_its_refusal(clerk: Client) -> None:
    asked = {
        "grant": "G-BULK",
        "purpose": "relief_check",
        "first": "sex",
        "second": "",
        "summed": "",
        "where": "",
    }
    page = clerk.post("/statistics/", asked).content.decode()
    assert "300" in page and 'data-chart="answer-chart"' in page
    wrong = clerk.post("/statistics/", {**asked, "where": "name = 'x'"})
    assert wrong.status_code == 400 and "name" in wrong.content.decode()
    assert clerk.post("/statistics/", {**asked, "first": "id_number"}).status_code == 400


def test_the_provider_sets_the_rule_and_nobody_else(clerk: Client) -> None:
    said = {"method": "privacy", "least": "20", "dominance_percent": "70", "most_questions": "40",
            "records_per_subject": "1", "budget": "2", "cost": "0.5", "bounds": ""}  # fmt: skip
    assert clerk.post("/statistics/rules/ps.residents/", said).status_code == 404
    role = User.objects.get(username="officer").memberships.get().role
    role.permissions = [*role.permissions, "exchange.aggregate"]
    role.save()
    officer = signed_in("officer")
    assert officer.get("/statistics/rules/ps.residents/").status_code == 200
    assert officer.post("/statistics/rules/ps.residents/", {**said, "bounds": "wage"}).status_code == 400
    assert officer.post("/statistics/rules/ps.residents/", said).status_code == 302
    assert StatisticsRule.objects.get().budget_micro == 2_000_000


def test_the_auditor_hands_in_a_leak(clerk: Client, tmp_path: Path) -> None:
    people = district.cast()
    done = crowded.exported(people["clerk"])
    leaked = crowded.saved(people["clerk"], done, tmp_path).read_bytes()
    auditor = signed_in("auditor")
    page = auditor.post("/leaks/", {"file": SimpleUploadedFile("x.csv", leaked)}).content.decode()
    assert done.number in page and "innocent" in page
    assert (
        "cannot be told"
        in auditor.post("/leaks/", {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")}).content.decode()
    )
    assert auditor.post("/leaks/", {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04no")}).status_code == 400
    assert auditor.post("/leaks/").status_code == 400
    assert clerk.get("/leaks/").status_code == 403

"""Batch, subscription and statistics at the gateway: the functions of the screens, reached by a signed request."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest

from tests.actions import crowded
from tests.actions.gate import Gate, gate, register  # noqa: F401
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Role
from tongchou.exchange import work
from tongchou.exchange.actions import subscriptions
from tongchou.exchange.models import Export, Grant

pytestmark = pytest.mark.usefixtures("data")

ASKED = {"grant": "G-BULK", "purpose": "relief_check"}
RIGHTS = ["exchange.export", "exchange.subscribe", "exchange.aggregate"]


@pytest.fixture
def at(gate: Gate) -> Gate:  # noqa: F811
    crowded.founded(200)
    gate.client = register()
    Role.objects.filter(code="system").update(permissions=["gateway.use", *RIGHTS])
    crowded.bulk_grant(role="system")
    return gate


def test_a_file_is_ordered_followed_and_fetched(at: Gate) -> None:
    ordered = at.ask("/exchange/batch", {**ASKED, "fields": ["name", "id_number"]})
    assert ordered.status == 200, ordered.body
    number = ordered.json()["export"]
    assert ordered.json()["state"] == "waiting"
    early = at.ask("/exchange/batch/file", {"export": number})
    assert early.status == 400 and early.json()["code"] == "exchange.export_gone"
    work.run_all(by=Actor.house("tests"))
    done = at.ask("/exchange/batch/state", {"export": number}).json()
    assert (done["state"], done["rows"]) == ("done", 200)
    file = at.ask("/exchange/batch/file", {"export": number})
    assert file.status == 200 and hashlib.sha256(file.body).hexdigest() == done["digest"]
    rows = list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig"))))
    assert len(rows) == 200 and set(rows[0]) == {"row_ref", "subject_ref", "name", "id_number"}


def test_a_replayed_order_makes_no_second_file(at: Gate) -> None:
    assert at.ask("/exchange/batch", ASKED, nonce="0123456789abcdef01234567").status == 200
    again = at.ask("/exchange/batch", ASKED, nonce="0123456789abcdef01234567")
    assert again.status == 401 and Export.objects.count() == 1


def test_refusals_are_problems(at: Gate) -> None:
    for asked, status in (
        ({**ASKED, "grant": "G-NONE"}, 403),
        ({**ASKED, "fields": ["wage"]}, 403),
        ({**ASKED, "format": "exe"}, 422),
        ({**ASKED, "grant": "'; drop table"}, 422),
        ({**ASKED, "fields": []}, 422),
    ):
        found = at.ask("/exchange/batch", asked)
        assert found.status in (status, 400), found.body
        assert found.headers["content-type"].startswith("application/problem+json")
    Grant.objects.update(state="withdrawn")
    assert at.ask("/exchange/batch", ASKED).status == 403
    assert not Export.objects.exists()


def test_another_clients_file_is_not_there(at: Gate) -> None:
    number = at.ask("/exchange/batch", ASKED).json()["export"]
    other = register("hall-kiosk")
    assert (
        at.ask("/exchange/batch/state", {"export": number}, by=other).json()["code"] == "exchange.no_export"
    )


def test_changes_page_by_page(at: Gate) -> None:
    by = Actor("officer", "officer", "hall", "system", frozenset(RIGHTS))
    number = subscriptions.subscribe(by=by, grant="G-BULK", purpose="relief_check").subscription.number
    cursor, told = "", 0
    while True:
        asked: dict[str, Any] = {
            "subscription": number,
            "limit": 70,
            **({"cursor": cursor} if cursor else {}),
        }
        page = at.ask("/exchange/changes", asked)
        assert page.status == 200, page.body
        told += len(page.json()["changes"])
        cursor = page.json()["cursor"]
        if not page.json()["more"]:
            break
    assert told == 200
    assert at.ask("/exchange/changes", {"subscription": number, "cursor": cursor}).json()["changes"] == []
    forged = at.ask("/exchange/changes", {"subscription": number, "cursor": "AAAA"})
    assert forged.status in (400, 409, 422) and forged.json()["code"] == "exchange.cursor_unreadable"


def test_statistics(at: Gate) -> None:
    found = at.ask("/exchange/statistics", {**ASKED, "group_by": ["sex"]})
    assert found.status == 200, found.body
    lines = found.json()["lines"]
    assert sum(line["count"] for line in lines if not line["total"]) == 200
    assert at.ask("/exchange/statistics", {**ASKED, "group_by": ["name"]}).status == 400
    assert at.ask("/exchange/statistics", {**ASKED, "where": "1; drop"}).status in (400, 422)

"""The dossier's page and its interface: relations as a picture and a list, documents with safe headers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import district
from tests.actions import families
from tests.actions.families import subject
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_dossier_around import keep, scanned
from tests.screens.test_exchange_api import ask, token_of
from tests.screens.test_exchange_screens import client_of, page
from tongchou.accounts.models import ApiToken
from tongchou.sample.scans import page as paper
from tongchou.sample.scans import picture

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def clerk() -> Client:
    """A clerk with a purpose, in the families' district."""
    families.linked()
    district.cast()
    district.grant("ps.hukou", fields=["name", "household_no", "relation", "birth_date", "address"])
    district.grant("hr.work")
    client = client_of("clerk")
    client.post(reverse("exchange:purpose"), {"purpose": "relief_check", "next": "/search/"})
    return client


def script(text: str, name: str) -> Any:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', text)
    assert found, name
    return json.loads(found[1])


def test_relations_stand_in_a_picture_and_in_a_list(clerk: Client) -> None:
    chen, he, firm = subject("ps.hukou", "R1"), subject("ps.hukou", "R2"), subject("market.firms", "M1")
    text = page(clerk.get(reverse("exchange:dossier", args=[chen])))
    listed = set(re.findall(r'data-related="(\w+)"', text))
    assert {he, firm} <= listed
    (points,) = [each["data"] for each in script(text, "relations-chart")["series"]]
    assert {each["url"] for each in points if "url" in each} == {
        reverse("exchange:dossier", args=[each]) for each in listed
    }
    assert len(script(text, "relations-chart-phone")["series"][0]["data"]) <= 7
    assert "何**" in text
    assert "何美玲" not in text
    assert "同户" in text
    assert "推得" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    english = client_of("clerk", "en")
    english.post(reverse("exchange:purpose"), {"purpose": "relief_check", "next": "/search/"})
    told = page(english.get(reverse("exchange:dossier", args=[chen])))
    assert "same household" in told
    assert "Household and kin" in told


def test_nothing_is_drawn_of_what_is_not_granted(clerk: Client) -> None:
    firm = subject("market.firms", "M1")
    district.grant("market.firms", fields=["name", "uscc"])
    text = page(clerk.get(reverse("exchange:dossier", args=[firm])))
    assert subject("ps.hukou", "R6") not in text  # who leads it: those fields are not granted
    assert subject("ps.hukou", "R1") in text  # who works there: by hr.work


@pytest.mark.parametrize(
    ("content", "form", "place"), [(picture("T"), "png", "inline"), (paper("P", "T"), "pdf", "attachment")]
)
def test_a_document_is_handed_over_so_that_nothing_in_it_runs(
    clerk: Client, content: bytes, form: str, place: str
) -> None:
    son = scanned(keep(content, form))
    district.grant("health.births", unmasked=["scan"])
    text = page(clerk.get(reverse("exchange:dossier", args=[son])))
    assert f"{form.upper()} 文件" in text
    record = re.search(r'name="record" value="(\w+)"', text)
    assert record
    asked = {"resource": "health.births", "record": record[1], "field": "scan"}
    answer = clerk.post(reverse("exchange:document", args=[son]), asked)
    assert (answer.status_code, answer.content) == (200, content)
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script" not in headers["Content-Security-Policy"]
    assert headers["Content-Disposition"].startswith(place)
    assert headers["Cache-Control"] == "no-store"
    assert "陈" not in str(headers)
    assert clerk.get(reverse("exchange:document", args=[son])).status_code == 405
    wrong = clerk.post(reverse("exchange:document", args=[son]), {**asked, "field": "name"})
    assert wrong.status_code in (403, 404)
    token = token_of("clerk")
    body = {"resource": "health.births", "record": record[1], "field": "scan", "purpose": "relief_check"}
    status, told = ask(token, "get", f"/subjects/{son}/dossier", purpose="relief_check")
    assert status == 200
    (file,) = [
        value["file"]
        for group in told["groups"]
        for each in group["records"]
        for value in each["values"]
        if value["file"]
    ]
    assert (file["form"], file["size"], file["may_open"]) == (form, len(content), True)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    opened = client.post(
        f"/api/v1/subjects/{son}/document", json.dumps(body), content_type="application/json"
    )
    assert (opened.status_code, opened.content) == (200, content)
    assert "/" in opened.headers["X-Tongchou-Receipt"]
    assert ApiToken.objects.count() == 1


def test_the_interface_tells_what_stands_around(clerk: Client) -> None:
    chen, he = subject("ps.hukou", "R1"), subject("ps.hukou", "R2")
    status, told = ask(token_of("clerk"), "get", f"/subjects/{chen}/dossier", purpose="relief_check")
    assert status == 200
    assert he in {each["other"] for each in told["household"]}
    assert {each["section"] for each in told["related"]} == {"family", "work"}
    assert told["spots"] == []
    assert "何美玲" not in json.dumps(told, ensure_ascii=False)


def test_who_reads_nothing_learns_of_nobody(clerk: Client) -> None:
    answer = client_of("officer").get(reverse("exchange:dossier", args=[subject("ps.hukou", "R1")]))
    assert answer.status_code == 403

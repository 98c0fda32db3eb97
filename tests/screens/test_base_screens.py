"""Screens of base libraries: rules and counts without values, why a value was taken, disagreements sent by a button."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from tests import citizens, district
from tests.actions import families
from tests.actions.families import subject
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.models import User
from tongchou.exchange.models import Correction

pytestmark = pytest.mark.usefixtures("data")


def client_of(username: str) -> Client:
    client = Client(headers={"accept-language": "zh"})
    client.force_login(User.objects.get(username=username))
    return client


@pytest.fixture
def found(data: Path) -> None:  # noqa: F811
    citizens.found_with("citizens and families", families.linked)


@pytest.mark.usefixtures("found")
def test_a_library_tells_its_rules_and_no_values() -> None:
    page = client_of("steward").get("/pool/base/people/").content.decode()
    assert "取值规则与结果" in page
    assert "ps.hukou" in page
    for value in (families.CHEN, "陈志强", "13800138000"):
        assert value not in page
    assert client_of("clerk").get("/pool/base/people/").status_code == 403


@pytest.mark.usefixtures("found")
def test_disagreements_are_listed_and_sent() -> None:
    client = client_of("steward")
    page = client.get("/disagreements/").content.decode()
    assert 'data-department="hr"' in page
    assert 'data-resource="hr.work"' in page
    assert "陈志强" not in page
    answer = client.post("/disagreements/people/hr.work/ethnicity/send/")
    assert answer.status_code == 302
    assert Correction.objects.filter(resource__code="hr.work", field="ethnicity").count() == 1
    assert client_of("clerk").get("/disagreements/").status_code == 403


@pytest.mark.usefixtures("found")
def test_why_a_value_was_taken_of_what_the_reader_may_see() -> None:
    district.grant("ps.hukou", fields=["name", "ethnicity"], number="G-H")
    chen = subject("ps.hukou", "R1")
    client = client_of("clerk")
    client.post("/purpose/", {"purpose": "relief_check"})
    page = client.get(f"/dossiers/{chen}/taken/").content.decode()
    assert "只有《ps.hukou》提供" in page, "of what the clerk may not see there is nothing in the reason"
    assert "hr.work" not in page
    district.grant("hr.work", fields=["ethnicity"], number="G-W")
    page = client.get(f"/dossiers/{chen}/taken/").content.decode()
    assert "《ps.hukou》比《hr.work》权威" in page

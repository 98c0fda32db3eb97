"""The catalogue: list, filters, page, editing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tongchou.catalogue.models import Resource
from tongchou.exchange.models import Grant, Request, Statement
from tongchou.ledger.models import Entry

ClientAs = Callable[..., Client]
LIST = reverse("catalogue:resources")
pytestmark = pytest.mark.usefixtures("sample_pack")


def codes(client: Client, query: str = "") -> set[str]:
    return {one.code for one in client.get(LIST + query).context["page"]}


def test_the_list_narrows_by_word_owner_class_and_subject(client_as: ClientAs) -> None:
    mine = client_as("clerk")
    everything = codes(mine)
    assert len(everything) == Resource.objects.count()
    assert codes(mine, "?organisation=edu") == {
        "edu.pupils", "edu.enrolments", "edu.schools", "theme.school_age", "mart.pupils_by_school",
    }  # fmt: skip
    assert codes(mine, "?q=学校") <= everything
    assert "edu.schools" in codes(mine, "?q=学校")
    assert {Resource.objects.get(code=code).share_class for code in codes(mine, "?share_class=closed")} == {
        "closed"
    }
    assert codes(mine, "?subject_kind=enterprise").isdisjoint(codes(mine, "?subject_kind=person"))
    assert codes(mine, "?element=id_number") < everything
    assert "没有符合条件的资源" in mine.get(LIST + "?q=zzz").content.decode()


def test_an_empty_catalogue_says_how_to_fill_it(client_as: ClientAs) -> None:
    for model in (Grant, Request, Statement, Resource):
        model.objects.all().delete()
    assert "目录还是空的" in client_as("clerk").get(LIST).content.decode()


def test_the_page_shows_fields_lineage_and_panels(client_as: ClientAs) -> None:
    page = client_as("steward").get(reverse("catalogue:resource", args=["ps.residents"])).content.decode()
    for words in ("公民身份号码", "GB 11643", "户籍管理系统", "主键", "编辑"):
        assert words in page
    assert (
        "编辑"
        not in client_as("clerk").get(reverse("catalogue:resource", args=["ps.residents"])).content.decode()
    )
    assert client_as("clerk").get(reverse("catalogue:resource", args=["no.such"])).status_code == 404


def test_the_page_speaks_english(client_as: ClientAs) -> None:
    page = (
        client_as("steward", "en").get(reverse("catalogue:resource", args=["ps.residents"])).content.decode()
    )
    assert "Registered residents" in page
    assert "Where the data comes from and goes" in page


def edited(resource: Resource, **changes: str) -> dict[str, str]:
    values = {
        name: getattr(resource, name)
        for name in ("name", "name_en", "abstract", "abstract_en", "share_class", "cycle")
    }
    grades = {f"grade_{field.name}": str(field.grade) for field in resource.fields.all()}
    return {**values, **grades, **changes}


def test_editing_is_on_the_ledger_by_names_of_what_changed(client_as: ClientAs) -> None:
    mine = client_as("steward")
    resource = Resource.objects.get(code="ps.residents")
    url = reverse("catalogue:edit", args=[resource.code])
    assert mine.get(url).status_code == 200
    answer = mine.post(url, edited(resource, cycle="weekly", grade_name="3"))
    assert answer.status_code == 302
    resource.refresh_from_db()
    assert resource.cycle == "weekly"
    assert resource.fields.get(name="name").grade == 3
    body = bytes(Entry.objects.filter(kind="resource.changed").latest("at").body).decode()
    assert "cycle" in body
    assert "name.grade" in body


def test_a_mistake_keeps_what_was_typed_and_says_what_is_wrong(client_as: ClientAs) -> None:
    resource = Resource.objects.get(code="ps.residents")
    url = reverse("catalogue:edit", args=[resource.code])
    answer = client_as("steward").post(
        url, edited(resource, name="", abstract="写到一半的摘要", grade_name="7")
    )
    page = answer.content.decode()
    assert "请先改正以下内容" in page
    assert "写到一半的摘要" in page
    resource.refresh_from_db()
    assert resource.name


def test_only_those_who_keep_the_catalogue_edit_it(client_as: ClientAs) -> None:
    url = reverse("catalogue:edit", args=["ps.residents"])
    for part in ("officer", "clerk", "auditor"):
        assert client_as(part).get(url).status_code == 403
        assert client_as(part).post(url, {}).status_code == 403

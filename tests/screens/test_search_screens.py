"""The search page and its interface: why somebody was found, what was left out, tables by the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.actions import searched
from tests.actions.pooled import data  # noqa: F401
from tests.screens.test_exchange_api import ask, token_of
from tongchou.accounts.models import Role, User
from tongchou.exchange.models import Grant

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def clerk(data: Path) -> Client:  # noqa: F811
    people = searched.founded(40)
    role = Role.objects.get(code="clerk")
    Role.objects.filter(pk=role.pk).update(permissions=[*role.permissions, "catalogue.view"])
    client = Client()
    client.force_login(User.objects.get(username=people["clerk"].username))
    return client


def asked(client: Client, query: str) -> str:
    answer = client.post(reverse("exchange:search"), {"query": query, "purpose": "relief_check"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_results_say_why_and_nothing_found_is_said(clerk: Client) -> None:
    page = asked(clerk, "chenxiaoming")
    assert "data-why" in page and "拼音一致" in page and "陈小明" not in page.replace('value="陈小明"', "")
    assert "data-more" not in page
    assert "没有查到" in asked(clerk, "阿不都克里木")
    page = asked(clerk, "户籍人口")
    assert "data-resources" in page and "ps.residents" in page and "没有查到" not in page


def test_more_than_are_shown_is_said_without_a_number(clerk: Client) -> None:
    page = asked(clerk, "祖庙街道")
    assert "data-more" in page
    assert page.count("data-why") == 20
    Grant.objects.filter(number="G-RES").update(fields=["sex"])
    page = asked(clerk, "祖庙街道")
    assert "data-more" not in page
    assert page.count("data-why") <= 2  # the companies


def test_the_interface_answers_the_same(clerk: Client) -> None:
    token = token_of("clerk")
    status, told = ask(token, "post", "/search", {"query": "陈晓明 1985", "purpose": "relief_check"})
    assert status == 200
    assert told["found"][0]["why"]["en"] == "sounds the same"
    assert (told["found"][0]["documents"], told["more"], told["resources"]) == ([], False, [])
    assert "陈小明" not in json.dumps(told, ensure_ascii=False)
    status, told = ask(token, "post", "/search", {"query": "户籍人口", "purpose": "relief_check"})
    assert [each["code"] for each in told["resources"]] == ["ps.residents"]
    status, told = ask(token, "post", "/search", {"query": "陈", "purpose": "relief_check"})
    assert (status, told["code"]) == (400, "exchange.query_unreadable")

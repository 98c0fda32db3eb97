"""The pool's screens: the board, link runs and their progress."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import User
from tongchou.pool.models import LinkRun
from tongchou.pool.work import perform_next

pytestmark = pytest.mark.usefixtures("data")


def client_of(username: str, language: str = "zh-hans") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(User.objects.get(username=username))
    return client


def test_an_empty_pool_says_what_will_be_here() -> None:
    district.cast()
    assert "还没有关联库" in client_of("steward").get(reverse("pool:home")).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_steward_asks_for_a_run_and_sees_it_done(language: str) -> None:
    district.cast()
    district.gather()
    steward = client_of("steward", language)
    asked = steward.post(reverse("pool:link", args=["people"]))
    run = LinkRun.objects.get()
    assert asked.headers["Location"] == reverse("pool:run", args=[run.pk])
    waiting = steward.get(asked.headers["Location"], HTTP_HX_REQUEST="true").content.decode()
    assert "hx-get" in waiting
    assert steward.post(reverse("pool:link", args=["people"])).status_code == 400
    perform_next(by=Actor.house("worker"))
    done = steward.get(asked.headers["Location"], HTTP_HX_REQUEST="true").content.decode()
    assert "hx-get" not in done
    board = steward.get(reverse("pool:home"))
    assert board.status_code == 200
    assert steward.get(reverse("pool:runs")).status_code == 200
    if language == "en":
        assert "Link again" in board.content.decode()


def test_outsiders_see_nothing_of_the_pool() -> None:
    district.cast()
    for name in ("home", "runs"):
        assert client_of("outsider").get(reverse(f"pool:{name}")).status_code == 403
        assert Client().get(reverse(f"pool:{name}")).status_code == 302

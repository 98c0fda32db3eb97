"""The language of a page: what the visitor chose, else the installation's; the browser's where it is left to it."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
PAGE = reverse("accounts:sign_in")
ENGLISH, CHINESE = 'lang="en"', 'lang="zh-CN"'


def asked(language: str, cookie: str = "") -> str:
    client = Client(headers={"accept-language": language})
    if cookie:
        client.cookies["tongchou_language"] = cookie
    return client.get(PAGE).content.decode()


@pytest.mark.parametrize(("setting", "spoken"), [("zh-hans", CHINESE), ("en", ENGLISH)])
def test_a_first_visit_is_spoken_to_as_the_installation_says(
    settings: LazySettings, setting: str, spoken: str
) -> None:
    settings.TONGCHOU_LANGUAGE = settings.LANGUAGE_CODE = setting
    for browser in ("en-GB,en;q=0.9", "zh-CN,zh;q=0.9", "fr", ""):
        assert spoken in asked(browser)[:400]


def test_auto_leaves_it_to_the_browser(settings: LazySettings) -> None:
    settings.TONGCHOU_LANGUAGE = "auto"
    assert ENGLISH in asked("en-GB,en;q=0.9")[:400]
    assert CHINESE in asked("zh-CN")[:400]
    assert CHINESE in asked("fr")[:400]


@pytest.mark.parametrize("setting", ["zh-hans", "en", "auto"])
def test_what_a_visitor_chose_outranks_both(settings: LazySettings, setting: str) -> None:
    settings.TONGCHOU_LANGUAGE = setting
    assert ENGLISH in asked("zh-CN", cookie="en")[:400]
    assert CHINESE in asked("en", cookie="zh-hans")[:400]
    assert CHINESE in asked("zh-CN", cookie="xx")[:400], "a language nobody offers was not chosen"

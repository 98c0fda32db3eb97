"""A tour of every screen in a real browser, as the role that uses it, on a desk and on a phone, in both languages.

Every screen must have nothing for axe to find, no sideways scrolling, nothing on the console, no request to another
host and, in English, no Chinese but in data. With TONGCHOU_SCREENSHOTS=folder it writes pictures there; those of the
documentation are taken by `tools/pictures.py`.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsing import axe, chinese_left, go, new_context, overflow, settle, sign_in, watch
from tests.installation import District

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

#: Who opens which screens. A path that begins with ">" is the first link on the page before it that fits.
TOUR: dict[str, list[tuple[str, str]]] = {
    "": [("sign-in", "/sign-in/"), ("no-such-page-signed-out", "/no/such/page/")],
    "steward": [
        ("desk-steward", "/"),
        ("catalogue", "/catalogue/"),
        ("catalogue-nothing-found", "/catalogue/?q=nothing-like-it"),
        ("resource", "/catalogue/ps.residents/"),
        ("resource-edit", "/catalogue/ps.residents/edit/"),
        ("deliveries", "/gather/"),
        ("deliveries-nothing-found", "/gather/?q=nothing-like-it"),
        ("delivery", "/gather/?q=health.visits >/gather/D[^/]+/$"),
        ("quarantined-rows", "/gather/?q=health.visits >/gather/D[^/]+/$ >/quarantine/$"),
        ("quarantined-row", "/gather/?q=health.visits >/gather/D[^/]+/$ >/quarantine/$ >/quarantine/\\d+/$"),
        ("quarantine", "/gather/quarantine/"),
        ("sources", "/gather/sources/"),
        ("source", "/gather/sources/ps_hukou/"),
        ("upload", "/gather/upload/ps.residents/"),
        ("pool", "/pool/"),
        ("runs", "/pool/runs/"),
        ("run", "/pool/runs/ >/pool/runs/\\d+/$"),
        ("pairs", "/pairs/"),
        ("review", "/pairs/ >?/pairs/\\d+/$"),
        ("link-quality", "/links/quality/"),
        ("link-report", "/links/quality/ >/links/reports/\\d+/$"),
        ("candidates", "/pool/candidates/"),
        ("base-library", "/pool/base/people/"),
        ("disagreements", "/disagreements/"),
        ("erasures", "/erasures/"),
        ("erasure-new", "/erasures/new/"),
        ("holds", "/holds/"),
        ("retention", "/retention/"),
        ("grants", "/grants/"),
        ("grant", "/grants/ >/grants/(?!new)[^/]+/$"),
        ("grant-new", "/grants/new/"),
        ("requests-steward", "/requests/"),
        ("clients-steward", "/clients/"),
        ("statements", "/statements/"),
        ("alerts", "/alerts/"),
        ("balances", "/balance/"),
        ("held", "/catalogue/held/"),
        ("needs", "/catalogue/needs/"),
        ("answerable", "/catalogue/answerable/"),
        ("corrections-steward", "/corrections/"),
        ("cases-steward", "/cases/"),
        ("flows", "/flows/"),
        ("flow", "/flows/share_request/"),
        ("flow-versions", "/flows/share_request/versions/"),
        ("flow-edit", "/flows/share_request/edit/"),
        ("flow-edit-text", "/flows/share_request/edit/?mode=text"),
        ("flow-new", "/flows/new-flow/"),
        ("calendars", "/flows/work-calendars/"),
        ("matters", "/flows/in-progress/"),
        ("me", "/me/"),
        ("password", "/me/password/"),
        ("second-factor", "/me/second-factor/"),
        ("gallery", "/gallery/"),
        ("not-allowed", "/people/"),
        ("no-such-page", "/no/such/page/"),
        ("no-such-delivery", "/gather/D1/"),
    ],
    "officer_edu": [
        ("desk-officer", "/"),
        ("deliveries-officer", "/gather/"),
        ("resource-officer", "/catalogue/edu.pupils/"),
        ("source-officer", "/gather/sources/edu_pupils/"),
        ("upload-not-mine", "/gather/upload/ps.residents/"),
        ("grants-officer", "/grants/"),
        ("request-to-decide", "/requests/ >?/requests/R-[^/]+/$"),
        ("exports", "/exports/"),
        ("export-new", "/exports/new/"),
        ("check-form", "/catalogue/check-form/"),
        ("registrations", "/catalogue/registrations/"),
        ("subscription-new", "/subscriptions/new/"),
    ],
    "officer_civil": [
        ("desk-officer-civil", "/"),
        ("requests", "/requests/"),
        ("request", "/requests/ >?/requests/R-[^/]+/$"),
        ("request-new", "/requests/new/"),
        ("grant-held", "/grants/ >?/grants/G-2[^/]+/$"),
        ("export", "/exports/ >?/exports/E-[^/]+/$"),
        ("subscriptions", "/subscriptions/"),
        ("statistics", "/statistics/"),
        ("history", "/history/"),
        ("clients", "/clients/"),
        ("client", "/clients/ >?/clients/civil-relief/$"),
        ("client-new", "/clients/new/"),
        ("balance", "/balance/civil/"),
        ("corrections", "/corrections/"),
        ("correction", "/corrections/ >?/corrections/C-[^/]+/$"),
        ("explanations", "/explanations/"),
        ("need-new", "/catalogue/needs/new/"),
    ],
    "clerk": [
        ("desk-clerk", "/"),
        ("search", "/search/"),
        ("cases", "/cases/"),
        ("case", "/cases/ >?/cases/\\d+/$"),
        ("case-new", "/cases/new/"),
        ("own-files", "/own-files/"),
    ],
    "reviewer": [("desk-reviewer", "/")],
    "applicant": [
        ("desk-applicant", "/"),
        ("who-looked", "/my/accesses/"),
        ("ask-why", "/my/accesses/ >?/my/accesses/[^/]+/\\d+/ask/$"),
        ("my-data", "/my/data/"),
        ("this-is-wrong", "/my/data/ >?/my/data/[^/]+/[^/]+/[^/]+/$"),
        ("my-matters", "/my/matters/"),
    ],
    "inspector": [("desk-inspector", "/")],
    "seat": [("desk-seat", "/")],
    "handler": [("desk-handler", "/")],
    "command": [("desk-command", "/")],
    "leader": [("desk-leader", "/")],
    "auditor": [
        ("desk-auditor", "/"),
        ("ledger", "/ledger/"),
        ("ledger-entry", "/ledger/ >/ledger/[0-9a-zA-Z_-]+/\\d+/$"),
        ("heads", "/ledger/heads/"),
        ("verify", "/ledger/verify/"),
        ("grants-auditor", "/grants/"),
        ("prove", "/ledger/prove/"),
        ("witnesses", "/ledger/witnesses/"),
        ("leaks", "/leaks/"),
    ],
    "admin": [
        ("desk-administrator", "/"),
        ("people", "/people/"),
        ("person", "/people/clerk/"),
        ("person-myself", "/people/admin/"),
        ("person-new", "/people/new/"),
        ("roles", "/roles/"),
        ("organisations", "/organisations/"),
        ("organisation", "/organisations/edu/"),
        ("organisation-new", "/organisations/new/"),
    ],
}

FOLDER = os.environ.get("TONGCHOU_SCREENSHOTS", "")
#: Each size once and each language once in every run; TONGCHOU_TOUR=all goes all four ways.
WAYS = [("desk", "zh-CN"), ("phone", "en-GB")]
if os.environ.get("TONGCHOU_TOUR") == "all":
    WAYS += [("phone", "zh-CN"), ("desk", "en-GB")]


def picture(page: Page, name: str, screen: str, language: str) -> None:
    """Keep a picture of the page, if pictures are wanted."""
    if FOLDER:
        tail = ("" if screen == "desk" else "-phone") + ("" if language.startswith("zh") else "-en")
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(FOLDER) / f"{name}{tail}.png"), full_page=True)


def examine(page: Page, name: str, screen: str, language: str, complaints: list[str]) -> list[str]:
    """Everything that is wrong with the page as it stands. Colours are the same on every screen, but for each role's
    first page, where the phone has a navigation of its own."""
    settle(page)
    picture(page, name, screen, language)
    contrast = screen == "desk" or name.startswith(("desk-", "sign-in")) or len(WAYS) > 2
    found = [f"axe {one}" for one in axe(page, contrast=contrast)]
    found += [f"sticks out: {one}" for one in overflow(page)]
    if language.startswith("en"):
        found += [f"not English: {one}" for one in chinese_left(page)]
    expected = re.compile(r"status of (403|404|400)") if name.startswith(("no", "wrong")) else None
    found += [f"complains: {one}" for one in complaints if not (expected and expected.search(one))]
    complaints.clear()
    return [f"{name} ({screen}, {language}): {one}" for one in dict.fromkeys(found)]


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{way[1][:2]}")
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A screen and a language."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def context(browser: Browser, district: District, way: tuple[str, str]) -> Iterator[BrowserContext]:
    """A fresh profile on that screen in that language."""
    fresh = new_context(browser, district.base, way[0], way[1])
    yield fresh
    fresh.close()


@pytest.mark.parametrize("who", TOUR, ids=lambda who: who or "visitor")
def test_every_screen(who: str, context: BrowserContext, way: tuple[str, str]) -> None:
    page = context.new_page()
    complaints = watch(page)
    if who:
        sign_in(page, who)
    wrong: list[str] = []
    for name, path in TOUR[who]:
        go(page, path)
        wrong += examine(page, name, *way, complaints)
    assert not wrong, "\n".join(wrong)


def somebody(district: District) -> dict[str, str]:
    """A person of the household register, as the department delivered them."""
    folder = district.data / "sample" / "ps_hukou"
    newest = sorted(folder.glob("residents*.csv"))[-1]
    raw = newest.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    rows = list(csv.DictReader(text.splitlines()))
    number = next(name for name in rows[0] if "身份" in name or "证件号" in name or "号码" in name)
    return next({"number": row[number]} for row in rows if re.fullmatch(r"\d{17}[\dX]", row[number] or ""))


def test_the_clerk_opens_a_dossier(context: BrowserContext, way: tuple[str, str], district: District) -> None:
    page = context.new_page()
    complaints = watch(page)
    sign_in(page, "clerk")
    page.goto("/search/")
    page.fill("input[name=query]", somebody(district)["number"])
    page.select_option("select[name=purpose]", index=1)
    page.press("input[name=query]", "Enter")
    wrong = []
    settle(page)
    assert page.locator("tr[data-open]").count() >= 1
    assert somebody(district)["number"] not in page.url
    wrong += examine(page, "search-found", *way, complaints)
    page.locator("tr[data-open] a").first.click()
    wrong += examine(page, "dossier", *way, complaints)
    reveal = page.locator("button.reveal")
    if reveal.count():
        reveal.first.click()
        settle(page)
        wrong += examine(page, "dossier-revealed", *way, complaints)
    assert not wrong, "\n".join(wrong)


def test_what_goes_wrong_is_said_in_place(context: BrowserContext, way: tuple[str, str]) -> None:
    page = context.new_page()
    complaints = watch(page)
    page.goto("/sign-in/")
    page.fill("input[name=username]", "nobody")
    page.fill("input[name=password]", "nothing")
    page.click("[data-main-action]")
    wrong = examine(page, "wrong-password", *way, complaints)
    assert page.input_value("input[name=username]") == "nobody"
    assert not wrong, "\n".join(wrong)

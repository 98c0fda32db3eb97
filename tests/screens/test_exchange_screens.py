"""The exchange's screens, as each role of the cast meets them."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import User
from tongchou.exchange.models import Grant
from tongchou.ledger import queries as ledger
from tongchou.ledger import sequencer
from tongchou.pool import links
from tongchou.pool.models import Judgement, Population, ReviewPair

pytestmark = pytest.mark.usefixtures("data")

PERSONAL = ("440604199005011237", "1990-05-01", "13800138000", "人民路12号", "8650")


@pytest.fixture
def cast() -> dict[str, Actor]:
    """The district, gathered, linked, with the clerk's grants."""
    people = district.linked()
    district.grant("ps.residents", unmasked=["id_number"], number="G-RES")
    district.grant("hr.insured", fields=["name", "phone", "birth_date"], number="G-INS")
    return people


def client_of(username: str, language: str = "zh-hans") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(User.objects.get(username=username))
    return client


def wang() -> str:
    return str(links.subject_of("people", "ps.residents", "R1"))


def page(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def asked(client: Client, query: str) -> object:
    return client.post(
        reverse("exchange:search"), {"purpose": "relief_check", "case_ref": "2026-12", "query": query}
    )


def test_a_clerk_searches_opens_and_reveals(cast: dict[str, Actor]) -> None:
    clerk = client_of("clerk")
    assert "用途 relief_check" in page(clerk.get(reverse("exchange:search")))
    found = asked(clerk, "440604199005011237")
    assert found.status_code == 200  # type: ignore[attr-defined]
    assert "王**" in page(found)
    assert reverse("exchange:dossier", args=[wang()]) in page(found)
    opened = clerk.get(reverse("exchange:dossier", args=[wang()]))
    text = page(opened)
    assert opened.status_code == 200
    for shown in (
        "王小明",
        "440***********1237",
        "公安分局",
        "户籍人口",
        "部门之间不一致",
        "迁入",
        "就诊人员",
        "号码一致",
    ):
        assert shown in text
    for personal in PERSONAL:
        assert personal not in text
    # The department that holds nothing granted is named by its resource, never by what it holds of her.
    assert "卫健局" in text
    found_record = re.search(r'"record": "([0-9a-f]{16})", "field": "id_number"', text)
    assert found_record is not None
    revealed = clerk.post(
        reverse("exchange:reveal", args=[wang()]),
        {"resource": "ps.residents", "record": found_record[1], "field": "id_number"},
        HTTP_HX_REQUEST="true",
    )
    assert "440604199005011237" in page(revealed)
    refused = clerk.post(
        reverse("exchange:reveal", args=[wang()]),
        {"resource": "ps.residents", "record": found_record[1], "field": "address"},
        HTTP_HX_REQUEST="true",
    )
    assert refused.status_code == 403
    assert "人民路12号" not in page(refused)


def test_no_dossier_opens_before_the_purpose_is_said(cast: dict[str, Actor]) -> None:
    clerk = client_of("clerk")
    url = reverse("exchange:dossier", args=[wang()])
    first = clerk.get(url)
    assert "为什么查看" in page(first)
    assert "王小明" not in page(first)
    assert not ledger.entries(kind="access.read").exists()
    said = clerk.post(reverse("exchange:purpose"), {"purpose": "relief_check", "case_ref": "", "next": url})
    assert said.headers["Location"] == url
    assert "王小明" in page(clerk.get(url))
    elsewhere = clerk.post(
        reverse("exchange:purpose"), {"purpose": "relief_check", "next": "https://evil.example/"}
    )
    assert elsewhere.headers["Location"] == reverse("exchange:search")


def test_as_it_was_on_a_day(cast: dict[str, Actor]) -> None:
    clerk = client_of("clerk")
    asked(clerk, "13800138000")
    url = reverse("exchange:dossier", args=[wang()])
    text = page(clerk.get(url, {"valid_on": "2020-01-01"}))
    assert "您看到的是过去某日的情况" in text
    assert "没有这个主体的记录" in text
    assert clerk.get(url, {"valid_on": "not a day"}).status_code == 200


def test_what_cannot_be_searched_is_said_in_place_and_nothing_typed_is_lost(cast: dict[str, Actor]) -> None:
    refused = asked(client_of("clerk"), "王")
    assert refused.status_code == 400  # type: ignore[attr-defined]
    assert "看不懂要查什么" in page(refused)
    assert 'value="王"' in page(refused)


def test_the_auditor_reads_the_ledger_takes_a_receipt_and_verifies(cast: dict[str, Actor]) -> None:
    clerk, auditor = client_of("clerk"), client_of("auditor")
    asked(clerk, "13800138000")
    clerk.get(reverse("exchange:dossier", args=[wang()]))
    sequencer.sequence()
    listed = page(auditor.get(reverse("exchange:ledger"), {"kind": "access.read"}))
    assert wang() in listed
    assert "clerk" in listed
    looked = page(auditor.get(reverse("exchange:looked", args=[wang()])))
    assert "行政服务中心" in looked
    assert "2026-12" in looked
    entry = ledger.entries(kind="access.read").first()
    assert entry is not None
    opened = page(auditor.get(reverse("exchange:entry", args=[entry.stream, entry.seq])))
    assert "ps.residents.id_number" in opened
    receipt = auditor.get(reverse("exchange:receipt", args=[entry.stream, entry.seq]))
    assert json.loads(receipt.content)["format"].startswith("tongchou.ledger.receipt")
    assert auditor.get(reverse("exchange:heads")).status_code == 200
    assert "条原文全部相符" in page(auditor.post(reverse("exchange:verify"), follow=True))
    for personal in PERSONAL:
        assert personal not in listed + looked + opened
    assert auditor.get(reverse("exchange:entry", args=["0" * 24, 1])).status_code == 404


def test_the_steward_judges_with_two_records_side_by_side(cast: dict[str, Actor]) -> None:
    steward = client_of("steward")
    pair = ReviewPair.objects.create(
        population=Population.objects.get(code="people"), left_resource="health.patients", left_key="H1",
        right_resource="ps.residents", right_key="R2", score=1.5, sentence_zh="姓名近似", sentence_en="names are similar",
    )  # fmt: skip
    assert "姓名近似" in page(steward.get(reverse("exchange:pairs")))
    shown = page(steward.get(reverse("exchange:pair", args=[pair.pk])))
    for part in ("王小名", "李佳怡", 'data-key="s"', 'data-key="d"', 'data-key="n"', 'class="differs"'):
        assert part in shown
    assert "440604198812125527" not in shown
    done = steward.post(
        reverse("exchange:judge", args=[pair.pk]), {"verdict": "different", "reason": ""}, follow=True
    )
    assert "已判定" in page(done)
    standing = Judgement.objects.get()
    assert standing.verdict == "different"
    undone = steward.post(reverse("exchange:unjudge", args=[standing.pk]), follow=True)
    assert "已撤回判定" in page(undone)


def test_the_provider_gives_and_withdraws_a_grant(cast: dict[str, Actor]) -> None:
    officer = client_of("officer")
    url = reverse("exchange:grant_new")
    form = page(officer.get(url, {"resource": "ps.residents"}))
    assert "moved_in_on" in form
    said = {
        "resource": "ps.residents", "organisation": "hall2", "role": "clerk", "fields_granted": ["name", "sex"],
        "unmasked": [], "purposes": ["relief_check"], "forms_of_use": ["query"],
        "until": f"{timezone.localdate() + timedelta(days=300)}",
    }  # fmt: skip
    wrong = officer.post(url, {**said, "unmasked": ["address"]})
    assert "address" in page(wrong)
    assert wrong.status_code == 400
    made = officer.post(url, said)
    assert made.status_code == 302
    grant = Grant.objects.get(organisation__code="hall2")
    assert grant.fields == ["name", "sex"]
    shown = page(officer.get(reverse("exchange:grant", args=[grant.number])))
    assert "撤回授权" in shown
    officer.post(reverse("exchange:grant_act", args=[grant.number, "withdraw"]))
    grant.refresh_from_db()
    assert grant.state == Grant.State.WITHDRAWN
    # Another department's resource is not offered, and its grants are not there for this officer.
    assert officer.post(url, {**said, "resource": "hr.insured"}).status_code == 400
    assert officer.post(reverse("exchange:grant_act", args=["G-INS", "withdraw"])).status_code == 404
    assert "G-INS" not in page(officer.get(reverse("exchange:grants")))


ROUTES = {
    "search": ("clerk", []), "dossier": ("clerk", ["PAAAAAAAAAAAA"]), "looked": ("auditor", ["PAAAAAAAAAAAA"]),
    "pairs": ("steward", []), "grants": ("clerk", []), "grant": ("clerk", ["G-RES"]), "grant_new": ("steward", []),
    "ledger": ("auditor", []), "heads": ("auditor", []), "verify": ("auditor", []),
}  # fmt: skip


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_screen_opens_for_its_role_in_both_languages_and_for_no_outsider(
    cast: dict[str, Actor], name: str, language: str
) -> None:
    role, arguments = ROUTES[name]
    url = reverse(f"exchange:{name}", args=arguments)
    answer = client_of(role, language).get(url)
    assert answer.status_code == 200
    if language == "en":
        inside = re.sub(
            r"<(nav|header).*?</\1>", "", page(answer).split("<main", 1)[1].split("</main>")[0], flags=re.S
        )
        inside = re.sub(r"<td data-value[^>]*>[^<]*</td>", "", inside)  # values, and what looks like them
        words = re.sub(r"用途 relief_check|有条件共享|户籍人口|参保人员|就诊人员|行政服务中心", "", inside)
        assert not re.findall(r"[\u4e00-\u9fff]+", words)
    assert client_of("outsider", language).get(url).status_code == 403
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_dossier_is_complete_in_both_languages(cast: dict[str, Actor], language: str) -> None:
    clerk = client_of("clerk", language)
    asked(clerk, "13800138000")
    text = page(clerk.get(reverse("exchange:dossier", args=[wang()])))
    if language == "en":
        for label in ("As of", "Departments disagree", "Why this is one subject", "Not granted", "Reveal"):
            assert label in text

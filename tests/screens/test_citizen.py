"""The citizen's pages and those of who must answer: seen through the browser's eyes, for the right person alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests import citizens, district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import User
from tongchou.exchange.actions import access
from tongchou.exchange.actions.my_data import read_own
from tongchou.exchange.models import Case, Correction, Explanation, Grant, OwnFile
from tongchou.ledger import queries as ledger
from tongchou.ledger import receipts

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def people() -> dict[str, Actor]:
    found = citizens.found()
    citizens.bind(found["clerk"], "wang", citizens.WANG_NUMBER)
    return found


@pytest.fixture
def client_of(people: dict[str, Actor]) -> Callable[..., Client]:
    def made(username: str, language: str = "zh-hans") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(User.objects.get(username=username))
        return client

    return made


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def look(by: Actor) -> None:
    access.read(by=by, subject_id=citizens.wang(), purpose="relief_check", via="screen")


def place(people: dict[str, Actor], field: str = "address") -> list[str]:
    record = next(
        record.record for group in read_own(by=people["wang"]).groups for record in group.records
        if record.resource == "ps.residents"
    )  # fmt: skip
    return ["ps.residents", record, field]


def test_who_looked_reads_as_sentences_and_gives_receipts(
    people: dict[str, Actor], client_of: Callable[..., Client], tmp_path: Path
) -> None:
    look(people["clerk"])
    client = client_of("wang")
    page = text(client.get(reverse("exchange:my_accesses")))
    for word in ("行政服务中心", "窗口", "低保核查", "公民身份号码", "请对方说明", "大字版"):
        assert word in page
    assert "clerk" not in page
    assert f'href="{reverse("exchange:my_data")}"' in page and 'href=""' not in page  # the navigation stands
    assert "Who looked" in text(client_of("wang", "en").get(reverse("exchange:my_accesses")))
    entry = ledger.entries(subject_id=citizens.wang(), kind="access.read").first()
    assert entry is not None
    answer = client.get(reverse("exchange:my_receipt", args=[entry.stream, entry.seq]))
    assert "attachment" in answer.headers["Content-Disposition"]
    public = (tmp_path / "keys" / "ledger.pub").read_text()
    assert receipts.verify_receipt(json.loads(answer.content), public).size > 0


def test_filters_and_large_type(people: dict[str, Actor], client_of: Callable[..., Client]) -> None:
    look(people["clerk"])
    client = client_of("wang")
    url = reverse("exchange:my_accesses")
    assert "没有查看记录" in text(client.get(url, {"until": "2020-01-01"}))
    assert "没有查看记录" in text(client.get(url, {"kind": "refused"}))
    assert "开通本人数据" in text(client.get(url, {"kind": "happened"}))
    assert "请对方说明" in text(client.get(url, {"organisation": "hall"}))
    assert "没有查看记录" in text(client.get(url, {"organisation": "nowhere"}))
    assert client.post(reverse("exchange:my_large"), {"page": "data"}).status_code == 302
    assert 'class="large-type"' in text(client.get(reverse("exchange:my_data")))


def test_another_citizen_gets_nothing_by_guessing(
    people: dict[str, Actor], client_of: Callable[..., Client]
) -> None:
    citizens.bind(people["clerk"], "li", citizens.LI_NUMBER)
    look(people["clerk"])
    wang, li = client_of("wang"), client_of("li")
    entry = ledger.entries(subject_id=citizens.wang(), kind="access.read").first()
    assert entry is not None
    wang.post(
        reverse("exchange:my_correct", args=place(people)),
        {"says": "门牌错了", "proposed": "佛山市禅城区石湾镇街道江湾路1号"},
    )
    wang.post(reverse("exchange:my_ask", args=[entry.stream, entry.seq]), {"question": "为什么看我"})
    correction, explanation = Correction.objects.get(), Explanation.objects.get()
    for address in (
        reverse("exchange:my_receipt", args=[entry.stream, entry.seq]),
        reverse("exchange:my_ask", args=[entry.stream, entry.seq]),
        reverse("exchange:my_correction", args=[correction.number]),
        reverse("exchange:my_explanation", args=[explanation.number]),
    ):
        assert wang.get(address).status_code == 200
        answer = li.get(address)
        assert answer.status_code == 404
        for word in ("门牌", "江湾路1号", "为什么看我", "王小明"):
            assert word not in text(answer)
    refusing = li.post(reverse("exchange:my_correct", args=place(people)), {"says": "x"})
    assert refusing.status_code == 400 and Correction.objects.count() == 1
    for name in ("exchange:dossier", "exchange:looked"):
        assert li.get(reverse(name, args=[citizens.wang()])).status_code == 403


def test_an_account_that_is_nobodys_is_told_where_to_go(client_of: Callable[..., Client]) -> None:
    page = text(client_of("li").get(reverse("exchange:my_data")))
    assert "服务大厅" in page and "440604" not in page
    assert client_of("li").get(reverse("accounts:desk")).status_code == 200


def test_from_this_is_wrong_to_the_officer_and_back(
    people: dict[str, Actor], client_of: Callable[..., Client]
) -> None:
    wang, officer = client_of("wang"), client_of("ps_officer")
    address = reverse("exchange:my_correct", args=place(people))
    assert address in text(wang.get(reverse("exchange:my_data")))
    assert district.WANG["address"] in text(wang.get(address))
    refused = wang.post(address, {"says": "", "proposed": "江湾路1号"})
    assert refused.status_code == 400 and "江湾路1号" in text(refused)  # nothing typed is lost
    wang.post(address, {"says": "门牌错了", "proposed": "佛山市禅城区石湾镇街道江湾路1号"})
    made = Correction.objects.get()
    assert made.number in text(officer.get(reverse("exchange:corrections")))
    assert made.number in text(officer.get(reverse("accounts:desk")))
    page = text(officer.get(reverse("exchange:correction", args=[made.number])))
    for word in ("门牌错了", "江湾路1号", "人民路12号", "R1"):
        assert word in page
    assert client_of("hr_officer").get(reverse("exchange:correction", args=[made.number])).status_code == 404
    told = {"version": "1", "verdict": "refuse", "reason": ""}
    again = officer.post(reverse("exchange:correction", args=[made.number]), told)
    assert again.status_code == 400 and "理由" in text(again)
    officer.post(
        reverse("exchange:correction", args=[made.number]), {"version": "1", "verdict": "accept", "value": ""}
    )
    after = text(officer.get(reverse("exchange:correction", args=[made.number])))
    assert "已办结" in after and "门牌错了" not in after
    citizens.work_off()
    mine = text(wang.get(reverse("exchange:my_data")))
    assert "江湾路1号" in mine and "原为" in mine
    own = text(wang.get(reverse("exchange:my_correction", args=[made.number])))
    assert "生效" in own and "更正为" in own
    trace = text(wang.get(reverse("exchange:my_accesses")))
    assert "为办理校核查看" in trace
    undone = officer.post(reverse("exchange:correction_undo", args=[made.number]))
    assert undone.status_code == 302
    citizens.work_off()
    assert "江湾路1号" not in text(wang.get(reverse("exchange:my_data")))


def test_a_refusal_is_read_and_contested(people: dict[str, Actor], client_of: Callable[..., Client]) -> None:
    wang, officer, steward = client_of("wang"), client_of("ps_officer"), client_of("steward")
    wang.post(reverse("exchange:my_correct", args=place(people)), {"says": "门牌错了"})
    number = Correction.objects.get().number
    page = reverse("exchange:correction", args=[number])
    officer.post(page, {"version": "1", "verdict": "refuse", "reason": "证件如此登记"})
    mine = reverse("exchange:my_correction", args=[number])
    assert "证件如此登记" in text(wang.get(mine)) and "申请复核" in text(wang.get(mine))
    wang.post(mine, {"do": "contest", "says": "请看房产证"})
    assert "请看房产证" in text(steward.get(page))
    steward.post(page, {"version": "3", "verdict": "refuse", "reason": "复核一致"})
    assert "复核一致" in text(wang.get(mine))
    assert Correction.objects.get().state == "upheld"


def test_asking_why_and_the_answer(people: dict[str, Actor], client_of: Callable[..., Client]) -> None:
    look(people["clerk"])
    wang, officer = client_of("wang"), client_of("hall_officer")
    entry = ledger.entries(subject_id=citizens.wang(), kind="access.read").first()
    assert entry is not None
    wang.post(reverse("exchange:my_ask", args=[entry.stream, entry.seq]), {"question": "我没去过，为什么看"})
    number = Explanation.objects.get().number
    page = reverse("exchange:explanation", args=[number])
    assert number in text(officer.get(reverse("exchange:explanations")))
    assert "我没去过，为什么看" in text(officer.get(page))
    assert client_of("ps_officer").get(page).status_code == 404
    assert client_of("auditor").get(page).status_code == 404
    officer.post(page, {"version": "1", "says": "低保年审抽查"})
    assert "低保年审抽查" in text(wang.get(reverse("exchange:my_explanation", args=[number])))
    wang.post(reverse("exchange:my_explanation", args=[number]), {"do": "contest", "says": "没说清"})
    assert "没说清" in text(client_of("auditor").get(page))


def test_the_window_binds_and_ends(client_of: Callable[..., Client]) -> None:
    clerk, address = client_of("clerk"), reverse("exchange:own_files")
    wrong = clerk.post(address, {"username": "li", "id_number": str(citizens.LI_NUMBER)})
    assert wrong.status_code == 400 and str(citizens.LI_NUMBER) not in text(wrong)
    done = clerk.post(address, {"username": "li", "id_number": str(citizens.LI_NUMBER), "card_checked": "on"})
    assert done.status_code == 302
    assert "li" in text(clerk.get(address))
    held = OwnFile.objects.get(user__username="li")
    clerk.post(reverse("exchange:own_file_end", args=[held.pk]))
    assert not OwnFile.objects.filter(user__username="li", ended_at=None).exists()


def test_cases_on_screen(people: dict[str, Actor], client_of: Callable[..., Client]) -> None:
    Grant.objects.update(needs_case=True)
    clerk = client_of("clerk")
    found = clerk.post(
        reverse("exchange:search"), {"query": str(citizens.WANG_NUMBER), "purpose": "relief_check"}
    )
    assert reverse("exchange:case_new") in text(found) and "人民路" not in text(found)
    assert "1990-" not in text(found) and "王**" in text(found)
    dossier = reverse("exchange:dossier", args=[citizens.wang()])
    needed = clerk.get(dossier)
    assert needed.status_code == 403 and "需要事由" in text(needed) and "王小明" not in text(needed)
    told = {"kind": "window", "subject": citizens.wang(), "ref": "HALL-3", "next": dossier}
    assert clerk.post(reverse("exchange:case_new"), told).headers["Location"] == dossier
    assert "王小明" in text(clerk.get(dossier))
    case = Case.objects.get()
    page = text(clerk.get(reverse("exchange:case", args=[case.pk])))
    assert "HALL-3" in page and "户籍人口" in page
    assert "HALL-3" in text(clerk.get(reverse("exchange:cases"))) and "HALL-3" in text(
        clerk.get(reverse("accounts:desk"))
    )
    assert client_of("other_clerk").get(reverse("exchange:case", args=[case.pk])).status_code == 404
    clerk.post(reverse("exchange:case_close", args=[case.pk]))
    assert clerk.get(dossier).status_code == 403
    refused = clerk.post(reverse("exchange:case_new"), {**told, "kind": "correction"})
    assert refused.status_code == 400


def test_a_clerk_says_a_value_is_wrong(people: dict[str, Actor], client_of: Callable[..., Client]) -> None:
    clerk = client_of("clerk")
    clerk.post(reverse("exchange:search"), {"query": str(citizens.WANG_NUMBER), "purpose": "relief_check"})
    address = reverse("exchange:correction_new", args=[citizens.wang(), *place(people)])
    assert address in text(clerk.get(reverse("exchange:dossier", args=[citizens.wang()])))
    assert clerk.get(address).status_code == 200
    assert clerk.post(address, {"says": "门牌与证件不符"}).status_code == 302
    assert Correction.objects.get().own is False
    assert "窗口提出" in text(client_of("wang").get(reverse("exchange:my_matters")))

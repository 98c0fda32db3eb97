"""Judging and measuring links on screen: what each reviewer sees, the keys, samples, the report of a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_links_judgements import CLINIC, HOME, LI, WORK, pair
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role, User
from tongchou.pool.models import LinkRun, ReviewPair, ReviewSample
from tongchou.pool.work import perform_next

pytestmark = pytest.mark.usefixtures("data")

PERSONAL = ("440604199005011237", "王小明", "李佳怡", "13800138000", "人民路12号")


@pytest.fixture
def reviewers(data: Path) -> None:  # noqa: F811
    """Three who may judge, over the district gathered and linked."""
    district.cast()
    role, bureau = Role.objects.get(code="steward"), Organisation.objects.get(code="data")
    for name in ("second", "third"):
        district._member(name, role, bureau)
    district.linked()


def client_of(username: str, language: str = "zh-hans") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(User.objects.get(username=username))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def shown(asked: ReviewPair) -> str:
    return reverse("exchange:pair", args=[asked.pk])


def judge(username: str, asked: ReviewPair, verdict: str, **more: str) -> str:
    answer = client_of(username).post(
        reverse("exchange:judge", args=[asked.pk]), {"verdict": verdict, **more}
    )
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def rows(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-pair="(\d+)"', html)]


@pytest.mark.usefixtures("reviewers")
def test_every_verdict_has_its_key() -> None:
    asked = pair(CLINIC, LI)
    html = page(client_of("steward"), shown(asked))
    for key in "sdun":
        assert f'data-key="{key}"' in html
    assert 'data-key="z"' not in html, "nothing to undo yet"
    judge("steward", asked, "same")
    html = page(client_of("steward"), shown(asked))
    assert 'data-key="z"' in html
    assert 'data-mine="same"' in html


@pytest.mark.usefixtures("reviewers")
def test_the_second_reviewer_sees_nothing_of_the_first() -> None:
    asked = pair(CLINIC, LI)
    fresh = page(client_of("second"), shown(asked))
    assert "目前是两个主体" in fresh
    judge("steward", asked, "same", reason="母女")
    district.link_people()
    blind = page(client_of("second"), shown(asked))
    assert 'data-stage="second"' in blind
    for told in (
        "母女",
        "data-verdicts",
        "data-judgements",
        "目前关联为同一主体",
        "目前是两个主体",
        "核对事由",
    ):
        assert told not in blind
    listed = page(client_of("second"), reverse("exchange:pairs"))
    assert asked.pk in rows(listed)
    assert f'data-pair="{asked.pk}"' not in page(
        client_of("second"), reverse("exchange:pairs") + "?state=same"
    )
    everything = page(client_of("second"), reverse("exchange:pairs") + "?state=all")
    (state,) = re.findall(rf'data-pair="{asked.pk}".*?data-state="(\w+)"', everything, flags=re.S)
    assert state == "waiting"
    own = page(client_of("steward"), shown(asked))
    assert "data-verdicts" in own
    assert "母女" in own


@pytest.mark.usefixtures("reviewers")
def test_a_third_is_told_that_two_disagree_and_not_who_said_what() -> None:
    asked = pair(CLINIC, LI)
    judge("steward", asked, "same")
    judge("second", asked, "different")
    html = page(client_of("third"), shown(asked))
    assert 'data-stage="third"' in html
    assert "data-verdicts" not in html
    assert rows(page(client_of("third"), reverse("exchange:pairs")))[0] == asked.pk
    judge("third", asked, "different")
    asked.refresh_from_db()
    assert asked.state == "different"
    assert page(client_of("steward"), shown(asked)).count("<b>") >= 3


@pytest.mark.usefixtures("reviewers")
def test_undo_brings_the_pair_back() -> None:
    asked, other = pair(CLINIC, LI), pair(WORK, LI)
    judge("steward", asked, "same")
    assert judge("steward", other, "different")
    undone = client_of("steward").post(reverse("exchange:pairs_undo"))
    assert undone.headers["Location"] == shown(other)
    other.refresh_from_db()
    assert other.state == "open"
    client_of("steward").post(reverse("exchange:pairs_undo"))
    asked.refresh_from_db()
    assert asked.state == "open"
    assert client_of("steward").post(reverse("exchange:pairs_undo")).headers["Location"] == reverse(
        "exchange:pairs"
    )


@pytest.mark.usefixtures("reviewers")
def test_judging_leads_from_pair_to_pair_and_back_to_the_list() -> None:
    ReviewPair.objects.all().delete()
    one, two = pair(CLINIC, LI, score=2.0), pair(WORK, LI, score=1.0)
    assert rows(page(client_of("steward"), reverse("exchange:pairs"))) == [one.pk, two.pk]
    assert f'href="{shown(two)}"' in page(client_of("steward"), shown(one))
    assert judge("steward", one, "unsure") == shown(two)
    assert judge("steward", two, "different") == reverse("exchange:pairs")


def sampled() -> ReviewSample:
    answer = client_of("steward").post(
        reverse("exchange:quality_draw", args=["people"]), {"wanted": "20", "seed": "7"}
    )
    assert answer.headers["Location"] == reverse("exchange:quality")
    assert "data-waiting" in page(client_of("steward"), reverse("exchange:quality"))
    assert perform_next(by=Actor.house("worker"), now=timezone.now())
    return ReviewSample.objects.get()


@pytest.mark.usefixtures("reviewers")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_sample_is_drawn_judged_and_reported(language: str) -> None:
    sample = sampled()
    run = LinkRun.objects.get()
    report = reverse("exchange:link_report", args=[run.pk])
    assert 'data-part="headline"' not in page(client_of("steward"), report)
    about = {"R1": 1, "H1": 1, "S1": 1, "R2": 2}
    for reviewer in ("steward", "second"):
        address = (
            client_of(reviewer).get(reverse("exchange:sample_begin", args=[sample.pk])).headers["Location"]
        )
        judged = 0
        while "/pairs/" in address and "sample=" in address:
            html = page(client_of(reviewer), address)
            assert "目前是否关联，您判定之后显示" in html, (
                "of a sample nobody is told what the machine thinks"
            )
            number = int(re.findall(r"/pairs/(\d+)/", address)[0])
            asked = ReviewPair.objects.get(pk=number)
            same = about[asked.left_key] == about[asked.right_key]
            address = judge(reviewer, asked, "same" if same else "different", sample=str(sample.pk))
            judged += 1
        assert judged == sample.pairs.values("pair").distinct().count()
    html = page(client_of("steward", language), report)
    for part in (
        "headline",
        "calibration",
        "groups",
        "agreement",
        "strata",
        "examples",
        "how",
        "sizes",
        "scores",
    ):
        assert f'data-part="{part}"' in html
    assert str(sample.seed) in html
    assert not [value for value in PERSONAL if value in html]
    board = page(client_of("steward", language), reverse("exchange:quality"))
    assert "headline-people" in board
    if language == "en":
        for told in (html, board):
            assert not set(re.findall(r"[\u3400-\u9fff]+", told)) - {"中文"}, (
                "pictures are told in English, too"
            )
    again = district.link_people()
    other = page(client_of("steward", language), reverse("exchange:link_report", args=[again.pk]))
    assert f'data-other-run="{run.pk}"' in other


@pytest.mark.usefixtures("reviewers")
def test_errors_stand_on_the_report_once_two_have_confirmed_them() -> None:
    sample = sampled()
    report = reverse("exchange:link_report", args=[sample.run_id])
    linked = next(each.pair for each in sample.pairs.select_related("pair") if each.linked)
    judge("steward", linked, "different", sample=str(sample.pk))
    assert "data-error" not in page(client_of("second"), report), (
        "one verdict is told to nobody who is to judge"
    )
    judge("second", linked, "different", sample=str(sample.pk))
    html = page(client_of("third"), report)
    assert 'data-error="merged"' in html
    assert shown(linked) in html
    assert not [value for value in PERSONAL if value in html]


@pytest.mark.usefixtures("reviewers")
def test_a_size_that_makes_no_sense_is_refused_in_words() -> None:
    for wanted in ("3", "", "x", "99999999999"):
        answer = client_of("steward").post(
            reverse("exchange:quality_draw", args=["people"]), {"wanted": wanted}
        )
        assert answer.status_code == 400
    assert not ReviewSample.objects.exists()


@pytest.mark.usefixtures("reviewers")
def test_outsiders_see_nothing_of_it() -> None:
    asked = pair(CLINIC, HOME)
    for address in (
        reverse("exchange:quality"), reverse("exchange:link_report", args=[LinkRun.objects.get().pk]), shown(asked),
    ):  # fmt: skip
        assert client_of("outsider").get(address).status_code == 403
        assert Client().get(address).status_code == 302
    assert client_of("clerk").post(reverse("exchange:pairs_undo")).status_code == 403

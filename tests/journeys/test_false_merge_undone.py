"""A false merge, undone on screen after a month of use: the file before, the verdicts, two files after, who held the id.

A clinic wrote 王小名, who shares a birthday and a phone with 王小明 and is somebody else. His visits stood in 王小明's file.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role, User
from tongchou.exchange.models import Case
from tongchou.ledger import queries as ledger
from tongchou.pool import links, rules
from tongchou.pool import queries as pool
from tongchou.pool.models import Judgement, ReviewPair
from tongchou.pool.work import perform_next

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def used_for_a_month(data: Path) -> str:  # noqa: F811
    """The district with its false merge, a clerk with grants and an open case about the file; returns its id."""
    people = district.cast()
    for code, more in (("steward", ["cases.view"]), ("clerk", ["cases.view", "cases.open"])):
        role = Role.objects.get(code=code)
        role.permissions = [*role.permissions, *more]
        role.save()
    district._member("second", Role.objects.get(code="steward"), Organisation.objects.get(code="data"))
    district.resources()
    district.deliver("ps.residents", [district.WANG, district.LI], date(2026, 10, 20))
    district.deliver("hr.insured", [district.WANG_INSURED], date(2026, 10, 20))
    district.deliver("health.patients", [district.WANG_PATIENT], date(2026, 10, 21))
    district.link_people()
    for resource in ("ps.residents", "hr.insured", "health.patients"):
        district.grant(resource, unmasked=["name"])
    assert "clerk" in people
    return subject("ps.residents", "R1")


def subject(resource: str, key: str) -> str:
    found = links.subject_of("people", resource, key)
    assert found is not None
    return found


def client_of(username: str) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(User.objects.get(username=username))
    return client


def dossier(client: Client, subject_id: str) -> str:
    client.post(reverse("exchange:purpose"), {"purpose": "relief_check", "case_ref": "2026-17"})
    answer = client.get(reverse("exchange:dossier", args=[subject_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def links_follow() -> None:
    """The worker notices what was judged, and links."""
    assert perform_next(by=Actor.house("worker"), now=timezone.now() + rules.JUDGED_QUIET)


def test_it_is_found_questioned_judged_by_two_and_undone(used_for_a_month: str) -> None:
    merged = used_for_a_month
    clerk, steward, second = client_of("clerk"), client_of("steward"), client_of("second")

    # A month of use: the clerk reads one file that holds two people.
    assert subject("health.patients", "H1") == merged
    for _ in range(3):
        before = dossier(clerk, merged)
    assert "王小名" in before
    assert "王小明" in before
    held = clerk.post(reverse("exchange:case_new"), {"kind": "window", "subject": merged, "ref": "C-77"})
    assert held.status_code == 302
    looks = len(ledger.entries(kind="access.read"))
    assert looks == 3

    # The steward looks into the file under a review case and questions one join of it.
    opened = steward.post(reverse("exchange:case_new"), {"kind": "review", "subject": merged, "ref": "HD-1"})
    case = Case.objects.get(ref="HD-1")
    assert opened.headers["Location"] == reverse("exchange:case", args=[case.pk])
    assert (
        reverse("exchange:joins", args=[case.pk]) in steward.get(opened.headers["Location"]).content.decode()
    )
    made_of = steward.get(reverse("exchange:joins", args=[case.pk])).content.decode()
    assert "王" not in re.sub(r"<(title|h1).*?</\1>", "", made_of), (
        "what a file is made of says nothing about anybody"
    )
    known = dict(re.findall(r'data-join="(\w+)".*?class="title">[^·]*· ([^<]*)<', made_of, flags=re.S))
    chosen = [reference for reference, title in known.items() if title.strip() in ("就诊人员", "户籍人口")]
    assert len(chosen) == 2
    few = steward.post(reverse("exchange:question", args=[case.pk]), {"record": chosen[:1]})
    assert few.headers["Location"] == reverse("exchange:joins", args=[case.pk])
    asked = steward.post(reverse("exchange:question", args=[case.pk]), {"record": chosen})
    pair = ReviewPair.objects.get(kind=ReviewPair.Kind.QUESTIONED)
    assert asked.headers["Location"] == reverse("exchange:pair", args=[pair.pk])
    side_by_side = steward.get(asked.headers["Location"]).content.decode()
    assert '<mark class="differs">' in side_by_side

    # Two judge it; the second does not see the first.
    judge = reverse("exchange:judge", args=[pair.pk])
    steward.post(judge, {"verdict": "different", "reason": "堂兄弟"})
    blind = second.get(reverse("exchange:pair", args=[pair.pk])).content.decode()
    assert "堂兄弟" not in blind
    second.post(judge, {"verdict": "different"})
    pair.refresh_from_db()
    assert (pair.state, pair.closed) == ("different", True)
    links_follow()
    cousin = subject("health.patients", "H1")
    if cousin == merged:  # the phone still ties him to the insurance record: that join is questioned in turn
        chosen = [
            reference for reference, title in known.items() if title.strip() in ("就诊人员", "参保人员")
        ]
        steward.post(reverse("exchange:question", args=[case.pk]), {"record": chosen})
        other = ReviewPair.objects.exclude(pk=pair.pk).get(kind=ReviewPair.Kind.QUESTIONED)
        steward.post(reverse("exchange:judge", args=[other.pk]), {"verdict": "different"})
        links_follow()
        cousin = subject("health.patients", "H1")

    # Two subjects after. The id stays with most of what it was.
    assert cousin != merged
    assert subject("ps.residents", "R1") == subject("hr.insured", "S1") == merged
    his, cousins = dossier(clerk, merged), dossier(clerk, cousin)
    assert "王小名" not in his
    assert "王小名" in cousins
    assert "人民路" not in cousins
    # What holds the id still holds the person it was opened about, and not the other one.
    window = Case.objects.get(ref="C-77")
    assert window.subject_id == merged
    assert pool.id_now(window.subject_id) == merged
    # Who looked during the month is not forgotten.
    assert len([each for each in ledger.entries(kind="access.read") if each.subject_id == merged]) >= looks

    # And back: the judgement taken back on screen restores the file as it was, and the other id leads to it.
    for standing in Judgement.objects.filter(withdrawn_at__isnull=True):
        steward.post(reverse("exchange:unjudge", args=[standing.pk]))
    links_follow()
    assert subject("health.patients", "H1") == merged
    assert pool.id_now(cousin) == merged
    assert "王小名" in dossier(clerk, merged)

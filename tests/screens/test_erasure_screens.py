"""The screens of erasing, holds, retention and the past: who may, what they show, that no value is on the pool's."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from tests import district
from tests.actions import erased
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.models import Role, User
from tongchou.exchange.models import Grant
from tongchou.pool import erasure_work, queries
from tongchou.pool.models import Erasure, LegalHold, RetentionRule

pytestmark = pytest.mark.usefixtures("data")

WANG = "440604199005011237"
STEWARD = ["desk.open", "erasures.view", "erasures.ask", "erasures.decide"]


@pytest.fixture
def folk() -> None:
    erased.begun("erasure screens", _delivered)


def _delivered() -> None:
    erased.delivered("ps.residents", [district.WANG, district.LI], date(2026, 11, 1))
    erased.delivered("ps.residents", [{**district.WANG, "sex": "2"}, district.LI], date(2026, 11, 5))
    erased.linked()
    Role.objects.filter(code="steward").update(permissions=STEWARD)
    Role.objects.filter(code="auditor").update(
        permissions=["desk.open", "erasures.view", "erasures.decide", "holds.manage"]
    )
    district.grant("ps.residents", unmasked=["*"], number="G-RES")
    bulk = district.grant("ps.residents", number="G-BULK")
    Grant.objects.filter(pk=bulk.pk).update(forms=["batch"])


def client(username: str) -> Client:
    made = Client(headers={"accept-language": "zh-hans"})
    made.force_login(User.objects.get(username=username))
    return made


def wang() -> str:
    (found,) = queries.find("id_number", WANG)
    return found


def page(by: Client, name: str, *args: object, status: int = 200, **query: str) -> str:
    answer = by.get(reverse(name, args=args), query)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


def test_from_asking_to_done_on_screen(folk: None) -> None:
    steward, auditor, subject = client("steward"), client("auditor"), wang()
    refused = steward.post(
        reverse("pool:erasure_new"), {"subject_id": subject, "ground": "order", "reason": "x"}
    )
    assert refused.status_code == 400 and 'data-error="pool.erasure_reason"' in refused.content.decode()
    asked = {"subject_id": subject, "ground": "order", "reason": "粤禅法函〔2026〕12号"}
    assert steward.post(reverse("pool:erasure_new"), asked).status_code == 302
    made = Erasure.objects.get()
    # Whoever asked is offered no decision, and is refused one.
    assert reverse("pool:erasure_decide", args=[made.number]) not in page(
        steward, "pool:erasure", made.number
    )
    own = steward.post(reverse("pool:erasure_decide", args=[made.number]), {"verdict": "agree"})
    assert 'data-error="pool.erasure_same_person"' in own.content.decode()
    shown = page(auditor, "pool:erasure", made.number)
    assert reverse("pool:erasure_decide", args=[made.number]) in shown and "ps.residents" in shown
    auditor.post(reverse("pool:erasure_decide", args=[made.number]), {"verdict": "agree"})
    while erasure_work.perform_next(by=erased.HOUSE):
        pass
    done = page(auditor, "pool:erasure", made.number)
    assert 'data-state="done"' in done and reverse("pool:erasure_readmit", args=[made.number]) in done
    assert 'data-state="done"' in page(steward, "pool:erasures")
    assert not any(text in shown + done for text in (WANG, "王小明"))


def test_a_hold_is_placed_seen_and_lifted(folk: None) -> None:
    auditor, steward, subject = client("auditor"), client("steward"), wang()
    bad = auditor.post(reverse("pool:hold_place"), {"basis": "粤禅法保〔2026〕7号"})
    assert 'data-error="pool.hold_of_what"' in bad.content.decode()
    auditor.post(reverse("pool:hold_place"), {"basis": "粤禅法保〔2026〕7号", "subject_id": subject})
    hold = LegalHold.objects.get()
    asked = {"subject_id": subject, "ground": "order", "reason": "粤禅法函〔2026〕12号"}
    refused = steward.post(reverse("pool:erasure_new"), asked)
    assert refused.status_code == 400 and hold.number in refused.content.decode()
    assert reverse("pool:hold_lift", args=[hold.number]) not in page(steward, "pool:holds")
    assert (
        steward.post(reverse("pool:hold_lift", args=[hold.number]), {"reason": "案件已结"}).status_code == 403
    )
    auditor.post(reverse("pool:hold_lift", args=[hold.number]), {"reason": "案件已结"})
    assert steward.post(reverse("pool:erasure_new"), asked).status_code == 302


def test_retention_shows_what_is_over_before_anything_is_done(folk: None) -> None:
    RetentionRule.objects.create(
        resource="ps.residents", months=1, counted_from="field", field="moved_in_on", at_end="review"
    )
    shown = page(client("steward"), "pool:retention", preview="ps.residents")
    assert 'data-preview="ps.residents"' in shown and "1 条记录" in shown
    assert Erasure.objects.count() == 0


def test_the_past_of_a_subject_and_of_a_table(folk: None) -> None:
    clerk, subject = client("clerk"), wang()
    clerk.post(reverse("exchange:purpose"), {"purpose": "relief_check"})
    shown = page(clerk, "exchange:subject_changes", subject, earlier="2026-11-01", later="2026-11-05")
    assert 'data-change="changed"' in shown
    assert page(
        clerk, "exchange:subject_changes", subject, earlier="2026-11-05", later="2026-11-05", status=400
    )
    record = page(clerk, "exchange:record_history", subject, "ps.residents", "R1")
    assert record.count("data-version=") == 2 and 'data-changed="sex"' in record
    assert 'data-kept="whole"' in page(clerk, "exchange:origin", subject, "ps.residents", "R1", "sex")
    table = page(clerk, "exchange:history", grant="G-BULK", valid_on="2026-11-02")
    assert table.count("data-row=") == 2
    assert 'data-change="changed"' in page(
        clerk, "exchange:history", grant="G-BULK", what="changes", earlier="2026-11-01", later="2026-11-06"
    )
    assert page(clerk, "exchange:history") and page(client("steward"), "exchange:history", status=403)


def test_programs_ask_for_the_past_as_people_do(folk: None) -> None:
    clerk, subject = client("clerk"), wang()
    why = "purpose=relief_check"
    changes = clerk.get(f"/api/v1/subjects/{subject}/changes?{why}&earlier=2026-11-01&later=2026-11-05")
    assert changes.status_code == 200 and changes.json()["changes"][0]["fields"][0]["field"] == "sex"
    record = clerk.get(f"/api/v1/subjects/{subject}/records/ps.residents/R1?{why}").json()
    assert len(record["versions"]) == 2 and record["receipt"]
    origin = clerk.get(f"/api/v1/subjects/{subject}/records/ps.residents/R1/sex?{why}").json()
    assert (origin["kept"], origin["row"]) == ("whole", 2)
    assert clerk.get(f"/api/v1/tables/G-BULK?{why}&valid_on=2026-11-02").json()["total"] == 2
    counts = clerk.get(f"/api/v1/tables/G-BULK/changes?{why}&earlier=2026-11-01&later=2026-11-06").json()
    assert (counts["new"], counts["changed"], counts["ended"]) == (0, 1, 0)
    for path in (
        f"tables/G-NONE?{why}",
        f"subjects/{subject}/changes?purpose=x&earlier=2026-11-01&later=2026-11-05",
    ):
        assert clerk.get(f"/api/v1/{path}").status_code in (400, 403)

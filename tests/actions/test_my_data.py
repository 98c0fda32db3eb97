"""One's own file: bound by a clerk, shown to that person alone, over merges and splits; who looked; asking why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests import citizens, district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange.actions import access, explanations, own_files
from tongchou.exchange.actions.cases import open_case
from tongchou.exchange.actions.judging import compare
from tongchou.exchange.actions.my_data import OwnDossier, read_own
from tongchou.exchange.models import Explanation, Grant, OwnFile
from tongchou.exchange.queries import own_accesses
from tongchou.exchange.queries.corrections import version_of
from tongchou.exchange.queries.own_files import self_of
from tongchou.flow.timers import run_due
from tongchou.ledger import queries as ledger
from tongchou.ledger import receipts
from tongchou.ledger.models import Entry
from tongchou.pool import links
from tongchou.pool.models import Population, ReviewPair
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def people() -> dict[str, Actor]:
    found = citizens.found()
    citizens.bind(found["clerk"], "wang", citizens.WANG_NUMBER)
    return found


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(HouseError) as refusal:
        ask()
    for personal in ("王小明", str(citizens.WANG_NUMBER), str(citizens.LI_NUMBER)):
        assert personal not in refusal.value.say("zh") + refusal.value.say("en")
    return refusal.value.code


def look(by: Actor, subject: str = "") -> None:
    access.read(by=by, subject_id=subject or citizens.wang(), purpose="relief_check", via="screen")


def mine(by: Actor, **more: str) -> list[own_accesses.OwnLine]:
    return own_accesses.lines_of(own_accesses.of_person(self_of(by), kind="looked", **more))


def values(found: OwnDossier) -> dict[tuple[str, str], tuple[str, bool]]:
    return {
        (record.resource, value.field): (value.shown, value.masked)
        for group in found.groups for record in group.records for value in record.values
    }  # fmt: skip


# ── binding ──────────


def test_only_the_digest_of_the_number_is_kept(people: dict[str, Actor]) -> None:
    held = OwnFile.objects.get()
    assert held.subject_id == citizens.wang()
    assert str(citizens.WANG_NUMBER).encode() not in bytes(held.id_digest)
    told = b"".join(bytes(each.body) for each in Entry.objects.all()).decode()
    assert str(citizens.WANG_NUMBER) not in told
    bound = json.loads(bytes(Entry.objects.get(kind="ownfile.bound").body))
    assert (bound["account"], bound["subject_id"]) == ("wang", citizens.wang())


@pytest.mark.parametrize(
    ("username", "number", "checked", "code"),
    [
        ("wang", citizens.LI_NUMBER, True, "exchange.refused.bind_again"),
        ("li", citizens.WANG_NUMBER, True, "exchange.refused.bind_taken"),
        ("li", "440604199005011230", True, "exchange.bind_number"),
        ("li", "440604198001011112", True, "exchange.refused.bind_unknown"),
        ("li", "", True, "exchange.bind_number"),
        ("li", citizens.LI_NUMBER, False, "exchange.bind_card"),
        ("steward", citizens.LI_NUMBER, True, "exchange.bind_account"),
        ("nobody", citizens.LI_NUMBER, True, "exchange.bind_account"),
    ],
)
def test_what_binding_refuses(
    people: dict[str, Actor], username: str, number: str, checked: bool, code: str
) -> None:
    ask = {"username": username, "id_number": number, "card_checked": checked}
    assert refused(lambda: own_files.bind(by=people["clerk"], **ask)) == code
    assert OwnFile.objects.count() == 1


def test_nobody_binds_themselves_and_only_clerks_bind(people: dict[str, Actor]) -> None:
    citizens.person("clerk", "applicant", "gov")
    assert (
        refused(lambda: citizens.bind(people["clerk"], "clerk", citizens.LI_NUMBER))
        == "exchange.refused.bind_oneself"
    )
    for name in ("steward", "ps_officer", "wang"):
        assert (
            refused(lambda name=name: citizens.bind(people[name], "li", citizens.LI_NUMBER))
            == "accounts.not_allowed"
        )


def test_unbinding_ends_it_at_once(people: dict[str, Actor]) -> None:
    number = OwnFile.objects.get().pk
    for other in ("li", "ps_officer"):
        assert (
            refused(lambda other=other: own_files.unbind(by=people[other], number=number))
            == "exchange.ownfile_not_found"
        )
    own_files.unbind(by=people["wang"], number=number)
    assert refused(lambda: read_own(by=people["wang"])) == "exchange.not_bound"
    assert refused(lambda: read_own(by=people["li"])) == "exchange.not_bound"
    citizens.bind(people["clerk"], "li", citizens.WANG_NUMBER)


# ── my data ──────────


def test_ones_own_values_are_plain_and_the_reading_is_on_record(people: dict[str, Actor]) -> None:
    found = read_own(by=people["wang"])
    told = values(found)
    assert told["ps.residents", "id_number"] == (citizens.WANG_NUMBER, False)
    assert told["hr.insured", "phone"] == ("13800138000", False)
    assert found.name == "王小明"
    entry = ledger.entries(subject_id=citizens.wang(), kind="access.own").first()
    assert entry is not None and found.receipt is not None and entry.seq == found.receipt.seq


def test_what_was_joined_by_likeness_alone_stays_masked(people: dict[str, Actor]) -> None:
    # The patient's card has no number and another writing of the name: it may be somebody else's.
    record = next(
        record for group in read_own(by=people["wang"]).groups for record in group.records
        if record.resource == "health.patients"
    )  # fmt: skip
    assert not record.sure
    assert all(
        each.masked or not each.shown
        for each in record.values
        if each.field in ("phone", "birth_date", "diagnosis")
    )
    assert not any(each.may_correct for each in record.values)


def test_a_closed_resource_is_named_and_not_shown(people: dict[str, Actor]) -> None:
    from tongchou.catalogue.models import Resource

    Resource.objects.filter(code="hr.insured").update(share_class="closed")
    found = read_own(by=people["wang"])
    assert "hr.insured" not in {code for code, _ in values(found)}
    assert [title.zh for _, title in found.closed] == ["参保人员"]


def test_another_number_in_a_record_masks_it(people: dict[str, Actor]) -> None:
    # Judged to be Wang by a steward's mistake: Li's record comes under Wang's id.
    judge_same()
    told = {
        record.resource: record for group in read_own(by=people["wang"]).groups for record in group.records
    }
    lis = [
        record for group in read_own(by=people["wang"]).groups for record in group.records
        if any(value.shown.startswith("440") and value.masked for value in record.values)
    ]  # fmt: skip
    assert len(lis) == 1 and not lis[0].sure
    assert told
    shown = json.dumps([each.shown for record in lis for each in record.values], ensure_ascii=False)
    assert str(citizens.LI_NUMBER) not in shown and "江湾路9号" not in shown and "1988-12-12" not in shown


def judge_same() -> None:
    from tongchou.pool.actions.linkage import judge

    pair = ReviewPair.objects.create(
        population=Population.objects.get(code="people"), left_resource="ps.residents", left_key="R1",
        right_resource="ps.residents", right_key="R2", score=1.0,
    )  # fmt: skip
    judge(by=citizens.HOUSE, pair=pair, verdict="same")
    district.link_people()
    assert links.subject_of("people", "ps.residents", "R1") == links.subject_of(
        "people", "ps.residents", "R2"
    )


def test_two_people_who_became_one_see_nothing_until_it_is_mended(people: dict[str, Actor]) -> None:
    citizens.bind(people["clerk"], "li", citizens.LI_NUMBER)
    look(people["clerk"], citizens.li())
    judge_same()
    for name in ("wang", "li"):
        assert refused(lambda: read_own(by=people[name])) == "exchange.own_file_unsure"  # noqa: B023
        assert refused(lambda: mine(people[name])) == "exchange.own_file_unsure"  # noqa: B023
    from tongchou.pool.actions.linkage import withdraw_judgement
    from tongchou.pool.models import Judgement

    withdraw_judgement(by=citizens.HOUSE, judgement=Judgement.objects.get())
    district.link_people()
    assert values(read_own(by=people["li"]))["ps.residents", "id_number"] == (citizens.LI_NUMBER, False)
    assert values(read_own(by=people["wang"]))["ps.residents", "id_number"] == (citizens.WANG_NUMBER, False)
    assert [each.organisation_code for each in mine(people["li"]) if not each.own] == ["hall"]


def test_the_trace_follows_a_merge(people: dict[str, Actor]) -> None:
    other = {**district.WANG_INSURED, "insured_no": "S9", "name": "陈志强", "id_number": "440604198001011114",
             "birth_date": "1980-01-01", "phone": None}  # fmt: skip
    district.deliver("hr.insured", [district.WANG_INSURED, other], date(2026, 11, 11))
    district.link_people()
    before = str(links.subject_of("people", "hr.insured", "S9"))
    look(people["clerk"], before)
    assert not [each for each in mine(people["wang"]) if not each.own]
    district.deliver(
        "hr.insured",
        [district.WANG_INSURED, {**district.WANG_INSURED, "insured_no": "S9"}],
        date(2026, 11, 12),
    )
    district.link_people()
    assert [each.organisation_code for each in mine(people["wang"]) if not each.own] == ["hall"]
    assert before in self_of(people["wang"]).ids


# ── who looked ──────────


def test_each_access_in_words(people: dict[str, Actor]) -> None:
    case = open_case(by=people["clerk"], kind="window", subject=citizens.wang(), ref="HALL-7")
    access.read(
        by=people["clerk"],
        subject_id=citizens.wang(),
        purpose="relief_check",
        case_ref=case.ref,
        via="screen",
    )
    (line,) = mine(people["wang"])
    assert (line.organisation, line.role, line.purpose) == ("行政服务中心", "窗口", "低保核查")
    assert (line.case_ref, line.case_title and line.case_title.zh) == ("HALL-7", "窗口与审批业务")
    told = {title.zh: {each.zh for each in names} for title, names in line.fields}
    assert set(told) == {"户籍人口", "参保人员"}
    assert line.grants == ("G-INS", "G-RES")
    assert line.via is not None and line.may_ask and not line.refused
    happened = own_accesses.lines_of(own_accesses.of_person(self_of(people["wang"]), kind="happened"))
    assert {each.label.zh for each in happened} == {"登记事由", "开通本人数据"}


def test_refused_attempts_are_shown_with_the_reason(people: dict[str, Actor]) -> None:
    assert refused(lambda: look(people["other_clerk"])) == "exchange.refused.no_grant"
    (line,) = mine(people["wang"])
    assert line.refused and line.reason is not None and "授权" in line.reason.zh
    assert not line.fields


def test_nothing_about_others_is_in_ones_trace(people: dict[str, Actor]) -> None:
    look(people["clerk"], citizens.li())
    access.search(by=people["clerk"], query=str(citizens.LI_NUMBER), purpose="relief_check")
    pair = ReviewPair.objects.create(
        population=Population.objects.get(code="people"), left_resource="ps.residents", left_key="R1",
        right_resource="ps.residents", right_key="R2", score=1.0,
    )  # fmt: skip
    compare(by=people["steward"], pair=pair)
    entries = list(own_accesses.of_person(self_of(people["wang"])))
    assert {each.kind for each in entries} == {"access.compared", "case.opened", "ownfile.bound"}
    assert citizens.li() not in b"".join(bytes(each.body) for each in entries).decode()


def test_the_receipt_checks_without_us_and_only_ones_own_is_given(people: dict[str, Actor]) -> None:
    look(people["clerk"])
    look(people["clerk"], citizens.li())
    own = mine(people["wang"])[0]
    document = ledger.receipt(own.stream, own.seq).as_json()
    public = (citizens.folder("x").parent.parent / "keys" / "ledger.pub").read_text()
    assert receipts.verify_receipt(document, public).size > 0
    lis = ledger.entries(subject_id=citizens.li(), kind="access.read").first()
    assert lis is not None
    for stream, seq in ((lis.stream, lis.seq), (own.stream, own.seq + 1000), ("nowhere", 1)):
        assert refused(lambda: own_accesses.entry_of(self_of(people["wang"]), stream, seq)) == (  # noqa: B023
            "exchange.access_not_found"
        )


# ── asking why ──────────


def asked(people: dict[str, Actor]) -> Explanation:
    look(people["clerk"])
    line = next(each for each in mine(people["wang"]) if not each.own)
    return explanations.ask(
        by=people["wang"], stream=line.stream, seq=line.seq, question="我没去过大厅，为什么看我的参保？"
    )


def answer(by: Actor, made: Explanation, says: str = "低保年审抽查") -> Explanation:
    made.refresh_from_db()
    return explanations.answer(by=by, number=made.number, version=version_of(made.instance), says=says)


def test_the_organisation_that_looked_explains(people: dict[str, Actor]) -> None:
    made = asked(people)
    assert (made.organisation.code, made.about) == ("hall", "clerk")
    assert refused(lambda: answer(people["ps_officer"], made)) == "exchange.explanation_not_found"
    assert refused(lambda: answer(people["clerk"], made)) == "exchange.explanation_not_found"
    opened = explanations.open_request(by=people["hall_officer"], number=made.number)
    assert "参保" in opened.words["question"]
    assert answer(people["hall_officer"], made).state == "answered"
    told = b"".join(bytes(each.body) for each in Entry.objects.all()).decode()
    assert (
        "抽查" not in told
        and "大厅" not in told
        and "抽查".encode() not in bytes(Explanation.objects.get().sealed)
    )


def test_whoever_looked_does_not_explain_it_themselves(people: dict[str, Actor]) -> None:
    made = asked(people)
    both = citizens.person("clerk", "officer", "hall")
    assert refused(lambda: answer(both, made)) == "exchange.refused.own_looking"


def test_not_content_it_goes_to_the_auditors(people: dict[str, Actor]) -> None:
    made = asked(people)
    answer(people["hall_officer"], made)
    assert refused(lambda: answer(people["auditor"], made)) == "exchange.explanation_not_found"
    explanations.contest(by=people["wang"], number=made.number, says="没有说清楚")
    assert refused(lambda: answer(people["hall_officer"], made)).startswith("flow.refused.")
    assert answer(people["auditor"], made, "经查，依规抽查").state == "closed"


def test_unanswered_it_goes_to_the_auditors(people: dict[str, Actor]) -> None:
    made = asked(people)
    run_due(timezone.now() + timedelta(days=30))
    made.refresh_from_db()
    assert made.state == "escalated"
    assert answer(people["auditor"], made).state == "closed"


def test_others_and_repeated_questions(people: dict[str, Actor]) -> None:
    made = asked(people)
    where = {"stream": made.stream, "seq": made.seq, "question": "为什么？"}
    assert refused(lambda: explanations.ask(by=people["wang"], **where)) == "exchange.explanation_asked"
    citizens.bind(people["clerk"], "li", citizens.LI_NUMBER)
    assert refused(lambda: explanations.ask(by=people["li"], **where)) == "exchange.access_not_found"
    assert refused(lambda: explanations.contest(by=people["li"], number=made.number, says="x")) == (
        "exchange.explanation_not_found"
    )
    read_own(by=people["wang"])
    own = next(each for each in mine(people["wang"]) if each.own)
    ask = {"stream": own.stream, "seq": own.seq, "question": "为什么？"}
    assert refused(lambda: explanations.ask(by=people["wang"], **ask)) == "exchange.refused.own_access"
    assert explanations.withdraw(by=people["wang"], number=made.number).state == "withdrawn"
    assert explanations.ask(by=people["wang"], **where).state == "waiting"
    assert Grant.objects.exists()

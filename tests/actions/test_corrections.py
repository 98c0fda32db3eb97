"""校核: asked, decided by the supplier, entered into the pool and undone; nobody decides on their own; killed, completed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import citizens, district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange.actions import access, corrections
from tongchou.exchange.actions.disputed import look
from tongchou.exchange.actions.my_data import read_own
from tongchou.exchange.models import Case, Correction
from tongchou.exchange.queries.corrections import version_of
from tongchou.flow.models import Event
from tongchou.flow.timers import run_due
from tongchou.gather import capturing, correcting
from tongchou.gather.models import StandingCorrection
from tongchou.gather.queries import mappings, plan_of
from tongchou.gather.standing import fix_of
from tongchou.ledger.models import Entry
from tongchou.pool import queries as pool
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")

RIGHT = "佛山市禅城区祖庙街道人民路12号3栋402"
SAYS = "门牌写错了，我住402，电话13800138000"


@pytest.fixture
def people() -> dict[str, Actor]:
    found = citizens.found()
    citizens.bind(found["clerk"], "wang", citizens.WANG_NUMBER)
    return found


def record_of(by: Actor, resource: str = "ps.residents") -> str:
    return next(
        record.record
        for group in read_own(by=by).groups
        for record in group.records
        if record.resource == resource
    )


def ask(people: dict[str, Actor], **more: Any) -> Correction:
    by = people["wang"]
    given = {
        "resource": "ps.residents",
        "record": record_of(by),
        "field": "address",
        "says": SAYS,
        "proposed": RIGHT,
    }
    return corrections.ask(by=by, **{**given, **more})


def decide(by: Actor, made: Correction, **more: Any) -> Correction:
    given = {"number": made.number, "version": version_of(made.instance), "accept": True}
    return corrections.decide(by=by, **{**given, **more})


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(HouseError) as refusal:
        ask()
    for personal in (RIGHT, SAYS, "人民路", "王小明", str(citizens.WANG_NUMBER)):
        assert personal not in refusal.value.say("zh") + refusal.value.say("en")
    return refusal.value.code


def address(by: Actor) -> tuple[str, str | None]:
    value = next(
        value
        for group in read_own(by=by).groups
        for record in group.records
        if record.resource == "ps.residents"
        for value in record.values
        if value.field == "address"
    )
    return value.shown, value.corrected.was if value.corrected else None


def test_from_the_citizen_to_the_pool_and_back(people: dict[str, Actor]) -> None:
    made = ask(people)
    assert (made.state, made.organisation.code) == ("waiting", "ps")
    dispute = look(by=people["ps_officer"], number=made.number)
    assert (dispute.now, dispute.proposed, dispute.says) == (district.WANG["address"], RIGHT, SAYS)
    assert decide(people["ps_officer"], made).state == "accepted"
    assert address(people["wang"]) == (district.WANG["address"], None)
    assert citizens.work_off() == 1
    assert address(people["wang"]) == (RIGHT, district.WANG["address"])

    read = access.read(by=people["clerk"], subject_id=citizens.wang(), purpose="relief_check")
    value = next(
        value for group in read.groups for record in group.records for value in record.values
        if value.corrected is not None
    )  # fmt: skip
    assert (value.field, value.masked, value.corrected.number) == ("address", True, made.number)
    assert value.corrected.was == value.shown  # under the same mask both look alike

    corrections.withdraw(by=people["wang"], number=made.number)
    assert citizens.work_off() == 1
    assert address(people["wang"]) == (district.WANG["address"], None)
    assert Correction.objects.get().state == "undone"
    assert StandingCorrection.objects.get().state == "undone"


def test_a_later_delivery_does_not_bring_the_old_value_back_until_it_brings_another(
    people: dict[str, Actor],
) -> None:
    made = ask(people)
    decide(people["ps_officer"], made)
    citizens.work_off()
    citizens.deliver_file(
        "ps.residents", {**district.WANG, "sex": "1"}, {**district.LI, "sex": "1"}, on=date(2026, 11, 20)
    )
    district.link_people()
    assert address(people["wang"])[0] == RIGHT
    assert StandingCorrection.objects.get().state == "standing"
    newer = {**district.WANG, "address": "佛山市禅城区石湾镇街道江湾路1号"}
    citizens.deliver_file("ps.residents", newer, district.LI, on=date(2026, 11, 21))
    district.link_people()
    assert address(people["wang"]) == (newer["address"], None)
    assert StandingCorrection.objects.get().state == "overtaken"


def test_no_word_of_it_is_on_the_ledger_or_in_the_clear(people: dict[str, Actor]) -> None:
    made = ask(people, evidence="房产证 粤2026")
    corrections.decide(
        by=people["ps_officer"], number=made.number, version=version_of(made.instance), accept=False,
        reason="证件地址是401",
    )  # fmt: skip
    corrections.contest(by=people["wang"], number=made.number, says="401是邻居家")
    decide(people["steward"], made, value=RIGHT, reason="已核对")
    citizens.work_off()
    bodies = b"".join(bytes(each.body) for each in Entry.objects.all()).decode()
    kept = json.dumps(list(Event.objects.values("comment", "facts", "action")), ensure_ascii=False)
    stored = b"".join(
        [bytes(each.sealed) for each in Correction.objects.all()]
        + [bytes(each.sealed) for each in StandingCorrection.objects.all()]
    )
    for personal in (
        "栋402",
        "401是",
        "邻居",
        "房产证",
        "人民路",
        "门牌",
        "证件地址",
        "王小明",
        str(citizens.WANG_NUMBER),
    ):
        assert personal not in bodies
        assert personal not in kept
        assert personal.encode() not in stored


def test_a_refusal_is_reviewed_once(people: dict[str, Actor]) -> None:
    made = ask(people)
    officer = people["ps_officer"]
    assert refused(lambda: decide(officer, made, accept=False)) == "exchange.words_needed"
    assert decide(officer, made, accept=False, reason="证件如此").state == "refused"
    assert refused(lambda: look(by=officer, number=made.number)) == "exchange.refused.case_needed"
    assert corrections.contest(by=people["wang"], number=made.number, says="请看房产证").state == "review"
    dispute = look(by=people["steward"], number=made.number)
    assert (dispute.refusal, dispute.again) == ("证件如此", "请看房产证")
    # It lies with the bureau now: the department neither sees the value nor decides.
    assert refused(lambda: look(by=officer, number=made.number)) == "exchange.refused.case_needed"
    assert refused(lambda: decide(officer, made)).startswith("flow.refused.")
    assert decide(people["steward"], made, accept=False, reason="房产证也是401").state == "upheld"
    assert refused(
        lambda: corrections.contest(by=people["wang"], number=made.number, says="不服")
    ).startswith("flow.")
    assert not Case.objects.filter(state="open").exists()


def test_nobody_decides_on_their_own(people: dict[str, Actor]) -> None:
    made = ask(people)
    # The person has a second role, at the supplying department; and their colleague is the person the file is about.
    second = citizens.person("wang", "officer", "ps")
    assert refused(lambda: decide(second, made)) == "exchange.refused.own_correction"
    reported = corrections.ask(
        by=people["clerk"], subject=citizens.li(), resource="ps.residents", field="address", says="不对",
        proposed=RIGHT, purpose="relief_check", record=reference(citizens.li()),
    )  # fmt: skip
    citizens.person("ps_officer", "applicant", "gov")
    citizens.bind(people["second_clerk"], "ps_officer", citizens.LI_NUMBER)
    assert refused(lambda: decide(people["ps_officer"], reported)) == "exchange.refused.own_correction"
    assert decide(people["ps_officer2"], reported).state == "accepted"
    clerk_too = citizens.person("clerk", "officer", "ps")
    again = corrections.ask(
        by=people["clerk"], subject=citizens.wang(), resource="ps.residents", field="sex", says="不对", proposed="女",
        purpose="relief_check", record=reference(citizens.wang()),
    )  # fmt: skip
    assert refused(lambda: decide(clerk_too, again)) == "exchange.refused.own_correction"


def reference(subject: str) -> str:
    from tongchou.pool.serving.digests import record_reference

    document = pool.document(subject)
    assert document is not None
    return next(
        record_reference(each["resource"], each["key"]) for each in document["versions"]
        if each["resource"] == "ps.residents"
    )  # fmt: skip


def test_others_do_not_decide_nor_see_it(people: dict[str, Actor]) -> None:
    made = ask(people)
    for name in ("hr_officer", "hall_officer", "steward"):
        assert refused(lambda: decide(people[name], made)) == "exchange.correction_not_found"  # noqa: B023
        assert refused(lambda: look(by=people[name], number=made.number)) == "exchange.correction_not_found"  # noqa: B023
    citizens.bind(people["clerk"], "li", citizens.LI_NUMBER)
    for ask_for in (
        lambda: corrections.withdraw(by=people["li"], number=made.number),
        lambda: corrections.contest(by=people["li"], number=made.number, says="x"),
    ):
        assert refused(ask_for) == "exchange.correction_not_found"
    assert refused(lambda: decide(people["clerk"], made)) == "exchange.correction_not_found"


def test_who_was_overtaken_is_told(people: dict[str, Actor]) -> None:
    made = ask(people)
    version = version_of(made.instance)
    decide(people["ps_officer"], made)
    late = {"number": made.number, "version": version, "accept": False, "reason": "不改"}
    assert refused(lambda: corrections.decide(by=people["ps_officer2"], **late)).startswith("flow.")
    assert Correction.objects.get().state == "accepted"


@pytest.mark.parametrize(
    ("field", "proposed", "code"),
    [
        ("birth_date", "1990-02-30", "gather.correction_value"),
        ("id_number", "440604199005011230", "gather.correction_value"),
        ("record_no", "R9", "exchange.refused.not_correctable"),
        ("no_such", "x", "exchange.refused.not_correctable"),
        ("address", district.WANG["address"], ""),
    ],
)
def test_what_cannot_be_corrected(people: dict[str, Actor], field: str, proposed: str, code: str) -> None:
    if code:
        assert refused(lambda: ask(people, field=field, proposed=proposed)) == code
        assert not Correction.objects.exists()
        return
    made = ask(people, field=field, proposed=proposed)
    assert refused(lambda: decide(people["ps_officer"], made)) == "exchange.correction_needless"
    assert (Correction.objects.get().state, StandingCorrection.objects.count()) == ("waiting", 0)


def test_one_open_correction_a_value(people: dict[str, Actor]) -> None:
    ask(people)
    assert refused(lambda: ask(people)) == "exchange.correction_open"
    assert refused(lambda: ask(people, says="  ", field="sex")) == "exchange.words_needed"
    assert refused(lambda: ask(people, says="长" * 3000, field="sex")) == "exchange.words_too_long"


def test_a_clerk_reports_only_what_their_grants_show(people: dict[str, Actor]) -> None:
    def report(**more: str) -> Correction:
        given = {"subject": citizens.wang(), "resource": "ps.residents", "field": "address", "says": "不对",
                 "purpose": "relief_check", "record": reference(citizens.wang())}  # fmt: skip
        return corrections.ask(by=people["clerk"], **{**given, **more})

    assert refused(lambda: report(purpose="audit")) == "exchange.refused.wrong_purpose"
    assert refused(lambda: report(record="0" * 16)) == "exchange.record_not_found"
    assert refused(lambda: report(subject="P" + "A" * 12)) == "exchange.record_not_found"
    assert report().own is False


def test_after_its_limit_it_is_the_bureaus(people: dict[str, Actor]) -> None:
    made = ask(people)
    run_due(timezone.now() + timedelta(days=30))
    made.refresh_from_db()
    assert made.state == "escalated"
    assert (
        refused(lambda: look(by=people["ps_officer"], number=made.number)) == "exchange.refused.case_needed"
    )
    assert look(by=people["steward"], number=made.number).proposed == RIGHT
    assert decide(people["steward"], made).state == "accepted"


def test_killed_between_acceptance_and_entry_the_worker_completes_it(people: dict[str, Actor]) -> None:
    made = ask(people)
    decide(people["ps_officer"], made)
    standing = StandingCorrection.objects.get()
    # Killed before anything was appended, a delivery with the old value comes in between.
    citizens.deliver_file("ps.residents", district.WANG, {**district.LI, "sex": "1"}, on=date(2026, 11, 20))
    # Killed after the append, before the control plane knew.
    plan = plan_of(mappings(resources=["ps.residents"]).get())
    capturing.enter(plan, fix_of(standing), data_root=citizens.folder("x").parent.parent)
    assert StandingCorrection.objects.get().state == "waiting"
    assert correcting.perform_next(by=citizens.HOUSE)
    assert StandingCorrection.objects.get().state == "standing"
    assert address(people["wang"])[0] == RIGHT
    # Killed after entering, before the document was brought up: done again, and nothing else happens.
    StandingCorrection.objects.update(served_at=None)
    assert correcting.perform_next(by=citizens.HOUSE)
    assert not correcting.perform_next(by=citizens.HOUSE)


def test_a_second_correction_takes_the_place_of_the_first(people: dict[str, Actor]) -> None:
    decide(people["ps_officer"], ask(people))
    citizens.work_off()
    third = RIGHT.replace("402", "403")
    again = ask(people, proposed=third)
    decide(people["ps_officer"], again)
    citizens.work_off()
    assert address(people["wang"]) == (third, district.WANG["address"])
    assert sorted(StandingCorrection.objects.values_list("state", flat=True)) == ["overtaken", "standing"]
    citizens.deliver_file("ps.residents", district.WANG, {**district.LI, "sex": "1"}, on=date(2026, 11, 20))
    district.link_people()
    assert address(people["wang"])[0] == third


def test_the_department_finds_its_acceptance_was_wrong(people: dict[str, Actor]) -> None:
    made = ask(people)
    decide(people["ps_officer"], made)
    citizens.work_off()
    assert refused(lambda: corrections.withdraw(by=people["hr_officer"], number=made.number)) == (
        "exchange.correction_not_found"
    )
    corrections.withdraw(by=people["ps_officer2"], number=made.number)
    citizens.work_off()
    assert address(people["wang"])[0] == district.WANG["address"]
    settled = "exchange.refused.correction_settled"
    assert refused(lambda: corrections.withdraw(by=people["ps_officer2"], number=made.number)) == settled


def test_withdrawn_before_it_is_decided(people: dict[str, Actor]) -> None:
    made = ask(people)
    assert corrections.withdraw(by=people["wang"], number=made.number).state == "withdrawn"
    assert refused(lambda: decide(people["ps_officer"], made)).startswith("flow.")
    assert ask(people).state == "waiting"


def test_a_corrected_number_asks_for_linking(people: dict[str, Actor]) -> None:
    from tongchou.pool.models import LinkRun

    made = ask(people, field="birth_date", proposed="1990-05-02")
    decide(people["ps_officer"], made)
    before = LinkRun.objects.count()
    assert correcting.perform_next(by=citizens.HOUSE)
    assert LinkRun.objects.count() == before + 1

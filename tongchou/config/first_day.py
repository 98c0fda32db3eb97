"""The sample district's first day of use: departments ask for data, providers decide, clerks and systems read.

Every step is an action of the house, by the account that would take it on screen, so that whoever opens the demo finds
requests, grants, exports and traces that came about as real ones do. Played once; `DONE` marks it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import duckdb
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Role
from tongchou.accounts.queries import actor_of_username
from tongchou.catalogue.models import Resource
from tongchou.exchange import deciding, work
from tongchou.exchange.actions import (
    access,
    batch,
    cases,
    corrections,
    explanations,
    grants,
    my_data,
    requests,
    verify,
)
from tongchou.exchange.clauses import Clauses
from tongchou.exchange.models import Case, Client, Correction, Explanation, Export, Grant, Request
from tongchou.exchange.queries import own_accesses
from tongchou.exchange.queries.own_files import self_of
from tongchou.flow.queries import instance

from .first_judging import judge_links

DONE = "FIRST-DAY"
#: Numbers of the relief case in the hall's own system and in civil affairs', under which clerk and system read.
HALL_CASE, CIVIL_CASE = "YM-2026-0412", "DB-2026-0117"


@dataclass(frozen=True)
class Asked:
    """A request of the first day. then: "grant", "refuse", "return", "" to leave it waiting; by: who decides."""

    who: str
    resource: str
    fields: str
    purpose: str
    reason: str
    forms: str = "query"
    rows: str = ""
    unmasked: str = ""
    role: str = "officer"
    basis: str = ""
    then: str = ""
    by: str = ""
    comment: str = ""
    #: Rows to which the provider narrows what is asked for.
    less: str = ""


#: What departments ask of one another. Two wait, so that whoever tries the demo can decide on them.
ASKED = [
    Asked(
        "officer_health", "edu.schools", "school_no name kind address places", "data_quality",
        "核对学校卫生检查的学校名单与地址。", forms="query batch",
    ),
    Asked(
        "officer_civil", "hrss.insured", "name id_number employer months_paid status", "relief_check",
        "低保复核需要了解申请人是否就业参保。", forms="query batch aggregate",
        basis="《社会救助暂行办法》第五十八条（样例，待核）", then="grant", by="officer_hrss",
        comment="同意；仅限缴费满六个月的人员。", less="months_paid >= 6",
    ),
    Asked(
        "officer_edu", "ps.residents", "name birth_date id_number household_no relation address community",
        "enrolment", "入学资格核验：户籍与监护关系。", forms="query batch subscribe aggregate",
        basis="义务教育招生办法（样例，待核）", then="grant", by="officer_ps", comment="同意，地址按门牌脱敏。",
    ),
    Asked(
        "officer_edu", "health.patients", "name phone address", "enrolment",
        "希望联系未完成预防接种的家长。", then="refuse", by="officer_health",
        comment="接种信息由学校保健医按规定查验，不需要就诊卡信息。",
    ),
    Asked(
        "officer_hrss", "civil.relief", "relief_no name id_number monthly_amount", "benefits_check",
        "避免就业补贴与低保重复发放。", then="return", by="officer_civil", comment="请写明补贴项目和法律依据。",
    ),
    Asked(
        "officer_health", "edu.pupils", "name birth_date school school_year", "benefits_check",
        "安排学生视力筛查，需要各校年级人数和名单。", forms="query aggregate",
        basis="学校卫生工作条例（样例，待核）",
    ),
    Asked(
        "officer_market", "hrss.employment", "employer employer_uscc post", "inspection",
        "核对企业用工规模，安排联合检查。", forms="aggregate",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Somebody:
    """A relief recipient of the sample who owns what they did not tell. Invented, like everybody in it."""

    name: str
    birth_date: str
    id_number: str
    cars: int
    homes: int


def somebody(folder: Path) -> Somebody | None:
    """The example of the demo, from the sample's truth; None in a small district, or when the truth was put away."""
    truth = folder / "truth"
    if not (truth / "persons.parquet").is_file():
        return None
    with duckdb.connect() as database:
        found = database.execute(
            """SELECT name, birth_date, id_number, count(*) FILTER (resource = 'vehicle.vehicles') AS cars,
                count(*) FILTER (resource = 'land.property') AS homes
            FROM read_parquet(?) AS persons JOIN read_parquet(?) AS records USING (person)
            WHERE hidden_assets GROUP BY person, name, birth_date, id_number
            HAVING cars > 0 AND homes > 1 AND count(*) FILTER (resource = 'civil.relief') > 0
            ORDER BY person LIMIT 1""",
            [str(truth / "persons.parquet"), str(truth / "people.parquet")],
        ).fetchone()
    return Somebody(*found) if found else None


def play(data: Path, *, step: Callable[[str], None]) -> bool:
    """Play the first day; False when it has been played on this data folder. step: tells what is being done."""
    mark = data / "sample" / DONE
    if mark.is_file():
        return False
    step("Departments ask for data, providers decide")
    for each in ASKED:
        if not _was_asked(each):
            _ask(each)
    step("An export, and a grant suspended")
    _export("officer_civil")
    _suspend()
    known = somebody(data / "sample")
    if known is not None:
        step("A clerk reads for a case, and the person sees who looked")
        _systems(known)
        _citizen(known)
    step("Two reviewers judge a sample of the links")
    judge_links(data / "sample")
    mark.write_text(timezone.now().isoformat() + "\n")
    return True


def _was_asked(asked: Asked) -> bool:
    return Request.objects.filter(requested_by=asked.who, resource__code=asked.resource).exists()


def _ask(asked: Asked) -> Request:
    by = actor_of_username(asked.who)
    clauses = Clauses(
        fields=frozenset(asked.fields.split()), purposes=frozenset({asked.purpose}),
        until=timezone.localdate() + timedelta(days=365), unmasked=frozenset(asked.unmasked.split()), rows=asked.rows,
        forms=frozenset(asked.forms.split()),
    )  # fmt: skip
    request = requests.ask(
        by=by, resource=Resource.objects.get(code=asked.resource), role=Role.objects.get(code=asked.role),
        clauses=clauses, reason=asked.reason, legal_basis=asked.basis,
    )  # fmt: skip
    if not asked.then:
        return request
    decider = actor_of_username(asked.by)
    version = instance(request.instance).version
    if asked.then == "refuse":
        return deciding.refuse(by=decider, request=request, version=version, comment=asked.comment)
    if asked.then == "return":
        return deciding.send_back(by=decider, request=request, version=version, comment=asked.comment)
    given = replace(clauses, rows=asked.less) if asked.less else None
    return deciding.grant(by=decider, request=request, version=version, clauses=given, comment=asked.comment)


def _export(who: str) -> Export | None:
    """An export of what the account was granted in form `batch`, made at once."""
    by = actor_of_username(who)
    held = Grant.objects.filter(
        organisation__code=by.organisation, role__code=by.role, state=Grant.State.LIVE
    )
    grant = next((each for each in held if "batch" in each.forms), None)
    if grant is None or Export.objects.filter(grant=grant).exists():
        return None
    made = batch.export(by=by, grant=grant.number, purpose=grant.purposes.all()[0].code)
    work.run_all(by=Actor.house("worker"))
    made.refresh_from_db()
    return made


def _suspend() -> None:
    """One grant is suspended by the bureau until a question is settled."""
    grant = Grant.objects.filter(resource__code="transport.bus_cards", state=Grant.State.LIVE).first()
    if grant is not None:
        grants.suspend(by=actor_of_username("steward"), grant=grant, reason="核实用途后恢复。")


def _citizen(known: Somebody) -> None:
    """A clerk reads the file of the person whom the account `applicant` is bound to; they ask why, and correct."""
    clerk, person = actor_of_username("clerk"), actor_of_username("applicant")
    found = access.search(
        by=clerk,
        query=f"{known.name} {known.birth_date}",
        purpose="relief_check",
        case_ref=HALL_CASE,
        via="screen",
    )
    for each in found:
        _open(clerk, each.subject_id, HALL_CASE)
        access.read(
            by=clerk, subject_id=each.subject_id, purpose="relief_check", case_ref=HALL_CASE, via="screen"
        )
    looked = next(
        (
            each
            for each in own_accesses.lines_of(own_accesses.of_person(self_of(person), kind="looked"))
            if each.may_ask
        ),
        None,
    )
    if looked is not None and not Explanation.objects.exists():
        explanations.ask(
            by=person, stream=looked.stream, seq=looked.seq, question="为什么要看我的房产和车辆？"
        )
    if not Correction.objects.exists():
        _correct(person, "phone", "换了号码，旧的已经注销。", "13707578246")


#: What the relief system asks about each applicant, and the parameters of each statement.
VERIFIED: dict[str, dict[str, str]] = {
    "resident": {}, "owns_housing": {}, "owns_two_homes": {}, "owns_vehicle": {}, "income_below": {"amount": "3000"},
}  # fmt: skip


def _systems(known: Somebody) -> None:
    """The relief system verifies what its applicants say, and asks for nothing it does not need."""
    client = Client.objects.select_related("organisation", "role").get(code="civil-relief")
    by = Actor(
        username=f"@client:{client.code}", name=client.name, organisation=client.organisation.code,
        role=client.role.code, permissions=frozenset(client.role.permissions),
    )  # fmt: skip
    reviewer = actor_of_username("reviewer")
    for each in access.search(
        by=reviewer,
        query=f"{known.name} {known.birth_date}",
        purpose="relief_check",
        case_ref=CIVIL_CASE,
        via="screen",
    ):
        _open(reviewer, each.subject_id, CIVIL_CASE)
    for statement, parameters in VERIFIED.items():
        verify.verify(
            by=by, subject={"id_number": known.id_number}, statement=statement, purpose="relief_check",
            parameters=parameters, case_ref=CIVIL_CASE, via="gateway",
        )  # fmt: skip


def _open(by: Actor, subject_id: str, ref: str) -> None:
    if not Case.objects.filter(ref=ref).exists():
        cases.open_case(by=by, kind="window", subject=subject_id, ref=ref)


def _correct(person: Actor, name: str, says: str, proposed: str) -> None:
    """Say of the first value of that name in one's own file that it is wrong."""
    for group in my_data.read_own(by=person).groups:
        for record in group.records:
            if any(each.field == name and each.may_correct and each.shown for each in record.values):
                corrections.ask(
                    by=person,
                    resource=record.resource,
                    record=record.record,
                    field=name,
                    says=says,
                    proposed=proposed,
                )
                return

"""The sample district's first day of use: departments ask for data, providers decide, clerks and systems read.

Every step is an action of the house, by the account that would take it on screen, so that whoever opens the demo finds
requests, grants, exports and traces that came about as real ones do. Played once; `DONE` marks it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Role
from tongchou.accounts.queries import actor_of_username
from tongchou.catalogue.models import Resource
from tongchou.exchange import deciding, work
from tongchou.exchange.actions import batch, grants, requests
from tongchou.exchange.clauses import Clauses
from tongchou.exchange.models import Export, Grant, Request
from tongchou.flow.queries import instance

DONE = "FIRST-DAY"


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
    held = Grant.objects.filter(organisation__code=by.organisation, role__code=by.role, state=Grant.State.LIVE)
    grant = next((each for each in held if "batch" in each.forms), None)
    if grant is None:
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

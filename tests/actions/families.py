"""Two families and a firm, by six departments' tables, for tests of relations, base libraries and themes.

Numbers are invented and valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.conf import settings

from tests import district
from tests.prepared import prepare
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.pool import links
from tongchou.pool.actions import linkage
from tongchou.pool.models import Population, RelationRule
from tongchou.standards.identity import check_character

Fields = list[tuple[str, str, str]]

TABLES: dict[str, tuple[str, str, Fields]] = {
    "ps.hukou": ("people", "ps", [
        ("record_no", "identifier", ""), ("name", "person_name", "name"), ("id_number", "id_number", "id_number"),
        ("birth_date", "birth_date", "birth_date"), ("sex", "sex", "sex"), ("household_no", "identifier", "household"),
        ("relation", "household_relation", ""), ("address", "address", "address"), ("ethnicity", "ethnicity", ""),
    ]),
    "civil.marriages": ("people", "hr", [
        ("record_no", "identifier", ""), ("name", "person_name", "name"), ("id_number", "id_number", "id_number"),
        ("spouse_name", "person_name", ""), ("spouse_id_number", "id_number", ""), ("registered_on", "date", ""),
        ("kind", "text", ""),
    ]),
    "health.births": ("people", "health", [
        ("certificate_no", "identifier", ""), ("name", "person_name", "name"), ("birth_date", "birth_date", "birth_date"),
        ("sex", "sex", "sex"), ("mother_name", "person_name", "guardian_name"), ("mother_id_number", "id_number", ""),
        ("phone", "mobile", "phone"),
    ]),
    "edu.pupils": ("people", "hr", [
        ("pupil_no", "identifier", ""), ("name", "person_name", "name"), ("id_number", "id_number", "id_number"),
        ("birth_date", "birth_date", "birth_date"), ("school", "text", ""), ("guardian_name", "person_name", "guardian_name"),
        ("guardian_phone", "mobile", "phone"), ("guardian_relation", "text", ""),
    ]),
    "hr.work": ("people", "hr", [
        ("record_no", "identifier", ""), ("name", "person_name", "name"), ("id_number", "id_number", "id_number"),
        ("phone", "mobile", "phone"), ("employer_uscc", "uscc", ""), ("employer", "organisation_name", ""),
        ("contract_from", "date", ""), ("ethnicity", "ethnicity", ""),
    ]),
    "health.deaths": ("people", "health", [
        ("certificate_no", "identifier", ""), ("name", "person_name", "name"), ("id_number", "id_number", "id_number"),
        ("died_on", "date", ""),
    ]),
    "market.firms": ("enterprises", "hr", [
        ("record_no", "identifier", ""), ("uscc", "uscc", "uscc"), ("name", "organisation_name", "name"),
        ("legal_representative", "person_name", "legal_representative"), ("legal_representative_id", "id_number", ""),
    ]),
}  # fmt: skip

RULES: dict[str, tuple[str, dict[str, object]]] = {
    "register": ("ps.hukou", {"household": {"number": "household_no", "relation": "relation"}}),
    "marriage": ("civil.marriages", {
        "kind": "spouse", "other": {"population": "people", "id_number": "spouse_id_number", "name": "spouse_name"},
        "since": "registered_on", "ends_when": "kind starts with '离婚'",
    }),
    "mother": ("health.births", {
        "kind": "parent", "code_of_relation": "52",
        "other": {"population": "people", "id_number": "mother_id_number", "name": "mother_name"},
    }),
    "guardian": ("edu.pupils", {
        "kind": "guardian", "relation": "guardian_relation",
        "other": {"population": "people", "name": "guardian_name", "phone": "guardian_phone", "within_household": True},
    }),
    "work": ("hr.work", {
        "kind": "employer", "other": {"population": "enterprises", "uscc": "employer_uscc", "name": "employer"},
        "since": "contract_from",
    }),
    "deaths": ("health.deaths", {"died_on": "died_on"}),
    "representative": ("market.firms", {
        "kind": "legal_representative",
        "other": {"population": "people", "id_number": "legal_representative_id", "name": "legal_representative"},
    }),
}  # fmt: skip


def number(born: str, sequence: int) -> str:
    """A valid identity number of somebody born on that day (YYYYMMDD)."""
    body = f"440604{born}{sequence:03}"
    return body + check_character(body)


def make() -> None:
    """Organisations, populations, resources and rules."""
    places = district.organisations()
    for code, kind in (("people", "person"), ("enterprises", "enterprise")):
        Population.objects.get_or_create(
            code=code, defaults={"kind": kind, "model": {"person": "zh_people", "enterprise": "zh_enterprises"}[kind],
                                 "authority": ["ps.hukou", "market.firms"]},
        )  # fmt: skip
    Population.objects.filter(code="people").update(authority=["ps.hukou", "ps.residents"])
    for code, (population, owner, fields) in TABLES.items():
        resource, new = Resource.objects.get_or_create(
            code=code,
            defaults={
                "name": code, "name_en": code, "organisation": places[owner], "share_class": "conditional",
                "cycle": "daily", "subject_kind": "person" if population == "people" else "enterprise",
                "population": population, "key": [fields[0][0]],
            },
        )  # fmt: skip
        if new:
            district.register_fields(resource, fields)
    for code, (table, spec) in RULES.items():
        RelationRule.objects.get_or_create(code=code, defaults={"resource": table, "spec": spec})


def deliver(code: str, rows: Sequence[district.Row], on: date = date(2026, 11, 1)) -> None:
    """A full delivery of one of the tables."""
    district.deliver(code, rows, on, fields=TABLES[code][2])


CHEN, HE = number("19800312", 1), number("19820908", 2)
CHEN_SON, CHEN_GIRL = number("20120203", 1), number("20150607", 2)
ZHAO = number("19751111", 5)
USCC = "91440604MA4UQ2JX6T"


def linked() -> None:
    """The families and the firm, gathered and linked."""

    def both() -> None:
        _gather()
        link()

    prepare("families linked", both, Path(settings.TONGCHOU_DATA))


def gather() -> None:
    """The families and the firm, gathered."""
    prepare("families", _gather, Path(settings.TONGCHOU_DATA))


def _gather() -> None:
    """陈志强 and 何美玲 with two children, the grandmother; 赵伟, who leads the firm for which 陈志强 works."""
    make()
    register = [
        ("R1", "陈志强", CHEN, "1980-03-12", "1", "FS1", "02"),
        ("R2", "何美玲", HE, "1982-09-08", "2", "FS1", "12"),
        ("R3", "陈家俊", CHEN_SON, "2012-02-03", "1", "FS1", "20"),
        ("R4", "陈家怡", CHEN_GIRL, "2015-06-07", "2", "FS1", "30"),
        ("R5", "黄桂芳", number("19530101", 4), "1953-01-01", "2", "FS1", "52"),
        ("R6", "赵伟", ZHAO, "1975-11-11", "1", "FS2", "02"),
    ]
    names = [name for name, _, _ in TABLES["ps.hukou"][2]]
    home = "佛山市禅城区祖庙街道人民路12号3栋401"
    deliver("ps.hukou", [dict(zip(names, (*row, home, "01"), strict=True)) for row in register])
    deliver("civil.marriages", [
        {"record_no": "J1-1", "name": "陈志强", "id_number": CHEN, "spouse_name": "何美玲", "spouse_id_number": HE,
         "registered_on": "2010-05-20", "kind": "结婚登记"},
        {"record_no": "J1-2", "name": "何美玲", "id_number": HE, "spouse_name": "陈志强", "spouse_id_number": CHEN,
         "registered_on": "2010-05-20", "kind": "结婚登记"},
    ])  # fmt: skip
    deliver("health.births", [
        {"certificate_no": "B1", "name": "陈家俊", "birth_date": "2012-02-03", "sex": "1", "mother_name": "何美玲",
         "mother_id_number": HE, "phone": "13900139000"},
        # a slip of the pen in the mother's number
        {"certificate_no": "B2", "name": "陈家怡", "birth_date": "2015-06-07", "sex": "2", "mother_name": "何美玲",
         "mother_id_number": HE[:16] + "9" + HE[17], "phone": "13900139000"},
    ])  # fmt: skip
    deliver("edu.pupils", [
        {"pupil_no": "X1", "name": "陈家俊", "id_number": CHEN_SON, "birth_date": "2012-02-03", "school": "第一小学",
         "guardian_name": "陈志强", "guardian_phone": "13800138000", "guardian_relation": "父亲"},
    ])  # fmt: skip
    deliver("hr.work", [
        {"record_no": "W1", "name": "陈志强", "id_number": CHEN, "phone": "13800138000", "employer_uscc": USCC,
         "employer": "佛山市禅城区恒达五金有限公司", "contract_from": "2019-04-01", "ethnicity": "08"},
    ])  # fmt: skip
    deliver("market.firms", [
        {"record_no": "M1", "uscc": USCC, "name": "佛山市禅城区恒达五金有限公司", "legal_representative": "赵伟",
         "legal_representative_id": ZHAO},
    ])  # fmt: skip


def link(progress: linkage.Progress | None = None) -> None:
    """Link both populations."""
    for code in ("people", "enterprises"):
        population = Population.objects.get(code=code)
        linkage.link(by=Actor.house("tests"), population=population, progress=progress)


def subject(resource: str, key: str) -> str:
    """The subject of a record."""
    found = links.subject_of(TABLES[resource][0], resource, key)
    assert found is not None
    return found

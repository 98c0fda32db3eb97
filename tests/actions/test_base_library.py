"""Base libraries: SQL and the pure rule decide alike, reasons are told, disagreements are places without values."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.actions import families
from tests.actions.families import subject
from tests.actions.pooled import data  # noqa: F401
from tongchou.pool import base
from tongchou.pool.base import disagreements
from tongchou.pool.base.rulebook import rules_of
from tongchou.pool.base.survivorship import Said, choose, in_words, sentence
from tongchou.pool.models import Population, SurvivorshipRule
from tongchou.pool.published import current
from tongchou.standards.text import Text

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]


def library(population: str = "people") -> dict[str, dict[str, Any]]:
    version = current(base.base_folder(population))
    assert version is not None
    return {row["subject_id"]: row for row in pq.read_table(version.parts["base"]).to_pylist()}


def test_why_a_value_was_taken_and_since_when() -> None:
    families.linked()
    chen = library()[subject("ps.hukou", "R1")]
    assert (chen["ethnicity"], chen["ethnicity_source"], chen["ethnicity_why"]) == (
        "01",
        "ps.hukou",
        "authority",
    )
    assert (chen["ethnicity_over"], chen["ethnicity_others"], chen["ethnicity_since"]) == (
        "hr.work", 1, date(2026, 11, 1),
    )  # fmt: skip
    assert (chen["phone_why"], chen["phone_key"]) == ("only", "W1")
    assert (chen["name_why"], chen["name_over"]) == ("same", None)
    told = sentence("authority", Text("户籍", "register"), Text("就业", "work"), "2026-11-01")
    assert told.zh == "《户籍》比《就业》权威；自 2026-11-01 起。"
    facts = base.facts_of("people")
    assert facts["attributes"]["ethnicity"]["why"]["authority"] == 1


def test_the_packs_rule_goes_before_the_usual_order() -> None:
    families.gather()
    SurvivorshipRule.objects.create(
        population="people", attribute="ethnicity", spec={"prefer": ["hr.work"], "disputed": False}
    )
    families.link()
    chen = library()[subject("ps.hukou", "R1")]
    assert (chen["ethnicity"], chen["ethnicity_source"]) == ("08", "hr.work")
    assert disagreements.counted("people") == []
    rule = rules_of(Population.objects.get(code="people"))["ethnicity"]
    assert in_words(rule, {"hr.work": Text("就业", "work")}).zh.startswith("先看通过校验，再看来源权威")


def test_disagreements_are_places_and_no_values() -> None:
    families.linked()
    assert disagreements.counted("people") == [("hr.work", "ethnicity", "ethnicity", "ps.hukou", True, 1)]
    [one] = disagreements.listed("people", "hr.work", "ethnicity")
    assert (one.subject_id, one.source_key, one.against_key) == (subject("ps.hukou", "R1"), "W1", "R1")
    version = current(base.base_folder("people"))
    assert version is not None
    assert set(pq.read_table(version.parts["disagreements"]).column_names) == {
        "subject_id", "attribute", "resource", "source_key", "field", "against", "against_key", "sure",
    }  # fmt: skip


@pytest.mark.parametrize("order", [
    ["valid", "authority", "newest", "recorded"], ["agreed", "exact", "valid", "recorded"], ["newest", "valid", "agreed"],
])  # fmt: skip
def test_the_query_decides_as_the_rule_does(order: list[str]) -> None:
    families.make()
    drawn = random.Random("".join(order))
    SurvivorshipRule.objects.create(
        population="people", attribute="phone", spec={"order": order, "prefer": ["hr.work"]}
    )
    number = families.CHEN
    said: list[Said] = []
    phones = ["13800138000", "13900139000", "1380013800", "13700137000"]
    for table, key, field in (
        ("hr.work", "record_no", "phone"),
        ("edu.pupils", "pupil_no", "guardian_phone"),
    ):
        rows = []
        for place in range(5):
            phone = drawn.choice(phones)
            rows.append({key: f"K{place}", "name": "陈志强", "id_number": number, field: phone})
        on = date(2026, 11, drawn.randint(1, 9))
        families.deliver(table, rows, on)
        said += [
            Said(row[field], table, row[key], row[field] != "1380013800", on.isoformat(), "") for row in rows
        ]
    families.link()
    [chosen] = [row for row in library().values() if row["id_number"] == number]
    recorded = {"hr.work": "1", "edu.pupils": "2"}
    rule = rules_of(Population.objects.get(code="people"))["phone"]
    expected = choose([each._replace(recorded_at=recorded[each.resource]) for each in said], rule)
    assert expected is not None
    assert (chosen["phone"], chosen["phone_source"], chosen["phone_why"], chosen["phone_others"]) == (
        expected.said.value, expected.said.resource, expected.why, expected.others,
    )  # fmt: skip
    assert (chosen["phone_over"] or "") == expected.over

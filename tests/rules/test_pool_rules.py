"""As it was on a day, as it was known: against an independent day-by-day computation. Conflicts and timelines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.pool import rules
from tongchou.pool.rules import Claim


def version(
    recorded: str,
    begins: str | None,
    ends: str | None,
    value: str | None,
    key: str = "1",
    resource: str = "ps.homes",
) -> dict[str, Any]:
    """One version; value None is an end."""
    return {
        "resource": resource,
        "key": key,
        "op": "end" if value is None else "put",
        "valid_from": begins,
        "valid_to": ends,
        "recorded_at": f"{recorded}T08:00:00.000000Z",
        "failures": 0,
        "delivery": "D",
        "row": 2,
        "values": {"home": value},
    }


def document(*versions: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject_id": "PAAAAAAAAAAAA",
        "kind": "person",
        "population": "people",
        "links": [],
        "versions": list(versions),
    }


def values(found: list[rules.Version]) -> list[str]:
    return [each["values"]["home"] for each in found]


#: A home: known on 1 March as A since January; on 1 April as B since 15 March; on 1 May that B ended on 20 April;
#: on 1 June a correction: from 10 to 20 February it had been C.
HOMES = document(
    version("2026-03-01", "2026-01-01", None, "A"),
    version("2026-04-01", "2026-03-15", None, "B"),
    version("2026-05-01", "2026-04-20", None, None),
    version("2026-06-01", "2026-02-10", "2026-02-20", "C"),
)

TRUTH = [
    # valid on      known on      answer
    ("2025-12-31", "2026-12-31", []),
    ("2026-01-01", "2026-12-31", ["A"]),
    ("2026-01-01", "2026-02-28", []),
    ("2026-02-09", "2026-12-31", ["A"]),
    ("2026-02-10", "2026-12-31", ["C"]),
    ("2026-02-10", "2026-05-31", ["A"]),
    ("2026-02-19", "2026-12-31", ["C"]),
    ("2026-02-20", "2026-12-31", ["A"]),
    ("2026-03-14", "2026-12-31", ["A"]),
    ("2026-03-15", "2026-12-31", ["B"]),
    ("2026-03-15", "2026-03-31", ["A"]),
    ("2026-04-19", "2026-12-31", ["B"]),
    ("2026-04-20", "2026-12-31", []),
    ("2026-04-20", "2026-04-30", ["B"]),
    ("2027-01-01", "2026-12-31", []),
]


@pytest.mark.parametrize(("valid_on", "known_on", "expected"), TRUTH)
def test_truth_table(valid_on: str, known_on: str, expected: list[str]) -> None:
    known_at = datetime.fromisoformat(f"{known_on}T23:59:59+00:00")
    assert values(rules.as_of(HOMES, date.fromisoformat(valid_on), known_at)) == expected


def test_the_instant_of_recording_itself_counts_as_known() -> None:
    at = datetime(2026, 4, 1, 8, tzinfo=UTC)
    assert values(rules.as_of(HOMES, date(2026, 4, 1), at)) == ["B"]
    assert values(rules.as_of(HOMES, date(2026, 4, 1), at - timedelta(microseconds=1))) == ["A"]


def test_without_known_at_all_knowledge_counts_in_any_order_of_the_document() -> None:
    turned = document(*reversed(HOMES["versions"]))
    assert values(rules.as_of(turned, date(2026, 2, 15))) == ["C"]


FIRST = date(2026, 1, 1)
days = st.integers(0, 30)


@st.composite
def stories(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 7))
    told = []
    for place in range(count):
        begins = draw(st.none() | days)
        ends = draw(st.none() | days)
        if begins is not None and ends is not None and ends <= begins:
            ends = None
        told.append(
            version(
                f"2026-02-{place + 1:02}",
                None if begins is None else (FIRST + timedelta(begins)).isoformat(),
                None if ends is None else (FIRST + timedelta(ends)).isoformat(),
                draw(st.none() | st.sampled_from("ABC")),
                key=draw(st.sampled_from("12")),
            )
        )
    return told


@given(stories(), st.integers(-1, 31), st.integers(0, 8), st.randoms())
def test_as_of_equals_painting_a_calendar(
    story: list[dict[str, Any]], day: int, known: int, random: Any
) -> None:
    """The independent way: paint every day of a calendar in the order in which things became known."""
    calendar: dict[str, dict[int, str | None]] = {"1": {}, "2": {}}
    for place, each in enumerate(story):
        if place + 1 > known:
            break
        begins = -5 if each["valid_from"] is None else (date.fromisoformat(each["valid_from"]) - FIRST).days
        ends = 40 if each["valid_to"] is None else (date.fromisoformat(each["valid_to"]) - FIRST).days
        for painted in range(begins, ends):
            calendar[each["key"]][painted] = each["values"]["home"]
    expected = [calendar[key][day] for key in "12" if calendar[key].get(day) is not None]
    shuffled = list(story)
    random.shuffle(shuffled)
    known_at = datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(known)
    assert values(rules.as_of(document(*shuffled), FIRST + timedelta(day), known_at)) == expected


def claim(attribute: str, value: str, resource: str) -> Claim:
    return Claim(attribute, value, resource, "1", attribute)


def test_conflict_says_which_source_says_what_the_majority_first() -> None:
    (found,) = rules.conflicts(
        [
            claim("birth_date", "1990-05-01", "ps.residents"),
            claim("birth_date", "1990-01-05", "health.patients"),
            claim("birth_date", "1990-05-01", "hr.insured"),
        ]
    )
    assert found.attribute == "birth_date"
    assert [[each.resource for each in side] for side in found.claims] == [
        ["hr.insured", "ps.residents"],
        ["health.patients"],
    ]


@pytest.mark.parametrize(
    ("attribute", "one", "two"),
    [
        ("birth_date", "1990", "1990-05-01"),
        ("birth_date", "1990-05", "1990-05-01"),
        ("name", "張國榮", "张国荣"),
        ("name", "阿卜杜拉·买买提", "阿卜杜拉买买提"),
        ("address", "祖庙街道 1号", "祖庙街道1号"),
        ("phone", "13800138000", "13900139000"),  # several phones are no contradiction
    ],
)
def test_no_conflict(attribute: str, one: str, two: str) -> None:
    assert rules.conflicts([claim(attribute, one, "a"), claim(attribute, two, "b")]) == []


def test_a_year_that_fits_two_dates_hides_no_conflict() -> None:
    (found,) = rules.conflicts(
        [
            claim("birth_date", "1990", "a"),
            claim("birth_date", "1990-05-01", "b"),
            claim("birth_date", "1990-06-01", "c"),
        ]
    )
    assert len(found.claims) == 2


def test_timeline_is_latest_first_and_tells_each_event_once() -> None:
    records = [
        {"resource": "r", "key": "1", "values": {"on": "2020-01-01"}},
        {"resource": "r", "key": "2", "values": {"on": "2021-05-01"}},
        {"resource": "r", "key": "3", "values": {"on": None}},
        {"resource": "r", "key": "4", "values": {"on": "2030-01-01"}},
        {"resource": "s", "key": "1", "values": {"on": "2022-01-01"}},
    ]
    found = rules.timeline(records, lambda resource: "on" if resource == "r" else "", date(2026, 1, 1))
    assert [each.on for each in found] == ["2021-05-01", "2020-01-01"]

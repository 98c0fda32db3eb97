"""What counts as a use, and what days add up to."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.exchange import balances
from tongchou.exchange.balances import Day, DeliveryFact, Facts, GrantFact, RequestFact, ResourceFact

D = dt.date(2026, 11, 2)


def day(number: int) -> dt.date:
    return D + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("kind", "body", "counts"),
    [
        ("access.read", {"outcome": "done", "organisation": "hall", "resources": ["b", "a", "a"]}, ("hall", ("a", "b"))),
        ("access.revealed", {"outcome": "done", "organisation": "hall", "resource": "a"}, ("hall", ("a",))),
        ("access.verified", {"outcome": "done", "organisation": "hall", "resource": "a"}, ("hall", ("a",))),
        ("access.read", {"outcome": "refused", "organisation": "hall", "resources": ["a"]}, ("", ())),
        ("access.searched", {"outcome": "done", "organisation": "hall", "found": 1}, ("", ())),
        ("export.downloaded", {"outcome": "done", "organisation": "hall", "resource": "a"}, ("hall", ("a",))),
        ("access.own", {"outcome": "done", "organisation": "gov", "resources": ["a"]}, ("", ())),
        ("access.compared", {"outcome": "done", "organisation": "data", "resources": ["a"]}, ("", ())),
        ("grants.created", {"outcome": "done", "organisation": "ps", "resource": "a"}, ("", ())),
    ],
)  # fmt: skip
def test_what_counts(kind: str, body: dict[str, object], counts: tuple[str, tuple[str, ...]]) -> None:
    assert balances.counted(kind, body) == counts


FACTS = Facts(
    resources=[
        ResourceFact("ps.a", "ps", "daily", day(0), None),
        ResourceFact("ps.b", "ps", "once", day(1), day(3)),
    ],
    grants=[
        GrantFact("G1", "hall", "ps.a", day(0), day(2), None),
        GrantFact("G2", "hall", "ps.a", day(0), day(9), day(1)),
        GrantFact("G3", "ps", "ps.a", day(0), day(9), None),
    ],
    deliveries=[DeliveryFact("ps.a", day(0), day(0), 100, 5)],
    requests=[RequestFact("hall", "ps.a", day(0), day(2), 600), RequestFact("hall", "ps.b", day(1), None, 0)],
    needs_met=[("ps.a", day(1))],
    accesses=[(day(1), "ps.a", "hall", 7), (day(1), "ps.a", "ps", 3), (day(2), "gone", "hall", 1)],
)


def test_a_day_s_stocks_and_flows() -> None:
    found = balances.drawn(FACTS, day(0), day(3))
    assert found["ps", day(0)] == Day(
        resources=1,
        fresh=1,
        deliveries=1,
        rows_delivered=100,
        rows_quarantined=5,
        grants_given=2,
        grants_held=1,
    )
    assert found["ps", day(1)] == Day(
        resources=2, fresh=1, never=1, accesses_served=7, needs_met=1, grants_given=1, grants_held=1
    )
    assert found["ps", day(2)].requests_answered == 1
    assert found["ps", day(3)] == Day(
        resources=1, late=1, grants_held=1
    )  # daily and two days of grace are past
    assert found["hall", day(0)] == Day(grants_held=2, requests_made=1)
    assert found["hall", day(1)] == Day(grants_held=1, requests_made=1, accesses_made=7)
    assert found["hall", day(2)] == Day(grants_held=1, accesses_made=1)
    assert ("hall", day(3)) not in found


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["ps.a", "ps.b", "x"]), st.sampled_from(["ps", "hall"]), st.integers(1, 5)),
        max_size=12,
    ),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 50)), max_size=6),
    st.integers(0, 9),
)  # fmt: skip
def test_drawn_from_any_day_on_the_days_are_the_same(
    accesses: list[tuple[int, str, str, int]], deliveries: list[tuple[int, int, int]], since: int
) -> None:
    facts = Facts(
        FACTS.resources, FACTS.grants,
        [DeliveryFact("ps.a", day(min(on, done)), day(done), rows, rows // 2) for on, done, rows in deliveries],
        FACTS.requests, FACTS.needs_met, [(day(on), resource, by, n) for on, resource, by, n in accesses],
    )  # fmt: skip
    whole = balances.drawn(facts, day(0), day(9))
    part = balances.drawn(facts, day(since), day(9))
    assert part == {key: value for key, value in whole.items() if key[1] >= day(since)}


def test_a_standing_judges_only_what_can_be_judged() -> None:
    assert balances.standing("hall", [Day(grants_held=2, accesses_made=5)], most_served=10).index is None
    one = balances.standing(
        "ps",
        [Day(resources=2, fresh=1, late=1), Day(resources=2, fresh=2, accesses_served=10)],
        most_served=10,
    )
    assert (one.fresh_share, one.good_share, one.answer_hours) == (1.0, None, None)
    assert one.index == 100
    slow = balances.standing(
        "ps", [Day(resources=1, late=1, rows_delivered=10, rows_quarantined=10, requests_answered=1, answer_minutes=60 * 500)],
        most_served=10,
    )  # fmt: skip
    assert slow.index == 0
    assert balances.standing("ps", [], most_served=0).index is None

"""Rules of erasing on plain values: calendar months, reasons without numbers, who decides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.pool.engine.forgotten import Forgotten, Stones, bucket, digest
from tongchou.pool.erasure_rules import can_decide, check_reason, over_before
from tongchou.standards.errors import HouseError


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)), st.integers(0, 1200))
def test_months_are_calendar_months(today: date, months: int) -> None:
    before = over_before(today, months)
    assert (today.year * 12 + today.month) - (before.year * 12 + before.month) == months
    assert before.day == today.day or (before + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    "text", ["440604199005011237", "４４０６０４ 19900501 1237", "138-0013-8000", "好", "x" * 501]
)
def test_a_reason_that_names_somebody_or_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(HouseError) as refusal:
        check_reason(f"因{text}" if len(text) > 1 else text)
    assert refusal.value.code == "pool.erasure_reason" and text not in refusal.value.say("zh")


def test_a_reason_keeps_the_number_of_a_decision() -> None:
    assert check_reason("  粤禅法函〔2026〕12号\n决定 ") == "粤禅法函〔2026〕12号 决定"


def test_nobody_decides_on_their_own() -> None:
    assert can_decide("a", "b") and not can_decide("a", "a")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True), st.text(min_size=1))
def test_tombstones_know_whom_they_stand_for_and_nobody_else(keys: list[str], other: str) -> None:
    secret = b"k" * 32
    stones = Stones.of((digest(secret, "r", each), bucket(each)) for each in keys)
    forgotten = Forgotten("r", "people", secret, records=stones)
    assert all(forgotten.key_is(each) for each in keys)
    assert forgotten.key_is(other) == (other in keys)
    assert not Forgotten("s", "people", secret, records=stones).key_is(keys[0])
    assert not any(each.encode() in b"".join(stones.digests) for each in keys if len(each) > 3)

"""The balance keeps up with the ledger exactly once, whatever is interrupted, and can be rebuilt to the same numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import district
from tests.cast import Cast
from tongchou import ledger
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.exchange import balancing
from tongchou.exchange.models import AccessTally, Balance, BalanceState, Grant, Request
from tongchou.exchange.queries import balance
from tongchou.gather.models import Delivery
from tongchou.ledger.models import Run
from tongchou.ledger.sequencer import sequence

ASKED_BEFORE = dt.timedelta(hours=6)
#: Who acts in the entries below.
CLERK = {"organisation": "hall", "role": "clerk", "user": "c"}
POLICE = {"organisation": "ps", "role": "clerk", "user": "p"}
EVENTS = [
    ("access.read", {**CLERK, "outcome": "done", "resources": ["ps.residents", "hr.insured"], "subject_id": ""}),
    ("access.revealed", {**CLERK, "outcome": "done", "resource": "ps.residents", "field": "name"}),
    ("access.read", {**POLICE, "outcome": "done", "resources": ["ps.residents"]}),
    ("access.read", {**CLERK, "outcome": "refused", "reason": "x", "resources": ["ps.residents"]}),
    ("resource.previewed", {"organisation": "hall", "resource": "ps.residents", "outcome": "done"}),
]  # fmt: skip


def tallied() -> dict[tuple[str, str, str], int]:
    return {(one.resource, one.organisation, one.kind): one.count for one in AccessTally.objects.all()}


def rows() -> list[dict[str, Any]]:
    return list(Balance.objects.order_by("organisation", "day").values())


def plain(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "id"} for row in found]


def write(*numbers: int) -> None:
    with transaction.atomic():
        for number in numbers:
            ledger.record(*EVENTS[number])


@pytest.fixture
def given_and_taken(db: None, data: object) -> None:
    """Three resources, a grant, a delivery of yesterday, a request answered today and made `ASKED_BEFORE`."""
    district.resources()
    district.cast()
    district.grant("ps.residents")
    now = timezone.now()
    yesterday = now - dt.timedelta(days=1)
    Delivery.objects.create(
        number="D-1", resource=Resource.objects.get(code="ps.residents"), source_code="x", item="x",
        delivered_on=timezone.localdate(yesterday), state="done", rows_read=200, rows_kept=190, rows_quarantined=10,
        requested_by="x", finished_at=yesterday,
    )  # fmt: skip
    asked = Request.objects.create(
        number="Q-1", organisation=Organisation.objects.get(code="hall"), role=Role.objects.get(code="clerk"),
        resource=Resource.objects.get(code="hr.insured"), reason="x", until=timezone.localdate(), state="granted",
        instance="F-1", requested_by="c", decided_at=now,
    )  # fmt: skip
    Request.objects.filter(pk=asked.pk).update(requested_at=now - ASKED_BEFORE)


def today(organisation: str) -> Balance:
    return Balance.objects.get(organisation=organisation, day=timezone.localdate())


def when_asked(organisation: str) -> Balance:
    """Of the day the request was made: yesterday, in the first hours of a day."""
    request = Request.objects.get(number="Q-1")
    return Balance.objects.get(organisation=organisation, day=timezone.localdate(request.requested_at))


@pytest.mark.usefixtures("given_and_taken")
def test_what_was_given_and_taken() -> None:
    write(0, 1, 2, 3, 4)
    sequence(include_retired=True)
    assert balancing.keep_up() == 5
    assert tallied() == {
        ("ps.residents", "hall", "access.read"): 1,
        ("hr.insured", "hall", "access.read"): 1,
        ("ps.residents", "hall", "access.revealed"): 1,
        ("ps.residents", "ps", "access.read"): 1,
    }
    ps, hall, hr = today("ps"), today("hall"), today("hr")
    assert (ps.accesses_served, ps.accesses_made, ps.grants_given, ps.resources, ps.fresh) == (2, 0, 1, 1, 1)
    assert (hall.accesses_made, hall.grants_held, when_asked("hall").requests_made) == (3, 1, 1)
    assert (hr.accesses_served, hr.requests_answered, hr.answer_minutes, hr.never) == (1, 1, 360, 1)
    assert Balance.objects.filter(organisation="ps").order_by("day")[0].rows_quarantined == 10
    assert balancing.keep_up() == 0


@pytest.mark.usefixtures("given_and_taken")
def test_only_what_the_sequencer_has_placed_is_counted() -> None:
    write(0)
    assert balancing.keep_up() == 0
    sequence(include_retired=True)
    assert balancing.keep_up() == 1


@pytest.mark.usefixtures("given_and_taken")
def test_rebuilt_the_numbers_are_the_same() -> None:
    moment = timezone.now()
    for numbers in ((0, 1), (2,), (3, 4, 0)):
        write(*numbers)
        sequence(include_retired=True)
        balancing.keep_up(moment)
    district.grant("hr.insured", organisation="ps")
    grant = Grant.objects.get(resource__code="ps.residents")
    Grant.objects.filter(pk=grant.pk).update(
        state="withdrawn", withdrawn_at=moment, granted_at=moment - dt.timedelta(days=3)
    )
    Resource.objects.filter(code="health.patients").update(
        published_on=timezone.localdate() - dt.timedelta(days=2)
    )
    balancing.keep_up(moment)
    kept, counts = plain(rows()), tallied()
    assert kept
    balancing.rebuild(moment)
    assert plain(rows()) == kept
    assert tallied() == counts


@pytest.mark.usefixtures("given_and_taken")
def test_a_resource_that_changes_hands_is_reckoned_anew() -> None:
    write(0)
    sequence(include_retired=True)
    balancing.keep_up()
    Resource.objects.filter(code="hr.insured").update(organisation=Organisation.objects.get(code="health"))
    balancing.keep_up()
    kept = plain(rows())
    assert today("health").accesses_served == 1
    balancing.rebuild()
    assert plain(rows()) == kept


@pytest.mark.usefixtures("given_and_taken")
def test_killed_before_the_commit_nothing_is_counted_twice() -> None:
    write(0, 1, 2)
    sequence(include_retired=True)

    class Killed(Exception):
        pass

    with pytest.raises(Killed), transaction.atomic():
        assert balancing.read_ledger() == 3
        raise Killed
    assert tallied() == {}
    assert balancing.read_ledger(most=2) == 2
    assert balancing.read_ledger(most=2) == 1
    assert balancing.read_ledger(most=2) == 0
    assert sum(tallied().values()) == 4


@pytest.mark.usefixtures("given_and_taken")
def test_an_overtaken_reader_counts_nothing() -> None:
    write(0)
    sequence(include_retired=True)
    balancing.read_ledger()
    before = tallied()
    # Another process that read the old position cannot move it.
    assert BalanceState.objects.filter(pk=1, position=0).update(position=1) == 0
    assert balancing.read_ledger() == 0
    assert tallied() == before


PORTIONS = st.lists(
    st.tuples(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.booleans(), st.integers(1, 5)),
    max_size=6,
)


@pytest.mark.usefixtures("given_and_taken")
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PORTIONS)
def test_however_reading_is_cut_every_entry_counts_once(rounds: list[tuple[list[int], bool, int]]) -> None:
    sequence(include_retired=True)
    start = sum(Run.objects.values_list("length", flat=True))
    BalanceState.objects.update_or_create(pk=1, defaults={"position": start})
    AccessTally.objects.all().delete()
    written: list[int] = []
    for numbers, place, most in rounds:
        write(*numbers)
        written += numbers
        if place:
            sequence(include_retired=True)
        balancing.read_ledger(most=most)
    sequence(include_retired=True)
    while balancing.read_ledger(most=3):
        pass
    worth = {0: 2, 1: 1, 2: 1, 3: 0, 4: 0}
    assert sum(tallied().values()) == sum(worth[number] for number in written)
    assert BalanceState.objects.get(pk=1).position == start + len(written)


@pytest.mark.usefixtures("given_and_taken")
def test_the_table_and_the_account() -> None:
    write(0, 1)
    sequence(include_retired=True)
    balancing.keep_up()
    table = balance.table(30)
    assert [row.code for row in table][-1] == "hall"  # provides nothing: no index
    account = balance.of_organisation("ps", 7)
    assert account.standing.totals.accesses_served == 2
    assert account.standing.good_share == 0.95
    assert balance.drawn_at() is not None
    assert balance.of_organisation("nobody", 7).days == ()


def test_the_screens(cast: Cast, sample_pack: None) -> None:
    balancing.keep_up()
    for part, language in (("officer", "zh-hans"), ("steward", "en"), ("clerk", "zh-hans")):
        mine = cast.client(part, language)
        for url in (reverse("exchange:balances"), reverse("exchange:balance", args=["ps"])):
            assert mine.get(url).status_code == 200
            assert mine.get(url + "?days=7").status_code == 200
            assert mine.get(url + "?days=nonsense").status_code == 200
    assert cast.client("officer").get(reverse("exchange:balances") + "?export=csv").status_code == 200
    assert cast.client("officer").get(reverse("exchange:balance", args=["none-such"])).status_code == 404
    assert "我的贡献账" in cast.client("officer").get(reverse("accounts:desk")).content.decode()

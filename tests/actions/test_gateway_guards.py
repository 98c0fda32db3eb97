"""Quotas, misses and unusual use: counted with the entries, exact, and felt."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import district
from tests.actions.gate import Gate, gate, register  # noqa: F401
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_gateway_query import ASKED, at, last, query  # noqa: F401
from tongchou.exchange import quotas
from tongchou.exchange.actions import access
from tongchou.exchange.models import Client, Grant, Usage
from tongchou.exchange.quotas import Claim, Counted
from tongchou.ledger import queries as ledger

pytestmark = pytest.mark.usefixtures("data")


def counted(of: str, key: str) -> Usage:
    return Usage.objects.get(of=of, key=key, day=timezone.localdate())


def test_uses_are_counted_by_grant_and_client(at: Gate) -> None:  # noqa: F811
    for _ in range(3):
        query(at)
    query(at, purpose="curiosity")
    mine = counted("user", "@client:hall-desk")
    assert (counted("grant", "G-RES").uses, mine.uses, mine.refused) == (3, 3, 1)
    assert (mine.caseless, mine.last_reason) == (3, "exchange.purpose_missing")
    assert abs(mine.last_at - time.time()) < 60
    assert not Usage.objects.filter(key="G-INS").exists()


def test_a_grants_quota_holds_for_all_its_clients_together(at: Gate) -> None:  # noqa: F811
    Grant.objects.filter(number="G-RES").update(quota_per_day=3)
    other = register("second")
    assert at.ask("/exchange/query", ASKED, by=other).status == 200
    assert [query(at) == (429, "exchange.refused.quota") for _ in range(4)] == [False, False, True, True]
    assert (last()["outcome"], last()["reason"]) == ("refused", "exchange.refused.quota")
    assert at.ask("/exchange/query", ASKED, by=other).status == 429
    assert counted("grant", "G-RES").uses == 3
    Usage.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert query(at)["subject"] is not None


def test_a_clients_own_quota(at: Gate) -> None:  # noqa: F811
    Client.objects.update(quota_per_day=2)
    assert [at.ask("/exchange/query", ASKED).status for _ in range(3)] == [200, 200, 429]


def test_a_quota_is_exact_when_many_ask_at_once(at: Gate) -> None:  # noqa: F811
    Grant.objects.filter(number="G-RES").update(quota_per_day=7)
    statuses: list[int] = []
    crew = [
        threading.Thread(
            target=lambda: statuses.extend(at.ask("/exchange/query", ASKED).status for _ in range(3))
        )
        for _ in range(8)
    ]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert sorted(statuses) == [200] * 7 + [429] * 17
    done = [each for each in ledger.entries(kind="access.queried") if b'"outcome":"done"' in bytes(each.body)]
    assert len(done) == 7


def test_screens_take_from_the_same_quota(at: Gate) -> None:  # noqa: F811
    from tests.actions.test_gateway_query import wang

    clerk = district.cast()["clerk"]
    district.grant("ps.residents", number="G-CLERK")
    Grant.objects.filter(number="G-CLERK").update(quota_per_day=1)
    access.read(by=clerk, subject_id=wang(), purpose="relief_check")
    with pytest.raises(Exception) as refused:
        access.read(by=clerk, subject_id=wang(), purpose="relief_check")
    assert refused.value.code == "exchange.refused.quota"  # type: ignore[attr-defined]


def numbers(count: int) -> list[str]:
    """Numbers of people nobody knows."""
    return [f"44060419{70 + place // 300:02}0101{place % 300 + 100:03}X" for place in range(count)]


def test_asking_for_strangers_is_paused_and_told(at: Gate) -> None:  # noqa: F811
    said = [query(at, subject={"id_number": number}) for number in numbers(quotas.MISSES_FREE + 3)]
    answered = [each for each in said if isinstance(each, dict)]
    assert len(answered) == quotas.MISSES_FREE + 1
    assert said[-1] == (429, "exchange.refused.paused")
    answer = at.ask("/exchange/query", ASKED)
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= quotas.PAUSE_S
    assert last()["reason"] == "exchange.refused.paused"
    # Another client is not held up by it; the pause is over when its time has passed.
    assert at.ask("/exchange/query", ASKED, by=register("second")).status == 200
    Usage.objects.filter(key="@client:hall-desk").update(last_miss_at=int(time.time()) - quotas.PAUSE_S - 1)
    assert at.ask("/exchange/query", ASKED).status == 200


def test_a_few_slips_among_many_good_questions_pause_nobody() -> None:
    assert quotas.pause_s(Counted(uses=20, misses=20)) == 0
    assert quotas.pause_s(Counted(uses=500, misses=90)) == 0
    assert quotas.pause_s(Counted(uses=500, misses=130)) > 0
    assert quotas.pause_s(Counted(uses=10**6, misses=quotas.MISSES_MOST)) == quotas.PAUSE_LONGEST_S
    pauses = [quotas.pause_s(Counted(uses=misses, misses=misses)) for misses in range(21, 200)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == quotas.PAUSE_LONGEST_S


def test_decisions_on_claims() -> None:
    claim = Claim("u", {"G": 5}, limit=10, times=2)

    def held(uses: int, grant: int, **more: Any) -> dict[tuple[str, str], Counted]:
        return {("user", "u"): Counted(uses=uses, **more), ("grant", "G"): Counted(uses=grant)}

    assert quotas.decide(claim, held(0, 3), 100) is None
    assert quotas.decide(claim, held(0, 4), 100) == quotas.Verdict("quota", grant="G")
    assert quotas.decide(claim, held(9, 0), 100) == quotas.Verdict("quota")
    paused = quotas.decide(claim, held(0, 0, misses=21, last_miss_at=90), 100)
    assert paused == quotas.Verdict("paused", wait_s=quotas.PAUSE_S - 10)
    after = quotas.added(claim, held(1, 1), 100)
    assert (after[("user", "u")].uses, after[("grant", "G")].uses) == (3, 3)


def test_dates_of_the_district_decide_the_day() -> None:
    from datetime import UTC, datetime

    from tongchou.exchange import uses

    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC).timestamp()
    assert uses.today(late) == date(2026, 11, 23)
    assert uses.is_night(late)
    assert not uses.is_night(datetime(2026, 11, 22, 2, 0, tzinfo=UTC).timestamp())


def test_counted_changes_are_added_up_and_stay_what_they_are(at: Gate) -> None:  # noqa: F811
    from tongchou.exchange import changes
    from tongchou.exchange.models import StandingChange

    for _ in range(changes.TIDY_FROM):
        Grant.objects.filter(number="G-RES").update(rows="")
    before = changes.version()
    changes.tidy()
    after = changes.version()
    assert StandingChange.objects.count() == 1
    assert (after[0], after[1] > before[1]) == (before[0], True)
    assert query(at)["subject"] is not None


@pytest.mark.parametrize(
    "table", ["exchange_grant", "exchange_clientkey", "accounts_role", "catalogue_resourcefield"]
)
def test_any_way_of_changing_a_row_is_noticed(at: Gate, table: str) -> None:  # noqa: F811
    from django.db import connection

    from tongchou.exchange import changes

    before = changes.version()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id")
    assert changes.version() > before

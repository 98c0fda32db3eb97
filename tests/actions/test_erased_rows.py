"""Whoever received a record learns that it was erased: subscribers on a page, holders of files beside their export."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests import district
from tests.actions import crowded, erased
from tests.actions.pooled import data  # noqa: F401
from tests.actions.receiver import Receiver
from tests.actions.test_erasing import WANG, agreed, asked, people, worked_off  # noqa: F401
from tests.actions.test_exchange_subscriptions import push, receiver  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange import erased_rows, sweeps
from tongchou.exchange.actions import batch, subscriptions
from tongchou.exchange.models import ErasedRow, Export, Grant, Subscription
from tongchou.exchange.queries import bulk
from tongchou.pool import erasing, queries, targets
from tongchou.pool.models import Erasure, Theme

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def clerk(people: dict[str, Actor]) -> Actor:  # noqa: F811
    crowded.bulk_grant()
    return people["clerk"]


def subscribed(clerk: Actor, url: str = "") -> str:
    made = subscriptions.subscribe(by=clerk, grant="G-BULK", purpose="relief_check", url=url)
    return made.subscription.number


def read(clerk: Actor, number: str, cursor: str = "", limit: int = 500) -> subscriptions.Changes:
    return subscriptions.changes(by=clerk, subscription=number, cursor=cursor, limit=limit)


def told(page: subscriptions.Changes) -> list[tuple[str, str]]:
    return [(each.row_ref, each.op) for each in page.changes]


def wangs(page: subscriptions.Changes) -> str:
    return next(each.row_ref for each in page.changes if each.values and each.values["record_no"] == "R1")


def erase(people: dict[str, Actor]) -> None:  # noqa: F811
    agreed(people, asked(people))
    worked_off()


def noted() -> int:
    """The eraser's work alone, before anything is gone."""
    return erased_rows.note(targets.target_of(Erasure.objects.latest("pk")))


def test_a_subscriber_is_told_once_by_the_id_it_has(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    number = subscribed(clerk)
    begun = read(clerk, number)
    erase(people)
    page = read(clerk, number, begun.cursor)
    assert told(page) == [(wangs(begun), "erased")] and page.changes[0].values is None
    assert "values" not in page.changes[0].as_json()
    assert told(read(clerk, number, begun.cursor)) == told(page), "the same cursor gives the same page"
    assert told(read(clerk, number, page.cursor)) == []
    assert Erasure.objects.get().steps["recipients"] == 1
    assert WANG not in str(list(ErasedRow.objects.values()))


@pytest.mark.any_database
def test_who_begins_anew_is_told_and_who_begins_is_not(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    number = subscribed(clerk)
    wang = wangs(read(clerk, number))
    erase(people)
    anew = read(clerk, number)
    assert told(anew) == [(wang, "erased")] and anew.more, "what it got before may still lie there"
    for page in (read(clerk, number, anew.cursor), read(clerk, subscribed(clerk))):
        assert {op for _, op in told(page)} == {"put"} and wang not in dict(told(page))


def test_between_two_pages_of_one_sweep(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    number = subscribed(clerk)
    first = read(clerk, number, limit=1)
    assert first.more
    erase(people)
    rest, cursor = [], first.cursor
    for _ in range(4):
        page = read(clerk, number, cursor, limit=1)
        rest += told(page)
        cursor = page.cursor
    assert rest.count((wangs(first), "erased")) == 1
    assert [op for ref, op in rest if ref != wangs(first)] == ["put"]


@pytest.mark.any_database
def test_with_other_changes_of_the_day_and_page_by_page(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    number = subscribed(clerk)
    begun = read(clerk, number)
    wang = wangs(begun)
    erase(people)
    ErasedRow.objects.create(
        organisation="hall", resource="ps.residents", row_ref="x" * 24, erasure="X-2",
        erased_at=ErasedRow.objects.get().erased_at,
    )  # fmt: skip
    erased.delivered("ps.residents", [{**district.LI, "name": "李改名"}], date(2026, 11, 9))
    pages, cursor = [], begun.cursor
    for _ in range(4):
        pages.append(read(clerk, number, cursor, limit=1))
        cursor = pages[-1].cursor
    assert [each.more for each in pages] == [True, True, False, False]
    assert [told(each) for each in pages][:2] == [[(wang, "erased")], [("x" * 24, "erased")]]
    assert [op for _, op in told(pages[2])] == ["put"] and told(pages[3]) == []


@pytest.mark.any_database
def test_what_is_about_to_go_is_not_told_again_as_a_change(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    number = subscribed(clerk)
    begun = read(clerk, number)
    erased.delivered("ps.residents", [{**district.WANG, "name": "王改名"}, district.LI], date(2026, 11, 9))
    agreed(people, asked(people))
    assert noted() == 1
    page = read(clerk, number, begun.cursor)
    assert told(page) == [(wangs(begun), "erased")] and page.more
    assert told(read(clerk, number, page.cursor)) == []
    assert noted() == 1 and ErasedRow.objects.count() == 1, "after a kill it is noted once"


@pytest.mark.any_database
def test_rows_the_grant_never_covered_are_not_spoken_of(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    Grant.objects.filter(number="G-BULK").update(rows="birth_date < date '1989-01-01'")
    number = subscribed(clerk)
    begun = read(clerk, number)
    assert len(begun.changes) == 1, "Li alone"
    erase(people)
    assert told(read(clerk, number, begun.cursor)) == [] and not ErasedRow.objects.exists()


@pytest.mark.any_database
def test_a_row_that_was_covered_once_is(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    Grant.objects.filter(number="G-BULK").update(rows="sex = '2'")
    subscribed(clerk)
    erase(people)
    assert ErasedRow.objects.count() == 1, "she was in, by the delivery of the second day"


def test_pages_that_are_sent(people: dict[str, Actor], clerk: Actor, receiver: Receiver) -> None:  # noqa: F811
    number = subscribed(clerk, receiver.url)
    push()
    assert push() == 0
    erase(people)
    assert push() == 1
    (change,) = json.loads(receiver.heard[-1][1])["data"]["changes"]
    assert (change["op"], set(change)) == ("erased", {"op", "row_ref", "recorded_at"})
    assert push() == 0 and not sweeps.has_news(Subscription.objects.get(number=number))


def test_beside_the_export_that_was_fetched(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    fetched, left = crowded.exported(clerk), crowded.exported(clerk)
    list(batch.download(by=clerk, number=fetched.number).chunks)
    lines = crowded.exported(clerk)
    wang = next(
        each["row_ref"]
        for each in crowded.table(crowded.saved(clerk, lines, erased.folder_of("copies")))
        if each["record_no"] == "R1"
    )
    erase(people)
    later = crowded.exported(clerk)
    list(batch.download(by=clerk, number=later.number).chunks)
    beside = {each.number: erased_rows.beside(each) for each in Export.objects.all()}
    assert beside == {fetched.number: [wang], lines.number: [wang], left.number: [], later.number: []}
    assert {each.number for each in bulk.exports(clerk) if each.names_erased} == {
        fetched.number,
        lines.number,
    }


@pytest.mark.any_database
def test_rows_of_themes_about_the_person(people: dict[str, Actor], clerk: Actor) -> None:  # noqa: F811
    (wang,) = queries.find("id_number", WANG)
    Theme.objects.create(code="theme.people", population="people")
    target = erasing.Target("X-1", "people", (("ps.residents", "R1"),), ids=(wang,))
    assert erased_rows.keys_of(target) == {"ps.residents": ["R1"], "theme.people": [wang]}

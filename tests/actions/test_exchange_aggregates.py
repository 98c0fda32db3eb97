"""Statistics: protected cells, no subtraction, a budget that only shrinks; never a person as a label."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database

from tests import district
from tests.actions import crowded
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange.actions import aggregates
from tongchou.exchange.models import Grant, PrivacyBudget, StatisticsQuestion
from tongchou.ledger import queries as ledger
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")

PEOPLE = crowded.residents(1200)


@pytest.fixture
def cast() -> dict[str, Actor]:
    people = crowded.founded()
    crowded.bulk_grant()
    return people


def ask(by: Actor, **more: Any) -> aggregates.Statistics:
    return aggregates.count(**{"by": by, "grant": "G-BULK", "purpose": "relief_check", **more})


def told(found: aggregates.Statistics) -> dict[tuple[str, ...], int | None]:
    return {line.labels: line.count for line in found.answered.lines if not line.is_total}


def total(found: aggregates.Statistics) -> int | None:
    return found.answered.lines[-1].count


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(HouseError) as caught:
        call()
    return caught.value.code


def test_counts_by_a_code_and_by_year(cast: dict[str, Actor]) -> None:
    found = ask(cast["clerk"], group_by=["sex"])
    truth = Counter(row["sex"] for row in PEOPLE)
    assert told(found) == {(str(code),): count for code, count in truth.items()}
    assert total(found) == 1200
    years = told(ask(cast["clerk"], group_by=["birth_date", "sex"]))
    exact = Counter((str(row["birth_date"])[:4], str(row["sex"])) for row in PEOPLE)
    assert all(count in (None, exact[key]) for key, count in years.items())
    assert all(years[key] is None for key, count in exact.items() if count < 10)


def test_a_condition_and_the_grants_own_rows(cast: dict[str, Actor]) -> None:
    Grant.objects.update(rows="sex = '1'")
    found = ask(cast["clerk"], where="birth_date < date '1980-01-01'")
    assert total(found) == sum(r["sex"] == "1" and str(r["birth_date"]) < "1980" for r in PEOPLE)


def test_nothing_that_tells_persons_apart_is_a_label_or_a_condition(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    for name in ("name", "id_number", "address", "record_no"):
        assert refusal(lambda name=name: ask(clerk, group_by=[name])) == "exchange.statistics_field"
        assert refusal(lambda name=name: ask(clerk, where=f"{name} = 'x'")) == "exchange.statistics_field"
        assert refusal(lambda name=name: ask(clerk, sums=[name])) == "exchange.statistics_field"
    district.deliver("health.patients", [{**district.WANG_PATIENT, "card_no": f"H{n}"} for n in range(40)])
    crowded.bulk_grant("G-HEALTH", resource="health.patients")
    assert (
        refusal(lambda: ask(clerk, grant="G-HEALTH", group_by=["diagnosis"])) == "exchange.statistics_field"
    )


def test_fields_that_are_not_granted_and_bad_questions(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    Grant.objects.update(fields=["sex"])
    assert refusal(lambda: ask(clerk, group_by=["birth_date"])) == "exchange.refused.not_granted"
    assert (
        refusal(lambda: ask(clerk, where="moved_in_on < date '2000-01-01'")) == "exchange.refused.not_granted"
    )
    assert refusal(lambda: ask(clerk, where="1; drop table x")) == "expressions.unreadable"
    assert refusal(lambda: ask(clerk, where="sex = :p")) == "exchange.statistics_question"
    assert refusal(lambda: ask(clerk, group_by=["sex", "sex"])) == "exchange.statistics_question"
    Grant.objects.update(forms=["batch"])
    assert refusal(lambda: ask(clerk)) == "exchange.refused.wrong_form"


def test_a_small_cell_is_hidden_and_another_with_it(cast: dict[str, Actor]) -> None:
    rows = [{**row, "sex": "9"} if place < 4 else row for place, row in enumerate(PEOPLE)]
    district.deliver("ps.residents", rows, date(2026, 11, 3))
    found = ask(cast["clerk"], group_by=["sex"])
    cells = told(found)
    assert (
        cells[("9",)] is None and sum(count is None for count in cells.values()) == 2 and total(found) == 1200
    )


def test_a_person_cannot_be_had_by_subtraction(cast: dict[str, Actor]) -> None:
    """Everybody born up to a day, and everybody born up to the day before; all but one; towns and all of them."""
    clerk = cast["clerk"]
    someone = sorted(str(row["birth_date"]) for row in PEOPLE)[600]
    assert total(ask(clerk, where=f"birth_date <= date '{someone}'"))
    near = "exchange.refused.statistics_near"
    assert refusal(lambda: ask(clerk, where=f"birth_date < date '{someone}'")) == near
    assert refusal(lambda: ask(clerk, where=f"birth_date < date '{someone}'", group_by=["sex"])) == near
    longer = f"birth_date < date '{someone}' or birth_date < date '1900-01-01'"
    assert refusal(lambda: ask(clerk, where=longer)) == near
    assert total(ask(clerk)) == 1200
    assert refusal(lambda: ask(clerk, where=f"not (birth_date = date '{someone}')")) == near
    # The rest of the population was told already, so its count is nothing new.
    assert total(ask(clerk, where=f"birth_date > date '{someone}'"))
    assert refusal(lambda: ask(clerk, where=f"birth_date >= date '{someone}'")) == near


def test_the_same_question_may_be_asked_again_and_counts_once(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    first, again = ask(clerk, group_by=["sex"]), ask(clerk, group_by=["sex"])
    assert first.answered == again.answered and StatisticsQuestion.objects.count() == 1


def test_new_data_within_the_month_changes_no_answer(cast: dict[str, Actor]) -> None:
    clerk = cast["clerk"]
    before = ask(clerk, group_by=["sex"])
    district.deliver("ps.residents", PEOPLE[:-1], date(2026, 11, 9))
    assert ask(clerk, group_by=["sex"]).answered == before.answered
    assert total(ask(clerk)) == 1200


def test_random_trackers_never_pin_a_small_group(cast: dict[str, Actor]) -> None:
    """Whatever answers a tracker gets, no difference of two of them is a group of fewer than ten."""
    clerk = cast["clerk"]
    draw = random.Random(11)
    answers: list[tuple[frozenset[int], int]] = []
    for _ in range(25):
        day = str(draw.choice(PEOPLE)["birth_date"])
        sex = draw.choice(["", " and sex = '1'", " or sex = '2'"])
        where = f"birth_date {draw.choice(['<', '<=', '>='])} date '{day}'{sex}"
        try:
            count = total(ask(clerk, where=where))
        except HouseError:
            continue
        members = frozenset(place for place, row in enumerate(PEOPLE) if _fits(row, where))
        if count is not None:
            assert count == len(members)
            answers.append((members, count))
    assert len(answers) > 5
    for first, _ in answers:
        for second, _ in answers:
            if first > second:
                assert len(first - second) >= 10


def _fits(row: dict[str, str | None], where: str) -> bool:
    from tongchou.standards import expressions

    return (
        expressions.evaluate(expressions.parse(where), row, kinds={"birth_date": "date", "sex": "code"})
        is True
    )


def test_questions_are_limited(cast: dict[str, Actor]) -> None:
    ps = Actor("officer", "officer", "ps", "officer", frozenset({"exchange.aggregate"}))
    resource = Grant.objects.get().resource
    aggregates.set_rule(by=ps, resource=resource, most_questions=2)
    clerk = cast["clerk"]
    ask(clerk)
    ask(clerk, group_by=["sex"])
    assert refusal(lambda: ask(clerk, group_by=["birth_date"])) == "exchange.refused.statistics_limit"
    ask(clerk)
    other = Actor("x", "x", "hall", "clerk", frozenset({"exchange.aggregate"}))
    assert (
        refusal(lambda: aggregates.set_rule(by=other, resource=resource))
        == "exchange.refused.grant_not_yours"
    )
    assert (
        refusal(lambda: aggregates.set_rule(by=ps, resource=resource, least=1)) == "exchange.statistics_rule"
    )


# ── sums ──────────


@pytest.fixture
def wages(cast: dict[str, Actor]) -> list[dict[str, str | None]]:
    draw = random.Random(5)
    rows: list[dict[str, str | None]] = [
        {"insured_no": f"I{place}", "name": "王小明", "id_number": row["id_number"], "birth_date": row["birth_date"],
         "phone": "13800138000", "wage": str(draw.randrange(3000, 9000))}
        for place, row in enumerate(PEOPLE[:400])
    ]  # fmt: skip
    district.deliver("hr.insured", rows, date(2026, 11, 2))
    crowded.bulk_grant("G-WAGE", resource="hr.insured")
    return rows


def test_sums_and_means(cast: dict[str, Actor], wages: list[dict[str, str | None]]) -> None:
    line = ask(cast["clerk"], grant="G-WAGE", sums=["wage"]).answered.lines[-1]
    truth = sum(Decimal(str(row["wage"])) for row in wages)
    assert line.sums["wage"] == truth and line.means["wage"] == (truth / 400).quantize(Decimal("0.01"))


def test_a_sum_one_record_dominates_is_hidden(
    cast: dict[str, Actor], wages: list[dict[str, str | None]]
) -> None:
    rows = [
        {**row, "wage": "90000000", "birth_date": "1951-01-01"} if place == 0 else
        {**row, "birth_date": "1951-01-01" if place < 30 else "1960-01-01" if place < 200 else "1970-01-01"}
        for place, row in enumerate(wages)
    ]  # fmt: skip
    district.deliver("hr.insured", rows, date(2026, 11, 4))
    found = ask(cast["clerk"], grant="G-WAGE", group_by=["birth_date"], sums=["wage"])
    by_year = {line.labels[0]: line for line in found.answered.lines}
    assert by_year["1951"].count is None and by_year["1951"].sums["wage"] is None
    counted = ask(cast["clerk"], grant="G-WAGE", group_by=["birth_date"])
    assert told(counted)[("1960",)] == 170


# ── privacy ──────────


@pytest.fixture
def private(cast: dict[str, Actor]) -> Actor:
    ps = Actor("officer", "officer", "ps", "officer", frozenset({"exchange.aggregate"}))
    aggregates.set_rule(
        by=ps,
        resource=Grant.objects.get().resource,
        method="privacy",
        budget_micro=1_000_000,
        cost_micro=300_000,
    )
    return cast["clerk"]


def test_a_private_answer_is_noisy_and_costs_until_the_budget_is_spent(private: Actor) -> None:
    found = ask(private, group_by=["sex"])
    cells = told(found)
    assert set(cells) == {("0",), ("1",), ("2",), ("9",), ("–",)}
    truth = Counter(str(row["sex"]) for row in PEOPLE)
    assert all(count is not None and abs(count - truth[key[0]]) < 100 for key, count in cells.items())
    assert (found.cost_micro, found.left_micro, found.answered.within) == (300_000, 700_000, 10)
    ask(private)
    assert ask(private).left_micro == 100_000
    assert refusal(lambda: ask(private)) == "exchange.refused.budget_spent"
    body = [dict(ledger.trace(each).body) for each in ledger.entries(kind="privacy.spent")]
    assert sorted(each["outcome"] for each in body) == ["done", "done", "done", "refused"]
    assert PrivacyBudget.objects.get().spent_micro == 900_000


def test_a_question_that_cannot_be_answered_costs_nothing(private: Actor) -> None:
    assert refusal(lambda: ask(private, group_by=["birth_date"])) == "exchange.statistics_open_group"
    assert refusal(lambda: ask(private, group_by=["name"])) == "exchange.statistics_field"
    assert not PrivacyBudget.objects.exists()


def test_two_at_once_cannot_spend_the_same(private: Actor) -> None:
    outcomes: list[str] = []

    def one() -> None:
        try:
            ask(private)
            outcomes.append("answered")
        except HouseError as error:
            outcomes.append(error.code)
        finally:
            database.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert outcomes.count("answered") == 3 and PrivacyBudget.objects.get().spent_micro == 900_000


def test_private_sums_need_bounds_and_one_subject_counts_once(
    cast: dict[str, Actor], wages: list[dict[str, str | None]]
) -> None:
    hr = Actor("officer", "officer", "hr", "officer", frozenset({"exchange.aggregate"}))
    resource = Grant.objects.get(number="G-WAGE").resource
    rule: dict[str, Any] = {"method": "privacy", "budget_micro": 9_000_000, "cost_micro": 3_000_000}
    aggregates.set_rule(by=hr, resource=resource, **rule)
    call = lambda: ask(cast["clerk"], grant="G-WAGE", sums=["wage"])  # noqa: E731
    assert refusal(call) == "exchange.statistics_bounds"
    aggregates.set_rule(by=hr, resource=resource, bounds={"wage": [0, 10_000]}, **rule)
    line = call().answered.lines[-1]
    truth = sum(Decimal(str(row["wage"])) for row in wages)
    assert line.sums["wage"] is not None and abs(line.sums["wage"] - truth) < 200_000
    assert line.count is not None and abs(line.count - 400) < 20


def test_the_ledger_holds_neither_condition_nor_answer(cast: dict[str, Actor]) -> None:
    ask(cast["clerk"], group_by=["sex"], where="birth_date < date '1971-02-03'")
    body = dict(ledger.trace(ledger.entries(kind="statistics.asked")[0]).body)
    assert body["fields"] == ["sex"] and body["filtered"] is True
    assert "1971-02-03" not in str(body)

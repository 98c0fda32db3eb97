"""Standing corrections in the pipeline: the old value is corrected, a newer one ends them; captures are entered once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from loading import INCREMENTS, NUMBERS, PLAN, ROWS, ask, current, load, log, quarantine, write

from tongchou.gather import capturing
from tongchou.gather.phases.correct import Fix
from tongchou.pool.engine.locks import writing
from tongchou.standards.errors import HouseError

FIX = Fix("C-2026-000001", "2", "name", ("李秀英",), "李秀珍")
SAME_AGAIN = tuple(ROWS)


def names(data: Path) -> list[str]:
    return [name for (name,) in current(data, "name")]


def deliver(
    data: Path, delivery: str, *lines: str, fixes: tuple[Fix, ...] = (FIX,), day: int = 21
) -> dict[str, str]:
    path = write(data / f"{delivery}.csv", *lines)
    return load(data, path, delivery, day=date(2026, 11, day), fixes=lambda: fixes).corrections


@pytest.fixture
def data(tmp_path: Path) -> Path:
    load(tmp_path, write(tmp_path / "a.csv", *ROWS))
    return tmp_path


def test_a_capture_appends_one_version_and_says_so_once(data: Path) -> None:
    before = log(data).counts()["versions"]
    entered = capturing.enter(PLAN, FIX, data_root=data)
    assert entered.state == "entered"
    assert names(data) == ["王建国", "李秀珍", "欧阳明"]
    assert capturing.enter(PLAN, FIX, data_root=data) == entered
    assert log(data).counts()["versions"] == before + 1
    (_, version) = log(data).history("2")
    assert (version["name"], version["_delivery"], version["born"]) == ("李秀珍", FIX.number, "1990-12-01")
    assert version["_valid_from"] == log(data).history("2")[0]["_valid_from"]


def test_what_was_true_and_what_was_known_can_both_be_asked(data: Path) -> None:
    known_before = datetime.now(UTC)
    capturing.enter(PLAN, FIX, data_root=data)
    on = date(2026, 11, 20)
    told = {
        known: ask(data, f"SELECT name FROM ({log(data).as_of_sql(on, known)}) WHERE _key = '2'")[0][0]
        for known in (known_before, None)
    }
    assert told == {known_before: "李秀英", None: "李秀珍"}


def test_a_later_delivery_with_the_old_value_is_corrected_and_changes_nothing(data: Path) -> None:
    capturing.enter(PLAN, FIX, data_root=data)
    versions = log(data).counts()["versions"]
    assert deliver(data, "d2", *SAME_AGAIN, "9,赵九,,") == {FIX.number: "applied"}
    assert names(data) == ["王建国", "李秀珍", "欧阳明", "赵九"]
    assert log(data).counts()["versions"] == versions + 1


def test_other_values_of_the_row_come_through(data: Path) -> None:
    capturing.enter(PLAN, FIX, data_root=data)
    assert deliver(data, "d2", ROWS[0], "2,李秀英,,1990/12/2", ROWS[2]) == {FIX.number: "applied"}
    assert current(data, "name", "born")[1] == ("李秀珍", "1990-12-02")


@pytest.mark.parametrize(("name", "state"), [("李秀珍", "confirmed"), ("李晓珍", "overtaken")])
def test_the_source_knows_better_when_it_brings_another_value(data: Path, name: str, state: str) -> None:
    capturing.enter(PLAN, FIX, data_root=data)
    assert deliver(data, "d2", ROWS[0], f"2,{name},,1990/12/1", ROWS[2]) == {FIX.number: state}
    assert names(data)[1] == name


def test_without_the_correction_the_old_value_comes_back(data: Path) -> None:
    capturing.enter(PLAN, FIX, data_root=data)
    assert deliver(data, "d2", *SAME_AGAIN, "9,赵九,,", fixes=()) == {}
    assert names(data)[1] == "李秀英"


def test_a_wrong_value_that_failed_its_check_is_not_set_aside_any_more(data: Path) -> None:
    bad = f"{NUMBERS[0][:17]}{'1' if NUMBERS[0][-1] != '1' else '2'}"
    fix = Fix("C-2", "3", "born", (None,), "2001-02-03")
    path = write(data / "b.csv", ROWS[0], f"3,欧阳明,{bad},2001-02-31")
    outcome = load(data, path, "d3", plan=INCREMENTS, day=date(2026, 11, 21), fixes=lambda: (fix,))
    assert quarantine(data, outcome) == []
    assert outcome.corrections == {"C-2": "applied"}
    assert current(data, "born", "_failures")[2] == ("2001-02-03", 1)  # the identity number's failure stays


def test_a_correction_is_undone_by_the_sources_own_value(data: Path) -> None:
    assert capturing.enter(PLAN, FIX, data_root=data, undo=True).state == "already"  # nothing to undo
    capturing.enter(PLAN, FIX, data_root=data)
    assert capturing.enter(PLAN, FIX, data_root=data, undo=True).state == "entered"
    assert capturing.enter(PLAN, FIX, data_root=data, undo=True).state == "entered"
    assert names(data)[1] == "李秀英"
    assert [each["name"] for each in log(data).history("2")] == ["李秀英", "李秀珍", "李秀英"]


def test_what_the_source_changed_meanwhile_is_not_overwritten(data: Path) -> None:
    deliver(data, "d2", ROWS[0], "2,李晓珍,,1990/12/1", ROWS[2], fixes=())
    assert capturing.enter(PLAN, FIX, data_root=data).state == "overtaken"
    deliver(data, "d3", ROWS[0], ROWS[2], fixes=(), day=22)
    assert capturing.enter(PLAN, FIX._replace(number="C-9"), data_root=data).state == "gone"
    assert names(data) == ["王建国", "欧阳明"]


def test_a_capture_waits_for_a_load_of_its_resource(data: Path) -> None:
    with writing(data, PLAN.code), pytest.raises(HouseError) as refused:
        capturing.enter(PLAN, FIX, data_root=data, wait_seconds=0.1)
    assert refused.value.code == "gather.resource_busy"
    assert names(data)[1] == "李秀英"

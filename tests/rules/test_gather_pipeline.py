"""A delivery on its way: quarantine, keys, re-delivery, two loads at once, and kill −9 in every phase."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from loading import (
    DAY,
    FIELDS,
    HEADING,
    INCREMENTS,
    NUMBERS,
    PLAN,
    ROWS,
    ask,
    current,
    load,
    log,
    quarantine,
    write,
)

from tongchou.gather.pipeline import PHASES, Progress
from tongchou.pool.engine.locks import writing
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan, ResourcePlan

BAD = f"{NUMBERS[0][:17]}{'1' if NUMBERS[0][-1] != '1' else '2'}"


def test_bad_rows_are_set_aside_whole_with_field_and_rule(tmp_path: Path) -> None:
    lines = (*ROWS, "4,陈明,,1990-02-30", ",赵六,,", "6,,,1990-01-01", f"7,孙七,{BAD},")
    outcome = load(tmp_path, write(tmp_path / "a.csv", *lines))
    assert (outcome.rows_read, outcome.kept, outcome.quarantined, outcome.new) == (7, 4, 3, 4)
    held = quarantine(tmp_path, outcome)
    assert [(row, failures) for row, _, failures in held] == [
        (5, [("born", "date.impossible")]),
        (6, [("number", "key.missing")]),
        (7, [("name", "required.missing")]),
    ]
    assert held[0][1] == {"编号": "4", "姓名": "陈明", "身份证号": "", "出生日期": "1990-02-30"}
    assert outcome.rules == ("id_number:id_number.check_character",)
    assert current(tmp_path, "number", "id_number", "_failures")[-1] == ("7", BAD, 1)
    assert outcome.quality["born"] == {"empty": 2, "failed": 1, "distinct": 4}
    assert outcome.quality["id_number"]["failed"] == 1


def test_repeated_keys(tmp_path: Path) -> None:
    lines = (*ROWS, ROWS[0], "2,李秀英,,1990-12-01", "3,欧阳明,,2001-02-03", "9,吴九,,")
    outcome = load(tmp_path, write(tmp_path / "a.csv", *lines))
    assert (outcome.rows_read, outcome.kept, outcome.quarantined, outcome.collapsed) == (7, 3, 2, 2)
    assert [number for (number,) in current(tmp_path, "number")] == ["1", "2", "9"]
    held = quarantine(tmp_path, outcome)
    assert [(row, failures) for row, _, failures in held] == [
        (4, [("number", "key.repeated")]),
        (7, [("number", "key.repeated")]),
    ]
    assert held[0][1]["身份证号"] == NUMBERS[1]


def test_the_same_delivery_again_answers_what_was_done(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *ROWS, "4,,,")
    first = load(tmp_path, path)
    assert load(tmp_path, path) == first.__class__(**{**first.__dict__, "seconds": 0.0})
    assert log(tmp_path).counts()["versions"] == 3


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *ROWS)
    load(tmp_path, path)
    again = load(tmp_path, path, "d2", day=date(2026, 11, 21))
    assert again.unchanged_bytes and (again.new, again.unchanged, again.ended) == (0, 3, 0)
    assert log(tmp_path).counts() | {"bytes": 0} == {
        "versions": 3,
        "current": 3,
        "deliveries": 2,
        "files": 1,
        "bytes": 0,
    }
    changed = load(tmp_path, write(tmp_path / "b.csv", *ROWS, "4,周四,,"), "d3", day=date(2026, 11, 22))
    assert (changed.new, changed.unchanged, changed.changed) == (1, 3, 0)


def test_full_deliveries_end_what_is_gone_but_not_what_is_held(tmp_path: Path) -> None:
    many = [f"{n},王建国,,1985-03-07" for n in range(10, 20)]
    load(tmp_path, write(tmp_path / "a.csv", *many))
    lines = [*many[:5], "15,王建国,,1985-02-30", "16,王建国", "17,王建国改,,1985-03-07"]
    outcome = load(tmp_path, write(tmp_path / "b.csv", *lines), "d2", day=date(2026, 11, 21))
    # 15 is in quarantine, 16 stands in a row too short to read: neither has ended. 18 and 19 have.
    assert (outcome.unchanged, outcome.changed, outcome.ended, outcome.quarantined) == (5, 1, 2, 2)
    assert [n for (n,) in current(tmp_path, "number")] == [str(n) for n in range(10, 18)]


def test_increments_end_nothing(tmp_path: Path) -> None:
    load(tmp_path, write(tmp_path / "a.csv", *ROWS), plan=INCREMENTS)
    outcome = load(tmp_path, write(tmp_path / "b.csv", "9,吴九,,"), "d2", plan=INCREMENTS)
    assert (outcome.new, outcome.ended) == (1, 0)
    assert len(current(tmp_path)) == 4


def test_failures_of_more_pairs_than_bits_share_the_last(tmp_path: Path) -> None:
    names = [f"f{n}" for n in range(70)]
    fields = (
        FieldPlan("k", "identifier", ()),
        *(FieldPlan(n, "integer", (), on_failure="keep") for n in names),
    )
    plan = ResourcePlan("test.wide", fields, ("k",))
    path = write(tmp_path / "a.csv", ",".join(["1", *["x"] * 70]), heading=",".join(["k", *names]))
    outcome = load(tmp_path, path, plan=plan)
    assert len(outcome.rules) == 63 and outcome.rules[-1] == "*:other"
    assert current(tmp_path, "_failures", plan=plan) == [(2**63 - 1,)]


def test_two_loads_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *ROWS)
    with writing(tmp_path, PLAN.code), pytest.raises(HouseError) as caught:
        load(tmp_path, path)
    assert caught.value.code == "gather.resource_busy"
    context = multiprocessing.get_context("spawn")
    other = write(tmp_path / "b.csv", *ROWS, "4,周四,,")
    loads = [
        context.Process(target=load, args=(tmp_path, each, name), kwargs={"wait_seconds": 60.0})
        for each, name in ((path, "d1"), (other, "d2"))
    ]
    for each in loads:
        each.start()
    for each in loads:
        each.join()
    assert [each.exitcode for each in loads] == [0, 0]
    assert log(tmp_path).counts()["deliveries"] == 2


def test_progress_that_raises_stops_and_the_load_goes_on_later(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *ROWS)

    def stop(now: Progress) -> None:
        if now.phase == "unify":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(tmp_path, path, progress=stop)
    path.unlink()
    seen: list[Progress] = []
    assert load(tmp_path, path, progress=seen.append).new == 3
    assert "divide" not in {each.phase for each in seen}


def many_rows(path: Path, count: int = 40_000) -> Path:
    lines = [f"{n},王建国,{NUMBERS[n % 2]},1985-03-{n % 28 + 1:02}" for n in range(count)]
    return write(path, *lines, "x,坏", lines[0])


KILLER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from loading import load
data, path = map(Path, sys.argv[2:4])
delivery, phase, nth = sys.argv[4], sys.argv[5], int(sys.argv[6])
seen = 0
def progress(now):
    global seen
    seen += now.phase == phase
    if seen > nth and now.phase == phase:
        os.kill(os.getpid(), signal.SIGKILL)
load(data, path, delivery, progress=progress)
"""


def run_and_kill(data: Path, path: Path, delivery: str, phase: str, nth: int) -> int:
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": str(here.parents[1]), "TONGCHOU_ENGINE_PART_BYTES": "400000"}
    command = [sys.executable, "-c", KILLER, str(here), str(data), str(path), delivery, phase, str(nth)]
    return subprocess.run(command, env=environment, check=False).returncode


@pytest.mark.parametrize("phase", [each.__name__.rsplit(".", 1)[1] for each in PHASES])
def test_kill_in_every_phase_leaves_nothing_half_and_the_next_run_completes(
    tmp_path: Path, phase: str
) -> None:
    before = write(tmp_path / "before.csv", "x1,陈一,,", "x2,陈二,,")
    load(tmp_path, before, "before")
    path = many_rows(tmp_path / "a.csv")
    for nth in (0, 1):
        status = run_and_kill(tmp_path, path, "d1", phase, nth)
        assert status == -signal.SIGKILL
        versions = ask(
            tmp_path, f"SELECT _delivery, count(*) FROM ({log(tmp_path).rows_sql()}) GROUP BY 1 ORDER BY 1"
        )
        # After the last step of append the delivery is whole in the log; before, nothing of it is.
        assert versions in ([("before", 2)], [("before", 2), ("d1", 40_002)])
    outcome = load(tmp_path, path)
    assert (outcome.rows_read, outcome.kept, outcome.new, outcome.ended) == (40_002, 40_000, 40_000, 2)
    assert (outcome.quarantined, outcome.collapsed) == (1, 1)
    assert log(tmp_path).counts()["current"] == 40_000
    rows = f"SELECT min(_row), max(_row), count(DISTINCT _row) FROM ({log(tmp_path).current_sql()})"
    assert ask(tmp_path, rows) == [(2, 40_001, 40_000)]
    assert not (tmp_path / "staging" / "d1").exists()


def test_kill_at_any_moment(tmp_path: Path) -> None:
    path = many_rows(tmp_path / "a.csv")
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": str(here.parents[1]), "TONGCHOU_ENGINE_PART_BYTES": "400000"}
    command = [sys.executable, "-c", KILLER, str(here), str(tmp_path), str(path), "d1", "never", "0"]
    for wait in (0.9, 1.2, 1.5):
        process = subprocess.Popen(command, env=environment)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert log(tmp_path).counts()["versions"] in (0, 40_000)
    load(tmp_path, path)
    assert log(tmp_path).counts()["versions"] == 40_000


def test_errors_hold_no_values(tmp_path: Path) -> None:
    with pytest.raises(HouseError) as caught:
        load(tmp_path, write(tmp_path / "a.csv", ROWS[0], heading=HEADING.replace("姓名", "名")))
    told = caught.value.say("zh") + caught.value.say("en")
    assert "王建国" not in told and NUMBERS[0] not in told
    for bad in ("../x", "", "a b", "a" * 200):
        with pytest.raises(HouseError):
            load(tmp_path, tmp_path / "a.csv", bad)


def test_valid_from_a_field(tmp_path: Path) -> None:
    plan = ResourcePlan(
        "test.moves", (*FIELDS[:2], FieldPlan("since", "date", ("迁入",))), ("number",), valid_from="since"
    )
    path = write(
        tmp_path / "a.csv",
        "1,王建国,2015-03-07",
        "2,李秀英,2016年5月",
        "3,欧阳明,2017",
        "4,陈明,",
        heading="编号,姓名,迁入",
    )
    load(tmp_path, path, plan=plan)
    days = [day for (day,) in current(tmp_path, "_valid_from", plan=plan)]
    assert days == [date(2015, 3, 7), date(2016, 5, 1), date(2017, 1, 1), DAY]

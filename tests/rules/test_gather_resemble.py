"""Columns that changed places are noticed before a row is taken in; whatever else changes is not."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.loading import load, write
from tongchou.gather.phases.resemble import ColumnsMoved, likeness, moved, profile, shape_of
from tongchou.pool.engine.log import RecordLog
from tongchou.standards.identity import check_character
from tongchou.standards.plans import FieldPlan, ResourcePlan

HEADING = "编号,姓名,父亲姓名,身份证号,性别,婚姻状况,出生日期,登记日期,电话,住址"
PLAN = ResourcePlan(
    "test.people",
    (
        FieldPlan("number", "identifier", ("编号",), required=True),
        FieldPlan("name", "person_name", ("姓名",), required=True),
        FieldPlan("father", "person_name", ("父亲姓名",)),
        FieldPlan("id_number", "id_number", ("身份证号",), on_failure="keep"),
        FieldPlan("sex", "sex", ("性别",), on_failure="keep"),
        FieldPlan("marriage", "text", ("婚姻状况",)),
        FieldPlan("born", "birth_date", ("出生日期",)),
        FieldPlan("registered", "date", ("登记日期",)),
        FieldPlan("phone", "phone", ("电话",)),
        FieldPlan("address", "address", ("住址",)),
    ),
    ("number",),
)
INCREMENTS = ResourcePlan(PLAN.code, PLAN.fields, PLAN.key, mode="increment")
COLUMNS = HEADING.split(",")


def people(count: int, seed: int, first: int = 0) -> list[list[str]]:
    draw = random.Random(seed)
    found = []
    for place in range(first, first + count):
        born = date(1940, 1, 1) + timedelta(draw.randrange(28_000))
        body = f"440604{born:%Y%m%d}{draw.randrange(1000):03d}"
        found.append(
            [
                f"R{place:05d}",
                draw.choice("王李张刘陈")
                + "".join(draw.choice("伟芳娜敏静丽强磊军洋") for _ in range(draw.choice((1, 2)))),
                draw.choice("王李张刘陈")
                + "".join(draw.choice("建国志明文华德") for _ in range(draw.choice((1, 2)))),
                body + check_character(body),
                draw.choice("男女"),
                draw.choice(("未婚", "已婚", "丧偶")),
                born.isoformat(),
                f"20{draw.randrange(10, 26)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
                f"138{draw.randrange(10**8):08d}",
                f"佛山市禅城区祖庙街道人民路{draw.randrange(1, 300)}号",
            ]
        )
    return found


def lines(rows: list[list[str]], swapped: tuple[str, ...] = ()) -> list[str]:
    """Rows as text; the columns named go round: each one's values stand under the next one's heading."""
    places = [COLUMNS.index(each) for each in swapped]
    told = []
    for row in rows:
        cells = list(row)
        for at, place in enumerate(places):
            cells[places[(at + 1) % len(places)]] = row[place]
        told.append(",".join(cells))
    return told


def deliver(
    data: Path,
    folder: Path,
    rows: list[list[str]],
    number: int,
    swapped: tuple[str, ...] = (),
    **more: object,
):  # type: ignore[no-untyped-def]
    file = write(folder / f"{number}.csv", *lines(rows, swapped), heading=HEADING)
    given = {"plan": PLAN, "day": date(2026, 11, number)} | more
    return load(data, file, f"d{number}", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "swapped",
    [
        ("姓名", "住址"), ("身份证号", "电话"), ("性别", "婚姻状况"), ("出生日期", "登记日期"), ("姓名", "身份证号"),
        ("姓名", "电话", "住址"), ("编号", "电话"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("known", [True, False])
def test_columns_that_changed_places_hold_the_delivery(
    tmp_path: Path, swapped: tuple[str, ...], known: bool
) -> None:
    plan = PLAN if known else INCREMENTS
    deliver(tmp_path, tmp_path, people(300, 1), 1, plan=plan)
    log = RecordLog(tmp_path, PLAN.code, [each.name for each in PLAN.fields])
    before = log.counts()
    following = people(300, 1) if known else people(300, 2, first=1000)
    with pytest.raises(ColumnsMoved) as caught:
        deliver(tmp_path, tmp_path, following, 2, swapped, plan=plan)
    names = {each.columns[0]: each.name for each in PLAN.fields}
    assert {each.field for each in caught.value.moved} == {names[each] for each in swapped}
    assert log.counts() == before
    assert not (tmp_path / "staging" / "d2").exists()
    # The right file goes in afterwards, and the held one when somebody says so.
    deliver(tmp_path, tmp_path, following, 3, plan=plan)
    released = deliver(
        tmp_path, tmp_path, people(40, 3, first=9000), 4, swapped, plan=INCREMENTS, released=True
    )
    assert released.rows_read == 40


def test_names_of_known_records_that_were_exchanged(tmp_path: Path) -> None:
    deliver(tmp_path, tmp_path, people(200, 1), 1)
    with pytest.raises(ColumnsMoved) as caught:
        deliver(tmp_path, tmp_path, people(200, 1), 2, ("姓名", "父亲姓名"))
    assert {(each.field, each.like, each.known) for each in caught.value.moved} == {
        ("name", "father", True), ("father", "name", True),
    }  # fmt: skip
    assert "name" in caught.value.what.en


def test_half_a_file_that_was_put_together_wrongly(tmp_path: Path) -> None:
    deliver(tmp_path, tmp_path, people(400, 1), 1)
    file = tmp_path / "half.csv"
    good, bad = people(400, 1)[:200], people(400, 1)[200:]
    write(file, *lines(good), *lines(bad, ("姓名", "父亲姓名")), heading=HEADING)
    with pytest.raises(ColumnsMoved):
        load(tmp_path, file, "d2", plan=PLAN, day=date(2026, 11, 2))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(1, 10**6), count=st.integers(31, 200))
def test_ordinary_deliveries_are_never_held(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    data = tmp_path_factory.mktemp("ordinary")
    loaded = [deliver(data, data, people(count, seed + each), each + 1) for each in range(2)]
    emptied = [[*row[:8], "", row[9]] for row in people(count, seed + 2)]
    loaded.append(deliver(data, data, emptied, 3))
    # A source that writes its dates otherwise has not exchanged anything.
    otherwise = [
        [*row[:6], row[6].replace("-", "/"), row[7].replace("-", "/"), *row[8:]]
        for row in people(count, seed)
    ]
    loaded.append(deliver(data, data, otherwise, 4))
    assert [each.rows_read for each in loaded] == [count] * 4


def test_a_profile_holds_no_value(tmp_path: Path) -> None:
    rows = people(100, 4)
    done = deliver(tmp_path, tmp_path, rows, 1)
    told = str(done.profile)
    for row in rows:
        for value in (row[1], row[3], row[6], row[8], row[9]):
            assert value not in told
    assert done.profile["sex"].keys() == {"=男", "=女"}
    assert done.profile["born"] and all(each[:3].isdigit() for each in done.profile["born"])


def test_shapes() -> None:
    assert shape_of("王小明") == "字3"
    assert shape_of("44060419850307001X") == "9×17A1"
    assert shape_of("1985-03-07") == "198x-9×2-9×2"
    assert shape_of("") == "∅"
    assert shape_of("已婚", literal=True) == "=已婚"
    assert shape_of("已婚") == "字2"
    assert moved({}, []) == []
    assert profile([{"a": {"x": 3}}]) == {}
    assert likeness({"a": 0.5, "b": 0.5}, {"a": 1.0}) == 0.5

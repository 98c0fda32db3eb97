"""The record log: what was true on a day, as known at an instant, against values worked out by hand and by
brute force."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loading import FIELDS, INCREMENTS, PLAN, ROWS, ask, current, load, log, write

from tongchou.pool.engine import raw
from tongchou.pool.engine.log import RecordLog
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan, ResourcePlan

SMALL = ResourcePlan(
    "test.small", (FieldPlan("k", "identifier", ()), FieldPlan("v", "identifier", ())), ("k",)
)
SMALL_INCREMENTS = ResourcePlan("test.small", SMALL.fields, ("k",), mode="increment")
FIRST = date(2026, 11, 1)


def deliver(data: Path, rows: dict[str, str], number: int, day: date, plan: ResourcePlan = SMALL) -> datetime:
    path = write(data / f"{number}.csv", *[f"{k},{v}" for k, v in rows.items()], heading="k,v")
    outcome = load(data, path, f"d{number}", plan=plan, day=day)
    assert outcome.recorded_at is not None
    return outcome.recorded_at


def as_of(data: Path, day: date | None, known: datetime | None = None) -> dict[str, str]:
    return dict(ask(data, log(data, SMALL).as_of_sql(day, known, ("k", "v"))))


def test_true_on_a_day_and_known_at_an_instant(tmp_path: Path) -> None:
    one = deliver(tmp_path, {"a": "1", "b": "1"}, 1, FIRST)
    two = deliver(tmp_path, {"a": "2", "c": "1"}, 2, FIRST + timedelta(10))
    three = deliver(tmp_path, {"a": "2", "b": "3"}, 3, FIRST + timedelta(20))
    assert as_of(tmp_path, FIRST - timedelta(1)) == {}
    assert as_of(tmp_path, FIRST) == as_of(tmp_path, FIRST + timedelta(9)) == {"a": "1", "b": "1"}
    assert as_of(tmp_path, FIRST + timedelta(10)) == {"a": "2", "c": "1"}
    assert as_of(tmp_path, FIRST + timedelta(20)) == as_of(tmp_path, None) == {"a": "2", "b": "3"}
    assert as_of(tmp_path, FIRST + timedelta(20), two) == {"a": "2", "c": "1"}
    assert as_of(tmp_path, FIRST + timedelta(20), one) == {"a": "1", "b": "1"}
    assert as_of(tmp_path, FIRST, one - timedelta(microseconds=1)) == {}
    assert dict(current(tmp_path, "k", "v", plan=SMALL)) == {"a": "2", "b": "3"}
    told = [(row["_op"], row["v"], row["_recorded_at"]) for row in log(tmp_path, SMALL).history("b")]
    assert told == [("put", "1", one), ("end", None, two), ("put", "3", three)]


def test_a_delivery_that_comes_late_speaks_until_the_next_one(tmp_path: Path) -> None:
    deliver(tmp_path, {"a": "1"}, 1, FIRST)
    before = deliver(tmp_path, {"a": "3", "b": "3"}, 2, FIRST + timedelta(20))
    deliver(tmp_path, {"a": "2", "c": "2"}, 3, FIRST + timedelta(10))
    assert as_of(tmp_path, FIRST + timedelta(5)) == {"a": "1"}
    assert as_of(tmp_path, FIRST + timedelta(15)) == {"a": "2", "c": "2"}
    assert as_of(tmp_path, FIRST + timedelta(15), before) == {"a": "1"}
    assert as_of(tmp_path, FIRST + timedelta(20)) == as_of(tmp_path, None) == {"a": "3", "b": "3"}


DELIVERIES = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from("123"), min_size=1),
        st.integers(0, 6),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(DELIVERIES)
def test_every_day_and_instant_against_brute_force(
    tmp_path_factory: pytest.TempPathFactory, told: list
) -> None:
    """The state on each day as known after each delivery is what replaying the deliveries by hand gives."""
    data = tmp_path_factory.mktemp("log")
    instants = []
    states: list[dict[int, dict[str, str]]] = [{day: {} for day in range(-1, 8)}]
    for number, (rows, on, full) in enumerate(told):
        plan = SMALL if full else SMALL_INCREMENTS
        instants.append(deliver(data, rows, number, FIRST + timedelta(on), plan))
        later = [other for _, other, _ in told[:number] if other > on]
        new = {day: dict(state) for day, state in states[-1].items()}
        for day in range(on, min([8, *later])):
            if full:
                new[day] = dict(rows)
            else:
                new[day] |= rows
        states.append(new)
    for known, expected in zip(instants, states[1:], strict=True):
        for day in range(-1, 8):
            assert as_of(data, FIRST + timedelta(day), known) == expected[day]
    assert dict(current(data, "k", "v", plan=SMALL)) == states[-1][7]
    log(data, SMALL).compact(keep_hours=0)
    for day in range(-1, 8):
        assert as_of(data, FIRST + timedelta(day)) == states[-1][day]


def test_a_field_added_later_reads_as_null_before_and_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, write(tmp_path / "a.csv", *ROWS))
    grown = ResourcePlan("test.people", (*FIELDS, FieldPlan("note", "text", ("备注",))), ("number",))
    assert current(tmp_path, "number", "note", plan=grown) == [("1", None), ("2", None), ("3", None)]
    lines = [f"{row}," for row in ROWS[:2]] + [f"{ROWS[2]},新"]
    outcome = load(
        tmp_path,
        write(tmp_path / "b.csv", *lines, heading="编号,姓名,身份证号,出生日期,备注"),
        "d2",
        plan=grown,
    )
    assert (outcome.unchanged, outcome.changed, outcome.new) == (2, 1, 0)
    assert [note for (note,) in current(tmp_path, "note", plan=grown)] == [None, None, "新"]
    # A plan that knows less still reads what it knows; what it does not deliver any more becomes null.
    assert len(current(tmp_path)) == 3
    again = load(tmp_path, write(tmp_path / "c.csv", *ROWS), "d3")
    assert (again.unchanged, again.changed) == (2, 1)


def test_keys_of_several_fields(tmp_path: Path) -> None:
    plan = ResourcePlan("test.small", SMALL.fields, ("k", "v"))
    outcome = load(tmp_path, write(tmp_path / "a.csv", "a,1", "a,2", "a,1", "b,", heading="k,v"), plan=plan)
    assert (outcome.new, outcome.collapsed, outcome.quarantined) == (2, 1, 1)
    assert [key for (key,) in current(tmp_path, "_key", plan=plan)] == ["a\x1f1", "a\x1f2"]


def test_compaction_keeps_every_row_and_old_readers(tmp_path: Path) -> None:
    for number in range(6):
        deliver(tmp_path, {f"k{number}": "1"}, number, FIRST + timedelta(number), SMALL_INCREMENTS)
    kept = log(tmp_path, SMALL)
    reading, before = kept.current_sql(("k", "v")), sorted(ask(tmp_path, kept.rows_sql()))
    (kept.folder / "part-abandoned-00000.parquet").write_bytes(b"left behind by a load that never came back")
    assert kept.compact(keep_hours=24)["joined"] == 6
    assert kept.counts()["files"] == 1
    assert sorted(ask(tmp_path, kept.rows_sql())) == before
    assert len(ask(tmp_path, reading)) == 6
    removed = kept.compact(keep_hours=0)["removed"]
    assert removed == 7 and len(list(kept.folder.glob("*.parquet"))) == 1
    assert len(kept.deliveries()) == 6
    assert DeltaTable(str(kept.folder)).count() == 6


def test_an_empty_log_answers_with_nothing(tmp_path: Path) -> None:
    empty = RecordLog(tmp_path, "test.nothing", ["a"])
    assert ask(tmp_path, empty.current_sql()) == ask(tmp_path, empty.as_of_sql(FIRST)) == []
    assert empty.history("x") == [] and empty.deliveries() == [] and empty.compact()["joined"] == 0
    assert empty.counts() == {"versions": 0, "current": 0, "deliveries": 0, "files": 0, "bytes": 0}


def test_delta_readers_see_the_same_table(tmp_path: Path) -> None:
    load(tmp_path, write(tmp_path / "a.csv", *ROWS))
    table = DeltaTable(str(log(tmp_path).folder)).to_pyarrow_table()
    assert table.num_rows == 3
    assert table.column_names == [
        "_key", "_op", "_valid_from", "_valid_to", "_recorded_at", "_digest", "_failures", "_delivery",
        "_row",
        "number", "name", "id_number", "born",
    ]  # fmt: skip
    assert str(table.schema.field("_recorded_at").type) == "timestamp[us, tz=UTC]"


def test_raw_bytes_are_kept_once_under_their_digest(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv.GZ", *ROWS)
    digest, kept = raw.keep(tmp_path, path)
    assert kept.name == f"{digest}.csv.gz" and raw.digest_of(kept) == digest
    path.write_bytes(b"overwritten in place")
    assert raw.digest_of(kept) == digest
    with pytest.raises(HouseError):
        raw.keep(tmp_path, tmp_path / "absent")


def test_increments_of_an_unknown_resource_start_a_log(tmp_path: Path) -> None:
    outcome = load(tmp_path, write(tmp_path / "a.csv", ROWS[0]), plan=INCREMENTS)
    assert outcome.new == 1 and PLAN.code == "test.people"

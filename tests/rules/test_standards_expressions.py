"""The language of conditions: what it reads, what it refuses, and that both of its engines give the same answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.standards import expressions
from tongchou.standards.errors import HouseError
from tongchou.standards.expressions.syntax import LONGEST
from tongchou.standards.text import Text

KINDS = {
    "status": "code", "months": "number", "born": "date", "name": "name", "insured": "yes_no", "paid": "number",
    "left_on": "date", "date": "date",
}  # fmt: skip
ON = date(2026, 11, 22)


def answer(text: str, **values: str | None) -> bool | None:
    return expressions.evaluate(expressions.parse(text), values, kinds=KINDS, on=ON)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("status = 'current'", {"status": "current"}, True),
        ("status = 'current'", {"status": "ended"}, False),
        ("status = 'current'", {}, None),
        ("status != 'current'", {"status": None}, None),
        ("months >= 12", {"months": "12"}, True),
        ("months >= 12", {"months": "9"}, False),
        ("months >= 12", {"months": "九"}, None),
        ("months > 2", {"months": "10"}, True),
        ("paid = 1.50", {"paid": "1.5"}, True),
        ("months between 3 and 5", {"months": "5"}, True),
        ("months not between 3 and 5", {"months": "5"}, False),
        ("months > -1", {"months": "0"}, True),
        ("months < paid", {"months": "9", "paid": "10"}, True),
        ("status in ('a', 'b')", {"status": "b"}, True),
        ("status not in ('a', 'b')", {"status": "c"}, True),
        ("status not in ('a', 'b')", {}, None),
        ("left_on is null", {}, True),
        ("left_on is not null", {"left_on": "2020-01-01"}, True),
        ("name starts with '王'", {"name": "王小明"}, True),
        ("name = 'O''Neil'", {"name": "O'Neil"}, True),
        ("insured = true", {"insured": "1"}, True),
        ("insured = false", {"insured": "1"}, False),
        ("born <= today - 65 years", {"born": "1961-11-22"}, True),
        ("born <= today - 65 years", {"born": "1961-11-23"}, False),
        ("born < date '1970-06-01'", {"born": "1970"}, None),
        ("born < date '1970-06-01'", {"born": "1969"}, True),
        ("born < date '1970-06-01'", {"born": "1970-06"}, False),
        ("born <= '1970-06-30'", {"born": "1970-06"}, None),
        ("born <= '1970-07-01'", {"born": "1970-06"}, True),
        ("born = date '1970-06-01'", {"born": "1970-06-01 08:00:00"}, True),
        ("born < left_on", {"born": "1970-06", "left_on": "1980"}, True),
        ('"date" = today', {"date": "2026-11-22"}, True),
        ("status = 'a' or months > 1", {"status": None, "months": "2"}, True),
        ("status = 'a' and months > 1", {"status": None, "months": "0"}, False),
        ("not (status = 'a')", {"status": None}, None),
        ("status = 'a' or status = 'b' and months > 1", {"status": "a", "months": "0"}, True),
    ],
)
def test_the_answer(text: str, values: dict[str, str | None], expected: bool | None) -> None:
    assert answer(text, **values) is expected


@pytest.mark.parametrize(
    "text",
    [
        "", "status", "status =", "= 'a'", "status = 'a", "status = 'a' and", "(status = 'a'", "status = 'a')",
        "status == 'a'", "status = 'a' or or months = 1", "status = 'a'; drop table x", "status = 'a' -- rest",
        "status = 'a' /* */", "status = \"A\"", "select 1", "exists(select 1)", "status = 'a' union select 1",
        "status || 'a' = 'b'", "length(name) = 1", "name like '%'", "STATUS = 'a'", "status = 'a'\x00", "ｓtatus = 'a'",
        "status = ‘a’", "months = 1e5", "months = 0x10", "born = date '2026-02-30'", "born = date '26-2-3'",
        "born > today - 1", "born > today - 1.5 days", "months = ?", "months = $1", ": = 1", "status in ()",
        "pragma_table_info = 'x' in", "months = 1 2", "status is 'a'", "months = " + "9" * 21,
        "(" * 30 + "months = 1" + ")" * 30, "not " * 30 + "months = 1", "a" * 61 + " = 1",
        "months = 1" + " or months = 1" * (LONGEST // 14 + 1), "status in (" + ",".join(["1"] * 501) + ")",
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(HouseError) as refused:
        expressions.parse(text)
    assert refused.value.code == "expressions.unreadable"
    assert int(refused.value.where) >= 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("status = 'a' and months > 1", 0),
        ("salary > 1", 1),
        ("salary > 1 and bonus > 2 and salary > 3", 2),
        ("months = 'a'", 1),
        ("status = 3", 1),
        ("name > 'a'", 1),
        ("born = 'soon'", 1),
        ("born > 3", 1),
        ("months in (1, 'two')", 1),
        ("months starts with '1'", 1),
        ("status = true", 0),
        ("months >= :least", 0),
        ("months >= :most", 1),
    ],
)
def test_all_that_does_not_fit_the_fields_is_told_at_once(text: str, found: int) -> None:
    told = expressions.check(expressions.parse(text), fields=KINDS, parameters={"least": "number"})
    assert len(told) == found


def test_names_and_parameters() -> None:
    condition = expressions.parse("a = :x or b in (:y, 'z') and not c is null")
    assert expressions.names(condition) == {"a", "b", "c"}
    assert expressions.parameters(condition) == {"x", "y"}


def test_a_parameter_that_is_not_given_is_an_error() -> None:
    with pytest.raises(KeyError):
        expressions.evaluate(expressions.parse("months > :least"), {"months": "1"})


def test_parameters_are_compared_by_what_they_are() -> None:
    condition = expressions.parse(
        "months >= :least and born < :before and status = :which and insured = :yes"
    )
    values = {"months": "12", "born": "1970", "status": "9", "insured": "1"}
    given_values = {"least": 9, "before": date(1971, 1, 1), "which": "9", "yes": True}
    assert expressions.evaluate(condition, values, given_values) is True
    assert by_sql(condition, values, given_values) is True


def test_in_words() -> None:
    labels = {"months": Text("缴费月数", "months paid"), "status": Text("状态", "status")}
    said = expressions.in_words(
        expressions.parse("months >= 12 and (status = 'a' or left_on is not null)"), labels
    )
    assert said.zh == "缴费月数不小于12，并且（状态为“a”，或者有left_on）"
    assert said.en == 'months paid is at least 12, and (status is "a", or left_on is present)'


def by_sql(
    condition: expressions.Condition, values: dict[str, str | None], parameters: object = None
) -> bool | None:
    sql, bindings = expressions.to_sql(condition, kinds=KINDS, parameters=parameters, on=ON)  # type: ignore[arg-type]
    with duckdb.connect() as db:
        columns = ", ".join(f'?::VARCHAR AS "{name}"' for name in KINDS)
        row = db.execute(
            f"SELECT {sql} FROM (SELECT {columns})", [*bindings, *(values.get(name) for name in KINDS)]
        ).fetchone()
    assert row is not None
    found: bool | None = row[0]
    return found


NUMBERS = st.decimals(min_value=-99, max_value=99, places=2, allow_nan=False)
DAYS = st.dates(min_value=date(1940, 1, 1), max_value=date(2030, 12, 31))
TEXTS = st.sampled_from(["a", "b", "'", "王", "1", "0", "", "2020-01-01", "%", '"', "x' or 1=1 --"])
VALUES = st.none() | st.one_of(
    TEXTS,
    NUMBERS.map(lambda number: format(number, "f")),
    DAYS.map(date.isoformat),
    DAYS.map(lambda day: day.isoformat()[:7]),
    DAYS.map(lambda day: day.isoformat()[:4]),
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


ORDER = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
LEAVES = st.one_of(
    st.tuples(st.sampled_from(["months", "paid"]), ORDER, NUMBERS.map(lambda n: format(n, "f"))).map(" ".join),
    st.tuples(st.sampled_from(["born", "left_on"]), ORDER, DAYS.map(lambda d: f"date '{d}'")).map(" ".join),
    st.tuples(st.sampled_from(["status", "name"]), st.sampled_from(["=", "!="]), TEXTS.map(quoted)).map(" ".join),
    st.tuples(st.sampled_from(["born < left_on", "months >= paid", "status = name", "born = left_on"])).map(" ".join),
    st.tuples(st.sampled_from(["insured", "status"]), st.sampled_from([" = true", " = false", " is null"])).map("".join),
    TEXTS.map(lambda text: f"name starts with {quoted(text)}"),
    st.lists(TEXTS.map(quoted), min_size=1, max_size=3).map(lambda each: f"status not in ({', '.join(each)})"),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} and {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} or {two[1]})"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(text=TREES, values=st.fixed_dictionaries(dict.fromkeys(KINDS, VALUES)))
def test_sql_and_evaluation_agree(text: str, values: dict[str, str | None]) -> None:
    condition = expressions.parse(text)
    assert expressions.check(condition, fields=KINDS) == []
    assert by_sql(condition, values) is expressions.evaluate(condition, values, kinds=KINDS, on=ON)


@given(text=st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expressions.parse(text)
    except HouseError as refused:
        assert refused.code == "expressions.unreadable"


def test_numbers_keep_their_digits() -> None:
    """Seventeen digits and more, which floating point would round."""
    condition = expressions.parse("paid = 12345678901234567.01")
    assert expressions.evaluate(condition, {"paid": "12345678901234567.02"}) is False
    assert by_sql(condition, {"paid": "12345678901234567.02"}) is False
    assert by_sql(condition, {"paid": "12345678901234567.01"}) is True
    assert expressions.evaluate(expressions.parse("paid = 1"), {"paid": Decimal(1)}) is True

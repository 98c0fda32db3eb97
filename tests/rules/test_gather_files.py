"""Awkward files: what is wrong is said with code, place and next step; what is right is loaded; no row is
lost."""

from __future__ import annotations

import csv
import gzip
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loading import DAY, EXPECTED, FIELDS, HEADING, ROWS, current, load, quarantine, refusal, write

from tests.rules.shared_data import shared
from tongchou.gather.sources import CONNECTORS, connector
from tongchou.gather.sources.files import encodings
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan, ResourcePlan


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end(tmp_path: Path, encoding: str, end: str) -> None:
    outcome = load(tmp_path, write(tmp_path / "a.csv", *ROWS, encoding=encoding, end=end))
    assert (outcome.rows_read, outcome.kept, outcome.quarantined) == (3, 3, 0)
    assert current(tmp_path) == EXPECTED
    assert [row for (row,) in current(tmp_path, "_row")] == [2, 3, 4]


def test_big5_is_told_from_gb18030() -> None:
    lines = "編號,姓名,地址\n1,陳大文,香港中環皇后大道中一號\n2,黃小明,九龍尖沙咀彌敦道二十號\n" * 40
    assert encodings.detect(lines.encode("big5")) == ("big5", 0)
    simplified = (
        "编号,姓名,地址\n1,陈大文,佛山市禅城区汾江中路一号\n2,黄小明,南海区桂城街道南海大道二十号\n" * 40
    )
    assert encodings.detect(simplified.encode("gb18030")) == ("gb18030", 0)


def test_encoding_found_far_down(tmp_path: Path) -> None:
    plan = ResourcePlan("test.people", (FieldPlan("a", "identifier", ()), FieldPlan("b", "text", ())), ("a",))
    lines = [f"{n},{'x' * 40}" for n in range(60_000)] + ["60000,佛山"]
    load(tmp_path, write(tmp_path / "a.csv", *lines, heading="a,b", encoding="gb18030"), plan=plan)
    assert current(tmp_path, "b", plan=plan)[0] == ("x" * 40,)
    assert ("佛山",) in current(tmp_path, "b", plan=plan)


@pytest.mark.parametrize(("main", "other"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_mixed_encodings_quarantine_only_the_odd_rows(tmp_path: Path, main: str, other: str) -> None:
    good = [f"{n},王建国,,1985-03-07" for n in range(10, 30)]
    lines = [line.encode(main) for line in (HEADING, *good)]
    lines.insert(5, "99,李秀英,,1990-12-01".encode(other))
    (tmp_path / "a.csv").write_bytes(b"\n".join(lines))
    outcome = load(tmp_path, tmp_path / "a.csv")
    assert (outcome.rows_read, outcome.kept) == (21, 20)
    assert quarantine(tmp_path, outcome) == [
        (6, {"line": "99,李秀英,,1990-12-01"}, [("", "row.mixed_encoding")])
    ]
    assert [row for (row,) in current(tmp_path, "_row")] == [*range(2, 6), *range(7, 23)]


def test_bytes_of_no_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(
        "\n".join((HEADING, *ROWS)).encode() + b"\n4,\xff\xfe\xff,,\n5,\xe9\x99\x88\xe6\x98\x8e,,\n"
    )
    outcome = load(tmp_path, tmp_path / "a.csv")
    assert outcome.kept == 4
    assert [(row, failures) for row, _, failures in quarantine(tmp_path, outcome)] == [
        (5, [("", "row.encoding")])
    ]


def test_empty_files(tmp_path: Path) -> None:
    for index, content in enumerate((b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n")):
        (tmp_path / f"{index}.csv").write_bytes(content)
        assert refusal(tmp_path, tmp_path / f"{index}.csv").code == "gather.file_empty"


def test_header_only(tmp_path: Path) -> None:
    outcome = load(tmp_path, write(tmp_path / "a.csv"))
    assert (outcome.rows_read, outcome.kept, outcome.new) == (0, 0, 0)
    load(tmp_path, write(tmp_path / "b.csv", *ROWS), "d2")
    with pytest.raises(HouseError) as caught:
        load(tmp_path, write(tmp_path / "c.csv"), "d3")
    assert caught.value.code == "gather.no_rows"
    assert current(tmp_path) == EXPECTED


def test_duplicate_headings_are_all_listed(tmp_path: Path) -> None:
    told = refusal(
        tmp_path, write(tmp_path / "a.csv", "1,a,b,c,d,e", heading="编号,姓名,姓 名,备注,备注,出生日期")
    )
    assert told.code == "gather.duplicate_headings"
    assert "姓 名" in told.what.zh and "备注" in told.what.zh


def test_missing_columns_are_all_listed_with_what_was_found(tmp_path: Path) -> None:
    told = refusal(tmp_path, write(tmp_path / "a.csv", "1,a,b", heading="编号,名字,出生年月日"))
    assert told.code == "gather.missing_columns"
    for each in ("姓名", "身份证件号", "出生日期", "名字", "出生年月日"):
        assert each in told.what.zh


def test_nul_characters_are_removed_and_noted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("\n".join((HEADING, *ROWS)).replace("建国", "建\x00国\x00").encode())
    outcome = load(tmp_path, tmp_path / "a.csv")
    assert current(tmp_path) == EXPECTED
    assert outcome.notes["nul_characters_removed"] == 2


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", ","])
def test_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    lines = [row.replace(",", delimiter) for row in ROWS]
    load(tmp_path, write(tmp_path / "a.tsv", *lines, heading=HEADING.replace(",", delimiter)))
    assert current(tmp_path) == EXPECTED


def test_ragged_rows_are_kept_whole_with_their_numbers(tmp_path: Path) -> None:
    outcome = load(
        tmp_path, write(tmp_path / "a.csv", ROWS[0], "7,短", ROWS[1], "8,长,,,多", "", ",,,", ROWS[2])
    )
    assert current(tmp_path) == EXPECTED
    assert [row for (row,) in current(tmp_path, "_row")] == [2, 4, 8]
    assert quarantine(tmp_path, outcome) == [
        (3, {"line": "7,短"}, [("", "row.too_short")]),
        (5, {"line": "8,长,,,多"}, [("", "row.too_long")]),
    ]


def test_quotes_newlines_and_missing_quotes(tmp_path: Path) -> None:
    plan = ResourcePlan(
        "test.notes", (FieldPlan("a", "identifier", ("号",)), FieldPlan("b", "text", ("文",))), ("a",)
    )
    lines = ['1,"一行\n两行"', '2,"说""好"""', '3,5" 管', '4,"没有关', "5,平常"]
    outcome = load(tmp_path, write(tmp_path / "a.csv", *lines, heading="号,文"), plan=plan)
    found = dict(current(tmp_path, "a", "b", plan=plan))
    assert (
        found["1"] == "一行\n两行"
        and found["2"] == '说"好"'
        and found["3"] == '5" 管'
        and found["5"] == "平常"
    )
    assert quarantine(tmp_path, outcome) == [(5, {"line": '4,"没有关'}, [("", "row.unbalanced_quote")])]


CELLS = st.text(st.sampled_from("ab1,;\t\"' 王李\n。"), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30), st.sampled_from(["utf-8", "gb18030"]))
def test_what_csv_writes_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], encoding: str
) -> None:
    """Whatever the standard library writes comes back, cell for cell, with the record's number."""
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([("键", "甲", "乙"), *((n, *pair) for n, pair in enumerate(cells))])
    fields = tuple(FieldPlan(each, "text", ()) for each in ("键", "甲", "乙"))
    found = connector("files").read(
        {}, {"encoding": encoding}, path, ResourcePlan("t.t", fields, ("键",)), None
    )
    rows = [tuple(row.values()) for batch in found.batches for row in batch.table.to_pylist()]
    assert rows == [(n + 2, str(n), *pair) for n, pair in enumerate(cells)]


def test_an_export_called_xls_that_is_text_is_read(tmp_path: Path) -> None:
    lines = [row.replace(",", "\t") for row in ROWS]
    load(tmp_path, write(tmp_path / "a.xls", *lines, heading=HEADING.replace(",", "\t"), encoding="gb18030"))
    assert current(tmp_path) == EXPECTED


def test_titles_above_the_heading_and_two_row_headings(tmp_path: Path) -> None:
    lines = ["编号,姓名,身份,,备注", ",,证件号,出生,", *ROWS]
    write(tmp_path / "a.csv", *lines[0:2], *[row + "," for row in ROWS], heading="二〇二六年人口台账,,,,")
    fields = (*FIELDS[:3], FieldPlan("born", "birth_date", ("身份出生",)))
    plan = ResourcePlan("test.people", fields, ("number",))
    outcome = load(tmp_path, tmp_path / "a.csv", plan=plan)
    assert current(tmp_path, plan=plan) == EXPECTED
    assert outcome.notes["heading_row"] == 2
    assert [row for (row,) in current(tmp_path, "_row", plan=plan)] == [4, 5, 6]


def test_packed_files(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.csv", *ROWS).read_bytes()
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(plain))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as packed:
        packed.writestr("内.csv", plain)
    load(tmp_path / "1", tmp_path / "b.csv.gz")
    load(tmp_path / "2", tmp_path / "c.zip")
    assert current(tmp_path / "1") == current(tmp_path / "2") == EXPECTED
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(plain)[:-12])
    assert refusal(tmp_path / "3", tmp_path / "d.csv.gz").code == "gather.file_damaged"


def test_a_file_from_afar_in_big5(tmp_path: Path) -> None:
    lines = ["1,陳嘉輝,,1985-03-07", '2,"黃麗華",,1990/12/1', "3,歐陽明,,20010203"]
    path = write(
        tmp_path / "b.csv", *lines, heading="編號,姓名,身份證號,出生日期", encoding="big5", end="\r\n"
    )
    outcome = load(tmp_path, path)
    assert outcome.notes["encoding"] == "big5"
    assert current(tmp_path, "number", "name", "born") == [
        ("1", "陳嘉輝", "1985-03-07"),
        ("2", "黃麗華", "1990-12-01"),
        ("3", "歐陽明", "2001-02-03"),
    ]


def test_discover_orders_files_and_reads_their_day(tmp_path: Path) -> None:
    for name in (
        "r_20261103.csv",
        "r_20261101.csv",
        "~$r.csv",
        ".r.csv",
        "名册2026年11月02日.csv",
        "r_20261399.csv",
    ):
        (tmp_path / name).write_text("a")
    found = connector("files").discover({"path": str(tmp_path)}, {"file": "*.csv"})
    assert [(each.name, each.delivered_on) for each in found] == [
        ("r_20261101.csv", date(2026, 11, 1)),
        ("r_20261103.csv", date(2026, 11, 3)),
        ("r_20261399.csv", None),
        ("名册2026年11月02日.csv", date(2026, 11, 2)),
    ]
    again = connector("files").discover({"path": str(tmp_path)}, {"file": "*.csv"})
    assert again == found
    (tmp_path / "r_20261101.csv").write_text("ab")
    assert (
        connector("files").discover({"path": str(tmp_path)}, {"file": "*.csv"})[0].digest != found[0].digest
    )
    with pytest.raises(HouseError):
        connector("files").discover({"path": str(tmp_path)}, {"file": "../*"})


def test_connectors_are_alike() -> None:
    for code in CONNECTORS:
        for function in ("check", "discover", "take", "read"):
            assert callable(getattr(connector(code), function)), (code, function)
        assert connector(code).check({"fail_in": "check"}), code
    with pytest.raises(HouseError):
        connector("fax")


def test_a_table_and_a_view_of_a_database(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE people (编号 INTEGER, 姓名 TEXT, 身份证号, 出生日期, 甲 REAL, 乙 BLOB)")
    for row in ROWS:
        database.execute("INSERT INTO people VALUES (?, ?, ?, ?, 2.0, x'00ff')", row.split(","))
    database.execute("CREATE VIEW v AS SELECT * FROM people WHERE 编号 > 1")
    database.commit()
    given = {"connector": "sqlite", "settings": {"path": str(path)}}
    load(tmp_path / "1", path, locator={"table": "people"}, **given)
    load(tmp_path / "2", path, locator={"table": "v"}, **given)
    assert current(tmp_path / "1") == EXPECTED
    assert current(tmp_path / "2") == EXPECTED[1:]
    with pytest.raises(HouseError) as caught:
        load(tmp_path / "3", path, locator={"table": "x"}, **given)
    assert caught.value.code == "gather.unknown_table" and "people" in caught.value.what.zh
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("BEGIN EXCLUSIVE")
    assert [each.code for each in connector("sqlite").check({"path": str(path)})] == [
        "gather.database_locked"
    ]
    database.close()
    path.write_bytes(b"no database at all, but long enough to be looked at")
    assert [each.code for each in connector("sqlite").check({"path": str(path)})] == [
        "gather.database_unreadable"
    ]


@pytest.mark.parametrize("place", ["discover", "take", "read", "rows"])
def test_the_broken_source_fails_where_told_and_leaves_the_log_alone(tmp_path: Path, place: str) -> None:
    plan = ResourcePlan("test.people", (FieldPlan("a", "identifier", ()),), ("a",))
    settings = {"fail_in": place, "rows": 5}
    told = refusal(tmp_path, tmp_path, connector="broken", settings=settings, plan=plan)
    assert (told.code, told.where) == ("gather.broken_on_purpose", place)
    outcome = load(tmp_path, tmp_path, connector="broken", settings={"rows": 5}, plan=plan)
    assert outcome.new == 5


@pytest.mark.shared_data
def test_real_awkward_files(tmp_path: Path) -> None:
    edge = shared("edge")
    told = refusal(tmp_path, edge / "password-protected-password123.xlsx")
    assert told.code == "gather.workbook_password"

    def counted(name: str, columns: tuple[str, ...], key: str) -> tuple[int, int, int]:
        fields = tuple(FieldPlan(f"f{i}", "text", (each,)) for i, each in enumerate(columns))
        plan = ResourcePlan(f"edge.{name[:4]}", (*fields, FieldPlan("key", "identifier", (key,))), ("key",))
        found = load(tmp_path / name, edge / name, plan=plan, day=DAY)
        return found.rows_read, found.kept, found.quarantined

    read, kept, held = counted(
        "nhs_inpatients_mha_2010_11_utf16.csv", ("Organisation_name",), "Organisation_code"
    )
    assert read == kept + held and kept > 0
    assert counted("qsv_boston311-dmy-100.csv", ("open_dt", "type"), "case_enquiry_id") == (100, 100, 0)
    read, kept, held = counted("qsv_boston311-100-bad.tsv", ("open_dt", "type"), "case_enquiry_id")
    assert read == kept + held and held > 0

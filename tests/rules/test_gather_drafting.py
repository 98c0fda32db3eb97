"""Drafts of packs: what columns mean, which key tells rows apart, and YAML that says it whatever the file holds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import xlsxwriter
import yaml

from tests.rules.shared_data import shared
from tongchou.gather.draft_packs import write
from tongchou.gather.drafting import Draft, codes_of, draft, latin
from tongchou.standards.errors import HouseError


def csv_file(folder: Path, name: str, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with (folder / name).open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)
    return folder / name


def elements(one: Draft) -> dict[str, str]:
    return {field.heading: field.element for field in one.fields}


def roles(one: Draft) -> dict[str, str]:
    return {field.heading: field.role for field in one.fields if field.role}


def test_a_pupils_register(tmp_path: Path) -> None:
    rows = [["学号", "学生姓名", "监护人", "监护人电话", "备注"]]
    rows += [[f"S{i}", "王小明", "李大伟", f"1380013{i:04}", "好"] for i in range(50)]
    one = draft(csv_file(tmp_path, "x.csv", rows, "gbk"), code="x")
    assert elements(one) == {
        "学号": "identifier", "学生姓名": "person_name", "监护人": "person_name", "监护人电话": "phone", "备注": "text",
    }  # fmt: skip
    assert roles(one) == {"监护人": "guardian_name"}
    assert (one.subject, one.model, one.unique) == ("person", "zh_people", True)
    assert [field.heading for field in one.fields if field.name in one.key] == ["学号"]


def test_latin_names_come_in_parts_and_keep_their_grade(tmp_path: Path) -> None:
    rows = [["unique_id", "first_name", "surname", "dob", "city"]]
    rows += [[str(i), "Robert", "Allen", "1971-05-24", "Leeds"] for i in range(20)]
    one = draft(csv_file(tmp_path, "x.csv", rows), code="x")
    assert roles(one) == {
        "first_name": "given_name",
        "surname": "surname",
        "dob": "birth_date",
        "city": "suburb",
    }
    assert one.model == "en_people"
    assert all(
        field.grade and field.grade > 1 for field in one.fields if field.role in ("given_name", "surname")
    )


@pytest.mark.parametrize("heading", ["item_name", "事项名称", "column_name"])
def test_a_things_name_is_no_persons(tmp_path: Path, heading: str) -> None:
    rows = [["code", heading], *([f"A{i}", f"建设工程规划许可证核发{i}"] for i in range(20))]
    one = draft(csv_file(tmp_path, "x.csv", rows), code="x")
    assert (elements(one)[heading], one.subject) == ("text", "none")


def test_two_fields_may_be_needed_to_tell_rows_apart(tmp_path: Path) -> None:
    rows = [["person_no", "month", "paid"], *([str(i // 4), f"2026-0{i % 4 + 1}", "1"] for i in range(40))]
    one = draft(csv_file(tmp_path, "x.csv", rows), code="x")
    assert (set(one.key), one.unique) == ({"person_no", "month"}, True)
    rows += rows[1:3]
    assert not draft(csv_file(tmp_path, "y.csv", rows), code="y").unique


def test_a_repetition_far_down_is_seen(tmp_path: Path) -> None:
    rows = [["no", "kind"], *([str(i), "a"] for i in range(6000)), ["17", "b"]]
    one = draft(csv_file(tmp_path, "x.csv", rows), code="x")
    assert one.key != ("no",)


def test_titles_above_a_workbooks_table(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "名册.xlsx"))
    sheet = book.add_worksheet()
    for row, cells in enumerate(
        [
            ["某某街道人员名册"],
            ["制表：某某"],
            ["序号", "姓名", "联系电话"],
            ["1", "王伟", "13800138000"],
            ["2", "李娜", "13800138001"],
        ]
    ):
        sheet.write_row(row, 0, cells)
    book.close()
    assert elements(draft(tmp_path / "名册.xlsx", code="x")) == {
        "序号": "identifier",
        "姓名": "person_name",
        "联系电话": "phone",
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "gather.file_empty"), ("a,b\n", "draft.no_rows"), ("a,a\n1,2\n", "gather.duplicate_headings")],
)
def test_what_cannot_be_drafted_says_why(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(HouseError) as told:
        draft(tmp_path / "x.csv", code="x")
    assert told.value.code == code


def test_the_yaml_reads_back_whatever_the_headings_hold(tmp_path: Path) -> None:
    odd = [
        'a "quoted" one',
        "back\\slash",
        "no",
        "colon: x",
        "# hash",
        "{brace}",
        "2026",
        "面积（㎡）",
        "emoji 🏠",
        "a\tb",
    ]
    rows = [odd, *([f"{i}-{j}" for j in range(len(odd))] for i in range(5))]
    file = csv_file(tmp_path, "odd [1] no.csv", rows)
    one = draft(file, code=codes_of([file])[0])
    written = write([one], name="123", title='no "x"', data_path=tmp_path / 'a "b"', folder=tmp_path / "pack")
    read = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in written}
    assert read["pack.yaml"]["name"] == "123"
    assert read["pack.yaml"]["title"]["zh"] == 'no "x"'
    assert read["pack.yaml"]["settings"][0]["default"] == str(tmp_path / 'a "b"')
    fields = read[f"{one.code}.yaml"]["fields"]
    assert [field["columns"][0] for field in fields] == [heading.strip() for heading in odd]
    assert all(isinstance(field["name"], str) for field in fields)
    assert len({field["name"] for field in fields}) == len(odd)
    with pytest.raises(HouseError):
        write([one], name="x", title="x", data_path=tmp_path, folder=tmp_path / "pack")


def test_codes_tell_files_apart() -> None:
    assert codes_of([Path("人口.csv"), Path("人口.xlsx"), Path("...csv"), Path("A b.csv")]) == [
        "ren_kou",
        "ren_kou_2",
        "table3",
        "a_b",
    ]
    assert latin("我的 区 2") == "wo_de_qu_2"


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["hukou", "social", "school", "hospital"])
def test_the_four_sources(name: str) -> None:
    one = draft(shared(f"people/zh_four_sources/{name}.csv.gz"), code=name)
    assert (one.key, one.unique, one.model) == (("ji_lu_hao",), True, "zh_people")
    assert {"person_name", "id_number", "birth_date", "phone", "address"} <= {
        field.element for field in one.fields
    }

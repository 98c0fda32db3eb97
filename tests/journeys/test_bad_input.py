"""Bad files through the front door: each fails visibly with what, where and what next; the others are taken in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import xlsxwriter

from tests.journeys.front_door import House, pack
from tests.rules.shared_data import shared

pytestmark = pytest.mark.any_database
GOOD = "编号,姓名,出生日期\n1,王伟,1980-01-02\n2,李娜,1990-03-04\n"
#: File → the error its delivery must bear; None: it is taken in.
EXPECTED: dict[str, str | None] = {
    "good.csv": None,
    "empty.csv": "gather.file_empty",
    "header.csv": None,
    "twice.csv": "gather.duplicate_headings",
    "missing.csv": "gather.missing_columns",
    "truncated.xlsx": "gather.workbook_damaged",
    "password.xlsx": "gather.workbook_password",
    "picture.csv": "*",
    "nuls.csv": None,
    "mixed.csv": None,
    "utf16.csv": None,
}


def write(folder: Path) -> None:
    """One file of each kind."""
    folder.mkdir()
    (folder / "good.csv").write_text(GOOD, encoding="utf-8")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "header.csv").write_text("编号,姓名,出生日期\n", encoding="utf-8")
    (folder / "twice.csv").write_text(GOOD.replace("出生日期", "姓名"), encoding="utf-8")
    (folder / "missing.csv").write_text(GOOD.replace("姓名", "称呼"), encoding="utf-8")
    book = xlsxwriter.Workbook(str(folder / "whole.xlsx"))
    sheet = book.add_worksheet()
    for row, line in enumerate(GOOD.splitlines() * 50):
        sheet.write_row(row, 0, line.split(","))
    book.close()
    whole = (folder / "whole.xlsx").read_bytes()
    (folder / "whole.xlsx").unlink()
    (folder / "truncated.xlsx").write_bytes(whole[: len(whole) // 2])
    shutil.copy(shared("edge/password-protected-password123.xlsx"), folder / "password.xlsx")
    (folder / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    (folder / "nuls.csv").write_bytes(GOOD.replace("王伟", "王\0伟").encode() + b"3,\0,1990-01-01\n")
    mixed = GOOD.encode("gbk") * 1 + "3,张敏,1985-05-05\n".encode()
    (folder / "mixed.csv").write_bytes(mixed)
    (folder / "utf16.csv").write_bytes(GOOD.encode("utf-16"))


def district(folder: Path) -> dict[str, str]:
    """A pack with one resource for each file."""
    files = {
        "pack.yaml": f"name: bad\ntitle: bad\nrequires: [core]\nsettings: [{{name: path, default: '{folder}', about: x}}]\n",
        "organisations.yaml": "- {code: bad, name: bad, level: district, kind: department}\n",
        "sources.yaml": (
            "- {code: bad, name: bad, organisation: bad, connector: files, settings: {path: '{path}'}}\n"
            "- {code: down, name: down, organisation: bad, connector: broken, settings: {fail_in: rows}}\n"
            "- {code: crash, name: crash, organisation: bad, connector: broken, settings: {fail_in: crash}}\n"
            "- {code: gone, name: gone, organisation: bad, connector: broken, settings: {fail_in: discover}}\n"
        ),
    }
    resources = {name.replace(".", "_"): ("bad", name) for name in EXPECTED}
    for code, (source, file) in {
        **resources,
        **{each: (each, "x") for each in ("down", "crash", "gone")},
    }.items():
        files[f"resources/{code}.yaml"] = f"""
code: bad.{code}
name: {code}
organisation: bad
share_class: closed
legal_basis: an invented rule
cycle: daily
source: {{code: {source}, locator: {{file: "{file}"}}, mode: full}}
key: [no]
fields:
  - {{name: no, element: identifier, columns: [编号], required: true}}
  - {{name: name, element: {"person_name" if source == "bad" else "identifier"}, columns: [姓名], on_failure: keep}}
  - {{name: born, element: birth_date, columns: [出生日期], on_failure: keep}}
"""
    return files


def test_bad_files_fail_visibly_and_the_rest_goes_on(house: House, tmp_path: Path) -> None:
    write(tmp_path / "files")
    house.run("pack", "apply", str(pack(tmp_path / "bad", district(tmp_path / "files"))))
    ran = house.run("gather", "run", "--json", ends=1)
    states = {one["resource"]: one for one in house.ask("gather", "status")}
    for name, code in EXPECTED.items():
        one = states[f"bad.{name.replace('.', '_')}"]
        assert one["state"] == ("failed" if code else "done"), (name, one)
        if code and code != "*":
            assert one["error"] == code, name
    assert states["bad.good_csv"]["new"] == 2
    assert states["bad.utf16_csv"]["new"] == 2
    assert states["bad.mixed_csv"]["rows_read"] == 3
    assert states["bad.nuls_csv"]["rows_read"] == 3
    assert states["bad.header_csv"]["rows_read"] == 0
    assert states["bad.down"]["error"] == "gather.broken_on_purpose"
    assert states["bad.crash"]["error"] == "gather.unforeseen"
    assert "bad.gone" not in states
    assert "bad.gone: " in ran.stderr
    said = house.query("SELECT error FROM gather_delivery WHERE state = 'failed'")
    import json

    for (error,) in said:
        told = json.loads(error) if isinstance(error, str) else error
        for part in ("what", "next"):
            assert told[part]["zh"]
            assert told[part]["en"]
            assert any("\u4e00" <= letter <= "\u9fff" for letter in told[part]["zh"])
            assert not any("王伟" in text or "1980" in text for text in told[part].values())
    kept = {file.read_bytes() for file in (house.data / "pool" / "raw").glob("*/*")}
    for name in EXPECTED:  # what was delivered is kept, good or bad
        assert (tmp_path / "files" / name).read_bytes() in kept, name
    # The department corrects one file and repairs one system; what failed is tried again as the delivery it was.
    (tmp_path / "files" / "twice.csv").write_text(GOOD, encoding="utf-8")
    house.run(
        "pack",
        "apply",
        str(
            pack(
                tmp_path / "bad",
                {
                    "sources.yaml": district(tmp_path / "files")["sources.yaml"].replace(
                        "{fail_in: rows}", "{}"
                    )
                },
            )
        ),
    )
    before = house.query("SELECT count(*) FROM gather_delivery")
    house.run("gather", "run", ends=1)
    now = {one["resource"]: one for one in reversed(house.ask("gather", "status"))}
    assert now["bad.twice_csv"]["new"] == 2
    assert now["bad.down"]["state"] == "done"
    # One more for the corrected file, one for the source whose settings changed; the failed ones are not piled up.
    assert house.query("SELECT count(*) FROM gather_delivery") == [(before[0][0] + 2,)]
    assert "sound" in house.run("ledger", "verify").stdout

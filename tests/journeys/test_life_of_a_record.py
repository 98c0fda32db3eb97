"""One record's life: delivered, linked, looked at, corrected, judged apart and together, withdrawn; each step on the ledger."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path

import pytest

from tests.journeys.front_door import House, pack, table
from tests.journeys.test_stranger import people

HEADINGS = ["编号", "姓名", "身份证号", "出生日期", "电话"]

PACK = {
    "pack.yaml": "name: life\ntitle: life\nrequires: [core]\nsettings: [{name: path, default: '', about: x}]\n",
    "organisations.yaml": (
        "- {code: police, name: 公安, level: district, kind: department}\n"
        "- {code: school, name: 学校, level: district, kind: department}\n"
        "- {code: hall, name: 大厅, level: district, kind: hall}\n"
    ),
    "accounts.yaml": "- {username: clerk, name: 窗口, memberships: [{role: clerk, organisation: hall}]}\n",
    "linkage.yaml": "- {population: folk, kind: person, model: zh_people}\n",
    "sources.yaml": (
        "- {code: police, name: 户籍, organisation: police, connector: files, settings: {path: '{path}'}}\n"
        "- {code: school, name: 学籍, organisation: school, connector: files, settings: {path: '{path}'}}\n"
    ),
    "grants.yaml": "".join(
        f"- {{code: G-{code}, organisation: hall, role: clerk, resource: {code}.roll, fields: '*', unmasked: [name], "
        "purposes: [relief_check], until: 2099-12-31}\n"
        for code in ("police", "school")
    ),
    **{
        f"resources/{code}.yaml": f"""code: {code}.roll
name: {{zh: {code}, en: {code}}}
organisation: {code}
share_class: conditional
cycle: daily
subject: person
population: folk
source: {{code: {code}, locator: {{file: "{code}_*.csv"}}, mode: full}}
key: [number]
fields:
  - {{name: number, element: identifier, columns: [编号], required: true}}
  - {{name: name, element: person_name, columns: [姓名]}}
  - {{name: id_number, element: id_number, columns: [身份证号], on_failure: keep}}
  - {{name: born, element: birth_date, columns: [出生日期]}}
  - {{name: phone, element: phone, columns: [电话], on_failure: keep}}
"""
        for code in ("police", "school")
    },
}


def deliver(house: House, folder: Path, name: str, rows: list[list[str]]) -> dict[str, int]:
    """Deliver a file and take it in; its delivery."""
    table(folder / name, HEADINGS, rows)
    done = house.ask("gather", "run")
    assert [one["state"] for one in done] == ["done"]
    found: dict[str, int] = done[0]
    return found


@pytest.mark.any_database
def test_from_file_to_dossier_to_trace_to_withdrawal(house: House, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    house.run("pack", "apply", str(pack(tmp_path / "life", PACK)), "--set", f"path={files}")
    everyone = people(30)
    rows = [[f"P{i}", p["name"], p["number"], p["born"], p["phone"]] for i, p in enumerate(everyone)]
    hero = everyone[3]

    # Day 1: two departments deliver; one row's date cannot be read and waits in quarantine.
    spoilt = [row[:] for row in rows]
    spoilt[5][3] = "1980年13月45日"
    first = deliver(house, files, "police_20260101.csv", spoilt)
    assert (first["kept"], first["quarantined"]) == (29, 1)
    said = house.ask("gather", "quarantine", str(first["delivery"]))
    assert [(one["field"], one["rows"]) for one in said] == [("born", 1)]
    school = [[f"S{i}", p["name"], p["number"], p["born"], p["phone"]] for i, p in enumerate(everyone[:10])]
    deliver(house, files, "school_20260101.csv", school)
    links = house.links()
    assert ("police.roll", "P5") not in links
    subject = links["police.roll", "P3"]
    assert links["school.roll", "S3"] == subject

    # The dossier: masked, under a purpose, with its source; refused for another purpose.
    look = ("dossier", subject, "--as", "clerk", "--case", "C-1")
    shown = house.run(*look, "--purpose", "relief_check").stdout
    assert hero["name"] in shown
    assert hero["number"] not in shown
    assert hero["phone"] not in shown
    refused = house.run(*look, "--purpose", "inspection", ends=2)
    assert "exchange.refused.wrong_purpose" in refused.stderr
    assert hero["name"] not in refused.stdout + refused.stderr
    known_before = dt.datetime.now(dt.UTC)
    time.sleep(1.1)

    # Day 2: the row is corrected and appears; our record's phone changes.
    rows[3][4] = "13900001111"
    second = deliver(house, files, "police_20260102.csv", rows)
    assert (second["new"], second["changed"], second["quarantined"]) == (1, 1, 0)
    links = house.links()
    assert ("police.roll", "P5") in links
    assert links["police.roll", "P3"] == subject
    assert "****1111" in house.run(*look, "--purpose", "relief_check").stdout
    earlier = house.run(*look, "--purpose", "relief_check", "--valid-on", "2026-01-01").stdout
    assert "****1111" not in earlier
    assert f"****{hero['phone'][-4:]}" in earlier

    # A steward's judgement splits the two records; taken back, they are one again.
    judge = (
        "from tongchou.accounts.actor import Actor; from tongchou.pool.actions import linkage as a\n"
        "from tongchou.pool.models import *\n"
        "p = Population.objects.get(code='folk'); by = Actor.house('t')\n"
    )
    ends = "left_resource='police.roll', left_key='P3', right_resource='school.roll', right_key='S3'"
    house.python(
        judge
        + "told = dict(score=9.0, sentence_zh='x', sentence_en='x')\n"
        + f"pair, _ = ReviewPair.objects.get_or_create(population=p, {ends}, defaults=told)\n"
        + "a.judge(by=by, pair=pair, verdict='different')"
    )
    split = house.links()
    assert split["police.roll", "P3"] != split["school.roll", "S3"]
    house.python(judge + "a.withdraw_judgement(by=by, judgement=Judgement.objects.get(withdrawn_at=None))")
    joined = house.links()
    assert joined["police.roll", "P3"] == joined["school.roll", "S3"]
    subject = joined["police.roll", "P3"]
    look = ("dossier", subject, "--as", "clerk", "--case", "C-1", "--purpose", "relief_check")

    # Day 3: the register no longer holds the record: it has ended, and is still there for the days before.
    third = deliver(house, files, "police_20260103.csv", [row for row in rows if row[0] != "P3"])
    assert third["ended"] == 1
    house.links()

    def resources(*more: str) -> set[str]:
        told = house.ask(*look, *more)
        return {name for name in ("police.roll", "school.roll") if name in json.dumps(told)}

    assert resources() == {"school.roll"}
    assert resources("--valid-on", "2026-01-02") == {"police.roll", "school.roll"}
    assert known_before < dt.datetime.now(dt.UTC)

    # The ledger has every step, verifies, and finds one altered byte, also in the exported copy.
    kinds = {
        kind for (kind,) in house.query("SELECT DISTINCT kind FROM ledger_entry")
    }  # fmt: skip
    assert kinds >= {
        "pack.applied", "delivery.received", "delivery.closed", "links.requested", "links.linked", "links.judged",
        "links.judgement_withdrawn", "links.exported",
    }  # fmt: skip
    bodies = b"".join(bytes(body) for (body,) in house.query("SELECT body FROM ledger_entry"))
    for personal in (hero["name"].encode(), hero["number"].encode(), hero["phone"].encode(), b"13900001111"):
        assert personal not in bodies
    house.run("ledger", "sequence")
    assert "sound" in house.run("ledger", "verify").stdout
    house.run("ledger", "export", str(tmp_path / "copy"))
    house.run("ledger", "verify", "--export", str(tmp_path / "copy"))
    house.python(
        "from django.db import connection; from tongchou.ledger import triggers; triggers.remove(connection)\n"
        "from tongchou.ledger.models import Entry\n"
        "e = Entry.objects.order_by('pk')[3]; Entry.objects.filter(pk=e.pk).update(body=bytes(e.body)[:-1] + b'X')"
    )
    house.run("ledger", "verify", ends=1)
    house.run("ledger", "export", str(tmp_path / "altered"), ends=None)
    house.run("ledger", "verify", "--export", str(tmp_path / "altered"), ends=1)

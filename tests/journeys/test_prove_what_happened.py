"""The how-to "Prove what happened", word for word: every command block is run as it stands, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.journeys.front_door import House
from tests.journeys.watched import Reader, furnish, served

pytestmark = pytest.mark.any_database


PROJECT = Path(__file__).resolve().parent.parent.parent
PAGES = ["prove-what-happened.md", "prove-what-happened.zh-CN.md"]


def blocks(name: str) -> list[str]:
    """The command blocks of the page, in order."""
    text = (PROJECT / "docs" / "how-to" / name).read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def test_both_languages_type_the_same() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    assert len(blocks(PAGES[0])) == 9


def test_the_how_to_as_it_stands(house: House, tmp_path: Path) -> None:
    token, subjects = furnish(house)
    office = tmp_path / "office"
    (office / "bin").mkdir(parents=True)
    source = warm.program(office / "bin" / "tongchou")
    (office / "bin" / "python").symlink_to(sys.executable)
    with served(house) as (_, base):
        reader = Reader(base, token, subjects)
        assert [reader.read(number)[0] for number in (0, 0, 0, 1, 2)] == [200] * 5
        environment = {
            **house.environment,
            "PATH": f"{office / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT),
            "PLATFORM": base,
            "SUBJECT": subjects[0],
        }

        def run(script: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script], cwd=office, env=environment, capture_output=True,
                text=True, check=False, pass_fds=[source],
            )  # fmt: skip

        done = run("\n".join(blocks(PAGES[0])))
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        for said in (
            "Witness added: audit.example/witness", "Witnessed: the ledger grew from 0 to",
            "The proof holds: all 3 entries", "Signed by the witnesses: audit.example/witness", "The ledger is sound.",
            "entries begins with the one of",
        ):  # fmt: skip
            assert said in done.stdout, said
        assert "\n3\n" in done.stdout, "as many lines name the subject as the proof lists"
        proof = json.loads((office / "proof.json").read_text())
        listed = {f"{one['entry']['stream']}/{one['entry']['seq']}" for one in proof["entries"]}
        assert listed == set(reader.receipts[:3])

        # What the page promises of a changed document, and of a ledger that was cut behind the auditor's back.
        check = blocks(PAGES[0])[5]
        for old, new in (('"reader"', '"nobody"'), ("audit.example/witness", "audit.example/other")):
            text = (office / "proof.json").read_text()
            (office / "proof.json").write_text(text.replace(old, new))
            assert run(check).returncode != 0
            (office / "proof.json").write_text(text)
        assert run(check).returncode == 0
    for table in ("entry", "run", "head", "cosignature"):
        drop = f"DROP TRIGGER ledger_{table}_no_delete" + (f" ON ledger_{table}" if postgres(house) else "")
        house.change(drop)
    size = int((office / "head.txt").read_text().splitlines()[1])
    house.change("DELETE FROM ledger_cosignature")
    house.change("DELETE FROM ledger_head WHERE size > %s", size // 2)
    (kept,) = house.query("SELECT coalesce(max(size), 0) FROM ledger_head")[0]
    for stream, first_seq in house.query(
        "SELECT stream, first_seq FROM ledger_run WHERE first_index >= %s", kept
    ):
        house.change("DELETE FROM ledger_entry WHERE stream = %s AND seq >= %s", stream, first_seq)
    house.change("DELETE FROM ledger_run WHERE first_index >= %s", kept)
    (house.data / "keys" / "ledger.head").unlink()
    heads = ["--head", str(office / "head.txt"), "--head", str(office / "witness" / "last.head")]
    found = house.ask("ledger", "verify", *heads, ends=1)
    assert {"cut"} <= {one["kind"] for one in found["findings"]}


def postgres(house: House) -> bool:
    """Whether the installation's database is PostgreSQL."""
    return bool(house.environment.get("TONGCHOU_DATABASE"))

"""The tutorial, word for word: every command block of "Your first department" is run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests import warm

pytestmark = pytest.mark.any_database
PROJECT = Path(__file__).resolve().parent.parent.parent
TUTORIALS = ["your-first-department.md", "your-first-department.zh-CN.md"]


def blocks(name: str) -> list[str]:
    """The command blocks of a tutorial, in order."""
    text = (PROJECT / "docs" / "tutorial" / name).read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def test_both_languages_type_the_same() -> None:
    assert blocks(TUTORIALS[0]) == blocks(TUTORIALS[1])


def test_the_tutorial_as_it_stands(tmp_path: Path) -> None:
    commands = blocks(TUTORIALS[0])
    assert commands[-1].strip() == "PORT=8010 tongchou serve"
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    source = warm.program(binaries / "tongchou")
    # Step 9 shows a refusal, which ends with status 2; everything else must succeed.
    script = "\n".join(
        block.replace("--purpose relief_check", "--purpose relief_check || test $? = 2")
        for block in commands[:-1]
    )
    env = {**os.environ, "PYTHONPATH": str(PROJECT), "TONGCHOU_LANGUAGE": "en"}
    env.pop("TONGCHOU_DATABASE", None)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=env,
        pass_fds=[source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    subjects: dict[str, set[str]] = {}
    for line in (tmp_path / "links.csv").read_text().splitlines()[1:]:
        _, key, subject = line.split(",")
        subjects.setdefault(subject, set()).add(key)
    assert sorted(map(sorted, subjects.values())) == [
        ["K001"],
        ["K002", "S101"],
        ["K003", "S100"],
        ["K004"],
        ["K005", "S102"],
        ["K006"],
        ["S103"],
    ]
    assert "K004" in (tmp_path / "back.csv").read_text(encoding="utf-8-sig")
    assert "440***********2213" in done.stdout and "440605199007012213" not in done.stdout
    assert "exchange.refused" in done.stderr
    assert "The ledger is sound." in done.stdout

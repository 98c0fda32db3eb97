"""The how-to's examples, as they are written, against a served district: Python, curl and the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import PROJECT, District

pytestmark = pytest.mark.any_database


PAGE = (PROJECT / "docs" / "how-to" / "use-the-gateway.md").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    """The code block of the page in a language that contains some text."""
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return next(each for each in found if containing in each)


@pytest.fixture
def key(district: District) -> dict[str, str]:
    """The key that the demo issued to the hall's system."""
    held: dict[str, str] = json.loads((district.data / "clients" / "hall-one-door.json").read_text())
    return held


def filled(text: str, district: District, key: dict[str, str]) -> str:
    """An example with this district's address and key."""
    return (
        text.replace("http://127.0.0.1:8000", district.base)
        .replace("k-…", key["key_id"])
        .replace("tcs_…", key["secret"])
    )


def test_python(district: District, key: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(filled(block("python", "urllib"), district, key), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "'answer': 'no'" in done.stdout


def test_curl(district: District, key: dict[str, str]) -> None:
    script = filled(block("sh", "curl"), district, key)
    done = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["answer"] == "no", done.stdout + done.stderr


def test_the_command(district: District) -> None:
    file = str(district.data / "clients" / "hall-one-door.json")
    asked = '{"subject": {"id_number": "440604198001011233"}, "statement": "owns_housing", "purpose": "window_service"}'
    done = district.command(
        "exchange", "call", "/exchange/verify", asked, "--key", file, "--to", district.base, "--show"
    )
    assert json.loads(done.stdout)["answer"] == "no"
    assert "signature-input: sig=" in done.stderr
    wrong = district.command(
        "exchange", "call", "/exchange/verify", "{}", "--key", file, "--to", district.base, "--english"
    )
    assert wrong.returncode == 1
    assert json.loads(wrong.stdout)["where"] == "subject, statement, purpose"


def test_a_key_is_issued_on_the_server(district: District, tmp_path: Path) -> None:
    file = tmp_path / "edu.json"
    done = district.command("exchange", "issue", "edu-enrolment", "--method", "ed25519", "--file", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0
    asked = (
        '{"subject": {"id_number": "440604198001011233"}, "statement": "resident", "purpose": "enrolment"}'
    )
    answered = district.command(
        "exchange", "call", "/exchange/verify", asked, "--key", str(file), "--to", district.base
    )
    assert json.loads(answered.stdout)["answer"] == "no", answered.stdout + answered.stderr


def test_the_balance_is_drawn_again(district: District) -> None:
    done = district.command("exchange", "balance")
    assert done.returncode == 0, done.stderr
    assert re.search(r"from [\d,]+ entries", done.stdout)
    again = district.command("exchange", "balance")
    assert again.returncode == 0, again.stderr

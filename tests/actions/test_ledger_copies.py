"""An exported copy, altered in every way, is found out with no database and only Python."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.actions import ledger_case
from tests.actions.ledger_case import looked
from tongchou.ledger import commands, journal
from tongchou.ledger.models import Entry, Head
from tongchou.ledger.verification import verify
from tongchou.standards.errors import HouseError

ledger, filled = ledger_case.ledger, ledger_case.filled

ROOT = Path(__file__).resolve().parents[2]


def copy(filled: Path) -> Path:
    folder = filled / "copy"
    assert commands.export(folder).data["size"] == 132
    assert commands.verify_copy(folder).ok
    return folder


def rewrite(folder: Path, change: Callable[[list[bytes]], None]) -> None:
    path = folder / "entries" / "000000.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    change(lines)
    path.write_bytes(gzip.compress(b"".join(lines)))


def swap(lines: list[bytes], one: int, other: int) -> None:
    lines[one], lines[other] = lines[other], lines[one]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda lines: lines.__setitem__(50, lines[50].replace(b'"count":', b'"count":1')),
            [("altered", 50)],
        ),
        (lambda lines: lines.__setitem__(50, b"nonsense\n"), [("missing", 50), ("surplus", 50)]),
        (lambda lines: lines.__setitem__(50, lines[50].replace(b'"at":"20', b'"at":"19')), [("altered", 50)]),
        (lambda lines: lines.pop(50), [("missing", 50)]),
        (lambda lines: lines.__delitem__(slice(50, 53)), [("missing", 50), ("missing", 51), ("missing", 52)]),
        (lambda lines: lines.pop(0), [("missing", 0)]),
        (lambda lines: lines.pop(), [("missing", 131)]),
        (lambda lines: swap(lines, 50, 51), [("reordered", 50), ("reordered", 51)]),
        (lambda lines: swap(lines, 3, 120), [("reordered", 3), ("reordered", 120)]),
        (lambda lines: lines.insert(50, lines[7]), [("surplus", 50)]),
        (lambda lines: lines.append(lines[7]), [("surplus", 132)]),
        (lambda lines: lines.insert(50, lines[50].replace(b'"seq":', b'"seq":9999')), [("surplus", 50)]),
    ],
)
def test_an_altered_copy(
    filled: Path, change: Callable[[list[bytes]], None], expected: list[tuple[str, int]]
) -> None:
    folder = copy(filled)
    rewrite(folder, change)
    report = commands.verify_copy(folder)
    rows = [(one.kind, one.index) for one in report.findings if one.index is not None]
    if expected == [("reordered", 50), ("reordered", 51)]:
        # Of two neighbours one stands before the other: which of the two moved is a matter of words.
        assert rows and rows[0][0] == "reordered" and rows[0][1] in (50, 51), report.lines("en")
    else:
        assert sorted(rows) == expected, report.lines("en")
    assert not any(one.kind in ("root", "cut") for one in report.findings), report.lines("en")


def test_a_copy_rewritten_with_its_leaves_breaks_the_signed_root(filled: Path) -> None:
    folder = copy(filled)
    rewrite(folder, lambda lines: lines.__setitem__(50, lines[50].replace(b'"count":', b'"count":1')))
    line = gzip.decompress((folder / "entries" / "000000.jsonl.gz").read_bytes()).splitlines()[50]
    leaves = bytearray((folder / "leaves.bin").read_bytes())
    leaves[50 * 32 : 51 * 32] = sha256(b"\0" + line).digest()
    (folder / "leaves.bin").write_bytes(leaves)
    report = commands.verify_copy(folder)
    assert report.first is not None and (report.first.kind, report.first.size) == ("root", 66)


@pytest.mark.parametrize(
    "name",
    ["leaves.bin", "heads.jsonl", "order.jsonl.gz", "keys.txt", "entries/000000.jsonl.gz", "manifest.json"],
)
@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_a_damaged_file_of_a_copy_never_passes(filled: Path, name: str, damage: str) -> None:
    folder = copy(filled)
    data = (folder / name).read_bytes()
    broken = {"cut": data[: len(data) // 2], "empty": b"", "noise": data[:20] + b"\xff\x00" * 20 + data[60:]}[
        damage
    ]
    (folder / name).write_bytes(broken)
    assert not commands.verify_copy(folder).ok


def test_every_byte_of_a_manifest_counts(filled: Path) -> None:
    folder = copy(filled)
    whole = (folder / "manifest.json").read_bytes()
    for place, byte in enumerate(whole.rstrip()):
        if chr(byte).isspace():
            continue
        (folder / "manifest.json").write_bytes(whole[:place] + bytes([byte ^ 1]) + whole[place + 1 :])
        assert not commands.verify_copy(folder).ok, place


def test_a_copy_is_checked_without_django_database_or_settings(filled: Path, tmp_path: Path) -> None:
    folder = copy(filled)
    (tmp_path / "head.txt").write_text(Head.objects.get(size=132).note, encoding="utf-8")
    position = Entry.objects.all()[0]
    (tmp_path / "receipt.json").write_text("\n".join(commands.receipt(position.stream, position.seq).lines()))
    public = str(filled / "keys" / "ledger.pub")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "TONGCHOU"))
        }
        code = (
            "import sys; sys.modules.update(dict.fromkeys(('django', 'sqlite3', 'psycopg'))); "
            "from tongchou.ledger.__main__ import main; sys.exit(main(sys.argv[1:]))"
        )
        command = [sys.executable, "-c", code, "--language", "en", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    sound = run("verify-export", str(folder), "--key", public, "--head", str(tmp_path / "head.txt"))
    assert sound.returncode == 0, sound.stderr
    assert "The ledger is sound." in sound.stdout
    assert run("verify-receipt", str(tmp_path / "receipt.json"), "--key", public).returncode == 0
    rewrite(folder, lambda lines: lines.pop(50))
    broken = run("--json", "verify-export", str(folder), "--key", public)
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["findings"][0]["index"] == 50
    assert run("verify-export", str(tmp_path)).returncode == 2
    assert run("verify-export", str(folder), "--key", str(tmp_path / "absent")).returncode == 2


def test_an_export_needs_a_new_folder_and_a_head(ledger: Path) -> None:
    with pytest.raises(HouseError) as empty:
        commands.export(ledger / "copy")
    assert empty.value.code == "ledger.empty"
    assert verify().ok
    journal.append("trial.looked", looked(5))
    with pytest.raises(HouseError) as occupied:
        commands.export(ledger)
    assert occupied.value.code == "ledger.export_occupied"

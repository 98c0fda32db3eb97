"""Whoever changes the ledger's tables, with every right on the database, is found, and the row is named."""

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
from django.db import connection

from tests.actions import ledger_case
from tests.actions.ledger_case import as_attacker, looked, write_some
from tongchou.ledger import commands, journal, queries
from tongchou.ledger.canonical import leaf_of
from tongchou.ledger.models import Entry, Head, Run, Stream, Tile
from tongchou.ledger.notes import Checkpoint, Signer
from tongchou.ledger.receipts import verify_receipt
from tongchou.ledger.sequencer import key_folder, sequence
from tongchou.ledger.tree import Frontier, verify_consistency
from tongchou.ledger.verification import verify
from tongchou.standards.errors import HouseError

ledger = ledger_case.ledger
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def filled(ledger: Path) -> Path:
    """Four heads over 120 accesses and twelve changes."""
    for _ in range(4):
        write_some(30)
        sequence()
    report = verify()
    assert report.ok and report.size == 132 and report.heads == 4, report.lines("en")
    return ledger


def entry_at(index: int) -> Entry:
    run = Run.objects.filter(first_index__lte=index).order_by("-first_index")[0]
    return Entry.objects.get(stream=run.stream, seq=run.first_seq + index - run.first_index)


def the_only(kind: str, *, index: int | None = None) -> None:
    report = verify()
    assert [finding.kind for finding in report.findings] == [kind], report.lines("en")
    first = report.first
    assert first is not None and (index is None or first.index == index)
    for language in ("zh", "en"):
        assert report.lines(language)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", b'{"count":99}'),
        ("at", "2020-01-01T00:00:00.000000Z"),
        ("at", "yesterday"),
        ("kind", "trial.changed"),
        ("kind", 'trial.looked","x":"'),
        ("body", b""),
        ("leaf", bytes(32)),
    ],
)
def test_an_altered_column_is_named(filled: Path, column: str, value: object) -> None:
    victim = entry_at(50)
    as_attacker(f"UPDATE ledger_entry SET {column} = %s WHERE id = %s", value, victim.pk)
    report = verify()
    first = report.first
    assert first is not None
    assert (first.kind, first.stream, first.seq, first.index) == ("altered", victim.stream, victim.seq, 50)
    assert not any(one.kind == "root" for one in report.findings)


def test_an_entry_rewritten_with_its_leaf_is_named(filled: Path) -> None:
    victim, body = entry_at(50), b'{"count":99}'
    leaf = leaf_of(victim.stream, victim.seq, victim.at, victim.kind, body)
    as_attacker(
        "UPDATE ledger_entry SET body = %s, leaf = %s, subject_id = '' WHERE id = %s", body, leaf, victim.pk
    )
    the_only("altered", index=50)


def test_an_entry_rewritten_with_leaf_and_tile_breaks_the_signed_root(filled: Path) -> None:
    victim, body = entry_at(50), b'{"count":99}'
    leaf = leaf_of(victim.stream, victim.seq, victim.at, victim.kind, body)
    tile = bytearray(Tile.objects.get(level=0, number=0).hashes)
    tile[50 * 32 : 51 * 32] = leaf
    as_attacker("UPDATE ledger_tile SET hashes = %s WHERE level = 0", bytes(tile))
    as_attacker(
        "UPDATE ledger_entry SET body = %s, leaf = %s, subject_id = '' WHERE id = %s", body, leaf, victim.pk
    )
    report = verify()
    assert report.first is not None
    # The second head covers the leaves 33 to 65, the first still holds.
    assert (report.first.kind, report.first.size) == ("root", 66)
    journal.append("trial.looked", looked(1))
    with pytest.raises(HouseError) as refused:
        sequence()
    assert refused.value.code == "ledger.damaged"


def test_a_removed_row_is_named(filled: Path) -> None:
    victim = entry_at(50)
    as_attacker("DELETE FROM ledger_entry WHERE id = %s", victim.pk)
    report = verify()
    assert [(one.kind, one.stream, one.seq, one.index) for one in report.findings] == [
        ("missing", victim.stream, victim.seq, 50)
    ]


def test_swapped_rows_are_named(filled: Path) -> None:
    one, other = entry_at(40), entry_at(41)
    assert one.stream == other.stream
    as_attacker("UPDATE ledger_entry SET seq = 1000 WHERE id = %s", one.pk)
    as_attacker("UPDATE ledger_entry SET seq = %s WHERE id = %s", one.seq, other.pk)
    as_attacker("UPDATE ledger_entry SET seq = %s WHERE id = %s", other.seq, one.pk)
    report = verify()
    assert [(found.kind, found.index) for found in report.findings] == [("altered", 40), ("altered", 41)]


def test_a_changed_order_is_named(filled: Path) -> None:
    runs = list(Run.objects.order_by("first_index"))
    first, second = runs[0], runs[1]
    as_attacker("UPDATE ledger_run SET first_index = 10000 WHERE id = %s", first.pk)
    as_attacker("UPDATE ledger_run SET first_index = 0 WHERE id = %s", second.pk)
    as_attacker("UPDATE ledger_run SET first_index = %s WHERE id = %s", second.length, first.pk)
    report = verify()
    assert report.first is not None
    assert (report.first.kind, report.first.index) == ("reordered", 0)
    assert {one.kind for one in report.findings} == {"reordered"}


def test_a_run_that_lies_about_its_length_ends_the_walk(filled: Path) -> None:
    as_attacker("UPDATE ledger_run SET length = 4611686018427387904 WHERE first_index = 0")
    report = verify()
    assert [one.kind for one in report.findings] == ["order"]


def test_rows_added_behind_the_writers_back(filled: Path) -> None:
    at, body = "2026-01-01T00:00:00.000000Z", b"{}"
    columns = (
        "INSERT INTO ledger_entry (stream, seq, at, kind, body, leaf, subject_id) "
        "VALUES (%s, %s, %s, %s, %s, %s, '')"
    )
    stranger = "f" * 24
    as_attacker(
        columns, stranger, 1, at, "trial.changed", body, leaf_of(stranger, 1, at, "trial.changed", body)
    )
    report = verify()
    assert [(one.kind, one.stream, one.seq) for one in report.findings] == [("surplus", stranger, 1)]
    assert sequence().added == 0
    known = entry_at(50).stream
    last = Entry.objects.filter(stream=known).order_by("-seq")[0].seq
    as_attacker(
        columns,
        known,
        last + 2,
        at,
        "trial.changed",
        body,
        leaf_of(known, last + 2, at, "trial.changed", body),
    )
    assert ("missing", known, last + 1) in [(one.kind, one.stream, one.seq) for one in verify().findings]
    as_attacker(columns, known, last + 1, at, "trial.changed", body, bytes(32))
    assert ("altered", known, last + 1) in [(one.kind, one.stream, one.seq) for one in verify().findings]
    # Neither is sequenced: the sequencer hashes bodies, and waits at what does not fit.
    assert sequence().added == 0


def test_the_searchable_subject_must_be_the_bodys(filled: Path) -> None:
    victim = Entry.objects.filter(subject_id="S3")[0]
    as_attacker("UPDATE ledger_entry SET subject_id = '' WHERE id = %s", victim.pk)
    the_only("subject")
    as_attacker("UPDATE ledger_entry SET subject_id = 'S' WHERE id = %s", victim.pk)
    the_only("subject")


def cut_tail(size: int) -> None:
    for run in Run.objects.filter(first_index__gte=size):
        as_attacker("DELETE FROM ledger_entry WHERE stream = %s AND seq >= %s", run.stream, run.first_seq)
    as_attacker("DELETE FROM ledger_run WHERE first_index >= %s", size)
    tile = bytes(Tile.objects.get(level=0, number=0).hashes)[: 32 * size]
    as_attacker("UPDATE ledger_tile SET hashes = %s WHERE level = 0", tile)
    for name in Stream.objects.values_list("name", flat=True):
        left = Entry.objects.filter(stream=name).count()
        as_attacker("UPDATE ledger_stream SET sequenced = %s WHERE name = %s", left, name)


def test_a_tail_cut_below_a_signed_head(filled: Path) -> None:
    cut_tail(99)
    the_only("cut")


def test_a_tail_cut_with_its_heads_is_found_with_a_head_kept_elsewhere(filled: Path, tmp_path: Path) -> None:
    kept = tmp_path / "head.txt"
    kept.write_text("\n".join(commands.head().lines()) + "\n", encoding="utf-8")
    assert commands.verify(heads=[kept]).ok
    cut_tail(99)
    as_attacker("DELETE FROM ledger_head WHERE size > 99")
    assert verify().ok  # which is why the report says so, and why heads are handed out
    assert verify().notes
    report = commands.verify(heads=[kept])
    assert [(one.kind, one.size) for one in report.findings] == [("cut", 132)]


def test_a_history_rewritten_from_a_point_is_found_with_a_head_kept_elsewhere(
    filled: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "head.txt"
    kept.write_text(Head.objects.get(size=132).note, encoding="utf-8")
    cut_tail(99)
    as_attacker("DELETE FROM ledger_head WHERE size > 99")
    journal.close()
    write_some(30)
    sequence()
    write_some(2)
    sequence()
    assert verify().ok
    report = commands.verify(heads=[kept])
    assert report.first is not None and (report.first.kind, report.first.size) == ("root", 132)


def test_a_removed_head_is_found(filled: Path) -> None:
    as_attacker("DELETE FROM ledger_head WHERE size = 66")
    the_only("head")
    as_attacker("DELETE FROM ledger_head WHERE size = 132")
    assert [one.kind for one in verify().findings] == ["head", "head"] or not verify().ok


def test_forged_heads(filled: Path) -> None:
    frontier, forger = Frontier(), Signer.generate(key_folder().trusted()[0].name)
    for index in range(132):
        frontier.add(leaf_of("a" * 24, index + 1, "2026-01-01T00:00:00.000000Z", "trial.changed", b"{}"))
    note = forger.sign(Checkpoint(forger.verifier.name, 132, frontier.root()).text())
    as_attacker("UPDATE ledger_head SET note = %s, root = %s WHERE size = 132", note, frontier.root())
    assert {one.kind for one in verify().findings} == {"signature", "root"}


def test_the_columns_beside_a_note_cannot_lie(filled: Path) -> None:
    as_attacker("UPDATE ledger_head SET root = %s WHERE size = 66", bytes(32))
    the_only("head")


def test_a_damaged_tile_is_told_from_damaged_entries(filled: Path) -> None:
    tile = bytearray(Tile.objects.get(level=0, number=0).hashes)
    tile[50 * 32] ^= 1
    as_attacker("UPDATE ledger_tile SET hashes = %s WHERE level = 0", bytes(tile))
    the_only("tree", index=50)


def test_a_damaged_upper_tile(filled: Path) -> None:
    write_some(200)
    sequence()
    as_attacker("UPDATE ledger_tile SET hashes = %s WHERE level = 1", bytes(32))
    the_only("tree", index=0)


def test_receipts_and_consistency_from_the_stored_tree(filled: Path) -> None:
    public = key_folder().public.read_text()
    position = journal.append("trial.looked", looked(5))
    waiting = pytest.raises(HouseError)
    with waiting:
        queries.receipt(position.stream, position.seq, sequence_now=False)
    assert waiting.excinfo is not None and waiting.excinfo.value.code == "ledger.entry_waiting"
    receipt = queries.receipt(position.stream, position.seq)
    assert receipt.leaf == position.leaf
    assert verify_receipt(json.dumps(receipt.as_json()), public).size == 133
    roots = {head.size: bytes(head.root) for head in Head.objects.all()}
    for old in roots:
        for new in roots:
            if old <= new:
                assert verify_consistency(old, new, roots[old], roots[new], queries.consistency(old, new))
    for index in (0, 32, 66, 131):
        entry = entry_at(index)
        assert verify_receipt(queries.receipt(entry.stream, entry.seq), public).size == 133
    with pytest.raises(HouseError) as unknown:
        queries.receipt("0" * 24, 1)
    assert unknown.value.code == "ledger.entry_unknown"
    with pytest.raises(HouseError):
        queries.consistency(5, 999)


def test_the_key(filled: Path) -> None:
    private = filled / "keys" / "ledger.ed25519"
    assert private.stat().st_mode & 0o777 == 0o600
    journal.append("trial.looked", looked(5))
    private.chmod(0o644)
    with pytest.raises(HouseError) as exposed:
        sequence()
    assert exposed.value.code == "ledger.key_exposed"
    private.chmod(0o600)
    secret = private.read_text()
    private.write_text("PRIVATE+KEY+x")
    with pytest.raises(HouseError) as damaged:
        sequence()
    assert damaged.value.code == "ledger.key_damaged"
    private.unlink()
    with pytest.raises(HouseError) as missing:
        sequence()
    assert missing.value.code == "ledger.key_missing"
    private.write_text(secret)
    private.chmod(0o600)
    assert sequence().added == 1
    commands.rotate_key()
    assert sequence().added == 1
    assert len(key_folder().trusted()) == 2
    assert private.read_text() != secret
    assert verify().ok
    only_new = verify(keys=key_folder().trusted()[1:])
    assert {one.kind for one in only_new.findings} == {"signature"}


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


def test_idle_streams_are_retired_and_still_verified(filled: Path) -> None:
    as_attacker("UPDATE ledger_stream SET sequenced_at = '2020-01-01 00:00:00+00:00'")
    sequence()
    assert not Stream.objects.filter(retired=False).exists()
    position = journal.append("trial.looked", looked(5))
    assert sequence().added == 0
    assert verify().waiting == 1
    assert queries.receipt(position.stream, position.seq).index == 132
    assert Stream.objects.filter(retired=False).count() == 1


def test_text_where_bytes_should_be(filled: Path) -> None:
    """SQLite stores what it is given, whatever the column's type."""
    if connection.vendor != "sqlite":
        return
    victim = entry_at(50)
    as_attacker("UPDATE ledger_entry SET body = 'text', leaf = 'text' WHERE id = %s", victim.pk)
    as_attacker("UPDATE ledger_head SET root = 'text' WHERE size = 66")
    report = verify()
    assert report.first is not None and (report.first.kind, report.first.index) == ("altered", 50)
    assert {one.kind for one in report.findings} == {"altered", "head"}


def test_bytes_where_text_should_be(filled: Path) -> None:
    """SQLite stores bytes that are no text in a text column, and its driver refuses to read them."""
    if connection.vendor != "sqlite":
        return
    victim = entry_at(50)
    as_attacker("UPDATE ledger_entry SET kind = CAST(x'ff' AS TEXT) WHERE id = %s", victim.pk)
    the_only("altered", index=50)
    as_attacker("UPDATE ledger_entry SET kind = 7, at = x'00', subject_id = x'ff' WHERE id = %s", victim.pk)
    the_only("altered", index=50)

"""Heads, their keys, and the end of the ledger cut off: found, also when the heads are removed with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.actions import ledger_case
from tests.actions.ledger_case import (
    as_attacker,
    cut_tail,
    cut_with_heads,
    entry_at,
    looked,
    the_only,
    write_some,
)
from tongchou.ledger import commands, journal, queries
from tongchou.ledger.canonical import leaf_of
from tongchou.ledger.models import Head
from tongchou.ledger.notes import Checkpoint, Signer, parse_keys
from tongchou.ledger.receipts import verify_receipt
from tongchou.ledger.sequencer import key_folder, sequence
from tongchou.ledger.tree import Frontier, verify_consistency
from tongchou.ledger.verification import verify
from tongchou.standards.errors import HouseError

ledger, filled = ledger_case.ledger, ledger_case.filled


def test_a_tail_cut_below_a_signed_head(filled: Path) -> None:
    cut_tail(99)
    the_only("cut")


def test_a_tail_cut_with_its_heads_is_found_by_the_head_in_the_key_folder(filled: Path) -> None:
    cut_with_heads(99)
    the_only("cut", index=99)
    first = verify().first
    assert first is not None and first.size == 132
    journal.append("trial.looked", looked(1))
    with pytest.raises(HouseError) as refused:
        sequence()
    assert refused.value.code == "ledger.cut"
    # Also from nothing at all.
    cut_with_heads(0)
    assert [one.kind for one in verify().findings] == ["cut"]


def test_a_restored_backup_goes_on_only_when_the_loss_is_accepted_and_recorded(filled: Path) -> None:
    cut_with_heads(99)
    journal.close()
    assert commands.accept_loss().data == {"size_before": 132, "size": 99}
    assert sequence().size == 100
    assert verify().ok
    assert queries.entries(kind="ledger.loss_accepted").count() == 1


def kept(way: str, folder: Path) -> Path:
    """A head kept outside: its text, or an exported copy."""
    if way == "copy":
        commands.export(folder / "copy")
        return folder / "copy"
    (folder / "head.txt").write_text("\n".join(commands.head().lines()) + "\n", encoding="utf-8")
    return folder / "head.txt"


@pytest.mark.parametrize("way", ["text", "copy"])
def test_a_tail_cut_with_its_heads_and_the_kept_head_is_found_with_one_kept_elsewhere(
    filled: Path, tmp_path: Path, way: str
) -> None:
    outside = kept(way, tmp_path)
    assert commands.verify(heads=[outside]).ok
    cut_with_heads(99, key_folder_too=True)
    assert verify().ok  # which is why the report says so, and why heads are handed out
    assert verify().notes
    report = commands.verify(heads=[outside])
    assert [(one.kind, one.index, one.size) for one in report.findings] == [("cut", 99, 132)]


@pytest.mark.parametrize("way", ["text", "copy"])
def test_a_history_rewritten_from_a_point_is_found_with_a_head_kept_elsewhere(
    filled: Path, tmp_path: Path, way: str
) -> None:
    outside = kept(way, tmp_path)
    cut_with_heads(99, key_folder_too=True)
    journal.close()
    write_some(30)
    sequence()
    write_some(2)
    sequence()
    assert verify().ok
    report = commands.verify(heads=[outside])
    assert report.first is not None and (report.first.kind, report.first.size) == ("root", 132)


@pytest.mark.parametrize("damage", ["", "noise", "tongchou/x\n5\nAAAA\n\n"])
def test_a_damaged_last_head_file_is_told_and_nothing_is_signed(filled: Path, damage: str) -> None:
    key_folder().head.write_text(damage)
    the_only("file")
    journal.append("trial.looked", looked(1))
    with pytest.raises(HouseError) as refused:
        sequence()
    assert refused.value.code == "ledger.last_head_damaged"


def test_a_head_signed_again_with_another_key(filled: Path) -> None:
    """The right tree under a stranger's signature, also when the stranger's key was put among the ledger's own."""
    outside = key_folder().public.read_text()
    for other in (Signer.generate(), Signer.generate(key_folder().trusted()[0].name)):
        head = Head.objects.get(size=66)
        note = other.sign(Checkpoint(other.verifier.name, 66, bytes(head.root)).text())
        as_attacker("UPDATE ledger_head SET note = %s WHERE size = 66", note)
        the_only("signature")
    key_folder().public.write_text(f"{outside}{other.verifier}\n")
    assert verify().ok
    assert [one.kind for one in verify(keys=parse_keys(outside)).findings] == ["signature"]


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

"""Witnesses: they sign what only grew, refuse and alarm at what did not, and verification counts them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests.actions import ledger_case
from tests.actions.ledger_case import as_attacker, cut_with_heads, looked, write_some
from tongchou.ledger import commands, journal, queries, witnesses
from tongchou.ledger.models import Cosignature, Entry, SplitView, Witness
from tongchou.ledger.notes import Signer, VerifierKey, open_checkpoint, split_note
from tongchou.ledger.sequencer import key_folder, sequence
from tongchou.ledger.signatures import COSIGNATURE
from tongchou.ledger.verification import verify
from tongchou.ledger.watching import WitnessFolder, witness
from tongchou.ledger.witnessing import Demand, consider, cosignatures
from tongchou.ledger.witnessing import SplitView as Split
from tongchou.standards.errors import HouseError

ledger, filled = ledger_case.ledger, ledger_case.filled


def fetch(path: str, body: bytes | None) -> str:
    """The ledger's own answers, without HTTP between (which `tests/journeys` has)."""
    import base64

    if body is not None:
        return str(witnesses.receive(body.decode()))
    if path == "checkpoint":
        head = queries.head()
        assert head is not None
        return head.note
    _, old, new = path.split("/")
    return "".join(f"{base64.b64encode(step).decode()}\n" for step in queries.consistency(int(old), int(new)))


def add(name: str, folder: Path) -> tuple[WitnessFolder, VerifierKey]:
    """A witness whose key this ledger knows."""
    state = WitnessFolder(folder / name)
    key = state.signer(f"{name}.example/witness").verifier
    Witness.objects.create(name=key.name, key=str(key), added_by="auditor", added_at=timezone.now())
    return state, key


@pytest.fixture
def pair(filled: Path, tmp_path: Path) -> list[tuple[WitnessFolder, VerifierKey]]:
    """Two witnesses that signed the head of 132 entries."""
    found = [add(name, tmp_path) for name in ("audit", "city")]
    for state, _ in found:
        assert witness(fetch, state, key=key_folder().public).before is None
    return found


def demand(pair: list[tuple[WitnessFolder, VerifierKey]], quorum: int, **more: float) -> Demand:
    return Demand(tuple(key for _, key in pair), quorum, **more)


def test_a_witness_signs_what_grew_and_the_signature_stands_by_the_head(
    pair: list[tuple[WitnessFolder, VerifierKey]],
) -> None:
    write_some(10)
    sequence()
    done = witness(fetch, pair[0][0])
    assert (done.before, done.size, done.kept) == (132, 143, "1")
    head = queries.head()
    assert head is not None
    held, wrong = cosignatures(head.note, [key for _, key in pair])
    assert [one.key for one in held] == [pair[0][1]] and not wrong
    assert abs(held[0].moment - timezone.now().timestamp()) < 60
    # Signing the same head again changes nothing.
    assert witness(fetch, pair[0][0]).kept == "0"
    assert len(split_note(pair[0][0].last.read_text())[1]) == 2
    report = verify(demand=demand(pair, 1))
    assert report.ok and report.witnessed == 143
    assert verify(demand=demand(pair, 2)).witnessed == 132


def test_enough_witnesses_are_demanded_when_set(
    pair: list[tuple[WitnessFolder, VerifierKey]], settings: object
) -> None:
    now = timezone.now().timestamp()
    assert verify(demand=demand(pair, 2)).ok
    assert [one.kind for one in verify(demand=demand(pair, 3)).findings] == ["witness"]
    write_some(5)
    sequence()
    assert verify(demand=demand(pair, 2, newest_within_s=3600.0, now=now)).ok
    late = verify(demand=demand(pair, 2, newest_within_s=3600.0, now=now + 7200))
    assert [one.kind for one in late.findings] == ["witness"]
    settings.TONGCHOU_LEDGER_WITNESSES = 2  # type: ignore[attr-defined]
    assert verify().ok
    Witness.objects.filter(name="city.example/witness").update(withdrawn_at=timezone.now())
    assert not verify().ok


def test_removed_and_altered_cosignatures_are_found(pair: list[tuple[WitnessFolder, VerifierKey]]) -> None:
    one = Cosignature.objects.get(witness="audit.example/witness")
    flipped = one.line[:-6] + ("A" if one.line[-6] != "A" else "B") + one.line[-5:]
    as_attacker("UPDATE ledger_cosignature SET line = %s WHERE id = %s", flipped, one.pk)
    report = verify(demand=demand(pair, 1))
    assert [found.kind for found in report.findings] == ["witness"]
    as_attacker("DELETE FROM ledger_cosignature")
    assert [found.kind for found in verify(demand=demand(pair, 1)).findings] == ["witness"]


def test_the_database_refuses_to_change_what_witnesses_sent(
    pair: list[tuple[WitnessFolder, VerifierKey]],
) -> None:
    for verb in ("UPDATE ledger_cosignature SET size = 1", "DELETE FROM ledger_cosignature"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(verb)


def test_a_cut_ledger_is_refused_alarmed_and_shown_to_its_own_auditor(
    pair: list[tuple[WitnessFolder, VerifierKey]],
) -> None:
    """Rows, order, tiles, heads, cosignatures and the kept head removed together."""
    state = pair[0][0]
    cut_with_heads(99, key_folder_too=True)
    as_attacker("DELETE FROM ledger_cosignature WHERE size > 99")
    assert verify().ok
    before = state.last.read_text()
    with pytest.raises(Split) as refused:
        witness(fetch, state)
    assert refused.value.code == "ledger.split_view"
    assert (refused.value.seen.size, refused.value.shown.size) == (132, 99)
    assert state.last.read_text() == before
    (evidence,) = (state.folder / "alarms").iterdir()
    assert "\n132\n" in evidence.read_text() and "\n99\n" in evidence.read_text()
    # The node has been shown the head it signed and forgot: it is on record, and verification says so.
    assert SplitView.objects.get().size == 132
    assert Entry.objects.filter(kind="ledger.split_view").count() == 1
    report = verify()
    assert [(one.kind, one.size) for one in report.findings] == [("split", 132)]
    with pytest.raises(Split):
        witness(fetch, state)
    assert SplitView.objects.count() == 1
    # And the witness's own file reveals it to whoever verifies with it.
    assert "cut" in {one.kind for one in commands.verify(heads=[state.last]).findings}


def test_a_rewritten_ledger_of_greater_size_is_refused(pair: list[tuple[WitnessFolder, VerifierKey]]) -> None:
    state = pair[0][0]
    cut_with_heads(99, key_folder_too=True)
    as_attacker("DELETE FROM ledger_cosignature WHERE size > 99")
    journal.close()
    write_some(50)
    sequence()
    assert verify().ok
    with pytest.raises(Split):
        witness(fetch, state)
    report = commands.verify(heads=[state.last])
    assert ("root", 132) in {(one.kind, one.size) for one in report.findings}


def test_two_versions_shown_to_two_witnesses_are_found_when_they_compare(
    pair: list[tuple[WitnessFolder, VerifierKey]], filled: Path, tmp_path: Path
) -> None:
    """A split view: each witness sees a ledger that grew, but they are not the same one."""
    (first, _), (second, _) = pair
    write_some(4)
    sequence()
    witness(fetch, first)
    seen = first.last.read_text()
    cut_with_heads(132, key_folder_too=True)
    as_attacker("DELETE FROM ledger_cosignature WHERE size > 132")
    journal.close()
    write_some(3)
    journal.record("trial.changed", {"count": 1})
    sequence()
    witness(fetch, second)
    keys = key_folder().trusted()
    heads = [open_checkpoint(note, keys) for note in (seen, second.last.read_text())]
    assert heads[0].size >= 132 < heads[1].size and heads[0].root != heads[1].root
    # Whoever brings the one's head to the other's ledger is the proof.
    with pytest.raises(HouseError) as alarmed:
        witnesses.receive(seen)
    assert alarmed.value.code == "ledger.split_view"
    assert "split" in {one.kind for one in verify().findings}


def test_heads_removed_under_a_cosignature_leave_it_behind(
    pair: list[tuple[WitnessFolder, VerifierKey]],
) -> None:
    cut_with_heads(99, key_folder_too=True)
    assert [(one.kind, one.size) for one in verify().findings] == [("cut", 132)]


def test_what_is_not_a_known_witness_signature_is_not_taken(
    pair: list[tuple[WitnessFolder, VerifierKey]],
) -> None:
    head = queries.head()
    assert head is not None
    text, lines = split_note(head.note)
    bare = f"{text}\n{lines[0].line}"
    stranger = Signer.generate("stranger.example/w", COSIGNATURE)
    known = pair[0][0].signer("")
    now = int(timezone.now().timestamp())
    for note in (
        "", "nonsense", bare, "x" * 20_000, bare + stranger.line(text, moment=now),
        bare + known.line(text, moment=now + 3600), bare + known.line(text + "more\n", moment=now),
        f"{text}\n{known.line(text, moment=now)}",
        bare.replace("\n132\n", "\n133\n") + known.line(text, moment=now),
    ):  # fmt: skip
        with pytest.raises(HouseError) as refused:
            witnesses.receive(note)
        assert refused.value.code == "ledger.cosignature_refused"
    assert Cosignature.objects.count() == 2 and not SplitView.objects.exists()


def test_a_witness_does_not_sign_for_another_log_or_a_wrong_proof(
    pair: list[tuple[WitnessFolder, VerifierKey]],
) -> None:
    head, keys = queries.head(), key_folder().trusted()
    assert head is not None
    signer = pair[0][0].signer("")
    other = Signer.generate("other")
    foreign = other.sign(f"other\n200\n{'A' * 43}=\n")
    with pytest.raises(HouseError) as unsigned:
        consider(foreign, seen=None, proof=[], log_keys=keys, signer=signer, now=5)
    assert unsigned.value.code == "ledger.head_unsigned"
    with pytest.raises(HouseError) as another:
        consider(foreign, seen=head.note, proof=[], log_keys=[*keys, other.verifier], signer=signer, now=5)
    assert another.value.code == "ledger.another_log"
    smaller = queries.head_at(66)
    assert smaller is not None
    proof = queries.consistency(66, 132)
    assert consider(head.note, seen=smaller.note, proof=proof, log_keys=keys, signer=signer, now=5)
    for wrong in ([], proof[:-1], proof[::-1], [*proof, bytes(32)], [b""]):
        with pytest.raises(Split):
            consider(head.note, seen=smaller.note, proof=wrong, log_keys=keys, signer=signer, now=5)


def test_a_copy_takes_the_witnesses_along(
    pair: list[tuple[WitnessFolder, VerifierKey]], tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    commands.export(folder)
    (tmp_path / "witnesses.txt").write_text("".join(state.public.read_text() for state, _ in pair))
    report = commands.verify_copy(
        folder, key=key_folder().public, witnesses=tmp_path / "witnesses.txt", quorum=2
    )
    assert report.ok and report.witnessed == 132 and report.witnesses == 2
    assert not commands.verify_copy(folder, quorum=3).ok
    position = Entry.objects.all()[0]
    (tmp_path / "receipt.json").write_text("\n".join(commands.receipt(position.stream, position.seq).lines()))
    (tmp_path / "growth.json").write_text("\n".join(commands.consistency(66, 132).lines()))
    for check in (commands.check_receipt, commands.check_consistency):
        file = tmp_path / ("receipt.json" if check is commands.check_receipt else "growth.json")
        told = check(file, key=key_folder().public, witnesses=tmp_path / "witnesses.txt", quorum=2)
        assert len(told.data["witnesses"]) == 2
        with pytest.raises(HouseError) as few:
            check(file, key=key_folder().public, witnesses=pair[0][0].public, quorum=2)
        assert few.value.code == "ledger.too_few_witnesses"
    wrong = (tmp_path / "growth.json").read_text()
    for old, new in (
        (r"\n66\n", r"\n65\n"),
        ('"proof": [', '"proof": ["' + "A" * 43 + '=",'),
        ('"old"', '"odl"'),
    ):
        (tmp_path / "growth.json").write_text(wrong.replace(old, new))
        with pytest.raises(HouseError):
            commands.check_consistency(tmp_path / "growth.json", key=key_folder().public)


def test_a_witness_whose_key_is_lost_or_open_says_so(filled: Path, tmp_path: Path) -> None:
    state = WitnessFolder(tmp_path / "w")
    for name in ("", "with blank", "with+plus"):
        with pytest.raises(HouseError) as nameless:
            state.signer(name)
        assert nameless.value.code == "ledger.witness_name"
    state.signer("good.example/w")
    assert state.private.stat().st_mode & 0o777 == 0o600
    with pytest.raises(HouseError) as keyless:
        witness(fetch, state)
    assert keyless.value.code == "ledger.key_unreadable"
    state.private.write_text("PRIVATE+KEY+x")
    with pytest.raises(HouseError) as damaged:
        state.signer("good.example/w")
    assert damaged.value.code == "ledger.key_damaged"
    shutil.rmtree(state.folder)
    journal.append("trial.looked", looked(1))

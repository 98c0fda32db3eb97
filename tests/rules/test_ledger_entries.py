"""The bytes that are hashed, the vocabulary's guard, notes and receipts: what needs no database."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.ledger.canonical import canonical, envelope, instant, leaf_of, split
from tongchou.ledger.errors import UnknownEvent
from tongchou.ledger.events import EVENTS, Event, checked_body, declare
from tongchou.ledger.notes import BadNote, Checkpoint, Signer, VerifierKey, open_checkpoint, open_note
from tongchou.ledger.receipts import Receipt, verify_receipt
from tongchou.ledger.tree import GrowingTiles, inclusion_proof, root_at
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

declare(Event("trial.pure", Text("试验", "Trial"), ("subject_id", "fields", "count", "done")))

plain = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
bodies = st.dictionaries(st.text(), plain | st.lists(plain), max_size=5)
STREAM, AT = "0123456789abcdef01234567", "2026-11-22T00:18:30.000001Z"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"名": '王\n"', "é": "\x7f"}, '{"é":"\x7f","名":"王\\n\\""}'),
        ({}, "{}"),
        ((1, 2), "[1,2]"),
    ],
)
def test_canonical(value: object, text: str) -> None:
    assert canonical(value) == text.encode()


@pytest.mark.parametrize(
    "value", [1.0, {"a": 0.5}, 2**53, {1: 2}, {"a": b""}, {"a": "\ud800"}, [datetime.now(UTC)], {"a": {1}}]
)
def test_what_has_no_single_spelling_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)


@given(body=bodies)
def test_canonical_json_is_json_and_stable(body: dict[str, object]) -> None:
    try:
        data = canonical(body)
    except ValueError:
        return
    assert canonical(json.loads(data)) == data


@given(body=bodies, seq=st.integers(1, 2**53 - 1))
def test_an_envelope_is_canonical_and_splits_into_what_it_was_made_of(
    body: dict[str, object], seq: int
) -> None:
    try:
        data = canonical(body)
    except ValueError:
        return
    line = envelope(STREAM, seq, AT, "trial.pure", data)
    assert split(line) == (STREAM, seq, AT, "trial.pure", data)
    assert canonical(json.loads(line)) == line


def test_a_body_that_imitates_the_envelope_is_not_split_elsewhere() -> None:
    body = canonical({"a": {"kind": "x.y", "seq": 9, "stream": STREAM}})
    assert split(envelope(STREAM, 1, AT, "trial.pure", body)) == (STREAM, 1, AT, "trial.pure", body)
    for broken in (b"", b"{}", b'{"at":"x","body":{},"kind":"a.b","seq":1,"stream":"s"}'):
        assert split(broken) is None


def test_leaf_depends_on_every_part() -> None:
    parts = (STREAM, 1, AT, "trial.pure", b"{}")
    others = [
        ("1" + STREAM[1:], 1, AT, "trial.pure", b"{}"),
        (STREAM, 2, AT, "trial.pure", b"{}"),
        (STREAM, 1, AT.replace("30", "31"), "trial.pure", b"{}"),
        (STREAM, 1, AT, "trial.other", b"{}"),
        (STREAM, 1, AT, "trial.pure", b'{"a":1}'),
    ]
    assert len({leaf_of(*parts), *(leaf_of(*other) for other in others)}) == 6


def test_instants_are_utc_with_microseconds() -> None:
    assert instant(datetime(2026, 11, 22, 0, 18, 30, tzinfo=UTC)) == "2026-11-22T00:18:30.000000Z"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("trial.unheard_of", {}),
        ("trial.pure", {"name": "x"}),
        ("trial.pure", {"count": 1.5}),
        ("trial.pure", {"fields": {"a": 1}}),
        ("trial.pure", {"fields": ["440605199001011233", "11010519491231002X"]}),
        ("trial.pure", {"subject_id": "号码 11010519491231002X 在此"}),
        ("trial.pure", {"subject_id": "x" * 60_001}),
        ("trial.pure", {"subject_id": "\udcff"}),
        ("trial.pure", {"count": 2**60}),
    ],
)
def test_the_vocabulary_refuses(kind: str, body: dict[str, object]) -> None:
    with pytest.raises(UnknownEvent) as refused:
        checked_body(kind, body)
    assert "11010519491231002X" not in str(refused.value)


def test_the_vocabulary_admits_declared_keys_and_who_acted() -> None:
    body = {
        "user": "clerk",
        "organisation": "hall",
        "role": "clerk",
        "fields": ["name"],
        "done": True,
        "count": None,
    }
    assert json.loads(checked_body("trial.pure", body)) == body
    # Eighteen digits that are no identity number may be a case reference.
    assert checked_body("trial.pure", {"subject_id": "110105194912310021"})


def test_one_code_one_meaning() -> None:
    declare(EVENTS["trial.pure"])
    with pytest.raises(UnknownEvent, match="twice"):
        declare(Event("trial.pure", Text("别的", "Other")))
    with pytest.raises(UnknownEvent, match="lower case"):
        Event("NotACode", Text("", ""))


def test_a_note_of_the_go_implementation() -> None:
    # From the documentation of golang.org/x/mod/sumdb/note.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "\N{EM DASH} PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    text, signed_by = open_note(note, [key])
    assert signed_by == [key] and text.endswith("problem is.\n")
    with pytest.raises(BadNote, match="wrong"):
        open_note(note.replace("answer", "remedy"), [key])


def test_keys_are_written_and_read() -> None:
    signer = Signer.generate()
    assert VerifierKey.parse(str(signer.verifier)) == signer.verifier
    assert Signer.parse(signer.encoded()).verifier == signer.verifier
    for damaged in ("", "a+b", str(signer.verifier)[:-4], "x" + str(signer.verifier), signer.encoded()):
        with pytest.raises(BadNote):
            VerifierKey.parse(damaged)
    with pytest.raises(BadNote) as bad:
        Signer.parse(signer.encoded()[:-3])
    assert signer.encoded()[-20:-3] not in str(bad.value)


def test_a_head_counts_only_with_the_logs_own_signature() -> None:
    signer, stranger = Signer.generate("log"), Signer.generate("log")
    note = signer.sign(Checkpoint("log", 3, bytes(32)).text())
    assert open_checkpoint(note, [signer.verifier]).size == 3
    foreign_origin = signer.sign(Checkpoint("another", 3, bytes(32)).text())
    for wrong, keys in [
        (note, [stranger.verifier]),
        (note, []),
        (note.replace("\n3\n", "\n4\n"), [signer.verifier]),
        (foreign_origin, [signer.verifier]),
        (note[:-1], [signer.verifier]),
        ("log\n3\n", [signer.verifier]),
        (signer.sign("log\n03\n" + "A" * 43 + "=\n"), [signer.verifier]),
        (signer.sign("log\n3\nAAAA\n"), [signer.verifier]),
    ]:
        with pytest.raises(BadNote):
            open_checkpoint(wrong, keys)


@pytest.fixture
def paper() -> tuple[dict[str, object], str]:
    signer = Signer.generate()
    tiles = GrowingTiles(0, lambda level, number: b"")
    for seq in range(1, 12):
        tiles.add(leaf_of(STREAM, seq, AT, "trial.pure", b'{"count":%d}' % seq))
    note = signer.sign(Checkpoint(signer.verifier.name, 11, root_at(11, tiles)).text())
    path = tuple(inclusion_proof(6, 11, tiles))
    document = Receipt(STREAM, 7, AT, "trial.pure", b'{"count":7}', 6, path, note).as_json()
    return document, str(signer.verifier)


def test_a_receipt_is_checked_with_the_public_key_alone(paper: tuple[dict[str, object], str]) -> None:
    document, key = paper
    assert verify_receipt(json.dumps(document), key).size == 11
    assert (
        verify_receipt(json.dumps(document, indent=3, ensure_ascii=False), f"# published\n\n{key}\n").size
        == 11
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d["entry"]["body"].update(count=8), "ledger.receipt_false"),
        (lambda d: d["entry"].update(at=AT.replace("2026", "2025")), "ledger.receipt_false"),
        (lambda d: d["entry"].update(seq=8), "ledger.receipt_false"),
        (lambda d: d.update(index=5), "ledger.receipt_false"),
        (lambda d: d["proof"].pop(), "ledger.receipt_false"),
        (lambda d: d["proof"].reverse(), "ledger.receipt_false"),
        (lambda d: d.update(head=d["head"].replace("\n11\n", "\n12\n")), "ledger.receipt_unsigned"),
        (lambda d: d.update(head=""), "ledger.receipt_unsigned"),
        (lambda d: d.update(format="else"), "ledger.receipt_malformed"),
        (lambda d: d.update(index="6"), "ledger.receipt_malformed"),
        (lambda d: d["entry"].update(body={"count": 7.0}), "ledger.receipt_malformed"),
        (lambda d: d.update(proof=["!"]), "ledger.receipt_malformed"),
        (lambda d: d.pop("entry"), "ledger.receipt_malformed"),
    ],
)
def test_an_altered_receipt_is_refused(
    paper: tuple[dict[str, object], str], change: object, code: str
) -> None:
    document, key = paper
    change(document)  # type: ignore[operator]
    with pytest.raises(HouseError) as refused:
        verify_receipt(document, key)
    assert refused.value.code == code


def test_a_receipt_of_another_ledger_is_refused(paper: tuple[dict[str, object], str]) -> None:
    with pytest.raises(HouseError) as refused:
        verify_receipt(paper[0], str(Signer.generate().verifier))
    assert refused.value.code == "ledger.receipt_unsigned"

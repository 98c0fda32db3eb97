"""Whoever changes the ledger's rows, with every right on the database, is found, and the row is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from tests.actions import ledger_case
from tests.actions.ledger_case import as_attacker, entry_at, looked, the_only, write_some
from tongchou.ledger import journal, queries, searching
from tongchou.ledger.canonical import leaf_of
from tongchou.ledger.models import Entry, Run, Stream, Tile
from tongchou.ledger.sequencer import sequence
from tongchou.ledger.verification import verify
from tongchou.standards.errors import HouseError

ledger, filled = ledger_case.ledger, ledger_case.filled


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


def test_a_removed_stream_is_found_in_whatever_way_it_is_removed(filled: Path) -> None:
    name = entry_at(50).stream
    as_attacker("DELETE FROM ledger_entry WHERE stream = %s", name)
    report = verify()
    assert report.first is not None and (report.first.kind, report.first.stream) == ("missing", name)
    as_attacker("DELETE FROM ledger_stream WHERE name = %s", name)
    assert verify().first == report.first
    as_attacker("DELETE FROM ledger_run WHERE stream = %s", name)
    assert {one.kind for one in verify().findings} & {"order", "cut"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_run SET stream = 'ffffffffffffffffffffffff' WHERE first_index = 0",
        "UPDATE ledger_run SET first_seq = first_seq + 1 WHERE first_index = 0",
        "UPDATE ledger_run SET length = length - 1 WHERE first_index = 0",
        "UPDATE ledger_run SET length = length + 1 WHERE first_index = 0",
        "DELETE FROM ledger_run WHERE first_index = 0",
        "DELETE FROM ledger_run WHERE first_index > 100",
        "UPDATE ledger_run SET first_index = first_index + 1000 WHERE first_index > 60",
    ],
)
def test_altered_runs_are_found(filled: Path, change: str) -> None:
    as_attacker(change)
    assert verify().first is not None


def test_a_subject_hidden_from_the_search_is_found_and_still_proved(filled: Path) -> None:
    victims = list(Entry.objects.filter(subject_id="S3"))
    as_attacker("UPDATE ledger_entry SET subject_id = '' WHERE subject_id = 'S3'")
    report = verify()
    assert {one.kind for one in report.findings} == {"subject"} and report.found == len(victims)
    # The proof of what happened reads the bodies, which cannot be changed unnoticed.
    proof = searching.prove(searching.Wanted({"subject": "S3"}))
    assert {(one.stream, one.seq) for one in proof.entries} == {(one.stream, one.seq) for one in victims}

"""Writing: what is acknowledged is there, what is rolled back leaves no gap, what fails answers nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, transaction

from tests.actions import ledger_case
from tests.actions.ledger_case import looked, write_some
from tongchou import ledger as ledger_room
from tongchou.ledger import flusher, journal
from tongchou.ledger.canonical import leaf_of
from tongchou.ledger.errors import AppendInsideTransaction, LedgerUnavailable, UnknownEvent
from tongchou.ledger.models import Entry, Stream
from tongchou.ledger.sequencer import sequence
from tongchou.ledger.verification import verify

ledger = ledger_case.ledger
ROOT = Path(__file__).resolve().parents[2]


def start_writer(folder: Path, *, threads: int, entries: int, way: str) -> subprocess.Popen[str]:
    database = str(connection.settings_dict["NAME"])
    module = "tests.actions.ledger_writer"
    return subprocess.Popen(
        [sys.executable, "-m", module, database, str(folder), str(threads), str(entries), way],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        | {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]},
        stdout=subprocess.PIPE,
        text=True,
    )


def assert_dense() -> None:
    streams: dict[str, list[int]] = {}
    for stream, seq in Entry.objects.order_by("stream", "seq").values_list("stream", "seq"):
        streams.setdefault(stream, []).append(seq)
    for seqs in streams.values():
        assert seqs == list(range(1, len(seqs) + 1))
    assert set(streams) <= set(Stream.objects.values_list("name", flat=True))


def test_an_entry_is_stored_as_it_was_hashed(ledger: Path) -> None:
    position = ledger_room.append("trial.looked", looked(3))
    entry = Entry.objects.get(stream=position.stream, seq=position.seq)
    assert bytes(entry.leaf) == position.leaf
    assert leaf_of(entry.stream, entry.seq, entry.at, entry.kind, bytes(entry.body)) == position.leaf
    assert bytes(entry.body) == (
        b'{"count":3,"fields":["name"],"organisation":"hall","subject_id":"S3","user":"clerk"}'
    )
    assert entry.subject_id == "S3"
    assert abs(time.time() - entry.happened_at.timestamp()) < 60


@pytest.mark.django_db
def test_record_works_inside_any_test(settings: object) -> None:
    first = ledger_room.record("trial.changed", {"count": 1})
    second = ledger_room.record("trial.changed", {"count": 2})
    assert (second.stream, second.seq) == (first.stream, first.seq + 1)


def test_a_rollback_takes_the_entry_with_it_and_leaves_no_gap(ledger: Path) -> None:
    first = journal.record("trial.changed", {"count": 1})
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert journal.record("trial.changed", {"count": 2}).seq == first.seq + 1
        raise ZeroDivisionError
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            journal.record("trial.changed", {"count": 3})
            raise ZeroDivisionError
        kept = journal.record("trial.changed", {"count": 4})
    assert (kept.stream, kept.seq) == (first.stream, first.seq + 1)
    assert_dense()


def test_the_first_entry_of_a_stream_rolled_back(ledger: Path) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        journal.record("trial.changed", {"count": 1})
        raise ZeroDivisionError
    assert not Stream.objects.exists()
    assert journal.record("trial.changed", {"count": 2}).seq == 1
    assert_dense()


def test_threads_share_few_streams(ledger: Path) -> None:
    def one(number: int) -> None:
        thread = threading.Thread(
            target=lambda: (journal.record("trial.changed", {"count": number}), connections.close_all())
        )
        thread.start()
        thread.join()

    for number in range(12):
        one(number)
    assert Stream.objects.count() <= 2
    assert_dense()


def test_many_threads_append_and_record(ledger: Path) -> None:
    def work(number: int) -> list[journal.Position]:
        done = []
        for step in range(25):
            done.append(journal.append("trial.looked", looked(step)))
            done.append(journal.record("trial.changed", {"count": number}))
        connections.close_all()
        return done

    with ThreadPoolExecutor(8) as pool:
        positions = [position for done in pool.map(work, range(8)) for position in done]
    assert len({(one.stream, one.seq) for one in positions}) == 400
    assert {bytes(leaf) for leaf in Entry.objects.values_list("leaf", flat=True)} == {
        one.leaf for one in positions
    }
    assert_dense()
    assert sequence().size == 400
    assert verify().ok


def test_futures_for_asynchronous_callers(ledger: Path) -> None:
    futures = [journal.append("trial.looked", looked(number), wait=False) for number in range(2000)]
    seqs = [future.result(30).seq for future in futures]
    assert seqs == list(range(1, 2001))


def test_a_wrong_event_is_refused_before_anything_is_written(ledger: Path) -> None:
    for write in (journal.append, journal.record):
        with pytest.raises(UnknownEvent):
            write("trial.looked", {"phone": "13800000000"})
    assert not Entry.objects.exists()


def test_append_inside_an_open_transaction(ledger: Path) -> None:
    """On SQLite it would wait for itself, so it is refused as a programming error; on PostgreSQL it stands
    alone.
    """
    if connection.vendor == "sqlite":
        with transaction.atomic(), pytest.raises(AppendInsideTransaction, match="open transaction"):
            journal.append("trial.looked", looked(1))
        return
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        journal.append("trial.looked", looked(1))
        raise ZeroDivisionError
    assert Entry.objects.count() == 1


def take_away_the_room() -> None:
    """Make the flusher's next writes fail for a real cause: a full disk (SQLite), a read-only server
    (PostgreSQL).
    """
    own = flusher.flusher("default").connection
    assert own is not None
    # The limit is the flusher's connection's own; it is set from this thread between two entries.
    own.inc_thread_sharing()
    with own.cursor() as cursor:
        if own.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count={cursor.fetchone()[0]}")
        else:
            cursor.execute("SET default_transaction_read_only = on")
    own.dec_thread_sharing()


def test_on_a_full_disk_nobody_is_answered_and_writing_goes_on_after(ledger: Path) -> None:
    first = journal.append("trial.looked", looked(0))
    acknowledged = [first]
    take_away_the_room()
    refused = 0
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(journal.append, "trial.looked", looked(number)) for number in range(1500)]
        for future in futures:
            try:
                acknowledged.append(future.result(30))
            except LedgerUnavailable as unavailable:
                refused += 1
                assert unavailable.code == "ledger.unavailable"
                assert "S1" not in unavailable.say("en")
    assert refused
    there = set(Entry.objects.values_list("stream", "seq"))
    assert {(one.stream, one.seq) for one in acknowledged} <= there
    # The failure closed the connection, and the limit with it: there is room again.
    assert journal.append("trial.looked", looked(1)).stream != first.stream
    assert_dense()
    sequence()
    assert verify().ok


def test_without_its_table_the_ledger_answers_nobody(ledger: Path) -> None:
    journal.append("trial.looked", looked(0))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry RENAME TO ledger_entry_away")
    try:
        futures = [journal.append("trial.looked", looked(number), wait=False) for number in range(50)]
        for future in futures:
            with pytest.raises(LedgerUnavailable):
                future.result(30)
        with pytest.raises(LedgerUnavailable):
            journal.append("trial.looked", looked(1))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry_away RENAME TO ledger_entry")
    assert journal.append("trial.looked", looked(1)).seq == 1
    assert_dense()


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_run", "ledger_head"])
def test_the_database_refuses_to_change_what_is_append_only(ledger: Path, table: str) -> None:
    write_some(3)
    sequence()
    verbs = [f"UPDATE {table} SET id = id", f"DELETE FROM {table}"]
    if connection.vendor == "postgresql":
        verbs.append(f"TRUNCATE {table}")
    for verb in verbs:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(verb)
    assert verify().ok


def test_writers_in_several_processes_and_two_sequencers(ledger: Path) -> None:
    writers = [start_writer(ledger, threads=3, entries=40, way="both") for _ in range(2)]
    stop = threading.Event()
    failures: list[BaseException] = []

    def sequencer() -> None:
        try:
            while not stop.wait(0.02):
                sequence()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    crew = [threading.Thread(target=sequencer) for _ in range(2)]
    for one in crew:
        one.start()
    lines = [line.split() for writer in writers for line in writer.communicate(timeout=120)[0].splitlines()]
    stop.set()
    for one in crew:
        one.join()
    assert not failures
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(lines) == 480
    assert sequence().size == 480
    report = verify()
    assert report.ok, report.lines("en")
    assert report.entries == 480 and report.waiting == 0
    assert len({line[0] for line in lines}) >= 4


@pytest.mark.parametrize("way", ["append", "both"])
def test_kill_nine_while_appending(ledger: Path, way: str) -> None:
    with start_writer(ledger, threads=4, entries=0, way=way) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(120)]
        os.kill(writer.pid, signal.SIGKILL)
        # Not by `communicate`: it reads beside the buffer that `readline` has filled, and would begin amid a line.
        rest = writer.stdout.readlines()
    lines = [*acknowledged, *(line for line in rest if line.endswith("\n"))]
    assert len(lines) >= 120
    there = {
        (stream, seq): bytes(leaf) for stream, seq, leaf in Entry.objects.values_list("stream", "seq", "leaf")
    }
    for line in lines:
        stream, seq, leaf = line.split()
        assert there[stream, int(seq)].hex() == leaf
    assert_dense()
    sequence()
    report = verify()
    assert report.ok, report.lines("en")
    # A PostgreSQL server may finish a commit it was asked for after the process that asked is dead.
    assert report.size >= len(there)


def test_kill_nine_of_the_sequencer(ledger: Path) -> None:
    for _ in range(3):
        sequencer = start_writer(ledger, threads=1, entries=0, way="sequence")
        assert sequencer.stdout is not None
        heads: list[int] = []
        while len(heads) < 3:
            futures = [journal.append("trial.looked", looked(number), wait=False) for number in range(400)]
            for future in futures:
                future.result(30)
            heads.append(int(sequencer.stdout.readline()))
        journal.append("trial.looked", looked(1), wait=False)
        os.kill(sequencer.pid, signal.SIGKILL)
        sequencer.communicate(timeout=60)
        report = verify()
        assert report.ok, report.lines("en")
        assert report.size >= heads[-1]
    assert sequence().size == Entry.objects.count()
    assert verify().ok


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_has_streams_of_its_own(ledger: Path) -> None:
    before = journal.append("trial.looked", looked(0)), journal.record("trial.changed", {"count": 0})
    connection.close()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            positions = (
                journal.append("trial.looked", looked(1)),
                journal.record("trial.changed", {"count": 1}),
            )
            os.write(writing, " ".join(f"{one.stream} {one.seq}" for one in positions).encode())
            journal.close()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        words = answer.read().split()
    os.waitpid(child, 0)
    assert words[1::2] == ["1", "1"]
    assert not {one.stream for one in before} & set(words[0::2])
    after = journal.append("trial.looked", looked(2))
    assert (after.stream, after.seq) == (before[0].stream, before[0].seq + 1)
    assert_dense()


def test_a_stream_idle_for_long_is_left(ledger: Path) -> None:
    now = 1000.0
    streams = journal.Streams(clock=lambda: now)
    writer = flusher.Flusher("default", clock=lambda: now)
    draft = flusher.Draft("2026-11-22T00:00:00.000000Z", "trial.looked", b"{}", "")
    first = streams.mine(), writer.submit(draft).result(30)
    now += 6 * 3600
    assert (streams.mine(), writer.submit(draft).result(30).seq) == (first[0], 2)
    now += 7 * 3600
    second = streams.mine(), writer.submit(draft).result(30)
    assert second[0] != first[0] and second[1].stream != first[1].stream
    assert second[1].seq == 1
    writer.close()
    assert_dense()

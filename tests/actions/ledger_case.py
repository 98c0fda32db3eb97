"""What the tests of the ledger share: its tables with triggers, a data folder of their own, events, a little
ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

from tongchou.ledger import journal, triggers
from tongchou.ledger.events import Event, declare
from tongchou.ledger.models import Entry, Run, Stream, Tile
from tongchou.ledger.sequencer import key_folder, sequence
from tongchou.ledger.verification import verify
from tongchou.standards.text import Text

declare(
    Event("trial.looked", Text("试看", "Looked"), ("subject_id", "resource", "fields", "count")),
    Event("trial.changed", Text("试改", "Changed"), ("count",)),
)


def looked(count: int) -> dict[str, object]:
    """A body as an access has it."""
    return {
        "user": "clerk",
        "organisation": "hall",
        "subject_id": f"S{count % 7}",
        "fields": ["name"],
        "count": count,
    }


@pytest.fixture
def ledger(transactional_db: None, settings: object, tmp_path: Path) -> Iterator[Path]:
    """The ledger's tables under their triggers, keys in a folder of this test; yields the data folder."""
    settings.TONGCHOU_DATA = tmp_path  # type: ignore[attr-defined]
    triggers.install(connection)
    yield tmp_path
    journal.close()
    # Emptying the tables after the test is what the triggers are there to refuse.
    triggers.remove(connection)


def write_some(count: int = 40) -> None:
    """`count` accesses and a few changes, in two streams or more."""
    for number in range(count):
        journal.append("trial.looked", looked(number))
        if number % 10 == 3:
            journal.record("trial.changed", {"count": number})


def as_attacker(statement: str, *values: object) -> None:
    """Run SQL as someone who owns the database: the triggers do not stop them."""
    triggers.remove(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    triggers.install(connection)


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


def cut_tail(size: int) -> None:
    for run in Run.objects.filter(first_index__gte=size):
        as_attacker("DELETE FROM ledger_entry WHERE stream = %s AND seq >= %s", run.stream, run.first_seq)
    as_attacker("DELETE FROM ledger_run WHERE first_index >= %s", size)
    tile = bytes(Tile.objects.get(level=0, number=0).hashes)[: 32 * size]
    as_attacker("UPDATE ledger_tile SET hashes = %s WHERE level = 0", tile)
    for name in Stream.objects.values_list("name", flat=True):
        left = Entry.objects.filter(stream=name).count()
        as_attacker("UPDATE ledger_stream SET sequenced = %s WHERE name = %s", left, name)


def cut_with_heads(size: int, *, key_folder_too: bool = False) -> None:
    """Remove everything beyond `size` from the tables, heads too; and the kept head, by who reaches the keys."""
    cut_tail(size)
    as_attacker("DELETE FROM ledger_head WHERE size > %s", size)
    if key_folder_too:
        key_folder().head.unlink()

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

"""Fixtures of the pool's and the exchange's tests: a data folder of their own, the ledger's flusher closed after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tongchou.ledger import journal, triggers
from tongchou.pool.serving.sqlite import close_readers


@pytest.fixture
def data(transactional_db: None, settings: object, tmp_path: Path) -> Iterator[Path]:
    """An empty data folder; reads append to the ledger, so tests run outside a transaction."""
    settings.TONGCHOU_DATA = tmp_path  # type: ignore[attr-defined]
    yield tmp_path
    close_readers()
    journal.close()
    # Emptying the tables after the test is what the triggers are there to refuse.
    triggers.remove(connection)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS serving CASCADE")

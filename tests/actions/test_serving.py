"""The serving index writes what differs, on both stores; loading gives way to those who read."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest
from django.db import connection

from tests.actions.pooled import data  # noqa: F401
from tongchou.pool.serving import store
from tongchou.pool.serving.sqlite import SqliteStore
from tongchou.pool.serving.store import Lookup, Row

pytestmark = pytest.mark.usefixtures("data")

NAME, PHONE, OTHER = (bytes([number]) * 16 for number in (1, 2, 3))


def row(subject_id: str, body: bytes, *digests: bytes) -> tuple[Row, list[Lookup]]:
    return (subject_id, body, b"".join(digests)), [("phone", each, subject_id) for each in digests]


def write(*rows: tuple[Row, list[Lookup]], anew: bool = False, gone: tuple[str, ...] = (), population: str = "people",
          aliases: tuple[tuple[str, str], ...] = ()) -> None:  # fmt: skip
    with store().writing(population) as writing:
        if anew:
            writing.clear()
        writing.put([each for each, _ in rows], [each for _, lookups in rows for each in lookups])
        writing.remove(gone)
        writing.finish(aliases, {"links": 1})


def query(sql: str) -> list[tuple[object, ...]]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("FROM ", "FROM serving."))
            return list(cursor.fetchall())
    held = store()
    assert isinstance(held, SqliteStore)
    db = sqlite3.connect(held.path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_a_document_is_found_by_what_it_says_now_and_by_nothing_else() -> None:
    assert store().document("PA") is None
    assert store().find(NAME, 9) == []
    write(row("PA", b"one", NAME, PHONE), row("PB", b"two", PHONE), anew=True)
    assert store().document("PA") == ("PA", b"one")
    assert store().find(PHONE, 9) == ["PA", "PB"]
    assert store().count("people") == 2
    write(row("PA", b"three", NAME, OTHER), row("PC", b"four", OTHER), gone=("PB", "nobody"))
    assert store().document("PA") == ("PA", b"three")
    assert store().document("PB") is None
    assert store().find(PHONE, 9) == []
    assert store().find(OTHER, 9) == ["PA", "PC"]
    assert store().find(NAME, 9) == ["PA"]
    assert store().count("people") == 2
    assert query("SELECT count(*) FROM lookups") == [(3,)]


def test_populations_and_aliases_keep_apart() -> None:
    write(row("PA", b"one", NAME), anew=True, aliases=(("PX", "PA"), ("PY", "PA")))
    write(row("EA", b"firm", NAME), anew=True, population="firms", aliases=(("EX", "EA"),))
    write(row("PA", b"two", NAME), aliases=(("PX", "PA"), ("PZ", "PX")))
    assert store().document("PZ") == ("PA", b"two")
    assert store().document("PY") is None
    assert store().merged_into("PA") == ["PX", "PZ"]
    assert store().document("EX") == ("EA", b"firm")
    write(anew=True)
    assert store().document("PA") is None
    assert (store().count("people"), store().count("firms")) == (0, 1)
    assert store().find(NAME, 9) == ["EA"]


def test_what_stays_is_not_written() -> None:
    write(*[row(f"P{number:03}", bytes(700), bytes([number]) * 16) for number in range(200)], anew=True)
    # Where the database keeps a row: a row that was written again has moved.
    place = "ctid" if connection.vendor == "postgresql" else "subject_id"
    before = query(f"SELECT {place}, digest FROM lookups ORDER BY digest")
    homes = query("SELECT subject_id FROM documents ORDER BY subject_id")
    rowids = query("SELECT rowid FROM documents") if connection.vendor == "sqlite" else []
    write(*[row(f"P{number:03}", bytes(600), bytes([number]) * 16) for number in range(150)])
    assert query(f"SELECT {place}, digest FROM lookups ORDER BY digest") == before
    assert query("SELECT subject_id FROM documents ORDER BY subject_id") == homes
    assert not rowids or query("SELECT rowid FROM documents") == rowids
    assert store().document("P149") == ("P149", bytes(600))
    assert store().document("P150") == ("P150", bytes(700))


def test_an_index_of_an_earlier_form_is_brought_up() -> None:
    write(row("PA", b"one", NAME, PHONE), row("PB", b"two", PHONE), anew=True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE serving.documents DROP COLUMN digests")
            cursor.execute("CREATE INDEX lookups_of_subject ON serving.lookups (subject_id)")
    else:
        held = store()
        assert isinstance(held, SqliteStore)
        with sqlite3.connect(held.path) as db:
            db.execute("ALTER TABLE documents DROP COLUMN digests")
            db.execute("CREATE INDEX lookups_of_subject ON lookups (subject_id)")
    assert store().document("PA") == ("PA", b"one")
    write(row("PA", b"three", NAME), gone=("PB",))
    assert store().document("PA") == ("PA", b"three")
    assert store().find(PHONE, 9) == []
    assert store().find(NAME, 9) == ["PA"]
    assert query("SELECT digests FROM documents")[0][0] == NAME
    assert query("SELECT count(*) FROM lookups") == [(1,)]


def test_a_refresh_that_fails_was_none() -> None:
    write(row("PA", b"one", NAME), anew=True)
    with pytest.raises(ZeroDivisionError), store().writing("people") as writing:
        writing.put(*[[each] if place == 0 else each for place, each in enumerate(row("PA", b"two", PHONE))])  # type: ignore[arg-type]
        writing.remove(["PA"])
        raise ZeroDivisionError
    assert store().document("PA") == ("PA", b"one")
    assert store().find(NAME, 9) == ["PA"]
    assert (store().find(PHONE, 9), store().count("people")) == ([], 1)


TOLD = """
import os, threading
from tongchou.pool.engine.priority import give_way
go, told = threading.Event(), {}
def before():
    go.wait()
    told["before"] = os.getpriority(os.PRIO_PROCESS, 0)
first = threading.Thread(target=before)
first.start()
told["now"] = give_way()
go.set()
first.join()
def after():
    told["after"] = os.getpriority(os.PRIO_PROCESS, 0)
second = threading.Thread(target=after)
second.start()
second.join()
told["again"] = give_way()
print(told["before"], told["now"], told["after"], told["again"])
"""


def told(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", TOLD],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return done.stdout.split()


def test_loading_gives_way_and_threads_that_answer_keep_their_place() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert told(TONGCHOU_NICE="17") == [str(own), "17", "17", "17"]
    assert told(TONGCHOU_NICE="0") == [str(own)] * 4

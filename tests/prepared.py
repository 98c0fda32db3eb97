"""States of the test database that many tests begin with: made once in a test process, laid down as rows afterwards.

Applying a pack takes seconds, laying its rows down takes milliseconds. What a test begins with is the same either
way: `make` itself made the rows, through the product. Emptying the tables between tests goes the same short way.

A state that reaches into the data plane is made with the test's data folder: what lies there is kept as well, with the
ledger that tells of it, and on PostgreSQL the served documents.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

#: Never emptied: what Django notes of its own.
_ITS_OWN = ("django_migrations", "django_content_type", "auth_permission")
#: No state of the district: sessions, and the count of changes, which laying rows down adds to as it should.
_LEFT_OUT = (*_ITS_OWN, "django_session", "exchange_standingchange")
#: The ledger: its streams are counted in memory, so it is kept only with the folder of its keys and heads.
_LEDGER = "ledger_"

#: On PostgreSQL: the schema of the served documents.
_SERVED = "serving"

#: Table → its rows: tuples on SQLite, the text of a COPY on PostgreSQL.
State = dict[str, Any]


@dataclass(frozen=True)
class _Known:
    """A state that was made once: what the tables held before and after; the folder kept, and the schema's name."""

    before: State
    after: State
    folder: Path | None
    schema: str


_known: dict[str, list[_Known]] = {}


def prepare(name: str, make: Callable[[], None], folder: Path | None = None) -> None:
    """Bring the database, and the data folder if one is given, from where it is to where `make` leaves it.

    name: of the state. folder: empty before `make`, or `make` is called whatever is known. So it is where the tables
    hold what they never held before a `make` of that name.
    """
    if folder is not None and any(folder.iterdir()):
        make()
        return
    before = _state(folder is not None)
    states = _known.setdefault(name, [])
    known = next((each for each in states if each.before == before), None)
    if known is None:
        make()
        states.append(_keep(f"kept_{len(_known)}_{len(states)}", before, folder))
        return
    found = before
    while found != known.after:  # again where a table's trigger wrote into one that had been laid down
        _lay_down(known.after, found)
        found = _state(folder is not None)
    if folder is not None and known.folder is not None:
        shutil.copytree(known.folder, folder, dirs_exist_ok=True)
        _copy_schema(known.schema, _SERVED)


def _keep(name: str, before: State, folder: Path | None) -> _Known:
    kept = None
    if folder is not None:
        _close()
        kept = Path(tempfile.mkdtemp(prefix="prepared-"))
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        _copy_schema(_SERVED, name)
    return _Known(before, _state(folder is not None), kept, name)


def _close() -> None:
    """Write out what this process holds open of the data plane."""
    from tongchou.ledger import journal
    from tongchou.pool.serving.sqlite import close_readers

    close_readers()
    journal.close()


def _copy_schema(source: str, target: str) -> None:
    """On PostgreSQL: replace a schema and its tables by a copy of another."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [source])
        tables = [each for (each,) in cursor.fetchall()]
        cursor.execute(f'DROP SCHEMA IF EXISTS "{target}" CASCADE')
        if tables:
            cursor.execute(f'CREATE SCHEMA "{target}"')
        for each in tables:
            cursor.execute(f'CREATE TABLE "{target}"."{each}" (LIKE "{source}"."{each}" INCLUDING ALL)')
            cursor.execute(f'INSERT INTO "{target}"."{each}" SELECT * FROM "{source}"."{each}"')


def empty(database: BaseDatabaseWrapper) -> None:
    """Empty every table that holds anything, but for what Django notes of its own."""
    with database.cursor() as cursor:
        tables = [each for each in _tables(database.vendor) if not each.startswith(_ITS_OWN)]
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
        with transaction.atomic(using=database.alias):
            if database.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
            for table in _filled(cursor, tables):
                cursor.execute(f'DELETE FROM "{table}"')
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = ON")


def _filled(cursor: Any, tables: Sequence[str]) -> list[str]:
    """Those of the tables that hold anything."""
    asked = (f"""SELECT '{each}' FROM (SELECT 1 FROM "{each}" LIMIT 1) held""" for each in tables)
    cursor.execute(" UNION ALL ".join(asked))
    return [table for (table,) in cursor.fetchall()]


@cache
def _tables(vendor: str) -> list[str]:
    """All tables of the test database; they are the same from the first test to the last."""
    return sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))


def _state(with_ledger: bool) -> State:
    """All rows there are, but for tables left out; empty tables are not in it."""
    found: State = {}
    left_out = _LEFT_OUT if with_ledger else (*_LEFT_OUT, _LEDGER)
    with connection.cursor() as cursor:
        tables = [each for each in _tables(connection.vendor) if not each.startswith(left_out)]
        for table in sorted(_filled(cursor, tables)):
            rows: Any
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY (SELECT * FROM "{table}" ORDER BY 1) TO STDOUT') as copy:
                    rows = b"".join(bytes(each) for each in copy)
            else:
                rows = cursor.execute(f'SELECT {_columns(table)} FROM "{table}" ORDER BY 1').fetchall()
            found[table] = rows
    return found


@cache
def _columns(table: str) -> str:
    """The table's columns as expressions, so that SQLite gives values as they are stored and not as Python's."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return ", ".join(f'+"{each.name}"' for each in described)


def _lay_down(wanted: State, found: State) -> None:
    """Put the rows that are wanted into the tables where others are found."""
    postgres = connection.vendor == "postgresql"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED" if postgres else "PRAGMA defer_foreign_keys = ON")
        for table in sorted({*wanted, *found}):
            rows = wanted.get(table)
            if rows == found.get(table):
                continue
            cursor.execute(f'DELETE FROM "{table}"')
            if rows is None:
                continue
            if not postgres:
                marks = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
                continue
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(rows)
            for counter in connection.introspection.get_sequences(cursor, table):
                # Never back: a number that comes again would be taken for what had it in the test before.
                cursor.execute(
                    f"""SELECT setval(%s, greatest(nextval(%s), (SELECT max("{counter["column"]}") FROM "{table}")))""",
                    [counter["name"], counter["name"]],
                )

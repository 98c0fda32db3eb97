"""States of the test database that many tests begin with: made once in a test process, laid down as rows afterwards.

Applying a pack takes seconds, laying its rows down takes milliseconds. What a test begins with is the same either
way: `make` itself made the rows, through the product. Emptying the tables between tests goes the same short way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

#: Tables that are no state of the district: what Django notes of its own, and the ledger, whose streams a process
#: counts in memory.
_LEFT_OUT = ("django_migrations", "django_content_type", "auth_permission", "django_session", "ledger_")

#: Table → its rows: tuples on SQLite, the text of a COPY on PostgreSQL.
State = dict[str, Any]

_known: dict[str, tuple[State, State]] = {}


def prepare(name: str, make: Callable[[], None]) -> None:
    """Bring the database from where it is to where `make` leaves it.

    name: of the state. When the database was otherwise than at the first time (a test that had made something
    before), `make` is called again.
    """
    before = _state()
    if name in _known and _known[name][0] == before:
        wanted, found = _known[name][1], before
        while found != wanted:  # again where a table's trigger wrote into one that had been laid down
            _lay_down(wanted, found)
            found = _state()
        return
    make()
    _known.setdefault(name, (before, _state()))


def empty(database: BaseDatabaseWrapper) -> None:
    """Empty every table that holds anything, but for what Django notes of its own."""
    quoted = database.ops.quote_name
    with database.cursor() as cursor:
        tables = [each for each in _tables(database) if not each.startswith(_LEFT_OUT[:3])]
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
        with transaction.atomic(using=database.alias):
            if database.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
            asked = " UNION ALL ".join(
                f"SELECT '{each}' FROM (SELECT 1 FROM {quoted(each)} LIMIT 1) held" for each in tables
            )
            cursor.execute(asked)
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {quoted(table)}")
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = ON")


def _tables(database: BaseDatabaseWrapper) -> list[str]:
    return sorted(database.introspection.django_table_names(only_existing=True, include_views=False))


def _state() -> State:
    """All rows there are, but for tables left out; empty tables are not in it."""
    found: State = {}
    with connection.cursor() as cursor:
        for table in _tables(connection):
            if table.startswith(_LEFT_OUT):
                continue
            rows: Any
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY (SELECT * FROM "{table}" ORDER BY 1) TO STDOUT') as copy:
                    rows = b"".join(bytes(each) for each in copy)
            else:
                rows = cursor.execute(f'SELECT {_columns(table)} FROM "{table}" ORDER BY 1').fetchall()
            if rows:
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
                column = counter["column"]
                cursor.execute(
                    f"""SELECT setval(pg_get_serial_sequence('"{table}"', %s), (SELECT max("{column}") FROM "{table}"))""",
                    [column],
                )

"""The control database in a backup: SQLite by its own backup, PostgreSQL as a COPY of every table in one transaction."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .manifest import newer

CONTROL = "control.sqlite3"
TABLES = "control"
_BLOCK = 1 << 20


def migrations() -> dict[str, str]:
    """App → the last migration applied to the control database."""
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = MigrationRecorder(connection).applied_migrations()
    return dict(sorted(applied))


def copy(folder: Path, done: Callable[[Path], None]) -> dict[str, list[str]]:
    """Copy the control database into a backup as it is at one moment, whoever writes meanwhile.

    done: called with each file. Returns of PostgreSQL the columns of each table, of SQLite nothing.
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        target = folder / CONTROL
        target.unlink(missing_ok=True)
        with (
            contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
            contextlib.closing(sqlite3.connect(target)) as made,
        ):
            source.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")
        done(target)
        return {}
    shutil.rmtree(folder / TABLES, ignore_errors=True)
    (folder / TABLES).mkdir()
    found = {}
    with _postgres() as source, source.transaction():
        source.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for table in _tables(source):
            columns = found[table] = _columns(source, table)
            target = folder / TABLES / f"{table}.copy.gz"
            named = ", ".join(f'"{each}"' for each in columns)
            with (
                gzip.open(target, "wb", compresslevel=3) as file,
                source.cursor().copy(f'COPY "{table}" ({named}) TO STDOUT') as rows,
            ):
                for block in rows:
                    file.write(block)
            done(target)
    return found


def check_known(applied: Mapping[str, str]) -> None:
    """Raises HouseError "backup.newer" when a migration of a backup is not known here."""
    from django.db.migrations.loader import MigrationLoader

    known = MigrationLoader(None).disk_migrations or {}
    unknown = [f"{app}.{name}" for app, name in applied.items() if (app, name) not in known]
    if unknown:
        raise newer(", ".join(unknown))


def is_empty() -> bool:
    """Whether the PostgreSQL database of the settings has no table yet."""
    with _postgres() as target:
        return not _tables(target)


def load(folder: Path, tables: Mapping[str, list[str]], applied: Mapping[str, str]) -> None:
    """Fill a PostgreSQL database that has no table with a backup's, all or nothing of its rows.

    applied: app → the last migration the rows were made under.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    MigrationExecutor(connection).migrate(list(applied.items()))
    with _postgres() as target, target.transaction():
        target.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in tables:
            # Triggers guard what is written by hand from now on; what is laid down is what they let through once.
            target.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for table in tables:
            target.execute(f'DELETE FROM "{table}"')
        for table, columns in tables.items():
            named = ", ".join(f'"{each}"' for each in columns)
            with (
                gzip.open(folder / TABLES / f"{table}.copy.gz", "rb") as file,
                target.cursor().copy(f'COPY "{table}" ({named}) FROM STDIN') as rows,
            ):
                while block := file.read(_BLOCK):
                    rows.write(block)
            _count_on(target, table)
        target.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            target.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    call_command("migrate", interactive=False, verbosity=0)


def _postgres() -> Any:
    """A connection of its own to the control database."""
    import psycopg
    from django.db import connection

    facts = connection.settings_dict
    return psycopg.connect(
        dbname=facts["NAME"], user=facts["USER"], password=facts["PASSWORD"], host=facts["HOST"],
        port=facts["PORT"] or None, autocommit=True,
    )  # fmt: skip


def _tables(source: Any) -> list[str]:
    """The tables of the control plane; the serving index has a schema of its own and is made anew."""
    rows = source.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [row[0] for row in rows]


def _columns(source: Any, table: str) -> list[str]:
    rows = source.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    ).fetchall()
    return [row[0] for row in rows]


def _count_on(target: Any, table: str) -> None:
    """Let the table number its rows from where the copied ones end."""
    rows = target.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_identity = 'YES'",
        [table],
    ).fetchall()
    for (column,) in rows:
        target.execute(
            f"""SELECT setval(pg_get_serial_sequence('"{table}"', %s), greatest((SELECT max("{column}") FROM "{table}"), 1),
            EXISTS (SELECT 1 FROM "{table}"))""",
            [column],
        )

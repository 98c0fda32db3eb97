"""Triggers that refuse to change what is append-only: entries, runs, heads and what witnesses sent.

Defence in depth against slips and against code that should not. Whoever owns the database can drop them; what
then was altered is found by `verification`. Tests that empty tables between them (TransactionTestCase)
`remove` them once.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("ledger_entry", "ledger_run", "ledger_head", "ledger_cosignature", "ledger_splitview")

_SQLITE = """CREATE TRIGGER IF NOT EXISTS {table}_{word} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"""
_POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$"""
_POSTGRES = """CREATE OR REPLACE TRIGGER {table}_{word} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers on the tables that there are; harmless when they exist."""
    verbs = {"sqlite": ("UPDATE", "DELETE"), "postgresql": ("UPDATE", "DELETE", "TRUNCATE")}[
        connection.vendor
    ]
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table in (table for table in TABLES if table in there):
            for verb in verbs:
                text = _POSTGRES if connection.vendor == "postgresql" else _SQLITE
                cursor.execute(text.format(table=table, verb=verb, word=f"no_{verb.lower()}"))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers; harmless when they are gone."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in (table for table in TABLES if table in there):
            for word in ("no_update", "no_delete", "no_truncate"):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{word}{on}")


def install_by_migration(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The migration's way in."""
    install(schema_editor.connection)


def remove_by_migration(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The migration's way back."""
    remove(schema_editor.connection)

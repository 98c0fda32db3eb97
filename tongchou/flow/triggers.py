"""Triggers that refuse to change what is append-only (versions, events) and to move an instance to another version.

Defence in depth, as in the ledger: whoever owns the database can drop them; slips and code that should not cannot.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("flow_event", "flow_flowversion")

_SQLITE = """CREATE TRIGGER IF NOT EXISTS {table}_{word} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'flows keep their versions and events'); END"""
_SQLITE_PINNED = """CREATE TRIGGER IF NOT EXISTS flow_instance_pinned BEFORE UPDATE ON flow_instance
WHEN NEW.definition_id <> OLD.definition_id OR NEW.version < OLD.version
  OR (OLD.ended_at IS NOT NULL AND NEW.state <> OLD.state)
BEGIN SELECT RAISE(ABORT, 'an instance keeps its version and its end'); END"""
_POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION flow_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE EXCEPTION 'flows keep their versions and events' USING ERRCODE = 'integrity_constraint_violation';
END $$"""
_POSTGRES_PINNED_FUNCTION = """CREATE OR REPLACE FUNCTION flow_instance_pinned() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF NEW.definition_id <> OLD.definition_id OR NEW.version < OLD.version
     OR (OLD.ended_at IS NOT NULL AND NEW.state <> OLD.state) THEN
    RAISE EXCEPTION 'an instance keeps its version and its end' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""
_POSTGRES = """CREATE OR REPLACE TRIGGER {table}_{word} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION flow_append_only()"""
_POSTGRES_PINNED = """CREATE OR REPLACE TRIGGER flow_instance_pinned BEFORE UPDATE ON flow_instance
FOR EACH ROW EXECUTE FUNCTION flow_instance_pinned()"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers; harmless when they exist."""
    postgres = connection.vendor == "postgresql"
    verbs = ("UPDATE", "DELETE", "TRUNCATE") if postgres else ("UPDATE", "DELETE")
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute(_POSTGRES_FUNCTION)
            cursor.execute(_POSTGRES_PINNED_FUNCTION)
        for table in TABLES:
            for verb in verbs:
                text = _POSTGRES if postgres else _SQLITE
                cursor.execute(text.format(table=table, verb=verb, word=f"no_{verb.lower()}"))
        cursor.execute(_POSTGRES_PINNED if postgres else _SQLITE_PINNED)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers; harmless when they are gone."""
    names = [
        (f"{table}_{word}", table) for table in TABLES for word in ("no_update", "no_delete", "no_truncate")
    ]
    with connection.cursor() as cursor:
        for name, table in [*names, ("flow_instance_pinned", "flow_instance")]:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def install_by_migration(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The migration's way in."""
    install(schema_editor.connection)


def remove_by_migration(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The migration's way back."""
    remove(schema_editor.connection)

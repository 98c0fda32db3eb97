"""Noticing that who may read what has changed: triggers count changes of the tables that decide it.

Whoever has read those tables remembers the count and asks for it again before each answer, which costs one small
query; a withdrawal is felt by the next request of every process. Triggers and not the actions count, so that no way
of changing a row goes unnoticed. A change adds a row and locks none, so that counting never makes anybody wait; the rows are
added up now and then (`tidy`).
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

#: Tables whose every change counts.
TABLES = (
    "exchange_grant", "exchange_grant_purposes", "exchange_purpose", "exchange_statement", "exchange_client",
    "exchange_clientkey", "accounts_organisation", "accounts_role", "catalogue_resource", "catalogue_resourcefield",
    "pool_population", "pool_survivorshiprule", "pool_relationrule",
)  # fmt: skip
VERBS = ("INSERT", "UPDATE", "DELETE")
#: From so many rows on they are added up.
TIDY_FROM = 32

_FUNCTION = """CREATE OR REPLACE FUNCTION exchange_standing_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO exchange_standingchange (n) VALUES (1); RETURN NULL; END $$"""

#: (sum of changes, last number): the number too, so that an emptied table is not taken for an unchanged one.
Version = tuple[int, int]
VERSION_SQL = "SELECT coalesce(sum(n), 0), coalesce(max(id), 0) FROM exchange_standingchange"


def version() -> Version:
    """The present count."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION_SQL)
        row = cursor.fetchone()
    return (int(row[0]), int(row[1]))


def tidy() -> None:
    """Add up the counted changes; the version's sum stays as it was."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM exchange_standingchange")
        if cursor.fetchone()[0] < TIDY_FROM:
            return
        cursor.execute("DELETE FROM exchange_standingchange RETURNING n")
        total = sum(row[0] for row in cursor.fetchall())
        cursor.execute("INSERT INTO exchange_standingchange (n) VALUES (%s)", [total])


def install(database: BaseDatabaseWrapper) -> None:
    """Make the triggers that are missing: at every start, and after migrations, because altering a table on SQLite drops
    them."""
    with database.cursor() as cursor:
        have = _present(cursor, database.vendor)
        names = {f"{table}_standing_{verb.lower()}": (table, verb) for table in TABLES for verb in VERBS}
        if have >= names.keys():
            return
        tables = set(database.introspection.table_names(cursor))
        if "exchange_standingchange" not in tables:
            return
        if database.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for name, (table, verb) in names.items():
            if table not in tables or name in have:
                continue
            if database.vendor == "postgresql":
                cursor.execute(
                    f"CREATE TRIGGER {name} AFTER {verb} ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION exchange_standing_changed()"
                )
            else:
                cursor.execute(
                    f"CREATE TRIGGER {name} AFTER {verb} ON {table} "
                    "BEGIN INSERT INTO exchange_standingchange (n) VALUES (1); END"
                )


def _present(cursor: Any, vendor: str) -> set[str]:
    cursor.execute(
        "SELECT tgname FROM pg_trigger"
        if vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    return {row[0] for row in cursor.fetchall()}


def install_after_migrations(sender: object, using: str, **_more: object) -> None:
    """The way in after `migrate`."""
    from django.db import connections

    install(connections[using])

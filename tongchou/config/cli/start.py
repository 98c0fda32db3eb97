"""Starting Django for a command, and the actor a command acts as."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tongchou.accounts.actor import Actor

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def start() -> None:
    """Set Django up and bring the control database to the present tables.

    Raises ImproperlyConfigured, naming the setting, when the control database cannot be reached or opened.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.config.settings")
    import django

    django.setup()
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    from tongchou.exchange import changes

    try:
        connection.ensure_connection()
    except DatabaseError as error:
        facts = connection.settings_dict
        if connection.vendor == "sqlite":
            raise ImproperlyConfigured(
                f"TONGCHOU_DATA: the control database {facts['NAME']} cannot be opened ({_first_line(error)}). "
                "Check that this user may write there, or restore it from a backup."
            ) from None
        raise ImproperlyConfigured(
            f"TONGCHOU_DATABASE: database {facts['NAME']!r} at {facts['HOST']}:{facts['PORT'] or 5432} cannot be "
            f"reached ({_first_line(error)}). Check that the server runs and that user, password and name are right."
        ) from None
    if _are_made(connection):
        changes.install(connection)
    else:
        call_command("migrate", interactive=False, verbosity=0)


def _are_made(connection: BaseDatabaseWrapper) -> bool:
    """Whether every migration there is was applied: their names say so, reading them takes a tenth of a second."""
    from django.apps import apps
    from django.db.migrations.recorder import MigrationRecorder

    recorded = set(MigrationRecorder(connection).applied_migrations())
    for app in apps.get_app_configs():
        for file in (Path(app.path) / "migrations").glob("[0-9]*.py"):
            if (app.label, file.stem) not in recorded:
                return False
    return True


def aside() -> None:
    """`start` for a command that loads or links and then ends: it gives way to whoever is being answered meanwhile."""
    start()
    from tongchou.pool.engine.priority import give_way

    give_way()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def operator() -> Actor:
    """Whoever runs the command line: the house itself; the operating system guards who that is."""
    return Actor.house("command line")

"""Starting Django for a command, and the actor a command acts as."""

from __future__ import annotations

import os

from tongchou.accounts.actor import Actor


def start() -> None:
    """Set Django up and bring the control database to the present tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def operator() -> Actor:
    """Whoever runs the command line: the house itself; the operating system guards who that is."""
    return Actor.house("command line")

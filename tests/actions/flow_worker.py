"""A process that fires timers, for tests that kill it: `python -m tests.actions.flow_worker DATABASE INSTANT`."""

from __future__ import annotations

import sys
from datetime import datetime


def main(database: str, at: str) -> None:
    """Fire what is due by `at` in a database, saying so first."""
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from tongchou.flow import timers

    print("working", flush=True)
    while timers.run_due(datetime.fromisoformat(at)):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Giving way: whoever loads, links or erases takes what those who answer people leave.

On two cores a load that counts as much as the web server makes a reader wait for its turn, some milliseconds each time;
one that gives way costs it next to nothing and is as fast as before while nobody asks (ADR 17).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

STEPS = 15
"""By how much (0–19) the priority of loading is lowered; `TONGCHOU_NICE` changes it, 0 leaves it."""

_OF_THE_SESSION = Path("/proc/self/autogroup")


def steps() -> int:
    """By how much a load's priority is lowered."""
    return int(os.environ.get("TONGCHOU_NICE") or STEPS)


def give_way() -> int:
    """Lower the priority of this thread and of all that it starts from now on; returns the priority it has (0–19).

    For processes that answer nobody: there is no way back. Threads that run already keep theirs. Linux may weigh
    sessions first and threads within them; a process that has a session to itself lowers that, too.
    """
    wanted = steps()
    now = os.getpriority(os.PRIO_PROCESS, 0)
    if wanted <= now:
        return now
    if os.getsid(0) == os.getpid():
        # Refused where the system does not weigh sessions.
        with contextlib.suppress(OSError):
            _OF_THE_SESSION.write_text(str(wanted))
    return os.nice(wanted - now)

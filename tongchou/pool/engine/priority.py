"""Giving way: whoever loads, links or erases takes what those who answer people leave.

On two cores a load that counts as much as the web server makes a reader wait for its turn, some milliseconds each time;
one that gives way costs it next to nothing and is as fast as before while nobody asks (ADR 17).
"""

from __future__ import annotations

import os

STEPS = 10
"""By how much (0–19) the priority of loading is lowered; `TONGCHOU_NICE` changes it, 0 leaves it."""


def give_way() -> int:
    """Lower the priority of this thread and of all that it starts from now on; returns the priority it has (0–19).

    For threads that answer nobody: there is no way back. Others of the process keep theirs. Linux weighs sessions first
    and threads within them: it gives way to whoever runs in its session.
    """
    wanted = int(os.environ.get("TONGCHOU_NICE") or STEPS)
    now = os.getpriority(os.PRIO_PROCESS, 0)
    return os.nice(wanted - now) if wanted > now else now

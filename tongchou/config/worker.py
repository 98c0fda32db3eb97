"""The background worker: one process that takes what waits, one thing after the other, until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections

from tongchou.accounts.actor import Actor
from tongchou.exchange import balancing
from tongchou.exchange import work as exchanging
from tongchou.exchange.expiry import expire_due
from tongchou.exchange.watching import look
from tongchou.flow import timers
from tongchou.gather import correcting, schedule, work
from tongchou.ledger import runs, sequencer
from tongchou.pool import erasure_work, upkeep
from tongchou.pool import work as linking
from tongchou.pool.documents import leaving
from tongchou.pool.engine.priority import give_way

log = logging.getLogger(__name__)

#: Seconds between two looks when there was nothing to do.
IDLE_S = 1.0
#: Seconds between two looks for resources that are due.
SCHEDULE_EVERY_S = 60.0
#: Seconds between two looks for reminders and limits of flows that are due.
TIMERS_EVERY_S = 5.0
#: Seconds between two looks for changes to be sent.
PUSH_EVERY_S = 5.0
#: Seconds between two looks for unusual use.
WATCH_EVERY_S = 60.0
#: Seconds between two rounds of upkeep of the record logs.
UPKEEP_EVERY_S = 3600.0
#: Seconds between two looks for what balances do not count yet.
BALANCE_EVERY_S = 60.0


def run() -> None:
    """Work until SIGTERM or SIGINT; what is half done when killed is continued by the next worker."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda signum, frame: stop.set())
    parent = os.getppid()
    sequence = threading.Thread(target=_repeat, args=(stop, sequencer.sequence, IDLE_S), daemon=True)
    sequence.start()
    balance = threading.Thread(target=_repeat, args=(stop, balancing.keep_up, BALANCE_EVERY_S), daemon=True)
    balance.start()
    # Apart from the work: a reminder does not wait for a delivery.
    ticking = threading.Thread(target=_repeat, args=(stop, timers.run_due, TIMERS_EVERY_S), daemon=True)
    ticking.start()
    verifying = threading.Thread(target=_repeat, args=(stop, runs.perform_next, IDLE_S), daemon=True)
    verifying.start()
    pushing = threading.Thread(target=_repeat, args=(stop, _push, PUSH_EVERY_S), daemon=True)
    pushing.start()
    watching = threading.Thread(target=_repeat, args=(stop, look, WATCH_EVERY_S), daemon=True)
    watching.start()
    # From here on this thread and what it starts; the threads above must not wait for a load.
    give_way()
    last_schedule, last_upkeep = 0.0, time.monotonic()
    while not stop.is_set() and os.getppid() == parent:
        close_old_connections()
        if time.monotonic() - last_schedule > SCHEDULE_EVERY_S:
            last_schedule = time.monotonic()
            schedule.open_due(by=Actor.house("schedule"))
            expire_due(by=Actor.house("schedule"))
        work.release_stale()
        delivery = work.next_waiting()
        if delivery is not None:
            work.perform(delivery, by=Actor.house("worker"))
        elif not (
            correcting.perform_next(by=Actor.house("worker"))
            or erasure_work.perform_next(by=Actor.house("worker"))
            or linking.perform_next(by=Actor.house("worker"))
            or exchanging.perform_next(by=Actor.house("worker"))
        ):
            if time.monotonic() - last_upkeep > UPKEEP_EVERY_S:
                last_upkeep = time.monotonic()
                upkeep.compact_logs()
                leaving.sweep()
            stop.wait(IDLE_S)
    stop.set()
    sequence.join(timeout=10)
    balance.join(timeout=10)
    ticking.join(timeout=10)


def _push() -> None:
    exchanging.push(by=Actor.house("worker"))


def _repeat(stop: threading.Event, function: Callable[[], object], every_s: float) -> None:
    while not stop.is_set():
        close_old_connections()
        try:
            function()
        except Exception as defect:  # its text may hold a value; its kind and place will do
            job = getattr(function, "__name__", function)
            log.error("%s failed with %s; it is tried again", job, type(defect).__name__)
        stop.wait(every_s)

"""A process that appends until it is killed, and says on standard output what was acknowledged. Run by the
tests.

Arguments: database name, data folder, threads, entries per thread (0: without end), and "append", "record",
"both" or "sequence" (the sequencer instead of writers; the size of each new head is said).
"""

from __future__ import annotations

import sys
import threading

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections, transaction  # noqa: E402

from tests.actions import ledger_case  # noqa: E402
from tongchou.ledger import journal  # noqa: E402
from tongchou.ledger.sequencer import sequence  # noqa: E402

database, folder, threads, entries, way = sys.argv[1:6]
connections["default"].settings_dict["NAME"] = database
settings.TONGCHOU_DATA = ledger_case.Path(folder)
said = threading.Lock()


def write() -> None:
    number = 0
    while way == "sequence":
        done_now = sequence()
        if done_now.added:
            print(done_now.size, flush=True)
    while not int(entries) or number < int(entries):
        done = []
        if way != "record":
            done.append(journal.append("trial.looked", ledger_case.looked(number)))
        if way != "append":
            with transaction.atomic():
                done.append(journal.record("trial.changed", {"count": number}))
        with said:
            for position in done:
                print(position.stream, position.seq, position.leaf.hex(), flush=True)
        number += 1
    connections.close_all()


crew = [threading.Thread(target=write) for _ in range(int(threads))]
for one in crew:
    one.start()
for one in crew:
    one.join()
journal.close()

"""kill −9 while a person is being erased: at any moment, again and again; whoever goes on leaves nothing of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.journeys.front_door import House, pack, table
from tests.journeys.test_life_of_a_record import HEADINGS
from tests.journeys.test_life_of_a_record import PACK as LIFE
from tests.journeys.test_stranger import people

ACCOUNTS = """
- {username: anna, name: 甲, memberships: [{role: steward, organisation: police}]}
- {username: otto, name: 乙, memberships: [{role: auditor, organisation: police}]}
"""

#: Runs in one process that has read everything in: it forks, the child works, the parent kills it. How far the erasure is
#: when it is killed is chosen by the steps it has noted; how long into the next step, by chance.
KILLING = """
import json, os, random, signal, time
from django.db import connection, connections
from tongchou.config.cli.start import operator
from tongchou.accounts.queries import actor_of_username
from tongchou.pool import erasing, erasure_work, queries
from tongchou.pool.actions import erasures
from tongchou.pool.models import Erasure

(subject,) = queries.find("id_number", os.environ["HERO"])
asked = erasures.ask(by=actor_of_username("anna"), subject_id=subject, ground="order", reason="粤禅法函〔2026〕12号")
erasures.decide(by=actor_of_username("otto"), number=asked.number, agree=True)
chance = random.Random(int(os.environ["SEED"]))
steps = [each.name for each in erasing.steps()]
kills = []

def working():
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            erasure_work.perform(Erasure.objects.get(), by=operator())
        finally:
            os._exit(0)
    return child

for done in range(0, len(steps) - 4, 2):  # so that it is never at its end before it is killed
    child = working()
    until = time.monotonic() + 10
    while len(Erasure.objects.get().steps) < done and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(chance.choice([0, 0.001, 0.002, 0.005, 0.01]))
    os.kill(child, signal.SIGKILL)
    _, ended = os.waitpid(child, 0)
    erasure = Erasure.objects.get()
    kills.append([os.WIFSIGNALED(ended), len(erasure.steps), erasure.state])
print(json.dumps({"number": asked.number, "kills": kills}))
"""

AFTERWARDS = """
import json
from tongchou.ledger import sequencer
from tongchou.ledger.verification import verify
from tongchou.pool import links
sequencer.sequence()
told = links.tables("folk")[0].to_pylist()
print(json.dumps([verify().ok, [each["source_key"] for each in told if each["resource"] == "police.roll"]]))
"""


def left(folder: Path, *words: str) -> list[str]:
    """Files of the data folder in which one of these words can be read, columns of tables unpacked."""
    wanted = [word.encode(code) for word in words for code in ("utf-8", "gb18030", "utf-16-le")]
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        if content.startswith(b"PAR1"):
            content += str(pq.read_table(path).to_pylist()).encode()
        if any(each in content for each in wanted):
            found.append(str(path.relative_to(folder)))
    return found


@pytest.mark.any_database
def test_an_erasure_killed_again_and_again_ends_with_nothing_left(house: House, tmp_path: Path) -> None:
    files = tmp_path / "files"
    folder = pack(tmp_path / "life", {**LIFE, "accounts.yaml": LIFE["accounts.yaml"] + ACCOUNTS})
    everyone = people(30)
    hero = everyone[3]
    rows = [[f"{i}", p["name"], p["number"], p["born"], p["phone"]] for i, p in enumerate(everyone)]
    table(files / "police_20260101.csv", HEADINGS, rows)
    table(files / "school_20260101.csv", HEADINGS, rows[:10])
    house.run("pack", "apply", str(folder), "--set", f"path={files}")
    house.run("gather", "run")
    house.run("link")
    assert left(house.data, hero["number"])
    house.environment |= {"SEED": os.environ.get("TONGCHOU_SEED", "7"), "HERO": hero["number"]}
    told = json.loads(house.python(KILLING).splitlines()[-1])
    cut = [steps for killed, steps, state in told["kills"] if killed and state == "running"]
    assert len(cut) >= 3, told
    assert cut == sorted(cut)  # what was done and noted stays done

    # Whoever had agreed says so once more, and it goes on where it was.
    house.run("history", "erase", told["number"], "--as", "otto", "--agree")
    assert house.query("SELECT state FROM pool_erasure") == [("done",)]
    assert left(house.data, hero["number"], hero["phone"]) == []
    sound, others = json.loads(house.python(AFTERWARDS).splitlines()[-1])
    assert sound
    assert sorted(others) == sorted({str(i) for i in range(30)} - {"3"})

"""kill −9 anywhere: nothing is half visible, running again at once completes, and the counts are those of a quiet run."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from tests.installation import free_port
from tests.journeys import front_door
from tests.journeys.front_door import House, pack, table

SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋"
ROWS = 12_000

PACK = {
    "pack.yaml": "name: roll\ntitle: roll\nrequires: [core]\nsettings: [{name: path, default: '', about: files}]\n",
    "organisations.yaml": "- {code: roll, name: roll, level: district, kind: department}\n",
    "linkage.yaml": "- {population: roll, kind: person, model: zh_people}\n",
    "sources.yaml": "- {code: roll, name: roll, organisation: roll, connector: files, settings: {path: '{path}'}}\n",
    "resources/roll.yaml": """
code: roll.people
name: roll
organisation: roll
share_class: conditional
cycle: daily
subject: person
population: roll
source: {code: roll, locator: {file: "roll_*.csv"}, mode: full}
key: [no]
fields:
  - {name: no, element: identifier, columns: [编号], required: true}
  - {name: name, element: person_name, columns: [姓名]}
  - {name: birth_date, element: birth_date, columns: [出生日期]}
  - {name: phone, element: phone, columns: [电话], on_failure: keep}
""",
}


def roll(folder: Path, day: int, rows: int = ROWS) -> None:
    """The roll of a day: every day some more people, everybody else as before but each tenth with another phone."""
    lines = []
    for number in range(rows + day * 100):
        chance = random.Random(number)
        name = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
        born = f"{chance.randrange(1940, 2020)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        phone = f"13{chance.randrange(10**9):09}" if number % 10 else f"139{day:04}{number % 10_000:04}"
        lines.append([f"P{number:06}", name, born, phone])
    table(folder / f"roll_202601{day:02}.csv", ["编号", "姓名", "出生日期", "电话"], lines)


def in_log(house: House) -> Counter[str]:
    """Rows in the record log by delivery, read beside the product."""
    try:
        found = DeltaTable(str(house.data / "pool" / "log" / "roll.people"))
    except TableNotFoundError:
        return Counter()
    import duckdb

    files = found.file_uris()
    if not files:
        return Counter()
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT _delivery, count(*) FROM read_parquet(?, union_by_name = true) GROUP BY 1", [files]
        ).fetchall()
    return Counter(dict(rows))


def killed_at(house: House, phase: str, *arguments: str, wait_s: float = 0.0) -> bool:
    """Run a command and kill −9 it (and what it started) when it tells of `phase`; whether that was in time."""
    process = house.begin(*arguments)
    assert process.stdout is not None
    reached = False
    for line in process.stdout:
        if phase in line:
            reached = True
            time.sleep(wait_s)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    return reached and process.wait(timeout=30) == -signal.SIGKILL


def states(house: House) -> list[str]:
    """The states of all deliveries, oldest first."""
    return [state for (state,) in house.query("SELECT state FROM gather_delivery ORDER BY id")]


@pytest.fixture
def files(house: House, tmp_path: Path) -> Path:
    """The pack is applied; the folder its files go to."""
    folder = tmp_path / "files"
    folder.mkdir()
    house.run("pack", "apply", str(pack(tmp_path / "roll", PACK)), "--set", f"path={folder}")
    return folder


def test_gather_killed_in_every_phase(house: House, files: Path, tmp_path: Path) -> None:
    phases = ["read", "shape", "standardise", "check", "divide", "unify", "append"]
    chance = random.Random(7)
    in_time = 0
    for day, phase in enumerate(phases, start=1):
        roll(files, day)
        before = in_log(house)
        in_time += killed_at(
            house, f"roll.people · {phase}", "gather", "run", wait_s=chance.choice([0.0, 0.0, 0.02, 0.1])
        )
        after = in_log(house)
        new = set(after) - set(before)
        assert {each: after[each] for each in before} == dict(before)
        done = house.ask("gather", "run")
        final = in_log(house)
        if new:  # it had been committed before it was killed: all of it was there
            assert {each: final[each] for each in new} == {each: after[each] for each in new}
        assert len(final) == day
        assert [one["state"] for one in done] in (["done"], [])
        assert states(house) == ["done"] * day
    assert in_time >= 5
    told = house.ask("gather", "status")
    with front_door.house(tmp_path / "quiet") as quiet:
        quiet.run("pack", "apply", str(tmp_path / "roll"), "--set", f"path={files}")
        quiet.run("gather", "run")
        calm = quiet.ask("gather", "status")
        counts = ("item", "rows_read", "kept", "quarantined", "new", "changed", "unchanged", "ended", "state")
        assert [[one[name] for name in counts] for one in told] == [
            [one[name] for name in counts] for one in calm
        ]
        assert sorted(in_log(quiet).values()) == sorted(in_log(house).values())
    assert "sound" in house.run("ledger", "verify").stdout
    assert not list((house.data / "staging").glob("*/*"))


@pytest.mark.any_database  # what a run publishes lies in files
def test_link_killed_in_every_phase(house: House, files: Path, tmp_path: Path) -> None:
    roll(files, 1, rows=400)
    house.run("gather", "run")
    house.run("link")
    before = house.links()
    for day, phase in enumerate(["link ", "base", "serve", "close"], start=2):
        roll(files, day, rows=400)
        house.run("gather", "run")
        killed_at(house, f"  {phase}", "link")
        links = house.links()  # links what is not linked yet, at once
        assert len(links) == 400 + day * 100
        assert before.items() <= links.items()
        index = house.python(
            "from tongchou.pool.serving import store; from tongchou.pool.links import current\n"
            "print(store().count('roll'), store().state('roll')['links'] == current('roll').number)"
        )
        assert index.split() == [str(len(set(links.values()))), "True"]
        open_runs = house.query("SELECT count(*) FROM pool_linkrun WHERE state IN ('waiting', 'running')")
        assert open_runs == [(0,)]
        before = links
    assert "sound" in house.run("ledger", "verify").stdout


def test_two_at_once_load_once(house: House, files: Path) -> None:
    roll(files, 1)
    roll(files, 2)
    both = [house.begin("gather", "run", "--json") for _ in range(2)]
    told = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert states(house) == ["done", "done"]
    assert sorted(in_log(house).values()) == sorted([ROWS + 100, 100 + (ROWS + 100) // 10])


@contextlib.contextmanager
def serving(house: House) -> Iterator[subprocess.Popen[str]]:
    """`tongchou serve` on a free port until the block ends; its output is thrown away as it comes."""
    server = house.begin("serve", "--port", str(free_port()))
    assert server.stdout is not None
    reader = threading.Thread(target=lambda: [None for _ in server.stdout or ()], daemon=True)
    reader.start()
    try:
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
        reader.join(timeout=10)
        server.stdout.close()


def children(of: int) -> list[tuple[int, str]]:
    """(process id, command line) of the children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            status = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            if int(status[1]) == of and status[0] != "Z":
                found.append(
                    (int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
                )
    return found


def until(what: str, answers: object, seconds: float = 60) -> None:
    """Wait until a condition holds."""
    assert callable(answers)
    deadline = time.monotonic() + seconds
    while not answers():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_the_servers_worker_killed(house: House, files: Path) -> None:
    roll(files, 1, rows=60_000)
    house.python(
        "from tongchou.accounts.actor import Actor; from tongchou.gather.opening import find_items\n"
        "from tongchou.gather.queries import mappings\n"
        "from tongchou.gather.actions.deliveries import receive\n"
        "m = mappings().get(); receive(by=Actor.house('t'), mapping=m, items=find_items(m))"
    )
    assert states(house) == ["waiting"]
    with serving(house) as server:
        until("the worker begins", lambda: states(house) == ["running"])
        worker = next(number for number, line in children(server.pid) if "worker" in line)
        os.kill(worker, signal.SIGKILL)
        until("another worker completes it", lambda: states(house) == ["done"])
        assert worker not in {number for number, _ in children(server.pid)}
    assert in_log(house).total() == 60_100
    assert "sound" in house.run("ledger", "verify").stdout


@pytest.mark.any_database
def test_the_supervisor_killed_leaves_nobody_behind(house: House) -> None:
    house.run("pack", "apply", "core")
    server = house.begin("serve", "--port", str(free_port()))
    assert server.stdout is not None
    for line in server.stdout:
        if line.startswith("Ready:"):
            break
    left = [number for number, _ in children(server.pid)]
    assert len(left) == 2
    os.kill(server.pid, signal.SIGKILL)
    server.wait(timeout=10)
    until("its children go", lambda: not any(Path(f"/proc/{number}").exists() for number in left), 30)
    server.stdout.close()
    with serving(house):
        pass

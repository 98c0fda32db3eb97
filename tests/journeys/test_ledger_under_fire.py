"""The ledger when things go wrong: the disk full, the database server gone, processes killed while many are reading.

Whoever was answered is on record, once; whoever could not be recorded was not answered; afterwards it goes on
without a gap.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installation import Visitor, free_port
from tests.journeys import front_door
from tests.journeys.front_door import House
from tests.journeys.test_kill import children, until
from tests.journeys.watched import Reader, check_ledger, furnish, served

#: A reader's token and their subjects.
Furnished = tuple[str, list[str]]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[House], Furnished]]:
    """Furnishes installations alike."""
    with front_door.filled_once(tmp_path_factory.mktemp("furnished"), furnish) as furnishing:
        yield furnishing


@pytest.fixture
def reader_of(house: House, once: Callable[[House], Furnished]) -> Furnished:
    """The installation of this test alone is furnished."""
    return once(house)


def descendants(of: int) -> list[tuple[int, str]]:
    """(process id, command line) of all that a process started."""
    found = []
    for number, line in children(of):
        found += [(number, line), *descendants(number)]
    return found


def part_of(server: int, word: str) -> list[int]:
    """The server's child whose command line has the word, with its own children."""
    number = next(number for number, line in children(server) if word in line)
    return [number, *(one for one, _ in descendants(number))]


@contextlib.contextmanager
def full_disk(processes: list[int]) -> Iterator[None]:
    """No byte more goes into any file of these processes (EFBIG, as a full disk's ENOSPC reaches the database)."""
    before = {number: resource.prlimit(number, resource.RLIMIT_FSIZE) for number in processes}
    for number, (_, hard) in before.items():
        resource.prlimit(number, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for number, limits in before.items():
            resource.prlimit(number, resource.RLIMIT_FSIZE, limits)


@pytest.mark.any_database  # a database server writes by itself; see the next test
def test_a_full_disk_answers_nobody_and_afterwards_it_goes_on(
    house: House, reader_of: tuple[str, list[str]]
) -> None:
    token, subjects = reader_of
    with served(house) as (server, base):
        reader = Reader(base, token, subjects)
        assert [reader.read(number)[0] for number in range(5)] == [200] * 5
        with full_disk(part_of(server.pid, "granian")):
            for number in range(8):
                status, told = reader.read(number)
                assert status == 503, told
                assert told["code"] in ("ledger.unavailable", "exchange.database_unavailable")
                assert "nothing was" in told["title"] or "未执行" in told["title"]
                assert "groups" not in told
            with reader.load(4):
                time.sleep(1.0)
        assert len(reader.receipts) == 5
        assert {status for status, _ in reader.refused} == {503}
        assert [reader.read(number)[0] for number in range(5)] == [200] * 5
        with full_disk(part_of(server.pid, "cli worker")):
            # The sequencer cannot write either; what is answered meanwhile is placed afterwards.
            assert [reader.read(number)[0] for number in range(5)] == [200] * 5
            time.sleep(2.5)
        entries = check_ledger(house, reader)
        assert entries >= 15


class Server:
    """A PostgreSQL server of this test alone, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.home = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder, self.port = folder, free_port()
        self.user: dict[str, object] = {}
        folder.mkdir()
        folder.chmod(0o755)
        if os.geteuid() == 0:
            import pwd

            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self.user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._run(
            "initdb", "-D", folder / "data", "-U", "tongchou", "--auth=trust", "-E", "UTF8", "--no-sync"
        )

    @property
    def url(self) -> str:
        return f"postgresql://tongchou@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._run(
            "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self.home / program, *map(str, arguments)], cwd=self.folder, check=True,
            stdout=subprocess.DEVNULL, **self.user,
        )  # type: ignore[call-overload] # fmt: skip


@pytest.fixture
def postgres() -> Iterator[Server]:
    """The server, running; outside tmp_path, which its user may not enter."""
    folder = Path(f"/tmp/tongchou-ledger-pg-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgres
@pytest.mark.any_database  # it has a server of its own
def test_a_database_server_that_is_gone_answers_nobody_and_afterwards_it_goes_on(
    postgres: Server, tmp_path: Path
) -> None:
    with front_door.house(tmp_path) as bare:
        house = House(bare.data, {**bare.environment, "TONGCHOU_DATABASE": postgres.url})
        token, subjects = furnish(house)
        with served(house) as (_, base):
            reader = Reader(base, token, subjects)
            with reader.load(4):
                time.sleep(1.0)
                postgres.stop()
                time.sleep(1.0)
            answered = len(reader.receipts)
            assert answered
            for number in range(4):
                status, told = reader.read(number)
                assert (status, told["code"]) == (503, "exchange.database_unavailable"), told
                assert "groups" not in told
            page = Visitor(base).get("/sign-in/")
            assert page.status in (200, 503)
            refused = Visitor(base).post("/sign-in/", username="reader", password="x", next="/")
            assert refused.status in (403, 503) and "Traceback" not in refused.text
            assert len(reader.receipts) == answered
            postgres.start()
            until("it answers again", lambda: reader.read(1)[0] == 200)
            assert [reader.read(number)[0] for number in range(5)] == [200] * 5
        check_ledger(house, reader)


def test_the_web_server_killed_while_many_read(house: House, reader_of: tuple[str, list[str]]) -> None:
    token, subjects = reader_of
    every: list[str] = []
    for _ in range(2):
        with served(house) as (server, base):
            reader = Reader(base, token, subjects)
            with reader.load():
                until("they are answered", lambda: len(reader.receipts) > 40)  # noqa: B023 – read at once
                for number in reversed(part_of(server.pid, "granian")):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(number, signal.SIGKILL)
                time.sleep(0.3)
        every += reader.receipts
        assert any(status == 0 for status, _ in reader.refused)
    check_ledger(house, Reader("", "", [], every))


@pytest.mark.any_database  # on PostgreSQL: tests/actions/test_ledger_journal.py
def test_the_sequencer_killed_while_many_read(house: House, reader_of: tuple[str, list[str]]) -> None:
    token, subjects = reader_of
    with served(house) as (server, base):
        reader = Reader(base, token, subjects)
        with reader.load():
            for _ in range(3):
                before = len(reader.receipts)
                worker = part_of(server.pid, "cli worker")[0]
                until("they are answered", lambda: len(reader.receipts) > before + 20)  # noqa: B023
                os.kill(worker, signal.SIGKILL)
                until("another worker stands in", lambda: worker not in part_of_any(server.pid))  # noqa: B023
                until("it is there", lambda: any("cli worker" in line for _, line in children(server.pid)))
        assert not reader.refused
        heads = house.query("SELECT count(*) FROM ledger_head")[0][0]
        assert heads
    check_ledger(house, reader)


def part_of_any(server: int) -> set[int]:
    """Every process the server has."""
    return {number for number, _ in descendants(server)}

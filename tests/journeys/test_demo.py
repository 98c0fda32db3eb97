"""`tongchou demo` and `serve` as a person runs them: ready, reachable, stopped cleanly, started again, refused clearly."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.installation import Visitor, free_port
from tests.journeys import front_door
from tests.journeys.front_door import House
from tests.journeys.test_kill import children, killed_at, states, until


def started(house: House, *arguments: str, port: int, **settings: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server; (process, its line that begins with Ready:). What it says afterwards is read away."""
    server = house.begin(*arguments, PORT=str(port), **settings)
    said = []
    assert server.stdout is not None
    for line in server.stdout:
        said.append(line)
        if line.startswith("Ready:"):
            threading.Thread(target=read_away, args=(server,), daemon=True).start()
            return server, line
    raise AssertionError(f"ended with {server.wait()}: {''.join(said)[-3000:]}")


def read_away(server: subprocess.Popen[str]) -> None:
    """Throw a server's further output away, to its end."""
    assert server.stdout is not None
    with server.stdout as output:
        for _ in output:
            pass


def stopped(server: subprocess.Popen[str], with_signal: signal.Signals) -> None:
    """Stop a server; within 15 seconds it is gone with status 0 and leaves nobody behind."""
    family = [number for number, _ in children(server.pid)]
    family += [number for child in family for number, _ in children(child)]
    assert len(family) >= 2
    server.send_signal(with_signal)
    assert server.wait(timeout=15) == 0
    until("its children are gone", lambda: not any(Path(f"/proc/{number}").exists() for number in family), 5)


DEMO = ("demo", "--people", "200")


@dataclass
class Demo:
    """A demo that was started on a new machine: its installation, its server, the line that said it is ready."""

    house: House
    port: int
    server: subprocess.Popen[str]
    ready: str


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that nobody disturbed."""
    with front_door.house(tmp_path_factory.mktemp("demo"), fresh=True) as house:
        port = free_port()
        demo = Demo(house, port, *started(house, *DEMO, port=port))
        yield demo
        if demo.server.poll() is None:
            stopped(demo.server, signal.SIGTERM)


def test_demo(calm: Demo) -> None:
    house, port, server, ready = calm.house, calm.port, calm.server, calm.ready
    try:
        assert f"http://127.0.0.1:{port}" in ready
        assert "steward" in ready
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert answer.status == 200
        visitor = Visitor(f"http://127.0.0.1:{port}/")
        assert visitor.sign_in("steward").status == 200
        page = visitor.get("/")
        assert "sign-in" not in page.url
        failed = house.query("SELECT number, error FROM gather_delivery WHERE state = 'failed'")
        assert len(failed) == 1
        page = visitor.get(f"/gather/{failed[0][0]}/")
        assert page.status == 200
        assert "取数时连接中断" in page.text
        other = house.run("serve", ends=2, PORT=str(free_port()))
        assert "A server already runs on this data folder." in other.stderr
    finally:
        stopped(server, signal.SIGINT)
    begun = time.monotonic()
    server, _ = started(house, *DEMO, port=port)
    again = time.monotonic() - begun
    stopped(server, signal.SIGTERM)
    assert again < 60  # seconds alone; minutes would mean that it was made again
    assert house.query("SELECT count(*) FROM gather_delivery WHERE state = 'failed'") == [(1,)]


@pytest.mark.any_database
def test_serve_behind_a_proxy(house: House) -> None:
    """As deploy/ sets it: only the public name is answered, only over https; it must come up all the same."""
    port = free_port()
    server, _ = started(
        house,
        "serve",
        port=port,
        TONGCHOU_SECURE="1",
        TONGCHOU_HOSTS="data.example.gov.cn",
        TONGCHOU_ORIGINS="https://data.example.gov.cn",
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=10)
    with refused.value as answer:
        assert answer.code == 400
    stopped(server, signal.SIGTERM)


@pytest.mark.any_database
def test_a_taken_port(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = house.run("serve", ends=2, PORT=str(port))
        assert f"127.0.0.1:{port}" in refused.stderr
        assert "PORT" in refused.stderr
        assert (
            house.run("demo", "--people", "200", ends=2, PORT=str(port)).stderr.count("[serve.port_taken]")
            == 1
        )
        assert not (house.data / "sample").exists()  # told before any work


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("TONGCHOU_DATABASE", "mysql://x"),
        ("TONGCHOU_DATABASE", "postgresql://nobody:secret-word@127.0.0.1:1/none"),
        ("TONGCHOU_DATABASE", "postgresql://nobody@127.0.0.1:port/none"),
        ("TONGCHOU_DATA", "/proc/nothing/here"),
        ("TONGCHOU_MEMORY_MB", "lots"),
        ("TONGCHOU_LANGUAGE", "fr"),
        ("TONGCHOU_SECURE", "perhaps"),
    ],
)
@pytest.mark.parametrize("command", ["serve"])
def test_a_wrong_setting_stops_the_start_and_is_named(
    house: House, command: str, setting: str, value: str
) -> None:
    refused = house.run(command, ends=2, **{setting: value})
    assert setting in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert "secret-word" not in refused.stdout + refused.stderr


@pytest.mark.any_database
def test_demo_killed_while_it_loads(house: House, calm: Demo) -> None:
    for phase in ("Making", "health.patients · standardise", "  serve"):
        killed_at(house, phase, *DEMO, "--no-serve")
    house.run(*DEMO, "--no-serve")
    assert set(states(house)) == {"done", "failed"}
    failed = house.query(
        "SELECT r.code FROM gather_delivery d JOIN catalogue_resource r ON r.id = d.resource_id WHERE d.state = 'failed'"
    )
    assert failed == [("water.meters",)]

    def told(one: House) -> list[list[object]]:
        names = ("resource", "item", "rows_read", "kept", "quarantined", "new", "changed", "ended", "state")
        return sorted([row[name] for name in names] for row in one.ask("gather", "status", "--limit", "500"))

    assert told(house) == told(calm.house)
    assert house.links().keys() == calm.house.links().keys()
    assert "sound" in house.run("ledger", "verify").stdout

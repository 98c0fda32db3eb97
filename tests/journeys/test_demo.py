"""`tongchou demo` and `serve` as a person runs them: ready, reachable, stopped cleanly, started again, refused clearly."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.installation import DEMO, District, free_port, started
from tests.journeys.front_door import House
from tests.journeys.test_kill import children, killed_at, states, until


def stopped(server: subprocess.Popen[str], with_signal: signal.Signals) -> None:
    """Stop a server; within 15 seconds it is gone with status 0 and leaves nobody behind."""
    family = [number for number, _ in children(server.pid)]
    family += [number for child in family for number, _ in children(child)]
    assert len(family) >= 2
    server.send_signal(with_signal)
    assert server.wait(timeout=15) == 0
    until("its children are gone", lambda: not any(Path(f"/proc/{number}").exists() for number in family), 5)


def test_demo(district: District) -> None:
    house = House(district.data, {**district.environment, "TONGCHOU_LANGUAGE": "en", "COLUMNS": "200"})
    assert district.base in district.ready
    assert "steward" in district.ready
    with urllib.request.urlopen(f"{district.base}/healthz", timeout=5) as answer:
        assert answer.status == 200
    page = district.visitor("steward").get("/")
    assert "sign-in" not in page.url
    failed = house.query("SELECT number, error FROM gather_delivery WHERE state = 'failed'")
    assert len(failed) == 1
    page = district.visitor("steward").get(f"/gather/{failed[0][0]}/")
    assert page.status == 200
    assert "取数时连接中断" in page.text
    other = house.run("serve", ends=2, PORT=str(free_port()))
    assert "A server already runs on this data folder." in other.stderr
    try:
        stopped(district.server, signal.SIGINT)
    finally:
        begun = time.monotonic()
        district.server, _ = started(district.environment, *DEMO)
    assert time.monotonic() - begun < 60  # seconds alone; minutes would mean that it was made again
    assert house.query("SELECT count(*) FROM gather_delivery WHERE state = 'failed'") == [(1,)]


@pytest.mark.any_database
def test_serve_behind_a_proxy(house: House) -> None:
    """As deploy/ sets it: only the public name is answered, only over https; it must come up all the same."""
    port = free_port()
    behind = {
        "PORT": str(port), "TONGCHOU_SECURE": "1", "TONGCHOU_HOSTS": "data.example.gov.cn",
        "TONGCHOU_ORIGINS": "https://data.example.gov.cn",
    }  # fmt: skip
    server, _ = started({**house.environment, **behind}, "serve")
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
def test_demo_killed_while_it_loads(house: House, district: District) -> None:
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

    calm = House(district.data, {**district.environment, "TONGCHOU_LANGUAGE": "en", "COLUMNS": "200"})
    assert told(house) == told(calm)
    assert house.links().keys() == calm.links().keys()
    assert "sound" in house.run("ledger", "verify").stdout


def test_a_trigger_that_is_missing_is_made_at_the_next_start(house: House) -> None:
    """Restored by hand, or lost to a change of a table: whoever reads must still notice that grants changed."""
    postgres = bool(house.environment.get("TONGCHOU_DATABASE"))
    house.run("gather", "status")
    house.change("DROP TRIGGER exchange_grant_standing_delete" + (" ON exchange_grant" if postgres else ""))
    found = (
        "SELECT count(*) FROM pg_trigger WHERE tgname LIKE %s"
        if postgres
        else "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    )
    before = house.query(found, "exchange_grant_standing_%")[0][0]
    house.run("gather", "status")
    assert house.query(found, "exchange_grant_standing_%") == [(before + 1,)]

"""The gateway as real processes: kill −9 under load loses and doubles nothing; what changes is felt by every process."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.installation import PROJECT, District, free_port
from tongchou.exchange.gateway import signatures

Sent = tuple[bytes, dict[str, str]]


def rows(district: District, sql: str, *, change: bool = False) -> list[tuple[Any, ...]]:
    """Ask the district's control database beside the product."""
    url = district.environment.get("TONGCHOU_DATABASE", "")
    if url:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return [] if change else cursor.fetchall()
    with sqlite3.connect(district.data / "control.sqlite3", timeout=30) as database:
        found = database.execute(sql).fetchall()
    database.close()
    return found


class System:
    """A department's system: the key that the demo issued to it."""

    def __init__(self, district: District, code: str) -> None:
        held = json.loads((district.data / "clients" / f"{code}.json").read_text())
        self.key_id = held["key_id"]
        self.sign = signatures.signer(held["method"], held["secret"].encode())

    def request(self, path: str, asked: Any) -> Sent:
        """A signed request."""
        body = json.dumps(asked).encode()
        headers = signatures.signed_headers(
            method="POST", path=path, body=body, key_id=self.key_id, sign=self.sign, created=int(time.time()),
            nonce=secrets.token_hex(12),
        )  # fmt: skip
        return body, {"content-type": "application/json", **headers}


def send(connection: http.client.HTTPConnection, path: str, sent: Sent) -> tuple[int, Any]:
    """Send one request; status and JSON."""
    connection.request("POST", path, sent[0], sent[1])
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def once(port: int, path: str, sent: Sent) -> tuple[int, Any]:
    """Send one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return send(connection, path, sent)
    finally:
        connection.close()


@contextmanager
def gateway(district: District, workers: int = 1) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`tongchou gateway` on a free port; killed −9 with all it started when left."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tongchou.config.cli", "gateway", "--port", str(port), "--workers", str(workers)],
        cwd=PROJECT, env=district.environment, start_new_session=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with contextlib.closing(
                    http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                ) as connection:
                    connection.request("GET", "/exchange/openapi.json")
                    assert connection.getresponse().status == 200
                break
            except OSError:
                assert process.poll() is None, "the gateway ended"
                assert time.monotonic() < deadline, "the gateway does not answer"
                time.sleep(0.2)
        yield port, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def asked(number: str) -> dict[str, Any]:
    return {"subject": {"id_number": number}, "statement": "owns_housing", "purpose": "window_service"}


@pytest.fixture
def hall(district: District) -> System:
    return System(district, "hall-one-door")


def numbers(district: District, count: int) -> list[str]:
    """Identity numbers of people of the synthetic district."""
    import pyarrow.parquet as pq

    people = pq.read_table(district.data / "sample" / "truth" / "persons.parquet")
    column = next(name for name in people.column_names if name in ("id_number", "number", "identity_number"))
    return [each for each in people.column(column).to_pylist() if each][:count]


def entries(district: District) -> dict[tuple[str, int], dict[str, Any]]:
    """The ledger's entries of verifications."""
    found = rows(district, "SELECT stream, seq, body FROM ledger_entry WHERE kind = 'access.verified'")
    return {(stream, seq): json.loads(bytes(body)) for stream, seq, body in found}


def test_killed_under_load_no_answer_is_missing_and_none_is_there_twice(
    district: District, hall: System
) -> None:
    known = numbers(district, 200)
    answered: list[tuple[Sent, str]] = []
    unanswered: list[Sent] = []
    said = threading.Lock()
    before = entries(district)
    for wait_s in (0.8, 0.35):
        with gateway(district) as (port, process):
            stop = threading.Event()

            def load(start: int) -> None:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                try:
                    ask(connection, start)
                finally:
                    connection.close()

            def ask(connection: http.client.HTTPConnection, start: int) -> None:
                place = start
                while not stop.is_set():  # noqa: B023
                    place += 1
                    sent = hall.request("/exchange/verify", asked(known[place % len(known)]))
                    try:
                        status, told = send(connection, "/exchange/verify", sent)
                    except (OSError, http.client.HTTPException, ValueError):
                        with said:
                            unanswered.append(sent)
                        return
                    assert status == 200, told
                    with said:
                        answered.append((sent, told["receipt"]))

            crew = [threading.Thread(target=load, args=(17 * place,)) for place in range(12)]
            for one in crew:
                one.start()
            time.sleep(wait_s)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
            stop.set()
            for one in crew:
                one.join(60)
    assert len(answered) > 50
    now = entries(district)
    receipts = [tuple(receipt.split("/")) for _, receipt in answered]
    places = [(stream, int(seq)) for stream, seq in receipts]
    assert len(set(places)) == len(places)
    assert not [place for place in places if place not in now]
    assert all(now[place]["outcome"] == "done" for place in places)
    new = set(now) - set(before)
    # What was committed and not answered is a trace without an answer: at most one for each connection that was cut.
    assert len(places) <= len(new) <= len(places) + len(unanswered)
    # Counted as often as recorded.
    (uses,) = rows(
        district, "SELECT uses FROM exchange_usage WHERE of = 'user' AND key = '@client:hall-one-door'"
    )[0]
    done = [
        each for each in now.values() if each["user"] == "@client:hall-one-door" and each["outcome"] == "done"
    ]
    assert uses == len(done)
    # No request that was answered is taken again by a process that comes after.
    with gateway(district) as (port, _):
        again = [once(port, "/exchange/verify", sent)[0] for sent, _ in answered[-40:]]
    assert set(again) == {401}
    checked = district.command("ledger", "verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_withdrawal_is_felt_by_the_next_request_of_every_process(district: District, hall: System) -> None:
    number = numbers(district, 1)[0]
    pages = int(district.base.rsplit(":", 1)[1])
    with gateway(district, workers=2) as (port, _):
        ports = [port, port, port, pages, port, pages]

        def statuses() -> list[int]:
            return [
                once(each, "/exchange/verify", hall.request("/exchange/verify", asked(number)))[0]
                for each in ports
            ]

        assert statuses() == [200] * 6
        for state, expected in (("suspended", 403), ("live", 200), ("withdrawn", 403), ("live", 200)):
            rows(
                district,
                f"UPDATE exchange_grant SET state = '{state}' WHERE number = 'G-0076'",
                change=True,
            )
            assert statuses() == [expected] * 6
        rows(
            district,
            f"UPDATE exchange_clientkey SET revoked_at = '2026-01-01' WHERE key_id = '{hall.key_id}'",
            change=True,
        )
        assert statuses() == [401] * 6
        rows(
            district,
            f"UPDATE exchange_clientkey SET revoked_at = NULL WHERE key_id = '{hall.key_id}'",
            change=True,
        )
        assert statuses() == [200] * 6


def test_one_request_sent_to_every_process_at_once_is_answered_once(district: District, hall: System) -> None:
    number = numbers(district, 1)[0]
    pages = int(district.base.rsplit(":", 1)[1])
    with gateway(district, workers=2) as (port, _):
        for _ in range(5):
            sent, statuses = hall.request("/exchange/verify", asked(number)), []

            def ask(where: int, sent: Sent = sent, statuses: list[int] = statuses) -> None:
                statuses.append(once(where, "/exchange/verify", sent)[0])

            crew = [
                threading.Thread(target=ask, args=(where,))
                for where in (port, pages, port, pages, port, port)
            ]
            for one in crew:
                one.start()
            for one in crew:
                one.join()
            assert sorted(statuses) == [200] + [401] * 5


def test_a_quota_holds_for_all_processes_together(district: District, hall: System) -> None:
    number = numbers(district, 1)[0]
    pages = int(district.base.rsplit(":", 1)[1])
    ((used,),) = rows(
        district, "SELECT COALESCE(MAX(uses), 0) FROM exchange_usage WHERE of = 'grant' AND key = 'G-0076'"
    )
    rows(
        district,
        f"UPDATE exchange_grant SET quota_per_day = {used + 10} WHERE number = 'G-0076'",
        change=True,
    )
    try:
        with gateway(district, workers=2) as (port, _):
            statuses: list[int] = []

            def ask(where: int) -> None:
                for _ in range(5):
                    statuses.append(
                        once(where, "/exchange/verify", hall.request("/exchange/verify", asked(number)))[0]
                    )

            crew = [
                threading.Thread(target=ask, args=(where,))
                for where in (port, pages, port, pages, port, port)
            ]
            for one in crew:
                one.start()
            for one in crew:
                one.join()
        assert sorted(statuses) == [200] * 10 + [429] * 20
    finally:
        rows(district, "UPDATE exchange_grant SET quota_per_day = NULL WHERE number = 'G-0076'", change=True)

"""The gateway under load: signed, authorised, masked, ledgered answers about one subject, at 32 connections.

A district of synthetic people is made by the real path (`bench.dossier`); two systems are registered, one that signs with
HMAC and one with Ed25519. The server is the product's own, one worker, in a process of its own; requests are signed beforehand
and sent by a lean generator in another (`bench.knock`). Measured on the embedded default and on a PostgreSQL server of this run.
Floor: the same rows from a bare ASGI application without any of that. Peer: Datasette serving the same table.
Since cores are shared, the server's CPU per request counts: 1,000,000 µs divided by it is the rate of one whole core.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bench.dossier import row

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = {"small": 5_000, "full": 200_000}
REQUESTS = {"small": 4_000, "full": 30_000}
CONNECTIONS = 32
FIELDS = ["name", "id_number", "birth_date", "address"]
PURPOSE = "relief_check"


def run(size: str) -> list[dict[str, Any]]:
    """Rows of name, size, value, unit, floor, peer, ratio_to_floor, ratio_to_peer; above 1 means ahead."""
    rows = _in_a_process(size, "")
    sys.path.insert(0, str(ROOT))
    from tests.run import postgres

    with postgres(durable=True) as url:
        rows += _in_a_process(size, url)
    return rows


def _in_a_process(size: str, database: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="exchange-bench-") as folder:
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "TONGCHOU_DATA": folder, "TONGCHOU_DATABASE": database,
            "DJANGO_SETTINGS_MODULE": "tongchou.config.settings",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "bench.exchange", size],
            cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    total = 0
    for each in [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]:
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def _cpu_of_postgres_s() -> float:
    """CPU seconds of the database server's processes so far; 0 on SQLite."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity")
        pids = [pid for (pid,) in cursor.fetchall()]
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _serving(command: list[str], port: int, path: str, **environment: str) -> Iterator[int]:
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
                time.sleep(0.2)
        yield server.pid
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _granian(application: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--no-ws", "--log-level", "warning", "--loop", "asyncio", application,
    ]  # fmt: skip


def _measured(pid: int, port: int, requests: list[bytes], expected: str = "200") -> dict[str, float]:
    from bench.knock import prepared

    with tempfile.NamedTemporaryFile() as file:
        file.write(prepared(requests))
        file.flush()
        before, before_pg = _cpu_s(pid), _cpu_of_postgres_s()
        done = subprocess.run(
            [sys.executable, "-m", "bench.knock", str(port), str(CONNECTIONS), file.name],
            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        cpu, cpu_pg = _cpu_s(pid) - before, _cpu_of_postgres_s() - before_pg
    found = json.loads(done.stdout)
    if found["statuses"] != {expected: len(requests)}:
        raise RuntimeError(f"not every request was answered: {found['statuses']}")
    return {
        "rate": found["rate"], "p50": found["p50_ms"], "p99": found["p99_ms"],
        "cpu_us": 1e6 * cpu / len(requests), "cpu_pg_us": 1e6 * cpu_pg / len(requests),
    }  # fmt: skip


def _post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    told = {
        "host": "localhost",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **headers,
    }
    return (
        f"POST {path} HTTP/1.1\r\n{''.join(f'{k}: {v}{chr(13)}{chr(10)}' for k, v in told.items())}\r\n".encode()
        + body
    )


def _signed(path: str, ask: Callable[[str], dict[str, Any]], ids: list[str], key: Any) -> list[bytes]:
    from tongchou.exchange.gateway import signatures

    sign = signatures.signer(key.method, key.key)
    made = []
    for subject in ids:
        body = json.dumps(ask(subject)).encode()
        headers = signatures.signed_headers(
            method="POST", path=path, body=body, key_id=key.key_id, sign=sign, created=int(time.time()),
            nonce=secrets.token_hex(12),
        )  # fmt: skip
        made.append(_post(path, body, headers))
    return made


def _prepare(people: int) -> tuple[list[str], dict[str, Any]]:
    """The district, its grants and its two systems; returns subject ids and keys."""
    from django.conf import settings

    from bench.dossier import populate, serve
    from tests.actions.gate import register, statement, system
    from tongchou.accounts.models import Organisation
    from tongchou.catalogue.models import Resource
    from tongchou.exchange.models import Grant, Purpose
    from tongchou.pool import links

    populate(people)
    serve(people)
    Organisation.objects.create(code="hall", name="hall", level="district", kind="hall")
    keys = {
        method: register(f"bench-{method.split('-')[0]}", method=method)
        for method in ("hmac-sha256", "ed25519")
    }
    purpose = Purpose.objects.create(code=PURPOSE, name=PURPOSE)
    statement("has_home", "housing.homes", "area_m2 != '60' and address is not null", absence_means_no=True)
    for resource in Resource.objects.all():
        grant = Grant.objects.create(
            number=f"G-{resource.code}", organisation=Organisation.objects.get(code="hall"), role=system(),
            resource=resource, fields=["*"], forms=["query", "verify"], statements=["has_home"],
            until=date(2099, 12, 31), granted_by="bench",
        )  # fmt: skip
        grant.purposes.add(purpose)
    version = links.current("people")
    assert version is not None
    import pyarrow.parquet as pq

    known = sorted(set(pq.read_table(version.parts["links"]).column("subject_id").to_pylist()))
    _table(Path(settings.TONGCHOU_DATA) / "table.db", known)
    return known, keys


def _table(file: Path, ids: list[str]) -> None:
    """The same rows as a plain table, for floor and peer."""
    from django.db import connection

    from tongchou.pool import queries

    rows = []
    for subject_id in ids:
        found = queries.document(subject_id)
        assert found is not None
        values = next(each["values"] for each in found["versions"] if each["resource"] == "ps.residents")
        rows.append((subject_id, *(values[name] for name in FIELDS)))
    sql = "CREATE TABLE people (subject_id text PRIMARY KEY, name text, id_number text, birth_date text, address text)"
    with sqlite3.connect(file) as db:
        db.execute(sql)
        db.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)
    db.close()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.executemany("INSERT INTO people VALUES (%s, %s, %s, %s, %s)", rows)


def main(size: str) -> list[dict[str, Any]]:
    """In the benchmark's own process."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from tongchou.ledger.models import Entry

    call_command("migrate", verbosity=0)
    known, keys = _prepare(PEOPLE[size])
    chosen = random.Random(7)
    count = REQUESTS[size]
    ids = [chosen.choice(known) for _ in range(count)]
    warm = [chosen.choice(known) for _ in range(300)]
    table = str(Path(settings.TONGCHOU_DATA) / "table.db")

    def query(subject: str) -> dict[str, Any]:
        return {"subject": {"id": subject}, "fields": {"ps.residents": FIELDS}, "purpose": PURPOSE}

    def verify(subject: str) -> dict[str, Any]:
        return {"subject": {"id": subject}, "statement": "has_home", "purpose": PURPOSE}

    port, found = _port(), {}
    where = "PostgreSQL" if connection.vendor == "postgresql" else "embedded"
    server = os.environ.get("TONGCHOU_DATABASE", "")
    with _serving(_granian("tongchou.config.asgi:application", port), port, "/exchange/openapi.json") as pid:
        for name, path, ask, method in (
            ("query, HMAC", "/exchange/query", query, "hmac-sha256"),
            ("query, Ed25519", "/exchange/query", query, "ed25519"),
            ("verify, HMAC", "/exchange/verify", verify, "hmac-sha256"),
        ):
            _measured(pid, port, _signed(path, ask, warm, keys[method]))
            entries = Entry.objects.count()
            found[name] = _measured(pid, port, _signed(path, ask, ids, keys[method]))
            if Entry.objects.count() != entries + count:
                raise RuntimeError("the ledger does not hold one entry an answer")
    port = _port()
    plain = [_post("/", json.dumps({"subject_id": each}).encode(), {}) for each in ids]
    beside = {"BENCH_TABLE": table, "BENCH_POSTGRES": server}
    with _serving(_granian("bench.exchange_floor:application", port), port, "/", **beside) as pid:
        _measured(pid, port, plain[:300])
        floor = _measured(pid, port, plain)
    port = _port()
    datasette = [sys.executable, "-m", "datasette", "serve", table, "--port", str(port)]
    gets = [
        f"GET /table/people/{each}.json?_shape=objects HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
        for each in ids[: max(1000, count // 10)]
    ]
    with _serving(datasette, port, "/-/versions.json") as pid:
        _measured(pid, port, gets[:100])
        peer = _measured(pid, port, gets)
    rows = []
    for name, one in found.items():
        beside_it = f" (and {one['cpu_pg_us']:.0f} µs in PostgreSQL)" if one["cpu_pg_us"] else ""
        note = (
            f"{CONNECTIONS} connections, one worker; server CPU {one['cpu_us']:.0f} µs a request{beside_it}, so "
            f"{1e6 / one['cpu_us']:,.0f}/s a core; p50 {one['p50']:.1f} ms. Floor: a bare ASGI application "
            f"({floor['cpu_us']:.0f} µs); peer: Datasette ({peer['cpu_us']:.0f} µs), which masks and records nothing"
        )
        rate = row(
            f"gateway {name} ({where})", PEOPLE[size], one["rate"], "answers/s", floor["rate"], peer["rate"]
        )
        rate["ratio_to_floor"], rate["ratio_to_peer"] = (
            one["rate"] / floor["rate"],
            one["rate"] / peer["rate"],
        )
        cpu = row(
            f"gateway {name} ({where}), CPU",
            PEOPLE[size],
            one["cpu_us"],
            "µs",
            floor["cpu_us"],
            peer["cpu_us"],
        )
        p99 = row(f"gateway {name} ({where}), p99", PEOPLE[size], one["p99"], "ms", floor["p99"], peer["p99"])
        rows += [{**rate, "note": note}, cpu, p99]
    return rows


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "small")))

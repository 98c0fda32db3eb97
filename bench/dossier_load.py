"""A dossier's document while a load runs: on SQLite and on PostgreSQL, up to 20 million records of 8.5 million people.

The synthetic people of `bench.dossier`, all of them residents and some of them in each of three more departments' logs,
get subject ids, and their documents are put together, sealed and stored by the product's own writing (`refresh`); the
logs and links are laid once, and served first from SQLite, then from PostgreSQL. Then a second process, as the product's
worker does, takes in one file after the other through the whole pipeline: a large one of a new table, and a day's changed
residents, whose documents it then brings up to date. Meanwhile documents are asked for by id: one after the other as fast
as they come, and 200 times a second, counted from when each was due, so that waiting for a turn counts as well.

Floor: the sealed row by primary key from the same store under the same load. Peer: DuckDB over the logs' own files, at
rest. `--only dossier_load --size full` needs some 25 GB of disk, 10 GB of memory, and some minutes a store.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import dossier

ROOT = Path(__file__).resolve().parent.parent
#: Of twenty people, how many each department knows: 2.35 records a person.
SHARES = {"ps.residents": 20, "hr.insured": 11, "health.patients": 10, "housing.homes": 6}
PEOPLE = {"tiny": 8_520, "small": 85_200, "middle": 852_000, "full": 8_520_000}
ASKED = {"tiny": 500, "small": 4_000, "middle": 20_000, "full": 40_000}
#: Rows of the large file, and residents changed, of each turn of the load.
LOADED = {"tiny": 5_000, "small": 50_000, "middle": 300_000, "full": 1_000_000}
CHANGED = {"tiny": 200, "small": 2_000, "middle": 20_000, "full": 100_000}
#: Seconds under load, at least and at most; at least one turn must end meanwhile.
BUSY_S = {"tiny": 5.0, "small": 20.0, "middle": 40.0, "full": 40.0}
LONGEST_S = 420.0
#: Seconds between two questions that are asked by the clock.
EVERY_S = 0.005


def run(size: str) -> list[dict[str, Any]]:
    """Rows of `bench.dossier`'s form, for both stores."""
    from tests.run import postgres

    with tempfile.TemporaryDirectory(prefix="dossier-load-") as folder:
        rows = _measured(size, folder, "")
        for file in (Path(folder) / "pool").glob("serving.sqlite3*"):
            file.unlink()
        with postgres(durable=True) as url:
            rows += _measured(size, folder, url)
    return rows


def _measured(size: str, folder: str, database: str) -> list[dict[str, Any]]:
    loud = os.getloadavg()[0]
    env = {
        **os.environ, "PYTHONPATH": str(ROOT), "TONGCHOU_DATA": folder, "TONGCHOU_DATABASE": database,
        "DJANGO_SETTINGS_MODULE": "tongchou.config.settings",
    }  # fmt: skip

    def step(name: str) -> Any:
        command = [sys.executable, "-m", "bench.dossier_load", name, size]
        done = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
        print(
            f"  {name} {'PostgreSQL' if database else 'SQLite'}: {done.stdout[:160].strip()}", file=sys.stderr
        )
        return json.loads(done.stdout.splitlines()[-1])

    (Path(folder) / "turns").unlink(missing_ok=True)
    step("lay")
    made = step("serve")
    calm = step("rest")
    # A group of its own within the session, as the worker of `tongchou serve` has.
    load = subprocess.Popen(
        [sys.executable, "-m", "bench.dossier_load", "load", size], cwd=ROOT, env=env, process_group=0
    )
    try:
        found = step("busy")
        assert load.poll() is None, "the load ended on its own"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(load.pid, signal.SIGKILL)
        load.wait()
    where = "PostgreSQL" if database else "SQLite"
    records = PEOPLE[size] * sum(SHARES.values()) // 20
    rows = [
        dossier.row(f"documents made, {where}", records, PEOPLE[size] / made["s"], "documents/s", None, None),
        dossier.row(f"peak memory of making documents, {where}", records, made["mb"], "MB", None, None),
    ]
    for name in ("p50", "p99"):
        each = calm[name] | found[name]
        rows += [
            dossier.row(
                f"dossier document {name} {said}, {where}",
                records,
                each[key],
                "ms",
                each.get(floor),
                each["peer"],
            )
            for said, key, floor in (
                ("at rest", "calm", ""),
                ("while a load runs", "busy", "floor"),
                ("while a load runs, from when it was due", "due", ""),
            )
        ]
    for each in rows:
        each["note"] = (
            f"{datetime.now(UTC):%Y-%m-%d}: {PEOPLE[size]} people, {found['asked']} documents asked for during "
            f"{found['turns']} turns of {LOADED[size]} rows loaded and {CHANGED[size]} residents changed; load average "
            f"before: {loud:.1f}; floor: the sealed row from the same store; peer: DuckDB over Parquet"
        )
    return rows


def lay(size: str) -> dict[str, Any]:
    """Catalogue, logs, and links; what is there already stays."""
    from django.core.management import call_command

    from tongchou.pool import links

    began = time.perf_counter()
    call_command("migrate", verbosity=0)
    dossier.populate(PEOPLE[size], SHARES)
    if links.current("people") is None:
        dossier.identify(PEOPLE[size], SHARES)
    return {"s": time.perf_counter() - began}


def serve(size: str) -> dict[str, Any]:
    """Make all documents."""
    from tongchou.pool.plans import feeds_of
    from tongchou.pool.serving import store
    from tongchou.pool.serving.refresh import refresh

    began = time.perf_counter()
    refresh("people", "person", feeds_of("people"), None)
    assert store().count("people") == PEOPLE[size]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"s": time.perf_counter() - began, "mb": peak}


def load(size: str) -> None:
    """Take in, serve, and again, until ended; `turns` in the data folder says how often."""
    import pyarrow as pa
    from django.conf import settings

    from tongchou.gather import pipeline
    from tongchou.pool.engine.priority import give_way
    from tongchou.pool.plans import feeds_of
    from tongchou.pool.serving.refresh import refresh
    from tongchou.standards.plans import FieldPlan, ResourcePlan

    give_way()
    root = Path(settings.TONGCHOU_DATA)
    name = FieldPlan("name", "person_name", ("name",), on_failure="keep")
    number = FieldPlan("id_number", "id_number", ("id_number",), on_failure="keep")
    born = FieldPlan("birth_date", "birth_date", ("birth_date",), on_failure="keep")
    key = FieldPlan("record_no", "identifier", ("record_no",), required=True)
    address = FieldPlan("address", "address", ("address",), on_failure="keep")
    new = ResourcePlan("bench.loaded", (key, name, number, born), ("record_no",))
    residents = ResourcePlan(
        "ps.residents", (key, name, number, born, address), ("record_no",), mode="increment"
    )
    draw = random.Random(os.getpid())
    file = root / "tmp" / "rows.csv"
    file.parent.mkdir(exist_ok=True)
    nobody = pa.table({"subject_id": pa.array([], pa.string())})
    for turn in range(1_000_000):
        for plan, wanted in (
            (new, range(LOADED[size])),
            (residents, sorted(draw.sample(range(PEOPLE[size]), CHANGED[size]))),
        ):
            with file.open("w", encoding="utf-8") as out:
                out.write(",".join(each.name for each in plan.fields) + "\n")
                out.writelines(_line(plan.code, each, turn) for each in wanted)
            pipeline.run(
                plan=plan, connector="files", settings={"path": str(file)}, data_root=root,
                delivery=f"L{os.getpid()}-{turn}", delivered_on=date(2026, 2, 1) + timedelta(turn), released=True,
            )  # fmt: skip
        written = refresh("people", "person", feeds_of("people"), nobody)
        assert written == CHANGED[size], written
        (root / "turns").write_text(str(turn + 1))


def _line(code: str, person: int, turn: int) -> str:
    """A resident as `bench.dossier` makes them, at another door; or a row of the new table."""
    name = "王" + chr(20_000 + person % 9_000)
    born = date(1940, 1, 1) + timedelta(person % 25_000)
    number = f"440604{born:%Y%m%d}{person // 25_000:04}"
    if code == "bench.loaded":
        return f"N{person},{name},{number},{date(1940, 1, 1) + timedelta((person + turn) % 25_000)}\n"
    road = f"佛山市禅城区祖庙街道人民路{person % 900}号"
    return f"R{person},{name},{number},{born},{road}{turn % 30 + 1}栋{os.getpid() % 1000}室\n"


def rest(size: str) -> dict[str, Any]:
    """Documents while nothing else happens, and the peer."""
    from django.conf import settings

    from tongchou.pool import links, queries
    from tongchou.pool.engine.connection import connect, quote
    from tongchou.pool.logs import versions_sql
    from tongchou.pool.plans import feeds_of

    root = Path(settings.TONGCHOU_DATA)
    version = links.current("people")
    assert version is not None
    ids = _ids(size)
    assert all(queries.document(each) for each in ids[:100]), "documents that are not there cost nothing"
    calm = dossier.timed(queries.document, ids)
    with connect(root) as db:
        parts = [
            f"""SELECT to_json(v) FROM ({versions_sql(root, feed)}) v WHERE v._key IN (
            SELECT source_key FROM read_parquet({quote(str(version.parts["links"]))})
            WHERE subject_id = $id AND resource = '{feed.resource}')"""
            for feed in feeds_of("people")
        ]
        sql = " UNION ALL ".join(parts)
        peer = [_seconds(lambda key: db.execute(sql, {"id": key}).fetchall(), each) for each in ids[:4]][1:]
    return _shares(calm=calm, peer=peer)


def busy(size: str) -> dict[str, Any]:
    """Documents while the load runs, until it has ended a turn at least."""
    from django.conf import settings

    from tongchou.pool import queries
    from tongchou.pool.serving import store

    turns = Path(settings.TONGCHOU_DATA) / "turns"
    ids, held = _ids(size), store()
    begun = time.monotonic()
    asked: dict[str, list[float]] = {"busy": [], "due": [], "floor": []}
    while time.monotonic() - begun < BUSY_S[size] or not turns.exists():
        assert time.monotonic() - begun < LONGEST_S, "the load ended no turn"
        asked["busy"] += _for_seconds(4, lambda key: queries.document(key), ids)
        asked["due"] += _by_the_clock(4, queries.document, ids)
        asked["floor"] += _for_seconds(1, held.document, ids)
    told = {"asked": sum(map(len, asked.values())), "turns": int(turns.read_text())}
    return _shares(**asked) | told


def _ids(size: str) -> list[str]:
    """Subjects to ask for, in no order."""
    from django.conf import settings

    from tongchou.pool import links
    from tongchou.pool.engine.connection import connect, quote

    version = links.current("people")
    assert version is not None
    with connect(Path(settings.TONGCHOU_DATA)) as db:
        some = (
            f"SELECT subject_id FROM read_parquet({quote(str(version.parts['links']))}) "
            f"WHERE resource = 'ps.residents' USING SAMPLE {ASKED[size]} ROWS"
        )
        found = [each[0] for each in db.execute(some).fetchall()]
    random.shuffle(found)
    return found


def _seconds(ask: Callable[[str], Any], key: str) -> float:
    began = time.perf_counter()
    ask(key)
    return time.perf_counter() - began


def _for_seconds(seconds: float, ask: Callable[[str], Any], ids: Sequence[str]) -> list[float]:
    """Seconds of each question, one after the other."""
    until, found = time.monotonic() + seconds, []
    while time.monotonic() < until:
        found += [_seconds(ask, each) for each in random.sample(ids, 100)]
    return found


def _by_the_clock(seconds: float, ask: Callable[[str], Any], ids: Sequence[str]) -> list[float]:
    """Seconds from when each question was due until it was answered."""
    due, found = time.perf_counter(), []
    for each in random.choices(ids, k=int(seconds / EVERY_S)):
        due += EVERY_S
        if (wait := due - time.perf_counter()) > 0:
            time.sleep(wait)
        ask(each)
        found.append(time.perf_counter() - due)
    return found


def _shares(**times: Sequence[float]) -> dict[str, Any]:
    """{p50, p99: {what was asked: milliseconds}}."""
    return {
        name: {each: dossier.percentile(some, share) for each, some in times.items()}
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }


if __name__ == "__main__":
    import django

    django.setup()
    steps: dict[str, Callable[[str], Any]] = {
        "lay": lay,
        "serve": serve,
        "load": load,
        "rest": rest,
        "busy": busy,
    }
    print(json.dumps(steps[sys.argv[1]](sys.argv[2])))

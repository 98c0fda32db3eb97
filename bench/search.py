"""Search by words at the size of a district, by the real path: rights, proposals, decision, masks, ledger.

Synthetic people in four departments' logs are given subject ids, published, served and indexed as a link run does it; a
clerk with grants on all four asks. Measured: making the index, following a day's changes, each kind of query (p50 and
p95 of all of them together), and how often the one who was meant is among the results (the year of birth is added, as
many people bear one name).
Peer: SQLite FTS5 with trigrams over the same names, pinyin and addresses in plain text: no rights, masks or trace.
Runs in a process and a data folder of its own.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.dossier import in_a_process, percentile, row

SIZES = {"small": 50_000, "full": 1_000_000}
ASKED = {"small": 60, "full": 60}
PURPOSE = "relief_check"

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文辉力永健世广义兴良海山仁波宁贵福生龙元全胜学祥"
    "才发成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之轮翰"
    "朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以家致树炎德行时泰盛雄琛钧冠策腾榕风航弘晓小佳怡欣雨嘉琪梓涵子轩"
)
ROADS = [
    "汾江中路", "人民路", "祖庙路", "季华五路", "岭南大道", "文沙路", "福贤路", "江湾路", "湖景路", "同济路",
    "普君南路", "锦华路", "魁奇一路", "南海大道", "桂澜路", "佛平路", "张槎一路", "文华北路", "教育路", "汾宁路",
]  # fmt: skip
RESOURCES = {
    "ps.residents": ("R", "id_number, name, birth_date, address"),
    "hr.insured": ("S", "id_number, name, birth_date, phone"),
    "health.patients": ("H", "other_name AS name, birth_date, phone"),
    "housing.homes": ("F", "id_number, name, address"),
}
ROLES = {"name": ("person_name", "name"), "id_number": ("id_number", "id_number"), "birth_date": ("birth_date", "birth_date"),
         "phone": ("mobile", "phone"), "address": ("address", "address")}  # fmt: skip


def run(size: str) -> list[dict[str, Any]]:
    """Rows of name, size, value, unit, floor, peer, ratio_to_floor, ratio_to_peer; above 1 means ahead."""
    return in_a_process("bench.search", size)


def people(count: int, seed: int = 11) -> Any:
    """A table of invented people."""
    import pyarrow as pa

    draw = random.Random(seed)
    weights = [1 / (place + 3) for place in range(len(SURNAMES))]
    surnames = draw.choices(SURNAMES, weights, k=count)
    lengths = draw.choices((1, 2), (15, 85), k=count)
    first, second = draw.choices(GIVEN, k=count), draw.choices(GIVEN, k=count)
    names = [
        s + a + (b if n == 2 else "") for s, a, b, n in zip(surnames, first, second, lengths, strict=True)
    ]
    start = date(1935, 1, 1)
    born = [(start + timedelta(draw.randrange(32_000))).isoformat() for _ in range(count)]
    homes = [
        f"佛山市禅城区祖庙街道{draw.choice(ROADS)}{draw.randrange(1, 400)}号{draw.randrange(1, 30)}栋"
        f"{draw.randrange(101, 3000)}室"
        for _ in range(count)
    ]
    other = [name if draw.random() > 0.03 else name[:-1] + draw.choice(GIVEN) for name in names]
    return pa.table(
        {"i": range(count), "name": names, "other_name": other, "birth_date": born, "address": homes}
    )


def populate(table: Any) -> None:
    """Organisations, catalogue, grants and logs of these people."""
    from django.conf import settings

    from tongchou.accounts.models import Organisation, Role
    from tongchou.catalogue.models import Resource, ResourceField
    from tongchou.exchange.models import Grant, Purpose
    from tongchou.pool.engine.connection import connect
    from tongchou.pool.engine.log import DeliveryNote, RecordLog, digest_sql
    from tongchou.pool.models import Population
    from tongchou.standards.elements import element

    root = Path(settings.TONGCHOU_DATA)
    Population.objects.create(code="people", kind="person", model="zh_people")
    hall = Organisation.objects.create(code="hall", name="hall", level="district", kind="hall")
    role = Role.objects.create(code="clerk", name="clerk", desk="clerk", permissions=["dossier.search"])
    purpose = Purpose.objects.create(code=PURPOSE, name=PURPOSE)
    for code, (prefix, columns) in RESOURCES.items():
        owner = code.split(".")[0]
        organisation = Organisation.objects.create(
            code=owner, name=owner, level="district", kind="department"
        )
        made = Resource.objects.create(
            code=code, name=code, organisation=organisation, share_class="conditional", cycle="daily",
            subject_kind="person", population="people",
        )  # fmt: skip
        with connect(root) as db:
            db.register("people", table)
            told = f"""SELECT '{prefix}' || i AS record_no, {columns} FROM (SELECT *,
                '440604' || replace(birth_date, '-', '') || lpad((i % 10000)::VARCHAR, 4, '0') AS id_number,
                '138' || lpad((i % 100000000)::VARCHAR, 8, '0') AS phone FROM people)"""
            names = [each[0] for each in db.sql(f"{told} LIMIT 1").description]
            for position, name in enumerate(names):
                code_of, said = ROLES.get(name, ("identifier", ""))
                ResourceField.objects.create(
                    resource=made, name=name, label=name, element=code_of, grade=element(code_of).grade,
                    position=position, role=said,
                )  # fmt: skip
            log = RecordLog(root, code, names)
            at, part = log.next_recorded_at(), root / f"{code}.parquet"
            db.execute(
                f"""COPY (SELECT record_no AS _key, 'put' AS _op, DATE '2026-01-01' AS _valid_from, NULL::DATE AS _valid_to,
                TIMESTAMPTZ '{at.isoformat()}' AS _recorded_at, {digest_sql(log.order(), names)} AS _digest,
                0::BIGINT AS _failures, 'D1' AS _delivery, 2::BIGINT AS _row, {", ".join(names)}
                FROM ({told})) TO '{part}' (FORMAT parquet)"""
            )
            log.append(db, parts=[part], note=DeliveryNote("D1", at, date(2026, 1, 1), "full"))
            part.unlink()
        grant = Grant.objects.create(
            number=f"G-{prefix}", organisation=hall, role=role, resource=made, fields=["*"], unmasked=["name"],
            until=date(2099, 1, 1), granted_by="@bench",
        )  # fmt: skip
        grant.purposes.set([purpose])


def serve(count: int) -> tuple[dict[str, float], Any]:
    """Give subject ids, publish, make both indexes; returns seconds, and the ids in the order of the people."""
    from django.conf import settings

    from tongchou.pool import links
    from tongchou.pool.engine.connection import connect
    from tongchou.pool.plans import feeds_of
    from tongchou.pool.search import making
    from tongchou.pool.serving.refresh import refresh
    from tongchou.pool.subjects import assign

    root = Path(settings.TONGCHOU_DATA)
    with connect(root) as db:
        parts = " UNION ALL ".join(
            f"SELECT '{code}' AS resource, '{prefix}' || i AS source_key, i AS cluster FROM range({count}) t(i)"
            for code, (prefix, _) in RESOURCES.items()
        )
        clusters = db.sql(parts).to_arrow_table()
    at = datetime.now(UTC)
    assignment = assign(clusters, None, None, prefix="P", at=at, data_root=root)
    links.publish("people", assignment, at)
    feeds = feeds_of("people")
    refresh("people", "person", feeds, assignment.changed)
    began = time.perf_counter()
    making.follow("people", "person", feeds, assignment.changed)
    made = time.perf_counter()
    some = assignment.changed.slice(0, min(count // 10, 100_000))
    making.follow("people", "person", feeds, some)
    seconds = {"make": made - began, "follow": time.perf_counter() - made, "followed": some.num_rows}
    with connect(root) as db:
        db.register("l", assignment.links)
        ids = db.sql(
            "SELECT subject_id FROM l WHERE resource = 'ps.residents' ORDER BY substr(source_key, 2)::BIGINT"
        ).to_arrow_table()
    return seconds, ids.column(0)


def queries(table: Any, count: int, seed: int = 3) -> dict[str, list[tuple[int, str]]]:
    """{kind of query: [(whom it means, what is typed)]}."""
    from tongchou.standards.spelling import initials, name_readings

    draw = random.Random(seed)
    found: dict[str, list[tuple[int, str]]] = {}
    names, homes, born = (table.column(each).to_pylist() for each in ("name", "address", "birth_date"))

    def add(kind: str, place: int, text: str) -> None:
        found.setdefault(kind, []).append((place, text))

    for place in (draw.randrange(len(names)) for _ in range(count)):
        name, year = names[place], born[place][:4]
        said = name_readings(name)[0]
        typed = "".join(said)
        at = draw.randrange(1, len(typed))
        home = homes[place].split("街道")[1]
        add("name", place, name)
        add("name and year", place, f"{name} {year}")
        add("pinyin and year", place, f"{typed} {year}")
        add("pinyin, family name last, and year", place, f"{''.join(said[1:])} {said[0]} {year}")
        add("initials and year", place, f"{initials(said)} {year}")
        add("pinyin with a letter lost and year", place, f"{typed[:at]}{typed[at + 1 :]} {year}")
        if len(name) > 2:
            wrong = draw.choice([each for each in GIVEN if each not in name])
            add("name with a wrong character and year", place, f"{name[0]}{wrong}{name[2]} {year}")
        add("home", place, home)
        add("road and door", place, home.split("栋")[0].rstrip("0123456789"))
        add("nobody", place, "阿不都克里木·哈斯木")
    return found


def main(size: str) -> list[dict[str, Any]]:
    """In the benchmark's own process."""
    import django

    django.setup()
    from django.core.management import call_command

    from tongchou.accounts.actor import Actor
    from tongchou.exchange.actions import access
    from tongchou.pool.search import index

    call_command("migrate", verbosity=0)
    count = SIZES[size]
    table = people(count)
    populate(table)
    seconds, ids = serve(count)
    clerk = Actor(
        username="clerk",
        name="clerk",
        organisation="hall",
        role="clerk",
        permissions=frozenset({"dossier.search"}),
    )
    asked = queries(table, ASKED[size])
    times: dict[str, list[float]] = {}
    met: dict[str, int] = {}
    for kind, each in asked.items():
        for text in [text for _, text in each[:3]]:
            access.search(by=clerk, query=text, purpose=PURPOSE)
        for place, text in each:
            began = time.perf_counter()
            found = access.search(by=clerk, query=text, purpose=PURPOSE)
            times.setdefault(kind, []).append(time.perf_counter() - began)
            met[kind] = met.get(kind, 0) + (ids[place].as_py() in {one.subject_id for one in found})
    beside = peer(table, [text for kind in ("name", "home") for _, text in asked[kind]])
    rows = [
        row("search index made", count, count / seconds["make"], "people/s", None, None),
        row(
            "search index follows changes",
            count,
            seconds["followed"] / seconds["follow"],
            "people/s",
            None,
            None,
        ),
        row("search index at rest", count, index.size_bytes("people") / count, "bytes a person", None, None),
    ]
    every = [each for some in times.values() for each in some]
    for name, share in (("search p50", 0.5), ("search p95", 0.95)):
        rows.append(row(name, count, percentile(every, share), "ms", None, percentile(beside, share)))
    for kind, each in times.items():
        rows.append(row(f"search by {kind} p95", count, percentile(each, 0.95), "ms", None, None))
        if "year" in kind or kind == "home":
            rows.append(row(f"found by {kind}", count, met[kind] / len(each), "of those meant", None, None))
    for each in rows:
        each["note"] = "peer: SQLite FTS5 trigram over plain text, no rights or trace" if each["peer"] else ""
    return rows


def peer(table: Any, asked: list[str]) -> list[float]:
    """Seconds of the same names and homes asked of SQLite FTS5 with trigrams, plain."""
    from tongchou.standards.spelling import name_readings

    path = Path(os.environ["TONGCHOU_DATA"]) / "peer.sqlite3"
    db = sqlite3.connect(path)
    db.execute("CREATE VIRTUAL TABLE people USING fts5(name, pinyin, address, tokenize='trigram')")
    names, homes = table.column("name").to_pylist(), table.column("address").to_pylist()
    spelt: dict[str, str] = {}
    for name in names:
        if name not in spelt:
            spelt[name] = "".join(name_readings(name)[0])
    db.executemany(
        "INSERT INTO people VALUES (?, ?, ?)",
        ((name, spelt[name], home) for name, home in zip(names, homes, strict=True)),
    )
    db.commit()

    def ask(text: str) -> Any:
        if len(text) < 3:
            return db.execute(
                "SELECT rowid FROM people WHERE name LIKE ? LIMIT 20", (f"%{text}%",)
            ).fetchall()
        return db.execute(
            "SELECT rowid FROM people WHERE people MATCH ? ORDER BY rank LIMIT 20", (f'"{text}"',)
        ).fetchall()

    return _timed(ask, asked)


def _timed(ask: Callable[[str], Any], asked: list[str]) -> list[float]:
    for text in asked[:5]:
        ask(text)
    found = []
    for text in asked:
        began = time.perf_counter()
        ask(text)
        found.append(time.perf_counter() - began)
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "small")))

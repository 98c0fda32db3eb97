"""A stranger's data: a pack of their own, or a drafted one, and links out with three commands; wrong packs told whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.journeys.front_door import House, pack, table

pytestmark = pytest.mark.any_database
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周欧", "伟芳娜敏静丽强磊军洋子涵若曦"


def people(number: int) -> list[dict[str, str]]:
    """Invented people."""
    found = []
    for index in range(number):
        chance = random.Random(index)
        body = (
            f"440604{chance.randrange(1950, 2015)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
            f"{chance.randrange(1000):03}"
        )
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        check = "10X98765432"[sum(int(a) * b for a, b in zip(body, weights, strict=True)) % 11]
        found.append(
            {
                "name": chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN),
                "number": body + check,
                "born": f"{body[6:10]}-{body[10:12]}-{body[12:14]}",
                "phone": f"138{chance.randrange(10**8):08}",
                "home": f"佛山市禅城区季华{chance.randrange(1, 9)}路{index}号{chance.randrange(101, 999)}房",
            }
        )
    return found


def town(folder: Path) -> int:
    """Two registers of the same 300 people in a stranger's form: GBK with numbers, UTF-8 without any number."""
    everyone = people(300)
    table(
        folder / "册子.csv",
        ["本册序", "何人", "身份", "何日生", "居所"],
        [
            [f"甲{i}", p["name"], p["number"], p["born"].replace("-", ""), p["home"]]
            for i, p in enumerate(everyone)
        ],
        encoding="gbk",
    )
    table(
        folder / "clinic.csv",
        ["card", "who", "dob", "call", "lives"],
        [
            [f"c-{i}", p["name"], p["born"].replace("-", "/"), p["phone"], p["home"]]
            for i, p in enumerate(everyone)
        ][::2],
    )
    return 300 + 150


STRANGER = {
    "pack.yaml": """name: stranger
title: {zh: 外来的, en: A stranger's}
requires: [core]
settings:
  - {name: path, env: STRANGER_PATH, default: nowhere, about: files}
""",
    "organisations.yaml": "- {code: town, name: 某镇, level: town, kind: town}\n",
    "linkage.yaml": "- {population: townsfolk, kind: person, model: zh_people}\n",
    "sources.yaml": """
- {code: book, name: 册子, organisation: town, connector: files, settings: {path: "{path}"}}
- {code: clinic, name: 诊所, organisation: town, connector: files, settings: {path: "{path}"}}
""",
    "resources/book.yaml": """code: town.book
name: 册子
organisation: town
share_class: conditional
cycle: monthly
subject: person
population: townsfolk
source: {code: book, locator: {file: "册子.csv"}, mode: full}
key: [no]
fields:
  - {name: no, element: identifier, columns: [本册序], required: true}
  - {name: name, element: person_name, columns: [何人]}
  - {name: number, element: id_number, columns: [身份], on_failure: keep}
  - {name: born, element: birth_date, columns: [何日生]}
  - {name: home, element: address, columns: [居所], on_failure: keep}
""",
    "resources/clinic.yaml": """code: town.clinic
name: 诊所
organisation: town
share_class: conditional
cycle: monthly
subject: person
population: townsfolk
source: {code: clinic, locator: {file: "clinic.csv"}, mode: full}
key: [card]
fields:
  - {name: card, element: identifier, columns: [card], required: true}
  - {name: name, element: person_name, columns: [who]}
  - {name: born, element: birth_date, columns: [dob]}
  - {name: phone, element: phone, columns: [call], on_failure: keep}
  - {name: home, element: address, columns: [lives], on_failure: keep}
""",
}


def test_three_commands(house: House, tmp_path: Path) -> None:
    records = town(tmp_path / "files")
    folder = pack(tmp_path / "stranger", STRANGER)
    house.environment["STRANGER_PATH"] = str(tmp_path / "files")
    planned = house.ask("pack", "plan", str(folder))
    assert house.query("SELECT count(*) FROM gather_source") == [(0,)]  # a plan writes nothing
    applied = house.ask("pack", "apply", str(folder))
    assert applied["changes"] == planned["changes"]
    assert house.ask("pack", "apply", str(folder))["changes"] == []
    done = house.ask("gather", "run")
    assert {one["resource"]: one["new"] for one in done} == {"town.book": 300, "town.clinic": 150}
    links = house.links()
    assert len(links) == records
    right = sum(links["town.clinic", f"c-{i}"] == links["town.book", f"甲{i}"] for i in range(0, 300, 2))
    assert right >= 147
    assert len(set(links.values())) <= 303


def test_a_changed_pack_is_planned_as_it_is_applied(house: House, tmp_path: Path) -> None:
    folder = pack(tmp_path / "stranger", STRANGER)
    house.run("pack", "apply", str(folder))
    text = STRANGER["resources/clinic.yaml"].replace("cycle: monthly", "cycle: weekly")
    pack(folder, {"resources/clinic.yaml": text.replace("columns: [call]", "columns: [call, tel]")})
    planned = house.ask("pack", "plan", str(folder))["changes"]
    assert {(one["kind"], one["section"], one["identifier"], tuple(one["fields"])) for one in planned} == {
        ("update", "resources", "town.clinic", ("cycle",)),
        ("update", "mappings", "town.clinic", ("columns",)),
    }
    assert house.ask("pack", "apply", str(folder))["changes"] == planned
    assert house.ask("pack", "plan", str(folder))["changes"] == []
    fewer = "\n".join(line for line in text.splitlines() if "phone" not in line)
    pack(folder, {"resources/clinic.yaml": fewer})
    planned = house.ask("pack", "plan", str(folder))["changes"]
    assert planned == house.ask("pack", "apply", str(folder))["changes"]
    assert house.query("SELECT count(*) FROM catalogue_resourcefield WHERE name = 'phone'") == [(0,)]
    assert house.ask("pack", "plan", str(folder))["changes"] == []


def test_a_drafted_pack_applies_and_links(house: House, tmp_path: Path) -> None:
    everyone = people(200)
    table(
        tmp_path / "数据" / "学生名册.csv",
        ["学号", "学生姓名", "身份证件号", "出生日期", "监护人", "监护人电话", "家庭住址"],
        [
            [f"S{i}", p["name"], p["number"], p["born"], "王大明", p["phone"], p["home"]]
            for i, p in enumerate(everyone)
        ],
        encoding="gb18030",
    )
    table(
        tmp_path / "数据" / "patients [1].csv",
        ["卡号", "患者", "性别", "出生日期", "联系电话", "地址"],
        [[f"H{i}", p["name"], "男", p["born"], p["phone"], p["home"]] for i, p in enumerate(everyone)],
    )
    folder = tmp_path / "我的 区"
    files = sorted(str(file) for file in (tmp_path / "数据").iterdir())
    house.run("pack", "new", str(folder), *files)
    assert house.run("pack", "check", str(folder)).stdout.strip() == "No problems."
    house.run("pack", "apply", str(folder))
    done = house.ask("gather", "run")
    assert [one["new"] for one in done] == [200, 200]
    assert len(house.links()) == 400
    again = house.run("pack", "new", str(folder), *files, ends=2)
    assert "already holds a pack" in again.stderr


WRONG = {
    "pack.yaml": "name: wrong\ntitle: wrong\nrequires: [core, absent_pack]\n",
    "organisations.yaml": (
        "- {code: a, name: a, level: district, kind: department, parent: b}\n"
        "- {code: b, name: b, level: district, kind: department, parent: a}\n"
        "- {code: c, name: c, level: galaxy, kind: department}\n"
        "- {code: c, name: c, level: district, kind: department}\n"
    ),
    "roles.yaml": "- code: r\n  name: r\n  desk: clerk\n  permissions:\n    - desk.open\n    - world.rule\n",
    "accounts.yaml": "- {username: u, name: u, memberships: [{role: nobody, organisation: nowhere}]}\n",
    "purposes.yaml": "purpose: not a list\n",
    "linkage.yaml": "- {population: p, kind: animal, model: zh_people}\n- {population: q, kind: person, model: no_model}\n",
    "sources.yaml": (
        "- {code: s, name: s, organisation: a, connector: telepathy, settings: {}}\n"
        "- {code: s2, name: s2, organisation: a, connector: files, settings: {path: '{unknown_setting}/x'}}\n"
    ),
    "grants.yaml": "- {code: G, organisation: a, role: r, resource: x, fields: '*', purposes: [z], until: someday}\n",
    "resources/broken.yaml": "code: x\nname: [unclosed\n",
    "resources/twice.yaml": """code: twice
name: twice
organisation: nowhere
share_class: secret
cycle: daily
key: [n]
fields:
  - {name: n, element: identifier}
""",
    "resources/fields.yaml": """code: fields
name: fields
organisation: a
share_class: closed
cycle: daily
population: nobody
source: {code: unknown, locator: {}, mode: full}
key: [missing]
timeline: {on: never, zh: x}
fields:
  - {name: one, element: unicorn}
  - {name: one, element: text}
  - {name: two, element: text, code_list: no_such_list}
""",
    "resources/type.yaml": """code: type
name: type
organisation: a
share_class: closed
cycle: daily
key: [n]
fields:
  - {name: n, element: text, grade: high}
""",
}

#: Where each problem stands, and a word of what is said of it.
TOLD = [
    ("pack.yaml", 3, "absent_pack"),
    ("organisations.yaml", 1, "circle"),
    ("organisations.yaml", 2, "circle"),
    ("organisations.yaml", 3, "galaxy"),
    ("organisations.yaml", 4, "already stands"),
    ("roles.yaml", 6, "world.rule"),
    ("accounts.yaml", 1, "nobody"),
    ("accounts.yaml", 1, "nowhere"),
    ("purposes.yaml", 1, "list"),
    ("linkage.yaml", 1, "animal"),
    ("linkage.yaml", 2, "no_model"),
    ("sources.yaml", 1, "telepathy"),
    ("sources.yaml", 2, "unknown_setting"),
    ("grants.yaml", 1, "'x'"),
    ("grants.yaml", 1, "'z'"),
    ("resources/broken.yaml", 3, "YAML"),
    ("resources/twice.yaml", 4, "secret"),
    ("resources/fields.yaml", 6, "nobody"),
    ("resources/fields.yaml", 7, "unknown"),
    ("resources/fields.yaml", 8, "missing"),
    ("resources/fields.yaml", 9, "never"),
    ("resources/fields.yaml", 11, "unicorn"),
    ("resources/fields.yaml", 12, "twice"),
    ("resources/fields.yaml", 13, "no_such_list"),
    ("resources/type.yaml", 8, "high"),
]


def test_every_problem_at_once_with_its_place(house: House, tmp_path: Path) -> None:
    folder = pack(tmp_path / "wrong", WRONG)
    found = house.ask("pack", "check", str(folder), ends=2)
    for file, line, word in TOLD:
        assert any(p["file"] == file and p["line"] == line and word in p["what"] for p in found), (
            file,
            line,
            word,
            found,
        )
    for verb in ("plan", "apply"):
        refused = house.run("pack", verb, str(folder), ends=2)
        assert "tongchou pack check" in refused.stderr
    assert house.query("SELECT count(*) FROM accounts_organisation") == [(0,)]
    assert house.query("SELECT count(*) FROM accounts_role") == [(0,)]
    said = house.run("pack", "check", str(folder), ends=2, TONGCHOU_LANGUAGE="zh-hans").stdout
    assert "resources/fields.yaml:11: " in said
    assert "没有“unicorn”这个数据元" in said

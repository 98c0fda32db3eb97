"""教育局: schools, pupils with their guardians, and this autumn's enrolments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from .. import places
from ..columns import Ints, day_number, join, pick, plain, split_days, where
from .desk import Desk, Sheet, choose

KINDS = ("幼儿园", "小学", "初级中学", "高级中学")
# School names: a kindergarten and two primary schools to a community, a secondary school to two of them.
SCHOOLS: tuple[tuple[str, int, int], ...] = tuple(
    [
        (f"样例区{community.removesuffix('社区').removesuffix('村')}幼儿园", 0, at)
        for at, community in enumerate(places.COMMUNITIES)
    ]
    + [
        (f"样例区{community.removesuffix('社区').removesuffix('村')}{word}小学", 1, at)
        for at, community in enumerate(places.COMMUNITIES)
        for word in ("", "第二")
    ]
    + [
        (f"样例区{community.removesuffix('社区').removesuffix('村')}中学", 2, at)
        for at, community in enumerate(places.COMMUNITIES)
        if at % 2 == 0
    ]
    + [(f"样例区第{word}高级中学", 3, at * 6) for at, word in enumerate("一二三四")]
)
FIRST_OF_KIND = np.array([0, 24, 72, 84])


def schools(desk: Desk) -> Iterator[Sheet]:
    """学校名录, the same for a district of any size; handed in with the first block."""
    if desk.block.number:
        return
    name = "edu.schools"
    rows = np.arange(len(SCHOOLS))
    codes = pa.array([f"{2144060000 + row * 17}" for row in rows.tolist()])
    columns = {
        "学校标识码": codes,
        "学校名称": pa.array([school for school, _, _ in SCHOOLS]),
        "办学类型": pa.array([KINDS[kind] for _, kind, _ in SCHOOLS]),
        "所在社区": pa.array([places.COMMUNITIES[at] for _, _, at in SCHOOLS]),
        "地址": pa.array(
            [
                f"佛山市样例区{places.ROADS[at * 2 % len(places.ROADS)]}{11 + row}号"
                for row, (_, _, at) in enumerate(SCHOOLS)
            ]
        ),
        "核定学位": plain(np.array([360, 1080, 1200, 2400])[[kind for _, kind, _ in SCHOOLS]]),
    }
    yield Sheet(name, f"edu_enrolments/schools_{desk.second}.xlsx", columns, codes)


def _school_age(desk: Desk) -> tuple[int, Ints]:
    """The year the school year began in, and everybody's age on its first day (1 September)."""
    year, month, _ = (int(part[0]) for part in split_days(np.array([desk.block.calendar.first])))
    year -= month < 9
    return year, desk.block.ages(day_number(date(year, 8, 31)))


def _school_of(desk: Desk, people: Ints, stage: Ints) -> Ints:
    """The school of the home's community, or for some another of the same kind."""
    community = desk.block.homes_on(desk.block.calendar.first, people).community
    coin = desk.rng.random(len(people))
    home = np.select(
        [stage == 0, stage == 1, stage == 2],
        [community, 24 + community * 2 + (coin < 0.5), 72 + community // 2],
        84 + community // 6,
    )
    sizes = np.array([24, 48, 12, 4])
    other = FIRST_OF_KIND[stage] + (desk.rng.random(len(people)) * sizes[stage]).astype(np.int64)
    return np.where(desk.rng.random(len(people)) < 0.85, home, other)


def pupils(desk: Desk) -> Iterator[Sheet]:
    """在校学生: from kindergarten to the end of secondary school, with a guardian's name and phone."""
    block, name = desk.block, "edu.pupils"
    year, age = _school_age(desk)
    people = np.flatnonzero(
        (age >= 3)
        & (age < 18)
        & block.present(block.calendar.first)
        & (desk.rng.random(len(block)) < np.where(age < 6, 0.8, np.where(age < 15, 0.97, 0.8)))
    )
    keys = desk.keys(name, "G4406", len(people))
    stage = np.select([age[people] < 6, age[people] < 12, age[people] < 15], [0, 1, 2], 3)
    grades = (
        "小班",
        "中班",
        "大班",
        *(f"{word}年级" for word in "一二三四五六七八九"),
        "高一",
        "高二",
        "高三",
    )
    guardian = block.guardians()[people]
    known = guardian >= 0
    holder = np.where(known, guardian, people)
    guardian_names = desk.slips.name((name, "guardian_name"), block.names.take(holder), keys, 1.0)
    guardian_phones = desk.slips.phone((name, "guardian_phone"), desk.own_phones(holder), keys, 1.0)
    school = _school_of(desk, people, stage)
    columns = {
        "学籍号": keys,
        "学生姓名": desk.names(name, people, keys),
        "性别": desk.sexes(name, people, keys, "男", "女"),
        "出生日期": desk.births(name, people, keys, "Y-M-D"),
        "身份证件号": desk.numbers(name, people, keys),
        "学校": pick([school for school, _, _ in SCHOOLS], school),
        "年级": pick(grades, age[people] - 3),
        "监护人": where(known, guardian_names, None),
        "监护人电话": where(known, guardian_phones, None),
        "关系": where(known, where(block.male[holder], "父亲", "母亲"), None),
        "现住址": desk.addresses(name, people, keys, "district", 1.2),
        "入学年月": join(plain(year - age[people] + np.array([3, 6, 12, 15])[stage]), "年9月"),
    }
    yield Sheet(name, f"edu_pupils/pupils_{desk.first}.csv", columns, keys, people)
    transfer = desk.rng.random(len(people)) < 0.006
    later = columns | {"学校": pick([school for school, _, _ in SCHOOLS], _school_of(desk, people, stage))}
    yield Sheet(name, "", later, keys, people).only(transfer, f"edu_pupils/pupils_{desk.second}.csv")


def enrolments(desk: Desk) -> Iterator[Sheet]:
    """秋季一年级新生: a workbook filled in by the schools, headings over headings."""
    block, name = desk.block, "edu.enrolments"
    year, age = _school_age(desk)
    people = np.flatnonzero(
        (age == 6) & block.present(block.calendar.first) & (desk.rng.random(len(block)) < 0.6)
    )
    keys = desk.keys(name, f"XS{year}", len(people))
    guardian = block.guardians()[people]
    holder = np.where(guardian >= 0, guardian, people)
    known = guardian >= 0
    reasons = choose(
        ("户籍入学", "积分入学", "政策性借读", "购房入学"), len(people), desk.rng, (0.55, 0.25, 0.1, 0.1)
    )
    columns = {
        "报名号": keys,
        "学生姓名": desk.names(name, people, keys, 1.3),
        "学生性别": desk.sexes(name, people, keys, "男", "女"),
        "学生出生日期": desk.births(name, people, keys, "Y.M.D", 1.2),
        "学生证件号码": desk.numbers(name, people, keys, 1.3),
        "监护人姓名": where(known, block.names.take(holder), None),
        "监护人证件号码": where(known, block.ids.take(pa.array(holder)), None),
        "监护人手机": where(known, desk.own_phones(holder), None),
        "录取学校": pick(
            [school for school, _, _ in SCHOOLS], _school_of(desk, people, np.ones(len(people), int))
        ),
        "入学方式": reasons,
        "家庭住址": desk.addresses(name, people, keys, "road", 1.4),
    }
    yield Sheet(name, f"edu_enrolments/enrolments_{desk.second}.xlsx", columns, keys, people)


SHEETS = (schools, pupils, enrolments)

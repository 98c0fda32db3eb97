"""Invented families in dirty sources: births before names, twins, namesakes in one home, minority names, returners.

Beside `dirty_people`, which has every usual slip, this has what is hard about people who belong together: a hospital
writes 李静之子 until the child is registered, a school knows one parent and a clinic the other, grandmother and mother
bear one name, a name is transliterated in another way at every window, and who comes back after years has another
home, another phone and a new row. From scratch and by seed; the truth is returned beside the records.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

import pyarrow as pa

from bench.dirty_people import (
    GIVEN,
    PLACES,
    PROFILES,
    SURNAMES,
    USUAL,
    _home,
    _phone,
    _skewed,
    _write_birth,
    _write_home,
    _write_name,
    _write_number,
    number_of,
)

COMPOUND = ["欧阳", "司徒", "上官", "诸葛", "司马", "慕容", "皇甫", "尉迟"]
#: Parts of long names, each with the characters it is also written with.
PARTS = [
    "买买提 麦麦提 买买題", "吐尔逊 图尔荪 吐尔孙", "阿卜杜拉 阿不都拉 阿布都拉", "艾力 艾里 艾利", "古丽娜尔 古丽娜儿",
    "阿迪力 阿地力 阿迪利", "帕提古丽 帕提姑丽", "依明 伊明 衣明", "热合曼 热赫曼", "玉素甫 玉苏甫", "木合塔尔 穆合塔尔",
    "努尔兰 奴尔兰", "巴特尔 巴特儿", "乌日娜 乌日那", "阿依古丽 阿衣古丽", "卡德尔 卡迪尔", "沙吾提 萨吾提",
]  # fmt: skip
TIBETAN = ["扎西", "次仁", "卓玛", "央金", "多吉", "平措", "旺堆", "白玛", "德吉", "尼玛"]
FAMILIES: Mapping[str, Mapping[str, float]] = {
    "usual": {},
    "few_numbers": {"number_missing": 0.55},
    "poor_births": {"mother_missing": 0.3, "unnamed": 0.8, "phone_missing": 0.5, "home_missing": 0.35},
    "harsh": {**PROFILES["harsh"], "mother_missing": 0.25, "unnamed": 0.7, "minority": 0.3, "january": 0.1},
}
RATES: Mapping[str, float] = {
    "unnamed": 0.5, "masked_mother": 0.15, "mother_missing": 0.1, "twin_births": 0.03, "namesakes": 0.01,
    "minority": 0.12, "respelled": 0.25, "part_only": 0.03, "january": 0.04, "returned": 0.05,
}  # fmt: skip


def _given(rng: random.Random) -> str:
    return "".join(rng.choice(GIVEN) for _ in range(1 if rng.random() < 0.2 else 2))


def _long_name(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return "".join(rng.sample(TIBETAN, 2))
    return "·".join(each.split()[0] for each in rng.sample(PARTS, 2))


def _respelled(rng: random.Random, name: str, rates: Mapping[str, float]) -> str:
    """A long name as another window writes it."""
    if "·" not in name:
        return name
    if rng.random() < rates["part_only"]:
        return name.partition("·")[0]
    spelt = {each.split()[0]: each.split() for each in PARTS}
    parts = [
        rng.choice(spelt[part]) if rng.random() < rates["respelled"] else part for part in name.split("·")
    ]
    return rng.choice(["·", "·", "", "."]).join(parts)


def _adult(
    rng: random.Random,
    base: Mapping[str, Any],
    minority: bool,
    sex: str,
    oldest: int,
    youngest: int,
    family: str = "",
) -> dict[str, Any]:
    born = date(2026, 1, 1) - timedelta(days=rng.randrange(youngest * 365, oldest * 365))
    name = _long_name(rng) if minority else (family or _skewed(rng, SURNAMES)) + _given(rng)
    return dict(base) | {
        "name": name, "sex": sex, "born": born, "child": False, "mother": None, "father": None,
        "id": number_of(born, sex, rng.choice(PLACES), rng.randrange(500)), "phone": _phone(rng),
    }  # fmt: skip


def families(count: int, seed: int, rates: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """About `count` people; each knows its mother and father (None for those who are not children)."""
    rng = random.Random(seed)
    made = household = 0
    while made < count:
        household += 1
        home = _home(rng, rates)
        minority = rng.random() < rates["minority"]
        surname = rng.choice(COMPOUND) if rng.random() < 0.02 else _skewed(rng, SURNAMES)
        base = {"home": home, "household": f"H{household:07d}"}

        adult = partial(_adult, rng, base, minority)
        father, mother = adult("男", 48, 24, surname), adult("女", 46, 23)
        members = [father, mother]
        if rng.random() < 0.3:
            elder = adult("女", 80, 55)
            if rng.random() < rates["namesakes"] * 10:
                elder["name"] = mother["name"]
            members.append(elder)
        for _ in range(rng.choice([0, 1, 1, 2])):
            born = date(2026, 1, 1) - timedelta(days=rng.randrange(0, 3600))
            turn = rng.randrange(490)
            for again in range(2 if rng.random() < rates["twin_births"] else 1):
                sex = rng.choice("男女")
                name = _long_name(rng) if minority else surname + _given(rng)
                members.append(
                    base | {
                        "name": name, "sex": sex, "born": born, "child": True, "mother": mother, "father": father,
                        "id": number_of(born, sex, PLACES[0], turn + again), "phone": "",
                    }
                )  # fmt: skip
        made += len(members)
        yield from members


def _stand_in(rng: random.Random, person: Mapping[str, Any], rates: Mapping[str, float]) -> str:
    """What a hospital writes before the child has a name."""
    mother = person["mother"]["name"]
    if rng.random() < rates["masked_mother"]:
        mother = mother[0] + "某"
    return f"{mother}之{'子' if person['sex'] == '男' else '女'}"


def deliver(count: int, seed: int, profile: str = "usual") -> pa.Table:
    """Records of about `count` people: the columns of linkage and `person`, the truth."""
    rates = {**USUAL, **RATES, **FAMILIES[profile]}
    rng = random.Random(seed + 7)
    rows: list[dict[str, Any]] = []

    def row(source: str, person: Mapping[str, Any], number: int, **said: Any) -> None:
        born = person["born"]
        text = _write_birth(rng, born, rates)
        if source == "births" and rng.random() < 0.97:
            text = born.isoformat()  # a hospital knows the day
        elif text and rng.random() < rates["january"]:
            text = f"{born.year}-01-01"
        parent = rng.choice([person["mother"], person["father"]]) if person["child"] else None
        phone = parent["phone"] if parent else person["phone"]
        written = {
            "resource": source,
            "source_key": f"{source[:2]}{rng.randrange(10**12):012d}",
            "name": _write_name(rng, _respelled(rng, person["name"], rates), rates),
            "id_number": _write_number(rng, {**person, "guardian": parent}, rates),
            "birth_date": text,
            "sex": None if rng.random() < rates["sex_missing"] else person["sex"],
            "phone": None if rng.random() < rates["phone_missing"] else phone,
            "address": None
            if rng.random() < rates["home_missing"]
            else _write_home(rng, person["home"], rates),
            "person": number,
        }
        rows.append(written | said)

    for number, person in enumerate(families(count, seed, rates)):
        if rng.random() < 0.9:
            row("register", person, number, phone=None, household=person["household"])
        if rng.random() < rates["returned"]:
            away = _write_home(rng, _home(rng, rates), rates)
            row("migrants", person, number, address=away, phone=_phone(rng))
        if not person["child"]:
            if rng.random() < 0.5:
                row("insurance", person, number)
            if rng.random() < 0.4:
                row("clinic", person, number)
            continue
        mother, father = person["mother"], person["father"]
        unnamed = {"name": _stand_in(rng, person, rates), "id_number": None}
        without = rng.random() < rates["mother_missing"]
        named = {} if rng.random() >= rates["unnamed"] else unnamed
        row(
            "births", person, number, **{"id_number": None, **named},
            mother_name=None if without else _write_name(rng, mother["name"], rates),
            mother_id_number=None if without else _write_number(rng, mother | {"guardian": None}, rates),
            father_name=_write_name(rng, father["name"], rates) if rng.random() < 0.8 else None,
            phone=None if rng.random() < rates["phone_missing"] else mother["phone"],
        )  # fmt: skip
        if rng.random() < 0.6:
            row(
                "vaccination", person, number, **(unnamed if rng.random() < rates["unnamed"] / 2 else {}),
                guardian_name=_write_name(rng, mother["name"], rates),
            )  # fmt: skip
        if person["born"].year < 2023:
            guardian = rng.choice([mother, father])
            row(
                "school", person, number, guardian_name=_write_name(rng, guardian["name"], rates),
                guardian_id_number=_write_number(rng, guardian | {"guardian": None}, rates), phone=guardian["phone"],
            )  # fmt: skip
    named = ("resource", "source_key")
    names = [*named, *sorted({name for each in rows for name in each} - {*named})]
    return pa.table({name: pa.array([each.get(name) for each in rows]) for name in names})

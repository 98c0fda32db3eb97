"""Invented people in dirty sources, from scratch and by seed: what linkage is tried on besides the shared
set.

Nothing is taken from any data set: surnames and characters are drawn with the skew real names have, homes
are in made-up roads, estates and villages, and the dirt comes in profiles (few numbers, many twins, no
birth dates, rural addresses …), so that a model tuned on one set is seen on others. The truth is returned
beside the records.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pypinyin

SURNAMES = (
    "李王张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常霍招区麦冼伦简"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲玉建英华慧红俊鹏帆宇欣怡雨嘉浩博子轩梓涵思琪晨曦佳颖家豪志国海波永健"
    "春燕雪梅淑珍凤兰婷婉莹洁晓倩雯薇诗雅梦瑶可心语诺一鸣天佑泽睿锦铭皓宸煜城楠森林峰岩松柏青云飞翔龙虎彪炳坤乾元亨利贞仁义礼智信"
)
HOMOPHONES: dict[str, str] = {}
for _character in GIVEN + "婧竞净莉立力蕾雷垒洪宏鸿羽与予心新辛昕艺宜仪毅益义意议章彰樟黎篱郦":
    HOMOPHONES[_character] = HOMOPHONES.get(_character, "")
_by_sound: dict[str, str] = {}
for _character in HOMOPHONES:
    _said = pypinyin.lazy_pinyin(_character)[0]
    _by_sound[_said] = _by_sound.get(_said, "") + _character
for _character in HOMOPHONES:
    HOMOPHONES[_character] = _by_sound[pypinyin.lazy_pinyin(_character)[0]].replace(_character, "")
TRADITIONAL = str.maketrans(
    "张刘陈杨黄赵吴孙马罗郑谢许邓韩冯萧叶程苏吕卢钟谭陆范邹贾龙贺伟丽军艳杰娟涛辉华红鹏颖国莹",
    "張劉陳楊黃趙吳孫馬羅鄭謝許鄧韓馮蕭葉程蘇呂盧鍾譚陸範鄒賈龍賀偉麗軍艷傑娟濤輝華紅鵬穎國瑩",
)
ROADS = [
    *("滨河", "学府", "建设", "解放", "和平", "新华", "工农", "光明", "朝阳", "青年", "文明", "胜利"),
    *("东风", "红旗", "中山", "北京", "上海", "长江", "黄河", "泰山", "兴业", "振兴", "民主", "团结"),
]
ESTATES = [
    *("翠湖湾", "碧水苑", "金色家园", "阳光城", "学林雅居", "幸福里", "云山诗意", "滨江一号", "紫荆花园"),
    "东湖明珠",
]
VILLAGES = ["石湾", "大沥", "白坭", "芦苞", "乐平", "西樵", "丹灶", "罗行", "官窑", "小塘"]
PLACES = ["440605", "440604", "440606", "360102", "430105", "510104", "350203", "450107", "441202", "445102"]

PROFILES: Mapping[str, Mapping[str, float]] = {
    "mild": {},
    "few_numbers": {"number_missing": 0.6, "number_slip": 0.06},
    "twins": {"twins": 0.15, "number_missing": 0.35},
    "no_birth": {"birth_missing": 0.9, "number_missing": 0.3},
    "rural": {"rural": 0.8, "home_moved": 0.02, "phone_missing": 0.5},
    "harsh": {
        "number_missing": 0.4, "number_slip": 0.08, "name_homophone": 0.06, "name_dropped": 0.03,
        "name_other": 0.03,
        "birth_missing": 0.35, "birth_digit": 0.04, "phone_missing": 0.4, "phone_other": 0.3,
        "home_missing": 0.4,
        "home_moved": 0.25, "sex_wrong": 0.03,
    },
}  # fmt: skip
USUAL: Mapping[str, float] = {
    "twins": 0.01, "rural": 0.2,
    "number_missing": 0.2, "number_slip": 0.03, "number_fifteen": 0.05, "number_filler": 0.05,
    "number_guardian": 0.01,
    "name_homophone": 0.03, "name_traditional": 0.02, "name_dropped": 0.015, "name_swapped": 0.005,
    "name_other": 0.01,
    "name_blank": 0.02, "name_marked": 0.01,
    "birth_missing": 0.15, "birth_month": 0.03, "birth_swapped": 0.02, "birth_digit": 0.015,
    "birth_year": 0.005,
    "phone_missing": 0.25, "phone_other": 0.2, "phone_guardian": 0.5, "phone_slip": 0.01,
    "home_missing": 0.2, "home_moved": 0.12, "home_cut": 0.04, "home_short": 0.2,
    "sex_missing": 0.1, "sex_wrong": 0.01,
}  # fmt: skip
SOURCES = {
    "register": (0.85, 0.0),
    "insurance": (0.5, 0.0),
    "clinic": (0.5, 0.6),
    "school": (0.9, 0.0),
    "library": (0.15, 0.1),
}


def number_of(born: date, sex: str, place: str, turn: int) -> str:
    """A valid identity number; turn: 0–499, doubled into the sequence with the digit of the sex."""
    body = f"{place}{born:%Y%m%d}{turn * 2 + (sex == '男'):03d}"
    factors = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * f for d, f in zip(body, factors, strict=True)) % 11]


def _skewed(rng: random.Random, choices: str) -> str:
    return choices[min(int(rng.expovariate(1 / (len(choices) * 0.3))), len(choices) - 1)]


def people(count: int, seed: int, rates: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """`count` people in households; each knows its guardian's name and phone when under 16."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        home = _home(rng, rates)
        surname = "欧阳" if rng.random() < 0.003 else _skewed(rng, SURNAMES)
        adult: dict[str, Any] | None = None
        for member in range(rng.choice([1, 2, 2, 3, 3, 4, 5])):
            child = member >= 2
            born = date(2026, 1, 1) - timedelta(
                days=rng.randrange(0, 6000) if child else rng.randrange(7000, 33000)
            )
            family = surname if member != 1 else _skewed(rng, SURNAMES)
            given = "".join(rng.choice(GIVEN) for _ in range(1 if rng.random() < 0.2 else 2))
            sex = rng.choice("男女")
            turn = rng.randrange(500)
            place = rng.choice(PLACES)
            person = {
                "name": family + given, "sex": sex, "born": born, "id": number_of(born, sex, place, turn),
                "phone": _phone(rng), "home": home, "other_phone": _phone(rng), "child": child,
                "guardian": adult,
            }  # fmt: skip
            adult = adult or person
            yield person
            made += 1
            if child and rng.random() < rates["twins"]:
                again = rng.choice(
                    [rng.choice(GIVEN) + given[1:], given[:1] + rng.choice(GIVEN), rng.choice(GIVEN)]
                )
                if again == given:
                    again = given[::-1] + rng.choice(GIVEN)
                twin_sex = rng.choice("男女")
                twin_id = number_of(born, twin_sex, place, min(turn + 1, 499))
                yield person | {
                    "name": family + again,
                    "sex": twin_sex,
                    "id": twin_id,
                    "other_phone": _phone(rng),
                }
                made += 1


def _phone(rng: random.Random) -> str:
    return f"1{rng.choice('35789')}{rng.randrange(10**9):09d}"


def _home(rng: random.Random, rates: Mapping[str, float]) -> tuple[str, ...]:
    if rng.random() < rates["rural"]:
        return ("rural", rng.choice(VILLAGES), rng.choice("东西南北"), str(rng.randrange(1, 400)))
    return (
        "town", rng.choice("东西"), rng.choice(ROADS), rng.choice(["", "东", "西", "一", "二"]),
        str(rng.randrange(1, 500)),
        rng.choice([*ESTATES, ""]), str(rng.randrange(1, 25)), str(rng.randrange(1, 5)),
        f"{rng.randrange(1, 33)}{rng.randrange(1, 7):02d}",
    )  # fmt: skip


def _write_home(rng: random.Random, home: tuple[str, ...], rates: Mapping[str, float]) -> str:
    if home[0] == "rural":
        _, village, side, number = home
        return (
            rng.choice(["", "清平县", "清平县河口镇"])
            + f"{village}村{side}{rng.choice(['坊', '坊', '社'])}{number}号"
        )
    _, side, road, part, number, estate, building, unit, room = home
    town = rng.choice(["", f"清平市{side}城区", f"{side}城区", f"江南省清平市{side}城区"])
    street = f"{road}{part}{rng.choice(['路', '路', '路', '大道'])}{number}号"
    style = rng.random()
    if estate and style < rates["home_short"]:
        return f"{estate}{building}-{unit}-{room}"
    block = rng.choice(["栋", "幢", "座", "号楼"])
    text = f"{town}{street}{estate if rng.random() < 0.6 else ''}{building}{block}"
    text += rng.choice([f"{unit}单元{room}房", f"{room}室", f"{room}", f"{room}房"])
    return text[: -rng.randrange(1, 5)] if rng.random() < rates["home_cut"] else text


def _write_name(rng: random.Random, name: str, rates: Mapping[str, float]) -> str:
    at = rng.randrange(1, len(name))
    if rng.random() < rates["name_homophone"] and HOMOPHONES.get(name[at]):
        name = name[:at] + rng.choice(HOMOPHONES[name[at]]) + name[at + 1 :]
    elif rng.random() < rates["name_dropped"] and len(name) > 2:
        name = name[:at] + name[at + 1 :]
    elif rng.random() < rates["name_swapped"] and len(name) > 2:
        name = name[0] + name[:0:-1]
    elif rng.random() < rates["name_other"]:
        name = name[:at] + rng.choice(GIVEN) + name[at + 1 :]
    if rng.random() < rates["name_traditional"]:
        name = name.translate(TRADITIONAL)
    if rng.random() < rates["name_blank"]:
        name = f"{name[0]} {name[1:]}"
    return name + rng.choice("1*") if rng.random() < rates["name_marked"] else name


def _write_number(rng: random.Random, person: Mapping[str, Any], rates: Mapping[str, float]) -> str | None:
    number: str = person["id"]
    if rng.random() < rates["number_missing"]:
        return (
            rng.choice(["无", "0" * 18, None, None, "111111111111111111"])
            if rng.random() < rates["number_filler"]
            else None
        )
    if person["child"] and person["guardian"] and rng.random() < rates["number_guardian"]:
        return str(person["guardian"]["id"])
    if number[6:8] == "19" and rng.random() < rates["number_fifteen"]:
        number = number[:6] + number[8:17]
    if rng.random() < rates["number_slip"]:
        at = rng.randrange(len(number) - 1)
        kind = rng.random()
        if kind < 0.6:
            number = number[:at] + rng.choice("0123456789") + number[at + 1 :]
        elif kind < 0.8:
            number = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        else:
            number = number[:at] + number[at + 1 :]
    return number


def _write_birth(rng: random.Random, born: date, rates: Mapping[str, float]) -> str | None:
    if rng.random() < rates["birth_missing"]:
        return None
    dice = rng.random()
    for name in ("birth_month", "birth_swapped", "birth_digit", "birth_year"):
        if dice < rates[name]:
            if name == "birth_month":
                return f"{born:%Y-%m}" + rng.choice(["", "-01"])
            if name == "birth_swapped" and born.day <= 12:
                return f"{born.year}-{born.day:02d}-{born.month:02d}"
            if name == "birth_digit":
                born += timedelta(days=rng.choice([1, -1, 10, -10, 3652, -3652]))
            if name == "birth_year":
                born += timedelta(days=rng.choice([365, -365, 700]))
            break
        dice -= rates[name]
    return born.isoformat()


def deliver(count: int, seed: int, profile: str = "mild") -> pa.Table:
    """Records of `count` people: the columns of linkage and `person`, the truth."""
    rates = {**USUAL, **PROFILES[profile]}
    rng = random.Random(seed + 1)
    rows: list[dict[str, Any]] = []
    for number, person in enumerate(people(count, seed, rates)):
        old_home = _home(rng, rates)
        for source, (share, again) in SOURCES.items():
            if (source == "school" and not person["child"]) or (source == "insurance" and person["child"]):
                continue
            if rng.random() >= share:
                continue
            times = 1 + (rng.random() < again) + (rng.random() < again * 0.5)
            for _ in range(times):
                phone = person["other_phone"] if rng.random() < rates["phone_other"] else person["phone"]
                if person["child"] and person["guardian"] and rng.random() < rates["phone_guardian"]:
                    phone = person["guardian"]["phone"]
                if rng.random() < rates["phone_slip"]:
                    at = rng.randrange(3, 11)
                    phone = phone[:at] + rng.choice("0123456789") + phone[at + 1 :]
                home = old_home if rng.random() < rates["home_moved"] else person["home"]
                sex = (
                    person["sex"]
                    if rng.random() >= rates["sex_wrong"]
                    else ("女" if person["sex"] == "男" else "男")
                )
                guardian = person["guardian"]["name"] if source == "school" and person["guardian"] else None
                rows.append(
                    {
                        "resource": source, "source_key": f"{source[:2]}{rng.randrange(10**12):012d}",
                        "name": _write_name(rng, person["name"], rates),
                        "id_number": _write_number(rng, person, rates),
                        "birth_date": _write_birth(rng, person["born"], rates),
                        "sex": None if rng.random() < rates["sex_missing"] else sex,
                        "phone": None if rng.random() < rates["phone_missing"] else phone,
                        "address": None
                        if rng.random() < rates["home_missing"]
                        else _write_home(rng, home, rates),
                        "guardian_name": _write_name(rng, guardian, rates) if guardian else None,
                        "person": number,
                    }
                )  # fmt: skip
    names = list(rows[0])
    return pa.table({name: pa.array([row[name] for row in rows]) for name in names})

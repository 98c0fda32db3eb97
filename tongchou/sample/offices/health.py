"""卫生健康局: patients and visits of the hospitals, birth certificates, death certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ..columns import NO_DAY, dates, padded, where, yuan
from ..scans import scanned
from .desk import Desk, Sheet, choose

HOSPITALS = (
    "样例区人民医院",
    "样例区中医院",
    "样例区妇幼保健院",
    "祖庙街道社区卫生服务中心",
    "石湾街道社区卫生服务中心",
    "张槎街道社区卫生服务中心",
    "南庄镇卫生院",
)
DEPARTMENTS = ("内科", "外科", "儿科", "妇产科", "眼科", "口腔科", "中医科", "急诊科", "皮肤科", "骨科")
ILLNESSES = (
    "上呼吸道感染",
    "高血压",
    "2型糖尿病",
    "慢性胃炎",
    "腰椎间盘突出",
    "龋齿",
    "过敏性皮炎",
    "支气管炎",
    "骨折",
    "体检",
)


def hospitals(desk: Desk) -> Iterator[Sheet]:
    """就诊卡 and 门诊记录: the patient's child bears the parent's phone; visits repeat what the card says."""
    block, name, rng = desk.block, "health.patients", desk.rng
    age = block.ages(block.calendar.first)
    people = np.flatnonzero(
        (block.births <= block.calendar.first)
        & (rng.random(len(block)) < np.where((age < 7) | (age > 60), 0.85, 0.55))
    )
    keys = desk.keys(name, "K", len(people))
    columns = {
        "卡号": keys,
        "患者": desk.names(name, people, keys, 1.5),
        "性别代码": desk.sexes(name, people, keys, "1", "2", 1.5),
        "出生日期": desk.births(name, people, keys, "Y-M-D", 1.5),
        "证件号": desk.numbers(name, people, keys, 1.8),
        "电话": desk.phones(name, desk.family_phones(people), keys, 1.5),
        "地址": desk.addresses(name, people, keys, "dashes", 1.8),
        "建档日期": dates(desk.recent(len(people), 3000, block.births[people]), "Y/M/D"),
    }
    yield Sheet(name, f"health_hospitals/patients_{desk.second}.csv.gz", columns, keys, people)

    name = "health.visits"
    times = rng.poisson(np.where((age[people] > 60) | (age[people] < 7), 2.6, 1.3))
    at = np.repeat(np.arange(len(people)), times)
    rows = pa.array(at)
    flow = desk.keys(name, "MZ", len(at))
    lived = block.deaths[people[at]]
    on = desk.recent(len(at), 400, block.births[people[at]])
    on = np.where((lived != NO_DAY) & (on > lived), lived - 1, on)
    visits = {
        "就诊号": flow,
        "卡号": keys.take(rows),
        "患者姓名": columns["患者"].take(rows),
        "出生日期": columns["出生日期"].take(rows),
        "证件号": columns["证件号"].take(rows),
        "医院": choose(HOSPITALS, len(at), rng, (0.3, 0.15, 0.2, 0.1, 0.1, 0.08, 0.07)),
        "科室": choose(DEPARTMENTS, len(at), rng),
        "诊断": choose(ILLNESSES, len(at), rng),
        "就诊日期": desk.days(name, "visited_on", on, "Y-M-D", flow),
        "费用": desk.slips.amount(
            (name, "cost"), yuan((rng.gamma(1.5, 160, len(at)) * 100).astype(np.int64) + 500), flow
        ),
    }
    yield Sheet(name, f"health_hospitals/visits_{desk.second}.csv.gz", visits, flow, people[at])


def births(desk: Desk) -> Iterator[Sheet]:
    """出生医学证明 of the last six years: the child, not yet numbered, and its parents."""
    block, name, rng = desk.block, "health.births", desk.rng
    first, second = block.calendar.first, block.calendar.second
    recent = (block.births > second - 6 * 365) & (block.births <= second) & (block.mother >= 0)
    people = np.flatnonzero(recent & (rng.random(len(block)) < 0.85))
    keys = desk.keys(name, "T44", len(people))
    mother, father = block.mother[people], block.father[people]
    known = father >= 0
    dad = np.where(known, father, mother)
    columns = {
        "出生证编号": keys,
        "新生儿姓名": desk.names(name, people, keys, 1.0),
        "新生儿性别": desk.sexes(name, people, keys, "男", "女", 0.5),
        "出生日期": desk.births(name, people, keys, "Y年M月D日", 0.5),
        "母亲姓名": block.names.take(mother),
        "母亲证件号": block.ids.take(pa.array(mother)),
        "父亲姓名": where(known, block.names.take(dad), None),
        "父亲证件号": where(known, block.ids.take(pa.array(dad)), None),
        "接生机构": choose(HOSPITALS[:3], len(people), rng),
        "出生体重": padded(rng.integers(2400, 4300, len(people)), 4),
        "母亲手机": desk.phones(name, desk.own_phones(mother), keys),
        "家庭住址": desk.addresses(name, people, keys, "district", 1.0),
    }
    columns["证明影像"], files = scanned(keys, "health_vital/scans", "png", "", desk.slips.rates)
    sheet = Sheet(name, "", columns, keys, people)
    fresh = block.births[people] > first
    yield replace(sheet.only(~fresh, f"health_vital/births_{desk.first}.csv"), files=files)
    yield sheet.only(fresh, f"health_vital/births_{desk.second}.csv")


def deaths(desk: Desk) -> Iterator[Sheet]:
    """居民死亡医学证明 of the last two years."""
    block, name = desk.block, "health.deaths"
    people = np.flatnonzero((block.deaths != NO_DAY) & (block.deaths <= block.calendar.second))
    keys = desk.keys(name, "SW", len(people))
    columns = {
        "证明编号": keys,
        "死者姓名": desk.names(name, people, keys, 0.8),
        "性别": desk.sexes(name, people, keys, "男", "女", 0.5),
        "出生日期": desk.births(name, people, keys, "Y-M-D", 0.8),
        "身份证号码": desk.numbers(name, people, keys, 0.8),
        "死亡日期": desk.days(name, "died_on", block.deaths[people], "Y-M-D", keys),
        "死亡原因": choose(
            ("循环系统疾病", "恶性肿瘤", "呼吸系统疾病", "损伤和中毒", "其他"),
            len(people),
            desk.rng,
            (0.42, 0.26, 0.15, 0.06, 0.11),
        ),
        "生前住址": desk.addresses(name, people, keys, "city", 1.0),
    }
    yield Sheet(name, f"health_vital/deaths_{desk.second}.csv", columns, keys, people)


SHEETS = (hospitals, births, deaths)

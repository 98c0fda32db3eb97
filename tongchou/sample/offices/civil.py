"""民政局 and 残疾人联合会: relief, allowances for the old, marriages, disability certificates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ..columns import dates, fixed, join, padded, pick, plain, where, yuan
from ..people import HEAD
from .desk import Desk, Sheet, choose

DISABILITIES = ("视力残疾", "听力残疾", "言语残疾", "肢体残疾", "智力残疾", "精神残疾", "多重残疾")


def relief(desk: Desk) -> Iterator[Sheet]:
    """低保: the members of each household on relief; a few, other offices know, own a car and two flats."""
    block, name = desk.block, "civil.relief"
    people = np.flatnonzero(desk.relief[block.household] & block.alive(block.calendar.second))
    keys = desk.keys(name, "DB", len(people))
    heads = np.flatnonzero(block.role == HEAD)[block.household[people]]
    since = desk.recent(len(people), 1800)
    reasons = choose(
        ("因病致贫", "年老无劳动能力", "残疾", "失业", "子女就学负担重", "单亲"), len(people), desk.rng
    )
    columns = {
        "救助编号": keys,
        "成员姓名": desk.names(name, people, keys, 0.9),
        "身份证号": desk.numbers(name, people, keys, 0.9),
        "申请人（户主）": block.names.take(heads),
        "人口数": plain(np.bincount(block.household)[block.household[people]]),
        "月保障金（元）": desk.slips.amount(
            (name, "monthly_amount"), yuan(desk.rng.integers(300, 1390, len(people)) * 100), keys
        ),
        "批准日期": desk.days(name, "approved_on", since, "Y年m月d日", keys),
        "致贫原因": reasons,
        "家庭住址": desk.addresses(name, people, keys, "district", 1.0),
        "联系电话": desk.phones(name, desk.own_phones(people), keys),
    }
    yield Sheet(name, f"civil_relief/relief_{desk.second}.xlsx", columns, keys, people)


def elderly(desk: Desk) -> Iterator[Sheet]:
    """高龄津贴: allowance from 70 on; a few go on being paid after death."""
    block, name = desk.block, "civil.elderly_allowance"
    age = block.ages(block.calendar.first)
    paid = block.alive(block.calendar.first) | (desk.rng.random(len(block)) < 0.04)
    people = np.flatnonzero((age >= 70) & block.registered & paid & (desk.rng.random(len(block)) < 0.9))
    keys = desk.keys(name, "GL", len(people))
    monthly = np.select([age[people] < 80, age[people] < 90, age[people] < 100], [3000, 10000, 20000], 50000)
    columns = {
        "发放序号": keys,
        "老人姓名": desk.names(name, people, keys, 1.2),
        "性别": desk.sexes(name, people, keys, "男", "女"),
        "出生日期": desk.births(name, people, keys, "Y/m/d", 0.9),
        "身份证号码": desk.numbers(name, people, keys),
        "年龄": plain(age[people]),
        "津贴标准": desk.slips.amount((name, "monthly_amount"), yuan(monthly), keys),
        "发放月份": pick((desk.second[:6],), people * 0),
        "开户行尾号": padded(desk.rng.integers(0, 10000, len(people)), 4),
        "住址": desk.addresses(name, people, keys, "road", 1.5),
    }
    yield Sheet(name, f"civil_elderly/elderly_{desk.second}.csv", columns, keys, people)


def marriages(desk: Desk) -> Iterator[Sheet]:
    """婚姻登记: one row for either spouse, each naming the other."""
    block, name = desk.block, "civil.marriages"
    men = np.flatnonzero(
        block.male & (block.spouse >= 0) & (block.kind == 0) & (desk.rng.random(len(block)) < 0.7)
    )
    wives = block.spouse[men]
    earliest = np.maximum(block.births[men] + 22 * 366, block.births[wives] + 20 * 366)
    on = np.minimum(earliest + (desk.rng.random(len(men)) * 2500).astype(np.int64), block.calendar.first - 5)
    certificate = desk.keys(name, "J440604-", len(men))
    keys = pa.concat_arrays([join(certificate, "-1"), join(certificate, "-2")])
    people, other = np.concatenate([men, wives]), np.concatenate([wives, men])
    both = pa.concat_arrays([certificate, certificate])
    columns = {
        "登记号": keys,
        "证字号": both,
        "本人姓名": desk.names(name, people, keys, 0.7),
        "本人性别": where(block.male[people], "男", "女"),
        "本人出生日期": desk.births(name, people, keys, "Y年m月d日", 0.7),
        "本人身份证件号": desk.numbers(name, people, keys, 0.7),
        "配偶姓名": block.names.take(other),
        "配偶身份证件号": block.ids.take(pa.array(other)),
        "登记日期": desk.days(name, "registered_on", np.concatenate([on, on]), "Y年m月d日", keys),
        "登记类别": pick(("结婚登记",), people * 0),
    }
    yield Sheet(name, "civil_marriage/marriage.db", columns, keys, people)


def disabled(desk: Desk) -> Iterator[Sheet]:
    """残疾人证: the certificate's number is the identity number with the kind and degree behind it."""
    block, name = desk.block, "disabled.certificates"
    age = block.ages(block.calendar.first)
    share = np.where(age > 60, 0.05, 0.012)
    people = np.flatnonzero(
        block.registered
        & (age >= 3)
        & block.alive(block.calendar.first)
        & (desk.rng.random(len(block)) < share)
    )
    kind, degree = desk.rng.integers(0, 7, len(people)), desk.rng.integers(1, 5, len(people))
    keys = join(fixed(block.id_digits[people]), plain(kind + 1), plain(degree))
    columns = {
        "残疾人证号": keys,
        "姓名": desk.names(name, people, keys, 0.8),
        "性别": desk.sexes(name, people, keys, "男性", "女性"),
        "残疾类别": pick(DISABILITIES, kind),
        "残疾等级": pick(("一级", "二级", "三级", "四级"), degree - 1),
        "发证日期": dates(desk.recent(len(people), 3000), "YMD"),
        "联系电话": desk.phones(name, desk.family_phones(people), keys, 1.2),
        "现住址": desk.addresses(name, people, keys, "district", 1.3),
    }
    yield Sheet(name, "disabled_certificates/cjr.db", columns, keys, people)


SHEETS = (relief, elderly, marriages, disabled)

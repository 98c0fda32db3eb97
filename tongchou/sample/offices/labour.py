"""人力资源和社会保障局 and 住房公积金管理中心: insured people, their months, employment, provident fund."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import Ints, dates, pick, plain, where, yuan
from .desk import Desk, Sheet, choose

POSTS = ("普工", "文员", "销售", "会计", "司机", "技术员", "教师", "保安", "厨师", "店员", "工程师", "护士")


def social(desk: Desk) -> Iterator[Sheet]:
    """参保人员 and 缴费明细: who is insured by whom, and what was paid for the last month and this one."""
    block, trade, name = desk.block, desk.trade, "hrss.insured"
    people = np.flatnonzero(
        trade.employed & block.alive(block.calendar.first) & (desk.rng.random(len(block)) < 0.9)
    )
    keys = desk.keys(name, "SB", len(people))
    employer = trade.employer[people]
    started = trade.started[people]
    columns = {
        "个人编号": keys,
        "参保人": desk.names(name, people, keys),
        "证件号码": desk.numbers(name, people, keys, 0.35),
        "手机": desk.phones(name, desk.own_phones(people), keys),
        "出生年月": _month_or_day(desk, name, people, keys),
        "单位名称": trade.names.take(pa.array(employer)),
        "单位信用代码": trade.codes.take(pa.array(employer)),
        "首次参保年月": dates(started, "Y.M"),
        "累计缴费月数": plain(np.maximum((block.calendar.first - started) // 30, 0)),
        "通讯地址": desk.addresses(name, people, keys, "city", 1.4),
        "参保状态": choose(("参保缴费", "暂停缴费"), len(people), desk.rng, (0.95, 0.05)),
    }
    yield Sheet(name, f"hrss_social/insured_{desk.first}.csv", columns, keys, people)
    changed = desk.rng.random(len(people)) < 0.012
    other = (desk.rng.random(len(people)) * trade.companies).astype(np.int64)
    later = columns | {
        "单位名称": trade.names.take(pa.array(other)),
        "单位信用代码": trade.codes.take(pa.array(other)),
        "手机": where(
            desk.rng.random(len(people)) < 0.3, block.phones.take(pa.array(people)), columns["手机"]
        ),
    }
    yield Sheet(name, "", later, keys, people).only(changed, f"hrss_social/insured_{desk.second}.csv")

    name = "hrss.contributions"
    # Nothing is paid without a number: where the account has none, the bank's is taken.
    known = pc.coalesce(columns["证件号码"], block.ids.take(pa.array(people)))
    base = desk.rng.integers(4800, 22000, len(people)) * 100
    months_of = (month_before(desk.second[:6]), desk.second[:6])
    for month, shift, day in zip(months_of, (0, 1), (desk.first, desk.second), strict=True):
        paid = np.flatnonzero(desk.rng.random(len(people)) < 0.97)
        rows = people[paid]
        flow = desk.keys(name, "JF", len(rows))
        months = {
            "流水号": flow,
            "个人编号": keys.take(pa.array(paid)),
            "姓名": columns["参保人"].take(pa.array(paid)),
            "证件号码": known.take(pa.array(paid)),
            "费款所属期": pick((month,), rows * 0),
            "缴费基数": desk.slips.amount((name, "base_amount"), yuan(base[paid] + shift), flow),
            "个人缴费": yuan(base[paid] * 8 // 100),
            "单位缴费": yuan(base[paid] * 14 // 100),
            "单位信用代码": columns["单位信用代码"].take(pa.array(paid)),
        }
        yield Sheet(name, f"hrss_social/contributions_{day}.csv", months, flow, rows)


def _month_or_day(desk: Desk, resource: str, people: Ints, keys: pa.StringArray) -> pa.StringArray:
    """Birth as a whole day, or as no more than year and month, for older accounts."""
    whole = desk.births(resource, people, keys, "YMD", 0.8)
    return where(desk.rng.random(len(people)) < 0.12, dates(desk.block.births[people], "Y年m月"), whole)


def month_before(month: str) -> str:
    """202601 → 202512."""
    year, number = int(month[:4]), int(month[4:])
    return f"{year - 1}12" if number == 1 else f"{year}{number - 1:02}"


def employment(desk: Desk) -> Iterator[Sheet]:
    """就业登记: who works where since when, as the employer handed it in."""
    block, trade, name = desk.block, desk.trade, "hrss.employment"
    people = np.flatnonzero(
        trade.employed & block.alive(block.calendar.first) & (desk.rng.random(len(block)) < 0.75)
    )
    keys = desk.keys(name, "JY", len(people))
    employer = pa.array(trade.employer[people])
    levels = choose(
        ("初中", "高中", "中专", "大学专科", "大学本科", "硕士研究生"),
        len(people),
        desk.rng,
        (0.3, 0.2, 0.15, 0.18, 0.15, 0.02),
    )
    columns = {
        "登记编号": keys,
        "劳动者姓名": desk.names(name, people, keys, 1.2),
        "公民身份号码": desk.numbers(name, people, keys, 1.0),
        "性别": desk.sexes(name, people, keys, "男", "女"),
        "文化程度": levels,
        "用人单位": trade.names.take(employer),
        "统一社会信用代码": trade.codes.take(employer),
        "岗位": choose(POSTS, len(people), desk.rng),
        "合同起始日": desk.days(name, "contract_from", trade.started[people], "Y/m/d", keys),
        "联系手机": desk.phones(name, desk.own_phones(people), keys, 1.2),
    }
    yield Sheet(name, f"hrss_social/employment_{desk.second}.csv", columns, keys, people)


def fund(desk: Desk) -> Iterator[Sheet]:
    """公积金账户."""
    block, trade, name = desk.block, desk.trade, "fund.accounts"
    people = np.flatnonzero(
        trade.employed & block.alive(block.calendar.first) & (desk.rng.random(len(block)) < 0.4)
    )
    keys = desk.keys(name, "GJJ", len(people))
    columns = {
        "个人账号": keys,
        "职工姓名": desk.names(name, people, keys, 0.7),
        "证件号": desk.numbers(name, people, keys, 0.7),
        "单位": trade.names.take(pa.array(trade.employer[people])),
        "账户余额": desk.slips.amount(
            (name, "balance"), yuan(desk.rng.integers(10_000, 30_000_000, len(people))), keys
        ),
        "月缴存额": yuan(desk.rng.integers(20_000, 500_000, len(people))),
        "开户日期": dates(trade.started[people] + 30, "Y.M.D"),
        "手机号": desk.phones(name, desk.own_phones(people), keys, 0.8),
    }
    yield Sheet(name, f"provident_fund/accounts_{desk.second}.txt", columns, keys, people)


SHEETS = (social, employment, fund)

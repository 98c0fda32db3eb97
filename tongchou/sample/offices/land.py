"""自然资源局: titles to homes, planning permits and plots."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ..columns import constant, dates, join, padded, plain, where, yuan
from ..people import HEAD
from .desk import Desk, Sheet, choose


def property_titles(desk: Desk) -> Iterator[Sheet]:
    """不动产权: one row for each owner of a home; couples often own together, some own two or three homes."""
    block, name, rng = desk.block, "land.property", desk.rng
    heads = np.flatnonzero(block.role == HEAD)
    settled = block.registered[heads] | (rng.random(block.households) < 0.25)
    own = (
        settled
        & (rng.random(block.households) < 0.72)
        & (block.ages(block.calendar.first)[heads] >= 22)
        & ~desk.relief
    )
    extra = own & (rng.random(block.households) < 0.13)
    third = extra & (rng.random(block.households) < 0.2)
    lived_in = np.concatenate([np.flatnonzero(own), np.flatnonzero(desk.hidden)])
    elsewhere = np.concatenate([np.flatnonzero(extra), np.flatnonzero(third), np.flatnonzero(desk.hidden)])
    household = np.concatenate([lived_in, elsewhere])
    homes = block.homes.choose(
        np.arange(len(household)) < len(lived_in),
        block.homes.take(household),
        block.homes.make(len(household), rng),
    )
    area = rng.integers(4000, 16000, len(household))
    bought = np.maximum(desk.recent(len(household), 8000), block.births[heads[household]] + 20 * 366)
    title = desk.keys(name, "", len(household))
    together = (block.spouse[heads[household]] >= 0) & (rng.random(len(household)) < 0.5)
    rows = np.concatenate([np.arange(len(household)), np.flatnonzero(together)])
    partner = np.arange(len(rows)) >= len(household)
    people = np.where(partner, block.spouse[heads[household[rows]]], heads[household[rows]])
    at = pa.array(rows)
    keys = join(title.take(at), where(partner, "-2", "-1"))
    columns = {
        "业务号": keys,
        "不动产权证号": join(
            "粤（2026）佛样不动产权第", padded(np.arange(len(household)) + block.base, 8), "号"
        ).take(at),
        "权利人": desk.names(name, people, keys, 0.7),
        "权利人证件号": desk.numbers(name, people, keys, 0.8),
        "坐落": homes.text("city").take(at),
        "建筑面积": yuan(area[rows]),
        "用途": constant("住宅", len(rows)),
        "共有情况": where(together[rows], "共同共有", "单独所有"),
        "登记时间": desk.days(name, "registered_on", bought[rows], "Y-M-D", keys),
        "成交价": desk.slips.amount(
            (name, "price"), yuan(area[rows] * rng.integers(9000, 24000, len(rows))), keys
        ),
        "联系电话": desk.phones(name, desk.own_phones(people), keys, 1.3),
    }
    yield Sheet(name, f"land_property/titles_{desk.second}.csv", columns, keys, people)


def planning(desk: Desk) -> Iterator[Sheet]:
    """建设工程规划许可: plots and what companies may build on them."""
    trade, name, rng = desk.trade, "land.planning_permits", desk.rng
    owners = desk.some((np.arange(len(trade)) < trade.companies) & ~trade.closed, 0.06)
    keys = desk.keys(name, "GH", len(owners))
    granted = desk.recent(len(owners), 2500, trade.founded[owners])
    kinds = choose(
        ("工业用地", "商业用地", "住宅用地", "仓储用地", "公共设施用地"),
        len(owners),
        rng,
        (0.5, 0.2, 0.15, 0.1, 0.05),
    )
    columns = {
        "许可证编号": keys,
        "建设单位": trade.names.take(pa.array(owners)),
        "统一社会信用代码": trade.codes.take(pa.array(owners)),
        "项目名称": join(
            trade.sites.take(owners).community_names,
            choose(("厂房", "综合楼", "仓库", "办公楼", "宿舍楼"), len(owners), rng),
        ),
        "用地性质": kinds,
        "用地面积（平方米）": plain(rng.integers(800, 60000, len(owners))),
        "地块位置": trade.sites.take(owners).text("city"),
        "发证日期": dates(granted, "Y年m月d日"),
    }
    yield Sheet(name, f"land_planning/permits_{desk.second}.xlsx", columns, keys, enterprises=owners)


SHEETS = (property_titles, planning)

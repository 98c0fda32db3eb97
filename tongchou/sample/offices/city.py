"""综合执法局, 12345, 交通运输局, 行政服务中心: patrols, hotline messages, bus cards and trips, approvals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from .. import places
from ..columns import NO_DAY, Ints, dates, join, padded, pick, plain, where, yuan
from .desk import Desk, Sheet, choose

CHECKS = ("占道经营", "消防通道堵塞", "证照公示", "食品卫生", "噪声扰民", "户外招牌", "燃气使用", "垃圾分类")
MATTERS = (
    "居住证办理",
    "出生登记",
    "个体工商户设立登记",
    "食品经营许可",
    "高龄津贴申请",
    "最低生活保障申请",
    "公积金提取",
    "不动产转移登记",
    "小学新生入学",
    "残疾人证办理",
    "社会保险关系转移",
    "道路运输证换发",
)
COMPANY_MATTERS = ("公司变更登记", "消防安全检查申报", "建设工程规划许可", "环境影响评价备案", "劳务派遣许可")
COMPLAINTS = (
    "楼下烧烤店深夜油烟太大，\n多次反映没有人管",
    "小区门口共享单车乱停乱放，影响出行",
    "学位申请网上一直打不开,请问怎么处理",
    "路灯坏了三天了，晚上走路看不见",
    "工地凌晨2点还在施工，“太吵了”",
    "公司拖欠三个月工资",
    "社保转移办了一个月还没有结果,请尽快回复",
    "河涌发黑发臭",
    "垃圾站早上5点开始作业，噪音扰民",
    "希望增加公交班次，上班高峰等了40分钟",
    "消防通道被电动车占用",
    "咨询老人津贴怎么申请",
)


def patrols(desk: Desk) -> Iterator[Sheet]:
    """巡查记录: inspectors at companies and shops, one row for each item looked at."""
    trade, name, rng = desk.trade, "urban.patrols", desk.rng
    rows = np.repeat(np.arange(len(trade)), rng.poisson(np.where(trade.closed, 0.1, 1.6)))
    keys = desk.keys(name, "XC", len(rows))
    at = pa.array(rows)
    on = desk.recent(len(rows), 200, trade.founded[rows])
    columns = {
        "记录编号": keys,
        "巡查对象": trade.names.take(at),
        "信用代码": where(rng.random(len(rows)) < 0.7, trade.codes.take(at), None),
        "地址": trade.sites.text("road").take(at),
        "社区": trade.sites.community_names.take(at),
        "检查项": choose(CHECKS, len(rows), rng),
        "结果": choose(("正常", "异常", "已整改"), len(rows), rng, (0.86, 0.09, 0.05)),
        "巡查员": join("XCY", padded(rng.integers(1, 60, len(rows)), 3)),
        "巡查日期": dates(on, "Y-M-D"),
        "时刻": join(
            padded(rng.integers(8, 19, len(rows)), 2), ":", padded(rng.integers(0, 60, len(rows)), 2)
        ),
    }
    yield Sheet(name, f"urban_patrol/patrols_{desk.second}.csv", columns, keys, enterprises=rows)


def hotline(desk: Desk) -> Iterator[Sheet]:
    """12345 热线: name and phone only, and what was said, with its commas and line breaks."""
    block, name, rng = desk.block, "data.hotline", desk.rng
    age = block.ages(block.calendar.first)
    people = desk.some((age >= 16) & block.present(block.calendar.first) & block.has_phone, 0.06)
    keys = desk.keys(name, "RX" + desk.second[:4], len(people))
    surname_only = rng.random(len(people)) < 0.3
    names = desk.names(name, people, keys, 2.0)
    title = where(block.male[people], "先生", "女士")
    called = where(
        surname_only, join(pa.array([(text or "")[:1] for text in names.to_pylist()]), title), names
    )
    columns = {
        "工单号": keys,
        "来电人": called,
        "来电号码": desk.phones(name, desk.own_phones(people), keys, 0.5),
        "诉求内容": choose(COMPLAINTS, len(people), rng),
        "诉求地址": block.homes_on(block.calendar.first, people).text("road"),
        "类别": choose(("投诉", "咨询", "求助", "建议"), len(people), rng, (0.5, 0.25, 0.15, 0.1)),
        "受理时间": desk.days(name, "received_on", desk.recent(len(people), 320), "Y/M/D", keys),
        "满意度": choose(("满意", "基本满意", "不满意", "未评价"), len(people), rng, (0.5, 0.2, 0.1, 0.2)),
    }
    yield Sheet(name, f"data_hotline/hotline_{desk.second}.csv", columns, keys, people)


def buses(desk: Desk) -> Iterator[Sheet]:
    """公交卡 registered by name (the old, pupils, some others) and one week's trips."""
    block, name, rng = desk.block, "transport.bus_cards", desk.rng
    age = block.ages(block.calendar.first)
    share = np.select([age >= 65, (age >= 6) & (age < 18)], [0.8, 0.4], 0.12)
    people = np.flatnonzero(
        (age >= 6) & block.present(block.calendar.first) & (rng.random(len(block)) < share)
    )
    keys = desk.keys(name, "3166", len(people))
    columns = {
        "卡号": keys,
        "持卡人": desk.names(name, people, keys, 1.2),
        "身份证号": desk.numbers(name, people, keys, 1.2),
        "卡类型": pick(
            ("普通卡", "老年卡", "学生卡"), np.select([age[people] >= 65, age[people] < 18], [1, 2], 0)
        ),
        "手机": desk.phones(name, desk.family_phones(people), keys, 1.2),
        "发卡日期": dates(desk.recent(len(people), 1500, block.births[people]), "YMD"),
    }
    yield Sheet(name, f"transport_bus/cards_{desk.second}.csv", columns, keys, people)
    name = "transport.trips"
    at = np.repeat(np.arange(len(people)), rng.poisson(4.0, len(people)))
    flow = desk.keys(name, "T", len(at))
    on = block.calendar.second - rng.integers(1, 8, len(at))
    clock = join(
        padded(np.minimum(6 + rng.gamma(3, 2.2, len(at)).astype(int), 22), 2),
        padded(rng.integers(0, 3600, len(at)) // 60, 2),
    )
    trips = {
        "交易号": flow,
        "卡号": keys.take(pa.array(at)),
        "线路": join(plain(101 + rng.integers(0, 80, len(at))), "路"),
        "上车站": join(pick(places.COMMUNITIES, rng.integers(0, len(places.COMMUNITIES), len(at))), "站"),
        "刷卡日期": dates(on, "YMD"),
        "刷卡时刻": clock,
        "金额": yuan(np.full(len(at), 160)),
    }
    yield Sheet(name, f"transport_bus/trips_{desk.second}.csv.gz", trips, flow)


def approvals(desk: Desk) -> Iterator[Sheet]:
    """办件: what people and companies applied for at the hall."""
    block, trade, name, rng = desk.block, desk.trade, "hall.approvals", desk.rng
    age = block.ages(block.calendar.first)
    people = np.flatnonzero((age >= 18) & block.present(block.calendar.first))
    people = np.repeat(people, rng.poisson(0.45, len(people)))
    keys = desk.keys(name, "BJ4406", len(people))
    applied = desk.recent(len(people), 700)
    columns = {
        "办件编号": keys,
        "申请人": desk.names(name, people, keys, 0.8),
        "证件号码": desk.numbers(name, people, keys, 0.6),
        "联系手机": desk.phones(name, desk.own_phones(people), keys, 0.8),
        "事项名称": choose(MATTERS, len(people), rng),
        **_course(desk, applied, len(people)),
    }
    yield Sheet(name, "hall_approvals/approvals.db", columns, keys, people)
    name = "hall.company_approvals"
    rows = np.repeat(
        np.arange(trade.companies), rng.poisson(np.where(trade.closed[: trade.companies], 0, 1.2))
    )
    keys = desk.keys(name, "QJ4406", len(rows))
    columns = {
        "办件编号": keys,
        "申请单位": trade.names.take(pa.array(rows)),
        "统一社会信用代码": trade.codes.take(pa.array(rows)),
        "事项名称": choose(COMPANY_MATTERS, len(rows), rng),
        **_course(desk, desk.recent(len(rows), 700, trade.founded[rows]), len(rows)),
    }
    yield Sheet(name, "hall_approvals/approvals.db", columns, keys, enterprises=rows)


def _course(desk: Desk, applied: Ints, rows: int) -> dict[str, pa.StringArray]:
    """When an application was handed in and decided, and with what result."""
    decided = applied + desk.rng.integers(0, 25, rows)
    open_still = decided > desk.block.calendar.first
    result = choose(("办结", "不予许可", "撤回"), rows, desk.rng, (0.94, 0.04, 0.02))
    return {
        "受理日期": dates(applied, "Y-M-D"),
        "办结日期": dates(np.where(open_still, NO_DAY, decided), "Y-M-D"),
        "办理结果": where(open_still, "在办", result),
    }


SHEETS = (patrols, hotline, buses, approvals)

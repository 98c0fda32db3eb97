"""市场监督管理局, 税务局, 消防救援大队: companies, shops, food permits, taxpayers, fire permits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import Ints, dates, join, plain, where
from ..scans import scanned
from .desk import Desk, Sheet, choose

KINDS = ("有限责任公司(自然人投资或控股)", "有限责任公司(自然人独资)", "股份有限公司", "普通合伙企业")


def register(desk: Desk) -> Iterator[Sheet]:
    """企业登记 and 个体工商户; the second file brings new, changed and struck-off companies."""
    block, trade, rng = desk.block, desk.trade, desk.rng
    name = "market.enterprises"
    rows = np.arange(trade.companies)
    keys = desk.keys(name, "QY", len(rows))
    owner = trade.owner[rows]
    status = where(trade.closed[rows], "注销", "在营（开业）企业")
    columns = {
        "注册号": keys,
        "统一社会信用代码": _codes(desk, name, rows, keys),
        "企业名称": trade.names.take(pa.array(rows)),
        "法定代表人": desk.names(name, owner, keys, 0.4),
        "法定代表人证件号": desk.numbers(name, owner, keys, 0.4),
        "企业类型": choose(KINDS, len(rows), rng, (0.6, 0.28, 0.07, 0.05)),
        "行业代码": trade.industry.take(pa.array(rows)),
        "经营范围": trade.scope.take(pa.array(rows)),
        "注册资本（万元）": desk.slips.amount((name, "capital"), plain(trade.capital[rows]), keys),
        "成立日期": desk.days(name, "founded_on", trade.founded[rows], "Y-M-D", keys),
        "住所": desk.slips.address((name, "address"), trade.sites.take(rows).text("city"), keys, 0.5),
        "联系电话": trade.phones.take(pa.array(rows)),
        "登记状态": status,
    }
    fresh = trade.founded[rows] > block.calendar.first
    yield Sheet(name, "", columns, keys, enterprises=rows).only(
        ~fresh, f"market_register/enterprises_{desk.first}.csv"
    )
    changed = rng.random(len(rows)) < 0.02
    closed = rng.random(len(rows)) < 0.004
    later = columns | {
        "登记状态": where(closed, "注销", status),
        "经营范围": where(changed, join(columns["经营范围"], "；货物或技术进出口"), columns["经营范围"]),
    }
    yield Sheet(name, "", later, keys, enterprises=rows).only(
        changed | closed | fresh, f"market_register/enterprises_{desk.second}.csv"
    )

    name = "market.shops"
    rows = np.arange(trade.companies, len(trade))
    keys = desk.keys(name, "GT", len(rows))
    owner = trade.owner[rows]
    columns = {
        "登记号": keys,
        "社会信用代码": _codes(desk, name, rows, keys),
        "字号名称": trade.names.take(pa.array(rows)),
        "经营者": desk.names(name, owner, keys, 0.8),
        "经营者身份证号": desk.numbers(name, owner, keys, 0.8),
        "经营场所": desk.slips.address((name, "address"), trade.sites.take(rows).text("road"), keys, 1.0),
        "行业代码": trade.industry.take(pa.array(rows)),
        "经营范围": trade.scope.take(pa.array(rows)),
        "注册日期": desk.days(name, "founded_on", trade.founded[rows], "Y年m月d日", keys),
        "经营者电话": desk.phones(name, trade.phones.take(pa.array(rows)), keys),
        "状态": where(trade.closed[rows], "注销", "存续"),
    }
    yield Sheet(name, f"market_register/shops_{desk.second}.csv", columns, keys, enterprises=rows)


def _codes(desk: Desk, resource: str, rows: Ints, keys: pa.StringArray, care: float = 0.5) -> pa.StringArray:
    """Credit codes as this office has them: mistyped, missing, in small letters' company."""
    column = desk.trade.codes.take(pa.array(rows))
    kinds = (("number_typo", _mistyped), ("number_missing", None), ("number_full_width", _lower))
    return desk.slips.spoil((resource, "uscc"), column, keys, kinds, care)


def _mistyped(values: list[str], rng: np.random.Generator) -> list[str | None]:
    places = rng.integers(8, 17, len(values)).tolist()
    return [
        value[:at] + ("3" if value[at] != "3" else "8") + value[at + 1 :]
        for value, at in zip(values, places, strict=True)
    ]


def _lower(values: list[str], rng: np.random.Generator) -> list[str | None]:
    return [f"{value[:2]} {value[2:].lower()}" for value in values]


def _short_names(desk: Desk, rows: Ints) -> pa.StringArray:
    """Names as other offices write them: without 佛山市, half-width brackets, 有限公司 cut."""
    column = desk.trade.names.take(pa.array(rows))
    draw = desk.rng.random(len(rows))
    column = where(draw < 0.06, pc.replace_substring(column, "佛山市", ""), column)
    column = where((draw > 0.06) & (draw < 0.1), pc.replace_substring(column, "有限公司", ""), column)
    return where(draw > 0.97, pc.replace_substring_regex(column, "（(.*)）", r"(\1)"), column)


def food(desk: Desk) -> Iterator[Sheet]:
    """食品经营许可."""
    trade, name = desk.trade, "market.food_permits"
    rows = desk.some(trade.food & ~trade.closed, 0.9)
    keys = desk.keys(name, "JY24406", len(rows))
    granted = desk.recent(len(rows), 1700, trade.founded[rows])
    columns = {
        "许可证编号": keys,
        "经营者名称": _short_names(desk, rows),
        "信用代码": _codes(desk, name, rows, keys, 1.0),
        "负责人": desk.names(name, trade.owner[rows], keys, 1.0),
        "经营场所": trade.sites.take(rows).text("district"),
        "主体业态": choose(
            ("餐饮服务经营者", "食品销售经营者", "单位食堂"), len(rows), desk.rng, (0.6, 0.37, 0.03)
        ),
        "发证日期": dates(granted, "Y.M.D"),
        "有效期至": dates(granted + 1826, "Y.M.D"),
    }
    yield Sheet(name, "market_food/food.db", columns, keys, enterprises=rows)


def tax(desk: Desk) -> Iterator[Sheet]:
    """税务登记: companies and most shops, with credit grades."""
    trade, name = desk.trade, "tax.taxpayers"
    rows = desk.some(~trade.closed, 0.85)
    keys = desk.keys(name, "1440604", len(rows))
    company = rows < trade.companies
    columns = {
        "登记序号": keys,
        "纳税人识别号": _codes(desk, name, rows, keys, 0.7),
        "纳税人名称": _short_names(desk, rows),
        "法定代表人（负责人）姓名": desk.names(name, trade.owner[rows], keys, 0.6),
        "生产经营地址": desk.slips.address((name, "address"), trade.sites.take(rows).text("full"), keys, 0.8),
        "联系电话": desk.phones(name, trade.phones.take(pa.array(rows)), keys),
        "纳税人类型": where(company & (desk.rng.random(len(rows)) < 0.45), "一般纳税人", "小规模纳税人"),
        "纳税信用级别": where(
            company, choose(("A", "B", "M", "C", "D"), len(rows), desk.rng, (0.15, 0.5, 0.2, 0.1, 0.05)), None
        ),
        "登记日期": desk.days(name, "registered_on", trade.founded[rows] + 20, "YMD", keys),
    }
    yield Sheet(name, f"tax_register/taxpayers_{desk.second}.csv", columns, keys, enterprises=rows)


def fire(desk: Desk) -> Iterator[Sheet]:
    """公众聚集场所消防安全许可."""
    trade, name = desk.trade, "fire.permits"
    rows = desk.some(~trade.closed & (trade.founded < desk.block.calendar.first), 0.12)
    keys = desk.keys(name, "XF", len(rows))
    columns = {
        "许可编号": keys,
        "场所名称": _short_names(desk, rows),
        "统一社会信用代码": _codes(desk, name, rows, keys, 1.5),
        "消防安全责任人": desk.names(name, trade.owner[rows], keys, 1.2),
        "责任人电话": desk.phones(name, trade.phones.take(pa.array(rows)), keys),
        "场所地址": trade.sites.take(rows).text("district"),
        "建筑面积": plain(desk.rng.integers(20, 3000, len(rows))),
        "检查结果": choose(("合格", "限期整改", "不合格"), len(rows), desk.rng, (0.86, 0.11, 0.03)),
        "许可日期": desk.days(
            name, "granted_on", desk.recent(len(rows), 1500, trade.founded[rows]), "Y/m/d", keys
        ),
    }
    columns["许可证文件"], files = scanned(
        keys, "fire_permits/scans", "pdf", "FIRE SAFETY PERMIT", desk.slips.rates
    )
    yield Sheet(
        name, f"fire_permits/permits_{desk.second}.xlsx", columns, keys, enterprises=rows, files=files
    )


SHEETS = (register, food, tax, fire)

"""What in the standards was written from memory, and waits to be compared with the printed text.

Code lists and data elements say so of themselves (`data/codes/index.csv`, `data/elements.csv`); what is code is
listed here. `make docs` draws the reference page of it all; whoever compares something takes its line out.
"""

from __future__ import annotations

from typing import NamedTuple

from .codes import code_list, code_list_names
from .elements import ELEMENTS
from .text import Text


class Provisional(NamedTuple):
    """One thing to compare. what: in words. where: in the code. source: the text it is to be compared with. why: what
    is not certain."""

    what: Text
    where: str
    source: str
    why: Text


IN_CODE: tuple[Provisional, ...] = (
    Provisional(
        Text("登记管理部门与机构类别代码", "Registering authorities and kinds of bodies"),
        "credit.AUTHORITIES",
        "GB 32100-2015, table 1",
        Text("2016—2021 年的增补未核对。", "The extensions of 2016–2021."),
    ),
    Provisional(
        Text("护照与通行证号码的形式", "Forms of passports and permits"),
        "passports.KINDS",
        "国家移民管理局",
        Text(
            "号码没有公开的校验位，形式据公开说明。",
            "Numbers have no public check digit; forms as commonly described.",
        ),
    ),
    Provisional(
        Text("机动车号牌的形式", "Forms of vehicle plates"),
        "vehicles.PROVINCES, plate",
        "GA 36-2018",
        Text("警用、军用、应急与使领馆号牌未核对。", "Police, military, emergency and diplomatic plates."),
    ),
    Provisional(
        Text("GCJ-02 与 BD-09 坐标换算", "Conversions of GCJ-02 and BD-09"),
        "coordinates.wgs84_to_gcj02 …",
        "–",
        Text(
            "公式从未公布，采用通行的复原。", "The formulas were never published; the common reconstruction."
        ),
    ),
    Provisional(
        Text("时限的四种单位及其名称", "The four units of limits and their names"),
        "working_time",
        "GB/T 30428",
        Text("标准原文不在手边。", "The standard's text was not at hand."),
    ),
    Provisional(
        Text("通行的办公时间", "Common office hours"),
        "calendars.USUAL_SPANS",
        "–",
        Text("由各区自定。", "A district sets its own."),
    ),
    Provisional(
        Text("农历月表", "The table of lunar months"),
        "lunar",
        "GB/T 33661-2017",
        Text(
            "已与天文算法逐月比对（见测试），未与紫金山天文台历表核对。",
            "Compared month by month with astronomy (a test does it), not with the Observatory's tables.",
        ),
    ),
)


def provisional() -> tuple[Provisional, ...]:
    """Everything that waits to be compared: code lists, data elements, code."""
    lists = [code_list(name) for name in code_list_names()]
    listed = tuple(
        Provisional(
            each.title,
            f"data/codes/{each.name}.csv",
            each.source,
            Text(
                "整表凭记忆录入。" if each.provisional else "部分条目。",
                "The whole list was written from memory." if each.provisional else "Some entries.",
            ),
        )
        for each in lists
        if each.provisional or any(entry.provisional for entry in each.entries.values())
    )
    checked = tuple(
        Provisional(each.label, f"element {each.code}", each.source, Text("校验规则。", "Its check."))
        for each in ELEMENTS.values()
        if each.provisional and each.code_list is None
    )
    return (*listed, *checked, *IN_CODE)

"""Pictures of link quality, as options for ECharts with the rows of the table that says the same. Pure but for words.

A point with a line through it is an estimate with its interval. Every picture stands beside a table, so that nothing is
said by colour or place alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongchou.pool.linkage import probability
from tongchou.pool.quality.estimates import Assessment, Band, GroupTold, StratumTold
from tongchou.pool.quality.groups import told as group_told
from tongchou.pool.quality.statistics import Estimate

from .dossiers.composing import HOW

_GRID = {"left": 4, "right": 28, "top": 34, "bottom": 26, "containLabel": True}
_SOFT = {"lineStyle": {"color": "#edf1f4"}}
_BLUE, _RED, _GREEN, _GREY = "#1f5fbf", "#b3261e", "#2f7d4f", "#5f7691"


@dataclass(frozen=True)
class Picture:
    """option: for ECharts. heading, rows: the table that says the same. lines: bars below one another."""

    option: dict[str, Any]
    heading: list[str]
    rows: Sequence[tuple[str, ...]]
    lines: int = 0


def percent(value: float) -> str:
    """A share for a table, exact where it matters: near one and near nothing."""
    edge = min(value, 1 - value)
    if not edge:
        return f"{100 * value:.0f}%"
    if edge < 0.00001:
        return ">99.999%" if value > 0.5 else "<0.001%"
    digits = 1 if edge >= 0.05 else 2 if edge >= 0.001 else 3
    return f"{100 * value:.{digits}f}%"


def interval(estimate: Estimate | None) -> str:
    """A share with its interval."""
    if estimate is None:
        return "–"
    return f"{percent(estimate.value)} ({percent(estimate.low)} – {percent(estimate.high)})"


def headline(told: Assessment) -> Picture:
    """Precision, recall and their mean with their intervals."""
    quality = told.quality
    named = [
        (_("精确率"), quality.precision), (_("召回率"), quality.recall),
        (_("召回率，不计分值极低的"), told.near_recall), (_("调和均值 F1"), quality.f1),
    ]  # fmt: skip
    return _forest([(name, [(_BLUE, "", each)]) for name, each in named], [_("指标"), _("估计（置信区间）")])


def by_group(groups: Sequence[GroupTold]) -> Picture:
    """Errors in each group of people: wrongly merged and missed."""
    lang = get_language() or "zh"
    rows = [
        (
            group_told(each.code).say(lang),
            [(_RED, _("误合"), each.false_merges), (_BLUE, _("漏合"), each.missed)],
        )
        for each in groups
        if each.n
    ]
    picture = _forest(rows, [_("人群"), _("误合（置信区间）"), _("漏合（置信区间）"), _("样本对")])
    counts = [str(each.n) for each in groups if each.n]
    told = [(*row, count) for row, count in zip(picture.rows, counts, strict=True)]
    return Picture(picture.option, picture.heading, told, picture.lines)


@dataclass(frozen=True)
class GroupLine:
    """One group of people in words: its two errors with their intervals, bars of 0 to 100, and how it compares.

    verdict: "worse" where even the low end of an error is above everybody's high end, "few" where too few pairs were
    judged to say, else "alike"; "all" of everybody.
    """

    name: str
    n: int
    verdict: str
    merged: str
    merged_bar: int
    missed: str
    missed_bar: int


#: Of fewer judged pairs nothing is said about a group.
FEWEST_OF_A_GROUP = 30
#: Nor where an error may be this much higher than everybody's, for all that is known.
TOO_VAGUE = 0.1


def group_lines(groups: Sequence[GroupTold]) -> list[GroupLine]:
    """The groups that were drawn, everybody first."""
    lang = get_language() or "zh"
    shown = [each for each in groups if each.n]
    everybody = next((each for each in shown if not each.code), None)
    errors = [error.value for each in shown for error in (each.false_merges, each.missed) if error]
    most = max(errors, default=0.0) or 1.0
    return [
        GroupLine(
            group_told(each.code).say(lang), each.n, _compared(each, everybody),
            interval(each.false_merges), _bar_of(each.false_merges, most), interval(each.missed), _bar_of(each.missed, most),
        )
        for each in shown
    ]  # fmt: skip


def _bar_of(error: Estimate | None, most: float) -> int:
    return 0 if error is None or not error.value else max(3, round(100 * error.value / most))


def _compared(group: GroupTold, everybody: GroupTold | None) -> str:
    if everybody is None or group is everybody:
        return "all"
    pairs = ((group.false_merges, everybody.false_merges), (group.missed, everybody.missed))
    if any(mine and theirs and mine.low > theirs.high for mine, theirs in pairs):
        return "worse"
    vague = any(mine and theirs and mine.high > theirs.high + TOO_VAGUE for mine, theirs in pairs)
    return "few" if vague or group.n < FEWEST_OF_A_GROUP else "alike"


def calibration(bands: Sequence[Band]) -> Picture:
    """What the machine said against what was true: on the diagonal it says what it knows."""
    points = [[round(each.stated, 5), round(each.observed.value, 5)] for each in bands]
    bars = [
        [
            {"coord": [point[0], round(each.observed.low, 5)]},
            {"coord": [point[0], round(each.observed.high, 5)]},
        ]
        for point, each in zip(points, bands, strict=True)
    ]
    option = {
        "tooltip": {"trigger": "item"},
        "grid": {**_GRID, "left": 28, "bottom": 34},
        "xAxis": _share_axis(_("系统给出的概率")),
        "yAxis": _share_axis(_("实际同一主体的比例"), rotated=True),
        "series": [
            {"type": "line", "data": [[0, 0], [1, 1]], "showSymbol": False, "silent": True,
             "lineStyle": {"type": "dashed", "color": "#9fb0c2", "width": 1}},
            {"type": "line", "data": points, "symbol": "circle", "symbolSize": 9, "color": _BLUE,
             "markLine": _bars(bars, _BLUE)},
        ],
    }  # fmt: skip
    rows = [(percent(each.stated), interval(each.observed), str(each.n)) for each in bands]
    return Picture(option, [_("系统给出的概率"), _("实际比例（置信区间）"), _("样本对")], rows)


def by_stratum(strata: Sequence[StratumTold]) -> Picture:
    """The strata: how large, how many drawn and answered, which share is one subject's."""
    lang = get_language() or "zh"
    rows = [
        (each.facts.label.say(lang), [(_GREEN if each.facts.linked else _BLUE, "", each.same)])
        for each in strata
    ]
    heading = [_("分层"), _("同一主体的比例（置信区间）"), _("记录对总数"), _("抽取"), _("已判定")]
    picture = _forest(rows, heading)
    told = [
        (*row, f"{each.facts.size:,.0f}", str(each.facts.drawn), str(each.answered))
        for row, each in zip(picture.rows, strata, strict=True)
    ]
    return Picture(picture.option, heading, told, picture.lines)


def how_linked(report: dict[str, Any]) -> Picture:
    """Records by how they came to their file."""
    lang = get_language() or "zh"
    found = sorted(report.get("how", {}).items(), key=lambda each: each[1])
    names = [HOW[how].say(lang) if how in HOW else how for how, _count in found]
    return _bar_chart(names, [count for _how, count in found], [_("关联依据"), _("记录")], lying=True)


def sizes(report: dict[str, Any]) -> Picture:
    """Files by how many records they hold."""
    names, bottom = [], 1
    for top, _count in report.get("sizes", []):
        names.append(f">{bottom - 1}" if top is None else str(top) if top == bottom else f"{bottom}–{top}")
        bottom = (top or bottom) + 1
    counts = [count for _top, count in report.get("sizes", [])]
    return _bar_chart(names, counts, [_("每份档案的记录数"), _("档案")])


def scores(report: dict[str, Any]) -> Picture:
    """Links by probability, by their score, with the odds of being wrong in words."""
    found = report.get("scores", [])
    picture = _bar_chart(
        [f"{low:g}" for low, _count in found], [count for _low, count in found],
        [_("分值（比特）"), _("关联"), _("该分值出错的概率")],
    )  # fmt: skip
    told = [
        (*row, percent(1 - probability(low))) for row, (low, _count) in zip(picture.rows, found, strict=True)
    ]
    return Picture(picture.option, picture.heading, told)


def _bar_chart(names: list[str], counts: list[int], heading: list[str], *, lying: bool = False) -> Picture:
    category = {"type": "category", "data": names, "axisTick": {"show": False}}
    # A few among very many are what one looks for: counts stand on a logarithmic axis.
    value = {"type": "log", "min": 1, "splitLine": _SOFT} if max(counts, default=0) > 1000 else {
        "type": "value", "minInterval": 1, "splitLine": _SOFT,
    }  # fmt: skip
    option = {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "grid": {**_GRID, "top": 14, "bottom": 4},
        "xAxis": value if lying else category,
        "yAxis": category if lying else value,
        "series": [
            {"type": "bar", "barMaxWidth": 26, "color": _BLUE, "data": counts,
             "label": {"show": True, "position": "right" if lying else "top", "color": "#33475b"}},
        ],
    }  # fmt: skip
    rows = [(name, f"{count:,}") for name, count in zip(names, counts, strict=True)]
    return Picture(option, heading, list(reversed(rows)) if lying else rows, len(names) if lying else 0)


def _forest(
    rows: Sequence[tuple[str, Sequence[tuple[str, str, Estimate | None]]]], heading: list[str]
) -> Picture:
    """Estimates below one another. rows: (name, [(colour, series, estimate)])."""
    many = max((len(each) for _name, each in rows), default=1)
    series = []
    for at in range(many):
        data, bars, colour, name = [], [], _BLUE, ""
        for line, (_name, estimates) in enumerate(reversed(rows)):
            colour, name, estimate = estimates[at]
            if estimate is None:
                continue
            # Two series lie a little beside one another, so that neither hides the other.
            place = line + (0.14 if at else -0.14 if many > 1 else 0)
            data.append([round(estimate.value, 6), place])
            bars.append(
                [{"coord": [round(estimate.low, 6), place]}, {"coord": [round(estimate.high, 6), place]}]
            )
        series.append(
            {"type": "scatter", "name": name, "symbolSize": 11, "color": colour, "data": data,
             "markLine": _bars(bars, colour)}
        )  # fmt: skip
    shown = [each for _name, estimates in rows for _c, _s, each in estimates if each is not None]
    lowest = min((each.low for each in shown), default=0.0)
    highest = max((each.high for each in shown), default=1.0)
    axis = _share_axis("", low=_down(lowest), high=_up(highest))
    names = [name for name, _estimates in reversed(rows)]
    option = {
        "tooltip": {"trigger": "item"},
        "legend": {"left": 0, "show": many > 1},
        "grid": {**_GRID, "top": 34 if many > 1 else 10},
        "xAxis": axis,
        # A value axis for the places, so that two estimates fit on one line; a category axis beside it names the lines.
        "yAxis": [
            {"type": "category", "data": names, "axisTick": {"show": False}, "axisLine": {"show": False},
             "axisLabel": {"width": 140, "overflow": "break"}},
            {"type": "value", "min": -0.5, "max": len(rows) - 0.5, "show": False},
        ],
        "series": [{**each, "yAxisIndex": 1} for each in series],
    }  # fmt: skip
    told = [(name, *(interval(each) for _c, _s, each in estimates)) for name, estimates in rows]
    return Picture(option, heading, told, max(2, len(rows) * (2 if many > 1 else 1)))


def _bars(pairs: list[list[dict[str, Any]]], colour: str) -> dict[str, Any]:
    return {
        "symbol": "none", "silent": True, "label": {"show": False},
        "lineStyle": {"type": "solid", "width": 2, "color": colour, "opacity": 0.65}, "data": pairs,
    }  # fmt: skip


def _share_axis(name: str, *, low: float = 0.0, high: float = 1.0, rotated: bool = False) -> dict[str, Any]:
    return {
        "type": "value", "min": low, "max": high, "name": name, "nameLocation": "middle",
        "nameGap": 38 if rotated else 24, "splitLine": _SOFT, "splitNumber": 4, "axisLine": {"onZero": False},
    }  # fmt: skip


def _down(share: float) -> float:
    """The next round share below."""
    for step in (0.01, 0.05, 0.1, 0.25):
        if share >= 1 - step:
            return 1 - step
    return 0.0 if share < 0.5 else 0.5


def _up(share: float) -> float:
    """The next round share above."""
    for step in (0.01, 0.05, 0.1, 0.25, 0.5):
        if share <= step:
            return step
    return 1.0

"""Pictures of a candidate model beside the one in force, as options for ECharts with the rows that say the same.

Each line leads from where the model in force stands to where the candidate would. Pure but for words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

_GREY, _BLUE = "#7f8f9f", "#1f5fbf"
_SOFT = {"lineStyle": {"color": "#edf1f4"}}


@dataclass(frozen=True)
class Moves:
    """option: for ECharts. heading, rows: the table that says the same. lines: how many stand below one another."""

    option: dict[str, Any]
    heading: list[str]
    rows: Sequence[tuple[str, ...]]
    lines: int


def quality(people: Mapping[str, Mapping[str, float]]) -> Moves:
    """Precision, recall and F1 of both on people kept out of training."""
    named = [
        (_("精确率"), "precision"), (_("召回率"), "recall"), (_("调和均值 F1"), "f1"),
    ]  # fmt: skip
    found = [(name, people["before"][key], people["after"][key]) for name, key in named]
    return _moves(found, _("指标"), digits=4)


def bits(rows: Sequence[Mapping[str, Any]]) -> Moves:
    """The weights that moved, the most first."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    found = []
    for row in rows:
        beside = row[f"beside_{language}"]
        name = f"{row[language]} · {beside}" if beside else row[language]
        found.append((name, row["before"], row["after"]))
    return _moves(found, _("比较结果"), digits=1)


def _moves(found: Sequence[tuple[str, float, float]], first: str, *, digits: int) -> Moves:
    names = [name for name, _before, _after in reversed(found)]
    points: list[list[list[object]]] = [[], []]
    lines = []
    for name, before, after in found:
        points[0].append([round(before, 4), name])
        points[1].append([round(after, 4), name])
        lines.append([{"coord": [round(before, 4), name]}, {"coord": [round(after, 4), name]}])
    common = {"type": "scatter", "symbolSize": 11}
    option = {
        "tooltip": {"trigger": "item"},
        "legend": {"top": 0, "left": 0},
        "grid": {"left": 4, "right": 28, "top": 34, "bottom": 22, "containLabel": True},
        "xAxis": {"type": "value", "scale": True, "splitLine": _SOFT},
        "yAxis": {
            "type": "category", "data": names, "axisTick": {"show": False}, "axisLine": {"show": False},
            "axisLabel": {"width": 150, "overflow": "break"}, "splitLine": {"show": True, **_SOFT},
        },
        "series": [
            {**common, "name": _("现用模型"), "data": points[0], "color": _GREY},
            {
                **common, "name": _("待用模型"), "data": points[1], "color": _BLUE,
                "markLine": {
                    "symbol": ["none", "none"], "silent": True, "label": {"show": False},
                    "lineStyle": {"type": "solid", "width": 2, "color": _BLUE, "opacity": 0.5}, "data": lines,
                },
            },
        ],
    }  # fmt: skip
    told = [(name, f"{before:.{digits}f}", f"{after:.{digits}f}") for name, before, after in found]
    return Moves(option, [first, _("现用模型"), _("待用模型")], told, len(found))

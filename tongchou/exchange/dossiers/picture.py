"""The picture of a subject's relations: the subject in the middle, the others around it, drawn by ECharts. Pure.

The list beside it says the same and more; nothing is in the picture that is not in the list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .parts import Related
from .relating import SECTIONS

#: More than these are not drawn: nobody can read them.
MOST_DRAWN = 14
#: On a phone.
FEWER_DRAWN = 6
_MOST_SIGNS = 10
_COLOURS = {"family": "#1f5fbf", "work": "#8a5a00", "place": "#1f7a4d"}
_MIDDLE = "#12355b"
_INK = "#1c2733"


def drawn(related: Sequence[Related], most: int = MOST_DRAWN) -> list[Related]:
    """Those that stand in the picture: of each section its share, in the order of the list."""
    by_section = [[each for each in related if each.section == code] for code in SECTIONS]
    chosen: list[Related] = []
    while len(chosen) < most and any(by_section):
        for held in by_section:
            if held and len(chosen) < most:
                chosen.append(held.pop(0))
    return sorted(chosen, key=related.index)


def picture(title: str, chosen: Sequence[Related], language: str, urls: Sequence[str]) -> dict[str, Any]:
    """Options of the chart. title: of the subject; chosen: by `drawn`; urls: of their dossiers, in that order."""
    nodes, edges = [], []
    for place, (each, url) in enumerate(zip(chosen, urls, strict=True)):
        x, y = _spot(place, len(chosen))
        colour = _COLOURS[each.section]
        said = each.label.say(language)
        nodes.append(
            {
                "value": [x, y], "url": url, "name": said, "symbolSize": 20,
                "symbol": {"person": "circle", "enterprise": "roundRect", "place": "diamond"}[each.other_kind],
                "itemStyle": {"color": colour, "borderColor": "#fff", "borderWidth": 2, "opacity": 1},
                "label": {"formatter": f"{_short(each.name, end=each.other_kind == 'place') or '–'}\n{{quiet|{said}}}",
                          "position": "top" if y > 0.12 else "bottom"},
            }
        )  # fmt: skip
        line = {"color": colour, "width": 1.6, "type": "dashed" if each.how == "inferred" else "solid"}
        edges.append([{"coord": [0, 0], "lineStyle": line}, {"coord": [x, y]}])
    nodes.append(
        {
            "value": [0, 0], "name": title, "symbolSize": 34, "itemStyle": {"color": _MIDDLE, "opacity": 1},
            "label": {"formatter": _short(title) or "–", "position": "bottom", "fontWeight": "bold"},
        }
    )  # fmt: skip
    across = {"type": "value", "show": False, "min": -1.45, "max": 1.45}
    down = {"type": "value", "show": False, "min": -1.25, "max": 1.25}
    return {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8},
        "xAxis": across,
        "yAxis": down,
        "series": [
            {
                "type": "scatter", "data": nodes, "cursor": "pointer", "z": 3,
                "label": {"show": True, "color": _INK, "fontSize": 13, "lineHeight": 17, "backgroundColor": "#fff",
                          "padding": [1, 4], "rich": {"quiet": {"color": "#52606d", "fontSize": 12}}},
                "labelLayout": {"hideOverlap": False},
                "markLine": {"silent": True, "symbol": "none", "label": {"show": False}, "data": edges, "z": 1},
            }
        ],
    }  # fmt: skip


def _spot(place: int, count: int) -> tuple[float, float]:
    """Where on the ring; every other one further in when there are many."""
    turn = 2 * math.pi * place / count + (math.pi / 2 if count != 2 else 0)
    far = 0.66 if count > 8 and place % 2 else 1.0
    return round(math.cos(turn) * far, 3), round(math.sin(turn) * far * 0.92, 3)


def _short(text: str, end: bool = False) -> str:
    """A name that fits beside its point; of an address its end says more. Signs that charts read as
    their own words are left out."""
    plain = text.replace("{", "（").replace("}", "）").replace("|", " ")
    if len(plain) <= _MOST_SIGNS:
        return plain
    return f"…{plain[1 - _MOST_SIGNS :]}" if end else f"{plain[: _MOST_SIGNS - 1]}…"

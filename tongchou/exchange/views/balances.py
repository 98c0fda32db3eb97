"""The balance 贡献账: all organisations, and one of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.models import Organisation
from tongchou.catalogue import exporting
from tongchou.catalogue.queries import offers
from tongchou.web.templatetags.house import named

from ..queries import balance

#: Bars of the chart of all, at most.
BARS = 20
_GIVEN, _TAKEN = "#2f9e63", "#1f5fbf"


def _span(request: HttpRequest) -> int:
    text = request.GET.get("days", "")
    return int(text) if text.isdigit() and int(text) in balance.SPANS else balance.SPAN_DAYS


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}%"


@requires("catalogue.view")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """All organisations: what each gives and takes; as a file with ?export=csv or xlsx."""
    span = _span(request)
    rows = balance.table(span)
    if request.GET.get("export"):
        return exporting.response(
            request.GET["export"], name="balance", title=_("贡献账"),
            heading=[_("部门"), _("贡献指数"), _("发布资源"), _("按时率"), _("合格率"), _("答复申请"), _("平均答复小时"),
                     _("被访问"), _("满足需求"), _("持有授权"), _("访问他人")],
            rows=[
                [named(row.organisation) or row.code, "" if row.standing.index is None else row.standing.index,
                 row.standing.totals.resources, _percent(row.standing.fresh_share), _percent(row.standing.good_share),
                 row.standing.totals.requests_answered,
                 "" if row.standing.answer_hours is None else f"{row.standing.answer_hours:.1f}",
                 row.standing.totals.accesses_served, row.standing.totals.needs_met, row.standing.totals.grants_held,
                 row.standing.totals.accesses_made]
                for row in rows
            ],
        )  # fmt: skip
    busiest = sorted(
        rows, key=lambda row: -(row.standing.totals.accesses_served + row.standing.totals.accesses_made)
    )
    shown = [
        row
        for row in busiest[:BARS]
        if row.standing.totals.accesses_served or row.standing.totals.accesses_made
    ]
    names = [named(row.organisation) or row.code for row in shown]
    given = [row.standing.totals.accesses_served for row in shown]
    taken = [row.standing.totals.accesses_made for row in shown]
    context = {
        "rows": rows, "span": span, "spans": balance.SPANS, "drawn_at": balance.drawn_at(),
        "mine": actor_of(request).organisation, "any": bool(shown),
        "option": _bars(list(reversed(names)), list(reversed(given)), list(reversed(taken))),
        "heading": [_("部门"), _("被访问"), _("访问他人")],
        "chart_rows": list(zip(names, given, taken, strict=True)), "lines": max(1, len(shown)),
    }  # fmt: skip
    return render(request, "exchange/balances.html", context)


def _bars(names: list[str], given: list[int], taken: list[int]) -> dict[str, Any]:
    def series(word: str, colour: str, data: list[int]) -> dict[str, Any]:
        return {"name": word, "type": "bar", "barMaxWidth": 12, "color": colour, "data": data}

    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"left": 0, "itemWidth": 12, "itemHeight": 12},
        "grid": {"left": 4, "right": 24, "top": 32, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": "#edf1f4"}}},
        "yAxis": {
            "type": "category", "data": names, "axisTick": {"show": False}, "axisLine": {"show": False},
            "axisLabel": {"width": 150, "overflow": "truncate"},
        },
        "series": [series(_("被访问"), _GIVEN, given), series(_("访问他人"), _TAKEN, taken)],
    }  # fmt: skip


@requires("catalogue.view")
@require_GET
def organisation(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation: day by day what it gave and took, and what it could offer."""
    found = get_object_or_404(Organisation, code=code)
    span = _span(request)
    account = balance.of_organisation(code, span)
    days = [on.isoformat() for on, _day in account.days]
    served = [day.accesses_served for _on, day in account.days]
    made = [day.accesses_made for _on, day in account.days]

    def series(word: str, colour: str, data: list[int]) -> dict[str, Any]:
        return {"name": word, "type": "line", "showSymbol": len(days) < 3, "color": colour, "data": data}

    option = {
        "tooltip": {"trigger": "axis"},
        "legend": {"left": 0, "itemWidth": 12, "itemHeight": 12},
        "grid": {"left": 4, "right": 16, "top": 32, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": days},
        "yAxis": {"type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": "#edf1f4"}}},
        "series": [series(_("被访问"), _GIVEN, served), series(_("访问他人"), _TAKEN, made)],
    }
    context = {
        "organisation": found, "account": account, "standing": account.standing, "span": span, "spans": balance.SPANS,
        "option": option, "heading": [_("日期"), _("被访问"), _("访问他人")],
        "chart_rows": list(reversed(list(zip(days, served, made, strict=True)))), "drawn_at": balance.drawn_at(),
        "offers": offers.offers(code)[:8],
    }  # fmt: skip
    return render(request, "exchange/balance.html", context)

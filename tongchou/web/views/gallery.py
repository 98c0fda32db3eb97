"""All components of the house on one page, live."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongchou.standards.text import Text


class _Form(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), help_text=gettext_lazy("会显示在列表中。"))
    note = forms.CharField(label=gettext_lazy("说明"), required=False, widget=forms.Textarea({"rows": 2}))


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with sample content."""
    form = _Form({"name": ""})
    messages.success(request, _("操作成功的提示。"))
    chart = {
        "tooltip": {"trigger": "axis"},
        "legend": {},
        "grid": {"left": 40, "right": 10, "bottom": 24, "top": 36},
        "xAxis": {"type": "category", "data": ["11-16", "11-17", "11-18", "11-19", "11-20"]},
        "yAxis": {"type": "value"},
        "series": [
            {"name": _("收到"), "type": "bar", "data": [120, 132, 101, 134, 90]},
            {"name": _("问题"), "type": "line", "data": [12, 9, 14, 8, 5]},
        ],
    }
    square = [[[113.0, 23.0], [113.1, 23.0], [113.1, 23.08], [113.0, 23.08], [113.0, 23.0]]]
    other = [[[113.1, 23.0], [113.2, 23.02], [113.2, 23.09], [113.1, 23.08], [113.1, 23.0]]]
    context = {
        "form": form,
        "steps": [
            {"label": Text("受理", "Accept"), "state": "done", "note": "2026-11-20"},
            {"label": Text("审查", "Review"), "state": "now", "note": ""},
            {"label": Text("办结", "Close"), "state": "next", "note": ""},
        ],
        "events": [
            {
                "when": "2026-11-20",
                "title": Text("迁入", "Moved in"),
                "detail": Text("公安局", "Police"),
                "tone": "blue",
            },
            {"when": "2026-10-02", "title": Text("参保", "Insured"), "detail": None, "tone": "green"},
        ],
        "chart": chart,
        "chart_rows": [["11-16", 120, 12], ["11-17", 132, 9]],
        "map": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"name": "A", "fill": "#4f86c6"},
                    "geometry": {"type": "Polygon", "coordinates": square},
                },
                {
                    "type": "Feature",
                    "properties": {"name": "B", "fill": "#9cbde6"},
                    "geometry": {"type": "Polygon", "coordinates": other},
                },
            ],
        },
        "received": 523_000,
        "states": [
            ("done", Text("完成", "Done")),
            ("running", Text("进行中", "Running")),
            ("waiting", Text("等待", "Waiting")),
            ("open", Text("待判", "To judge")),
            ("failed", Text("失败", "Failed")),
        ],
    }
    return render(request, "web/gallery.html", context)

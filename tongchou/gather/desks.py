"""This room's cards on the desks: health for the steward, their own resources for the officer."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from tongchou.accounts.access import actor_of
from tongchou.catalogue.models import Resource
from tongchou.standards.text import Text
from tongchou.web import desks
from tongchou.web.templatetags.house import labelled, named

from . import quarantined, queries, rules
from .models import Delivery

#: Lines of a card, at most.
SHOWN = 6
#: Deliveries whose quarantined rows a card reads to count reasons, at most.
READ = 8


def _health(request: HttpRequest) -> dict[str, Any]:
    return {"health": queries.health()}


def _waiting(request: HttpRequest) -> dict[str, Any]:
    found = Delivery.objects.select_related("resource__organisation").exclude(
        state__in=["done", "cancelled", "refused"]
    )
    return {"deliveries": found[:SHOWN], "more": max(0, found.count() - SHOWN)}


def _reasons(organisation: str = "") -> list[dict[str, Any]]:
    """The commonest reasons among the standing deliveries with the most quarantined rows, by resource and rule."""
    worst = quarantined.standing(organisation=organisation).order_by("-rows_quarantined", "-id")[:READ]
    rows: list[dict[str, Any]] = []
    for delivery in worst:
        labels = {field.name: labelled(field) for field in delivery.resource.fields.all()}
        rows += [
            {"reason": reason, "delivery": delivery, "label": labels.get(reason.field, reason.field)}
            for reason in quarantined.reasons(number=delivery.number)
        ]
    rows.sort(key=lambda row: -row["reason"].rows)
    most = max((row["reason"].rows for row in rows), default=1)
    return [{**row, "width": max(4, round(100 * row["reason"].rows / most))} for row in rows[:SHOWN]]


def _troubles(request: HttpRequest) -> dict[str, Any]:
    return {"rows": _reasons()}


def _own_troubles(request: HttpRequest) -> dict[str, Any]:
    return {"rows": _reasons(actor_of(request).organisation)}


def _freshness(request: HttpRequest) -> dict[str, Any]:
    """Each department's resources by how fresh their latest delivery is, as a chart and the table that says the same."""
    latest, today = queries.latest_delivery_by_resource(), timezone.localdate()
    counts: dict[str, Counter[str]] = {}
    for resource in Resource.objects.select_related("organisation"):
        last = latest.get(resource.code)
        state = rules.freshness(
            cycle=resource.cycle, delivered_on=last.delivered_on if last else None, today=today
        )
        counts.setdefault(named(resource.organisation), Counter())[state] += 1
    order = sorted(
        counts, key=lambda name: (counts[name]["late"] + counts[name]["never"], counts[name]["fresh"])
    )
    words = [
        ("fresh", _("按时"), "#2f9e63"),
        ("late", _("逾期"), "#c0392b"),
        ("never", _("尚未报送"), "#9aa7b3"),
    ]
    option = {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"left": 0, "itemWidth": 12, "itemHeight": 12},
        "grid": {"left": 4, "right": 12, "top": 32, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": "#edf1f4"}}},
        "yAxis": {
            "type": "category",
            "data": order,
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "axisLabel": {"width": 150, "overflow": "truncate"},
        },
        "series": [
            {
                "name": word,
                "type": "bar",
                "stack": "state",
                "barMaxWidth": 16,
                "color": colour,
                "data": [counts[name][state] for name in order],
            }
            for state, word, colour in words
        ],
    }
    return {
        "option": option,
        "heading": [_("部门"), *(word for _state, word, _colour in words)],
        "rows": [[name, *(counts[name][state] for state, _w, _c in words)] for name in reversed(order)],
        "height": max(1, len(order)),
        "any": bool(counts),
    }


def _own_resources(request: HttpRequest) -> dict[str, Any]:
    """The resources of the officer's department: how fresh, how good, what went wrong."""
    actor, today = actor_of(request), timezone.localdate()
    latest = queries.latest_delivery_by_resource()
    standing: Counter[str] = Counter()
    for delivery in quarantined.standing(organisation=actor.organisation):
        standing[delivery.resource.code] += delivery.rows_quarantined
    rows = []
    for resource in Resource.objects.filter(organisation__code=actor.organisation).select_related(
        "organisation"
    ):
        last = latest.get(resource.code)
        rows.append(
            {
                "resource": resource,
                "latest": last,
                "standing": standing[resource.code],
                "state": rules.freshness(
                    cycle=resource.cycle, delivered_on=last.delivered_on if last else None, today=today
                ),
                "good": round(100 * last.rows_kept / last.rows_read, 1) if last and last.rows_read else None,
            }
        )
    return {"rows": rows}


def register() -> None:
    """Put the cards on the desks; called once at start."""
    card = desks.DeskCard
    for desk, one in [
        ("steward", card(Text("归集情况", "Deliveries"), "gather/cards/health.html", _health, 1, wide=True, bare=True)),
        ("steward", card(Text("待处理批次", "Deliveries to see to"), "gather/cards/waiting.html", _waiting, 35, wide=True)),
        ("steward", card(Text("报送及时性", "Freshness by department"), "gather/cards/freshness.html", _freshness, 40)),
        ("steward", card(Text("最多的问题", "Commonest problems"), "gather/cards/troubles.html", _troubles, 41)),
        (
            "officer",
            card(
                Text("我的资源与质量", "My resources and their quality"),
                "gather/cards/resources.html", _own_resources, 10, wide=True,
            ),
        ),
        ("officer", card(Text("请更正的问题", "Problems to correct"), "gather/cards/troubles.html", _own_troubles, 20)),
    ]:  # fmt: skip
        desks.register(desk, one)

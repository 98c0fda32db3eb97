"""Statistics: the builder with its answer, and the rule by which a resource's answers are protected."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError
from tongchou.web.templatetags.house import named

from .. import policies
from ..actions import aggregates
from ..actions.aggregates import Statistics
from ..forms_bulk import RuleForm, StatisticsForm
from ..queries.standing import standing_of
from ..queries.statistics import left_micro, rule_of

#: More groups than this make no readable chart.
MOST_BARS = 40


@requires("exchange.aggregate")
@require_http_methods(["GET", "POST"])
def statistics(request: HttpRequest) -> HttpResponse:
    """Ask a statistical question and see its answer as table and chart."""
    by = actor_of(request)
    form = StatisticsForm(
        request.POST or None, by=by, chosen=request.POST.get("grant") or request.GET.get("grant", "")
    )
    answer: Statistics | None = None
    if request.method == "POST" and form.is_valid():
        try:
            answer = aggregates.count(by=by, via="screen", **form.question())
        except HouseError as refusal:
            form.refuse(refusal)
    rule = rule_of(form.chosen.resource) if form.chosen else None
    shown = {
        "form": form,
        "answer": answer,
        "rule": rule,
        "left": left_micro(form.chosen.number, rule) / 1_000_000 if form.chosen and rule else None,
        "cost": rule.cost_micro / 1_000_000 if rule else None,
        **(_drawn(form, answer) if answer else {}),
    }
    return render(request, "exchange/statistics.html", shown, status=400 if form.errors else 200)


def _drawn(form: StatisticsForm, answer: Statistics) -> dict[str, Any]:
    """The answer's table and, where it has one group, its chart."""
    language = get_language() or "zh"
    labels = {each.name: form.label_of(each) for each in form.holding.fields} if form.holding else {}
    rows: list[dict[str, Any]] = [
        {
            "words": [each.say(language) for each in line.words],
            "count": line.count,
            "sums": [(line.sums[name], line.means[name]) for name in answer.answered.sums],
            "is_total": line.is_total,
        }
        for line in answer.answered.lines
    ]
    bars = [row for row in rows if not row["is_total"]]
    drawn: dict[str, Any] = {
        "rows": rows,
        "group_labels": [labels.get(name, name) for name in answer.answered.groups],
        "sum_labels": [labels.get(name, name) for name in answer.answered.sums],
        "known_at": answer.known_at,
    }
    if len(answer.answered.groups) == 1 and 1 < len(bars) <= MOST_BARS:
        drawn["chart"] = {
            "grid": {"left": 8, "right": 16, "top": 16, "bottom": 8, "containLabel": True},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": [row["words"][0] for row in bars]},
            "yAxis": {"type": "value"},
            "series": [
                {"type": "bar", "data": [row["count"] for row in bars], "itemStyle": {"color": "#1f6feb"}}
            ],
        }
        drawn["chart_rows"] = [
            (row["words"][0], "–" if row["count"] is None else row["count"]) for row in bars
        ]
    return drawn


@requires("exchange.aggregate")
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """How answers about a resource are protected; its provider decides."""
    by = actor_of(request)
    resource = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    if not policies.can_set_rule(owner=resource.organisation.code, by=standing_of(by), resource=code):
        raise Http404
    held = rule_of(resource)
    form = RuleForm(
        request.POST or None,
        initial={
            "method": held.method, "least": held.least, "dominance_percent": held.dominance_percent,
            "most_questions": held.most_questions, "records_per_subject": held.records_per_subject,
            "budget": held.budget_micro / 1_000_000, "cost": held.cost_micro / 1_000_000,
            "bounds": "\n".join(f"{name} {low:g} {high:g}" for name, (low, high) in held.bounds.items()),
        },
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            aggregates.set_rule(by=by, resource=resource, **form.rule())
        except HouseError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("已保存“%s”的统计规则。") % named(resource))
            return HttpResponseRedirect(reverse("exchange:statistics_rule", args=[code]))
    return render(
        request,
        "exchange/statistics_rule.html",
        {"form": form, "resource": resource},
        status=400 if form.errors else 200,
    )

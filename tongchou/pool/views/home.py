"""The pool's board, link runs, judgements' effect."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource

from .. import linkstates, queries
from ..actions.linkage import request_link
from ..linking import PHASES
from ..models import LinkRun, Population


@requires("links.review")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Populations with their layers: how many, how fresh, what waits."""
    board = queries.board()
    fed = {each.population.code: 0 for each in board}
    for code in Resource.objects.exclude(population="").values_list("population", flat=True):
        fed[code] = fed.get(code, 0) + 1
    shown = {
        "board": board, "fed": fed, "may_link": actor_of(request).may("links.judge"),
        "subjects": sum(each.subjects for each in board), "records": sum(each.records for each in board),
        "open_pairs": sum(each.open_pairs for each in board), "resources": sum(fed.values()),
        "runs": LinkRun.objects.select_related("population")[:8], "phases": PHASES,
    }  # fmt: skip
    return render(request, "pool/home.html", shown)


@requires("links.review")
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """All link runs, newest first."""
    page = Paginator(LinkRun.objects.select_related("population"), 50).get_page(request.GET.get("page"))
    return render(request, "pool/runs.html", {"page": page, "phases": PHASES})


@requires("links.review")
@require_GET
def run(request: HttpRequest, number: int) -> HttpResponse:
    """One run; while it is open, its progress is asked for again and again."""
    found = get_object_or_404(LinkRun.objects.select_related("population"), pk=number)
    template = "pool/parts/progress.html" if request.headers.get("HX-Request") else "pool/run.html"
    percent = int(100 * found.done / found.total) if found.total else None
    shown = {
        "run": found, "phase": PHASES.get(found.phase), "percent": percent,
        "why_all": linkstates.WHY_ALL.get(found.why_all),
    }  # fmt: skip
    return render(request, template, shown)


@requires("links.judge")
@require_POST
def link(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a population to be linked; the worker does it."""
    population = get_object_or_404(Population, code=code)
    asked = request_link(by=actor_of(request), population=population)
    messages.success(request, _("已安排关联，可以离开本页。"))
    return HttpResponseRedirect(reverse("pool:run", args=[asked.pk]))

"""关联判定: the list of pairs, and the page on which a steward judges one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource
from tongchou.pool import queries as pool
from tongchou.pool.actions.linkage import judge, withdraw_judgement
from tongchou.pool.models import Judgement, Population, ReviewPair
from tongchou.standards.errors import HouseError

from .. import reviews
from ..actions.judging import compare
from ..models import Case


@requires("links.review")
@require_GET
def pairs(request: HttpRequest) -> HttpResponse:
    """The pairs of a state, likeliest first; no value of any record is on this page."""
    state = request.GET.get("state", ReviewPair.State.OPEN)
    found = ReviewPair.objects.select_related("population")
    if state in ReviewPair.State.values:
        found = found.filter(state=state)
    population = request.GET.get("population", "")
    if population:
        found = found.filter(population__code=population)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    names = {
        each.code: each
        for each in Resource.objects.filter(
            code__in={code for pair in page for code in (pair.left_resource, pair.right_resource)}
        ).select_related("organisation")
    }
    return render(
        request,
        "exchange/pairs.html",
        {
            "page": page, "names": names, "state": state, "population": population,
            "states": ReviewPair.State.choices, "populations": Population.objects.all(),
        },
    )  # fmt: skip


@requires("links.review")
@require_http_methods(["GET"])
def pair(request: HttpRequest, number: int) -> HttpResponse:
    """Two records side by side; opening it is on the ledger."""
    found = get_object_or_404(ReviewPair.objects.select_related("population"), pk=number)
    by = actor_of(request)
    comparison, error = None, None
    try:
        comparison = compare(by=by, pair=found)
    except HouseError as refusal:
        error = refusal
    following = pool.next_pair(found, found.population.code)
    judgements = Judgement.objects.filter(
        population=found.population, left_resource=found.left_resource, left_key=found.left_key,
        right_resource=found.right_resource, right_key=found.right_key,
    )  # fmt: skip
    return render(
        request,
        "exchange/pair.html",
        {
            "pair": found, "comparison": comparison,
            "review_cases": Case.objects.filter(ref__in=comparison.cases) if comparison else (),
            "error": error, "following": following,
            "judgements": judgements, "may_judge": by.may("links.judge"),
            "standing": next((each for each in judgements if each.withdrawn_at is None), None),
        },
    )  # fmt: skip


@requires("links.judge")
@require_POST
def judged(request: HttpRequest, number: int) -> HttpResponse:
    """Store the verdict and go to the next pair."""
    found = get_object_or_404(ReviewPair.objects.select_related("population"), pk=number)
    following = pool.next_pair(found, found.population.code)
    judge(
        by=actor_of(request),
        pair=found,
        verdict=request.POST.get("verdict", ""),
        reason=request.POST.get("reason", ""),
    )
    reviews.close(actor_of(request), found)
    messages.success(request, _("已判定，下次关联时生效。"))
    target = reverse("exchange:pair", args=[following.pk]) if following else reverse("exchange:pairs")
    return HttpResponseRedirect(target)


@requires("links.judge")
@require_POST
def unjudged(request: HttpRequest, number: int) -> HttpResponse:
    """Take a judgement back."""
    found = get_object_or_404(Judgement.objects.select_related("population"), pk=number)
    withdraw_judgement(by=actor_of(request), judgement=found)
    messages.success(request, _("已撤回判定，下次关联时按分值决定。"))
    pair_of = ReviewPair.objects.filter(
        population=found.population, left_resource=found.left_resource, left_key=found.left_key,
        right_resource=found.right_resource, right_key=found.right_key,
    ).first()  # fmt: skip
    return HttpResponseRedirect(
        reverse("exchange:pair", args=[pair_of.pk]) if pair_of else reverse("exchange:pairs")
    )

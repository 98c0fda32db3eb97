"""关联判定: the list of pairs that wait for a reviewer, and the page on which two records are judged."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource
from tongchou.pool.actions.judging import judge, question_link, withdraw_judgement, withdraw_verdict
from tongchou.pool.models import Judgement, Population, ReviewPair, ReviewSample, Verdict
from tongchou.pool.quality import queue
from tongchou.standards.errors import HouseError

from .. import reviews
from ..actions import joining
from ..actions.judging import compare
from ..models import Case

State = ReviewPair.State


@requires("links.review")
@require_GET
def pairs(request: HttpRequest) -> HttpResponse:
    """The pairs of a state, the most valuable first; no value of any record is on this page."""
    by = actor_of(request)
    state = request.GET.get("state", State.OPEN)
    population = request.GET.get("population", "")
    if state == State.OPEN:
        found = queue.waiting_for(by.username, population)
    else:
        found = _of_state(state, population, by.username)
    page = Paginator(found.select_related("population"), 50).get_page(request.GET.get("page"))
    spoken = set(
        Verdict.objects.filter(
            pair__in=[each.pk for each in page], reviewer=by.username, withdrawn_at__isnull=True
        ).values_list("pair", flat=True)
    )
    rows = [(each, *_told_state(each, each.pk in spoken)) for each in page]
    return render(
        request,
        "exchange/pairs.html",
        {
            "page": page, "rows": rows, "names": _resources(page), "state": state, "population": population,
            "states": [(code, _("等我判定") if code == State.OPEN else label) for code, label in State.choices],
            "populations": [(each.code, _population(each)) for each in Population.objects.all()],
            "samples": [
                (each, waiting)
                for each in ReviewSample.objects.filter(state=ReviewSample.State.READY).select_related("population")[:4]
                if (waiting := queue.waiting_in(each, by.username).values("pk").distinct().count())
            ],
        },
    )  # fmt: skip


def _population(population: Population) -> str:
    return f"{population.get_kind_display()} · {population.code}"


def _of_state(state: str, population: str, reviewer: str) -> QuerySet[ReviewPair]:
    found = ReviewPair.objects.all()
    if population:
        found = found.filter(population__code=population)
    if state in State.values:
        found = found.filter(state=state)
    if state in (State.SAME, State.DIFFERENT):
        # What somebody said is not listed to a reviewer who has still to speak.
        spoken = Verdict.objects.filter(pair=OuterRef("pk"), reviewer=reviewer, withdrawn_at__isnull=True)
        found = found.filter(Q(closed=True) | Exists(spoken))
    return found


def _told_state(pair: ReviewPair, spoken: bool) -> tuple[str, str]:
    state = queue.shown_state(pair, spoken)
    if state == "second":
        return "waiting", _("待第二人判定")
    if state in (State.SAME, State.DIFFERENT) and not pair.closed:
        return state, _("%(verdict)s（待复核）") % {"verdict": pair.get_state_display()}
    return state, str(pair.get_state_display())


def _resources(page: Any) -> dict[str, Resource]:
    codes = {code for pair in page for code in (pair.left_resource, pair.right_resource)}
    return {
        each.code: each for each in Resource.objects.filter(code__in=codes).select_related("organisation")
    }


@requires("links.review")
@require_http_methods(["GET"])
def pair(request: HttpRequest, number: int) -> HttpResponse:
    """Two records side by side; opening it is on the ledger."""
    found = get_object_or_404(ReviewPair.objects.select_related("population"), pk=number)
    by = actor_of(request)
    sample = _sample(request.GET.get("sample", ""))
    comparison, error = None, None
    try:
        comparison = compare(by=by, pair=found)
    except HouseError as refusal:
        error = refusal
    sight = queue.sight(found, by.username)
    waiting = _waiting(by.username, found, sample)
    judgements = Judgement.objects.filter(**_ends(found)) if sight.verdicts else Judgement.objects.none()
    mine = found.verdicts.filter(reviewer=by.username, withdrawn_at__isnull=True).first()
    return render(
        request,
        "exchange/pair.html",
        {
            "pair": found, "comparison": comparison, "sight": sight, "sample": sample, "mine": mine,
            "review_cases": Case.objects.filter(ref__in=comparison.cases) if comparison and sight.linked else (),
            "error": error, "following": queue.following(waiting, found), "left": _left(waiting, found),
            "verdicts": found.verdicts.filter(withdrawn_at__isnull=True) if sight.verdicts else (),
            "judgements": judgements, "may_judge": by.may("links.judge"), "last": queue.last_of(by.username),
            "standing": next((each for each in judgements if each.withdrawn_at is None), None),
        },
    )  # fmt: skip


def _sample(number: str) -> ReviewSample | None:
    return (
        ReviewSample.objects.filter(pk=int(number)).first()
        if number.isdecimal() and len(number) < 10
        else None
    )


def _waiting(reviewer: str, pair: ReviewPair, sample: ReviewSample | None) -> QuerySet[ReviewPair]:
    if sample is not None:
        return queue.waiting_in(sample, reviewer)
    return queue.waiting_for(reviewer, pair.population.code)


def _left(waiting: QuerySet[ReviewPair], pair: ReviewPair) -> int:
    return waiting.exclude(pk=pair.pk).order_by().values("pk").distinct().count()


def _ends(pair: ReviewPair | Judgement) -> dict[str, Any]:
    return {
        "population": pair.population, "left_resource": pair.left_resource, "left_key": pair.left_key,
        "right_resource": pair.right_resource, "right_key": pair.right_key,
    }  # fmt: skip


def _address(pair: ReviewPair | None, sample: ReviewSample | None) -> str:
    if pair is None:
        return (
            reverse("exchange:link_report", args=[sample.run_id])
            if sample and sample.run_id
            else reverse("exchange:pairs")
        )
    query = f"?sample={sample.pk}" if sample else ""
    return reverse("exchange:pair", args=[pair.pk]) + query


@requires("links.judge")
@require_POST
def judged(request: HttpRequest, number: int) -> HttpResponse:
    """Store the verdict and go to the next pair."""
    found = get_object_or_404(ReviewPair.objects.select_related("population"), pk=number)
    by, sample = actor_of(request), _sample(request.POST.get("sample", ""))
    following = queue.following(_waiting(by.username, found, sample), found)
    judgement = judge(
        by=by, pair=found, verdict=request.POST.get("verdict", ""), reason=request.POST.get("reason", "")
    )
    reviews.close(by, found)
    if found.state == State.DISPUTED:
        said = _("已记录。两人意见不一，交第三人判定；在此之前按分值关联。")
    elif judgement is None:
        said = _("已记录。")
    else:
        said = _("已判定，下次关联时生效。")
    messages.success(request, said)
    return HttpResponseRedirect(_address(following, sample))


@requires("links.judge")
@require_POST
def undone(request: HttpRequest) -> HttpResponse:
    """Take back one's own latest verdict of today and show its pair again."""
    by, sample = actor_of(request), _sample(request.POST.get("sample", ""))
    last = queue.last_of(by.username)
    if last is None:
        messages.info(request, _("今天没有可撤销的意见。"))
        return HttpResponseRedirect(_address(None, sample))
    withdraw_verdict(by=by, pair=last.pair)
    messages.success(request, _("已撤销您的意见，请重新判定。"))
    return HttpResponseRedirect(_address(last.pair, sample))


@requires("links.review")
@require_GET
def joined(request: HttpRequest, number: int) -> HttpResponse:
    """What the file of a review case is made of, and why; two of its records may be put before the reviewers."""
    case = get_object_or_404(Case.objects.select_related("organisation"), pk=number)
    by = actor_of(request)
    context = {"case": case, "answer": joining.joins(by=by, case=case), "may_judge": by.may("links.judge")}
    return render(request, "exchange/joins.html", context)


@requires("links.judge")
@require_POST
def questioned(request: HttpRequest, number: int) -> HttpResponse:
    """Question how two records of a file are linked, and go to judge them."""
    case = get_object_or_404(Case.objects.select_related("organisation"), pk=number)
    by, chosen = actor_of(request), request.POST.getlist("record")
    if len(chosen) != 2:
        messages.error(request, _("请选择两条记录。"))
        return HttpResponseRedirect(reverse("exchange:joins", args=[number]))
    meant = joining.named(by=by, case=case, left=chosen[0], right=chosen[1])
    asked = question_link(by=by, population=meant.population, left=meant.left, right=meant.right)
    return HttpResponseRedirect(_address(asked, None))


@requires("links.judge")
@require_POST
def unjudged(request: HttpRequest, number: int) -> HttpResponse:
    """Take a judgement back."""
    found = get_object_or_404(Judgement.objects.select_related("population"), pk=number)
    withdraw_judgement(by=actor_of(request), judgement=found)
    messages.success(request, _("已撤回判定，下次关联时按分值决定。"))
    return HttpResponseRedirect(_address(ReviewPair.objects.filter(**_ends(found)).first(), None))

"""关联质量: how good the links are, as pictures; the report of a link run; drawing and judging a sample."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource
from tongchou.pool.actions.quality import FEWEST, MOST, USUAL, request_sample
from tongchou.pool.models import LinkRun, Population, ReviewPair, ReviewSample
from tongchou.pool.quality import agreeing, queue, sampling, statistics
from tongchou.pool.quality.estimates import Assessment, assess
from tongchou.standards.text import Text

from .. import pictures

#: The order of populations on the page: what goes wrong with people weighs most.
KINDS = [Population.Kind.PERSON, Population.Kind.ENTERPRISE, Population.Kind.PLACE]
#: Examples of errors on a report, false merges first.
EXAMPLES = 30


@requires("links.review")
@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """Every population with its latest sample: precision, recall, agreement, and what is still to be judged."""
    by = actor_of(request)
    rows = []
    for population in sorted(
        Population.objects.all(), key=lambda each: KINDS.index(Population.Kind(each.kind))
    ):
        run = population.runs.filter(state=LinkRun.State.DONE).first()
        sample = population.samples.filter(state=ReviewSample.State.READY).first()
        told = assess(sampling.strata_of(sample), sampling.answers_of(sample)) if sample else None
        rows.append(
            {
                "population": population, "run": run, "sample": sample, "told": told,
                "picture": pictures.headline(told) if told and told.quality.precision else None,
                "measured": _measured(told) if told else [],
                "waiting": population.samples.filter(state=ReviewSample.State.WAITING).first(),
                "failed": population.samples.exclude(state=ReviewSample.State.WAITING).first(),
                "left": _left(sample, by.username) if sample else 0,
            }
        )  # fmt: skip
    context = {
        "rows": rows, "usual": USUAL, "fewest": FEWEST, "most": MOST, "may_judge": by.may("links.judge"),
        "samples": ReviewSample.objects.select_related("population", "run")[:20],
    }  # fmt: skip
    return render(request, "exchange/quality.html", context)


@requires("links.judge")
@require_POST
def drawn(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a sample; the worker draws it."""
    population = get_object_or_404(Population, code=code)
    wanted, seed = request.POST.get("wanted", ""), request.POST.get("seed", "").strip()
    request_sample(
        by=actor_of(request), population=population,
        wanted=int(wanted) if wanted.isdecimal() and len(wanted) < 7 else 0,
        seed=int(seed) if seed.isdecimal() and len(seed) < 16 else None,
    )  # fmt: skip
    messages.success(request, _("已安排抽样，可以离开本页；抽好后在这里评审。"))
    return HttpResponseRedirect(reverse("exchange:quality"))


@requires("links.review")
@require_GET
def report(request: HttpRequest, number: int) -> HttpResponse:
    """The report of one link run: what its links look like, what a sample of them says, examples of errors.

    A run without a sample of its own shows the population's latest one, and says of which run it is.
    """
    run = get_object_or_404(LinkRun.objects.select_related("population"), pk=number)
    by = actor_of(request)
    ready = run.population.samples.filter(state=ReviewSample.State.READY)
    asked = request.GET.get("sample", "")
    sample = (
        (ready.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else None)
        or ready.filter(run=run).first()
        or ready.first()
    )
    context: dict[str, Any] = {"run": run, "sample": sample, "may_judge": by.may("links.judge")}
    if run.report:
        context |= {
            "how": pictures.how_linked(run.report), "sizes": pictures.sizes(run.report),
            "scores": pictures.scores(run.report), "largest": run.report.get("largest", []),
        }  # fmt: skip
    told = None
    if sample is not None:
        told = assess(sampling.strata_of(sample), sampling.answers_of(sample))
        context |= _of_sample(sample, told, by.username)
    examples = _examples(run.population, sample)
    codes = {code for pair, *_rest in examples for code in (pair.left_resource, pair.right_resource)}
    context["errors"] = _by_cause(examples)
    context["names"] = {each.code: each for each in Resource.objects.filter(code__in=codes)}
    return render(request, "exchange/link_report.html", context)


def _of_sample(sample: ReviewSample, told: Assessment, reviewer: str) -> dict[str, Any]:
    agreement = [
        (one, two, statistics.cohen(table))
        for (one, two), table in sorted(queue.agreement_table(sample).items())
    ]
    outcomes = [agreeing.outcome(said) for _pair, said in sampling.sampled(sample)]
    return {
        "told": told, "left": _left(sample, reviewer),
        "headline": pictures.headline(told) if told.quality.precision else None,
        "calibration": pictures.calibration(told.bands) if told.bands else None,
        "groups": pictures.by_group(told.groups) if sample.population.kind == "person" and told.answered else None,
        "group_lines": pictures.group_lines(told.groups),
        "measured": _measured(told),
        "strata": pictures.by_stratum(told.strata),
        "agreement": [
            (one, two, each, pictures.interval(each.agreed)) for one, two, each in agreement if each is not None
        ],
        "twice": sum(each.opinions > 1 for each in outcomes),
        "disputed": sum(each.stage == "disputed" for each in outcomes),
        "worst": [pictures.percent(each) for each in told.worst] if told.worst else None,
    }  # fmt: skip


def _measured(told: Assessment) -> list[tuple[str, str, str]]:
    """(name, estimate, interval) of precision and recall, once there are answers enough."""
    return [
        (name, pictures.percent(each.value), f"{pictures.percent(each.low)} – {pictures.percent(each.high)}")
        for name, each in ((_("精确率"), told.quality.precision), (_("召回率"), told.quality.recall))
        if each
    ]


def _left(sample: ReviewSample, reviewer: str) -> int:
    return queue.waiting_in(sample, reviewer).order_by().values("pk").distinct().count()


def _examples(population: Population, sample: ReviewSample | None) -> list[tuple[ReviewPair, bool, bool]]:
    """Pairs on which the machine was wrong: (pair, was it a false merge, is it of the sample); false merges first.

    Only pairs nobody needs to be asked about any more, so that no list tells a reviewer what another said.
    """
    found: dict[int, tuple[ReviewPair, bool, bool]] = {}
    if sample is not None:
        for each in sample.pairs.select_related("pair").filter(pair__closed=True):
            state = each.pair.state
            wrong = ReviewPair.State.DIFFERENT if each.linked else ReviewPair.State.SAME
            if state == wrong:
                found[each.pair.pk] = (each.pair, each.linked, True)
    kinds, states = ReviewPair.Kind, ReviewPair.State
    judged = ReviewPair.objects.filter(population=population, closed=True).filter(
        Q(kind=kinds.MERGED, state=states.DIFFERENT) | Q(kind=kinds.APART, state=states.SAME)
    )
    for pair in judged[:EXAMPLES]:
        found.setdefault(pair.pk, (pair, pair.kind == kinds.MERGED, False))
    return sorted(found.values(), key=lambda each: (not each[1], not each[2], -each[0].value, each[0].pk))[
        :EXAMPLES
    ]


def _by_cause(examples: list[tuple[ReviewPair, bool, bool]]) -> list[dict[str, Any]]:
    """Errors of each kind, by the sentence that led to them, the most frequent first."""
    found: dict[bool, dict[str, list[ReviewPair]]] = {True: {}, False: {}}
    for pair, merged, _sampled in examples:
        found[merged].setdefault(pair.sentence_zh, []).append(pair)
    return [
        {
            "merged": merged,
            "count": sum(len(pairs) for pairs in causes.values()),
            "causes": [
                {"said": Text(pairs[0].sentence_zh, pairs[0].sentence_en), "pairs": pairs}
                for pairs in sorted(causes.values(), key=lambda pairs: -len(pairs))
            ],
        }
        for merged, causes in found.items()
    ]


@requires("links.review")
@require_GET
def begin(request: HttpRequest, number: int) -> HttpResponse:
    """Go to the first pair of a sample that waits for this reviewer."""
    sample = get_object_or_404(ReviewSample.objects.select_related("run"), pk=number)
    first = queue.waiting_in(sample, actor_of(request).username).first()
    if first is not None:
        return HttpResponseRedirect(f"{reverse('exchange:pair', args=[first.pk])}?sample={sample.pk}")
    messages.info(request, _("这份样本中没有等您判定的。"))
    if sample.run_id is None:
        return HttpResponseRedirect(reverse("exchange:quality"))
    return HttpResponseRedirect(reverse("exchange:link_report", args=[sample.run_id]))

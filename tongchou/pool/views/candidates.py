"""Candidate models: what training proposes, and the steward's decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from .. import pictures
from ..actions.training import adopt_model, decline_model, withdraw_model
from ..models import CandidateModel


@requires("links.review")
@require_GET
def candidates(request: HttpRequest) -> HttpResponse:
    """All candidates, newest first."""
    found = CandidateModel.objects.select_related("population").defer("parameters")
    return render(
        request, "pool/candidates.html", {"page": Paginator(found, 50).get_page(request.GET.get("page"))}
    )


@requires("links.review")
@require_GET
def candidate(request: HttpRequest, number: int) -> HttpResponse:
    """One candidate with its report."""
    found = get_object_or_404(CandidateModel.objects.select_related("population"), pk=number)
    actor = actor_of(request)
    may = actor.may("links.judge")
    return render(
        request,
        "pool/candidate.html",
        {
            "candidate": found,
            "report": found.report,
            "quality": pictures.quality(found.report["people"]),
            "bits": pictures.bits(found.report["bits"]) if found.report["bits"] else None,
            "may_decide": may and found.state == CandidateModel.State.PROPOSED,
            "may_adopt": may and found.trained_by != actor.username,
            "may_withdraw": may and found.state == CandidateModel.State.ADOPTED,
        },
    )


@requires("links.judge")
@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Adopt, decline or withdraw a candidate."""
    found = get_object_or_404(CandidateModel, pk=number)
    actions = {"adopt": adopt_model, "decline": decline_model, "withdraw": withdraw_model}
    chosen = actions.get(request.POST.get("decision", ""))
    try:
        if chosen is not None:
            chosen(by=actor_of(request), candidate=found, reason=request.POST.get("reason", ""))
            messages.success(request, _("已登记。下次关联起生效。"))
    except HouseError as refusal:
        messages.error(request, refusal.say(request.LANGUAGE_CODE))
    return HttpResponseRedirect(reverse("pool:candidate", args=[number]))

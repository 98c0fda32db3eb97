"""校核 for those who decide: what lies with my organisation, one case on one page; and asking for one at a window."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.flow import queries as flow
from tongchou.standards.errors import HouseError

from ..actions import corrections as actions
from ..actions.disputed import look
from ..models import Correction
from ..queries import corrections as queries
from ..queries import progress
from . import asking

_OPEN = ("waiting", "escalated", "review")


@requires("corrections.view")
@require_GET
def corrections(request: HttpRequest) -> HttpResponse:
    """What lies with my organisation, nearest to its limit first; no value is on this page."""
    by = actor_of(request)
    state = request.GET.get("state", "open")
    found = queries.of_organisation(by)
    if state == "open":
        found = found.filter(state__in=_OPEN)
    elif state in Correction.State.values:
        found = found.filter(state=state)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "rows": queries.rows(page.object_list),
        "state": state,
        "states": Correction.State.choices,
    }
    return render(request, "exchange/corrections.html", shown)


@requires("corrections.decide")
@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, number: str) -> HttpResponse:
    """One correction on one page: the value, what is said against it, the way so far, and the verdict."""
    by = actor_of(request)
    error = None
    if request.method == "POST":
        told = request.POST
        try:
            actions.decide(
                by=by, number=number, version=int(told.get("version") or 0) if (told.get("version") or "0").isdigit() else 0,
                accept=told.get("verdict") == "accept", value=told.get("value", ""), reason=told.get("reason", ""),
            )  # fmt: skip
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已办理，提出人会看到结果。"))
            return HttpResponseRedirect(reverse("exchange:correction", args=[number]))
    made = queries.for_officer(by, number)
    dispute, refused = None, None
    if made.state in _OPEN:
        try:
            dispute = look(by=by, number=number)
        except HouseError as refusal:
            refused = refusal
    instance = flow.instance(made.instance)
    offered = {each.action: each for each in flow.actions_for(by, instance)}
    shown = {
        "made": made, "dispute": dispute, "refused": refused, "error": error, "instance": instance,
        **progress.of(instance, names=True), "left": flow.time_left(instance, timezone.now()),
        "accept": offered.get("accept"), "refuse": offered.get("refuse") or offered.get("uphold"),
        "label": made.resource.fields.filter(name=made.field).first(), "standing": queries.standing_of(made),
        "asked": request.POST, "may_undo": made.state == Correction.State.ACCEPTED,
    }  # fmt: skip
    return render(request, "exchange/correction.html", shown, status=400 if error else 200)


@requires("corrections.decide")
@require_POST
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Take an accepted correction back: the source's own value holds again."""
    by = actor_of(request)
    queries.for_officer(by, number)
    actions.withdraw(by=by, number=number)
    messages.success(request, _("已撤回校核值，来源的值恢复有效。"))
    return HttpResponseRedirect(reverse("exchange:correction", args=[number]))


@requires("corrections.report")
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, subject_id: str, resource: str, record: str, field: str) -> HttpResponse:
    """Say at the window that a value on a dossier is wrong."""
    by = actor_of(request)
    why = asking.case_for(request, asking.asking_of(request), subject_id)
    asked, error = request.POST, None
    if request.method == "POST":
        try:
            made = actions.ask(
                by=by, subject=subject_id, resource=resource, record=record, field=field, purpose=why.purpose,
                case_ref=why.case_ref, says=asked.get("says", ""), proposed=asked.get("proposed", ""),
                evidence=asked.get("evidence", ""),
            )  # fmt: skip
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(
                request, _("已提交校核 %(number)s，由提供部门限期办理。") % {"number": made.number}
            )
            return HttpResponseRedirect(reverse("exchange:dossier", args=[subject_id]))
    shown = {
        "subject_id": subject_id, "field": queries.label_of(resource, field), "asked": asked, "error": error,
    }  # fmt: skip
    return render(request, "exchange/correction_new.html", shown, status=400 if error else 200)

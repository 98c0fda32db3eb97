"""我的数据: who looked, what is held, what I said about it. For a person with an account bound to their file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any

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
from tongchou.gather.models import StandingCorrection
from tongchou.ledger import queries as ledger
from tongchou.ledger.canonical import instant
from tongchou.standards.errors import HouseError

from .. import confided
from ..actions import corrections, explanations, own_files
from ..actions.my_data import read_own
from ..models import Correction, Explanation
from ..queries import corrections as correction_queries
from ..queries import explanations as explanation_queries
from ..queries import own_accesses, own_batches, progress
from ..queries.own_files import of_user, self_of
from .asking import day

View = Callable[..., HttpResponse]
#: A large type for those who need it is kept for the session.
_LARGE = "large_type"
_UNBOUND = ("exchange.not_bound", "exchange.own_file_unsure")


def _bound(view: View) -> View:
    """Tell somebody whose account is not joined to a file how to get there, instead of refusing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except HouseError as refusal:
            if refusal.code in _UNBOUND:
                return render(request, "exchange/my/unbound.html", {"error": refusal})
            raise

    return guarded


def _shown(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, template, {**context, "large": request.session.get(_LARGE, False)}, status=status)


@requires("mydata.view")
@require_POST
def large(request: HttpRequest) -> HttpResponse:
    """Switch large type on or off for this session."""
    request.session[_LARGE] = not request.session.get(_LARGE, False)
    pages = {"accesses": "exchange:my_accesses", "data": "exchange:my_data", "matters": "exchange:my_matters"}
    return HttpResponseRedirect(reverse(pages.get(request.POST.get("page", ""), "exchange:my_accesses")))


@requires("mydata.view")
@require_GET
@_bound
def accesses(request: HttpRequest) -> HttpResponse:
    """Who looked at my data: newest first, by day, organisation and kind."""
    me = self_of(actor_of(request))
    since, until = day(request.GET.get("since", "")), day(request.GET.get("until", ""))
    kind, place = request.GET.get("kind", "looked"), request.GET.get("organisation", "")
    here = timezone.get_current_timezone()
    entries = own_accesses.of_person(
        me, kind="" if kind == "all" else ("happened" if kind == "happened" else "looked"),
        since=instant(datetime.combine(since, time.min, here)) if since else "",
        until=instant(datetime.combine(until + timedelta(days=1), time.min, here)) if until else "",
    )  # fmt: skip
    told = own_accesses.lines_of(entries[: own_accesses.MOST])
    if kind in ("looked", "refused"):
        told = [each for each in told if not each.own and (kind == "looked" or each.refused)]
    places = own_accesses.organisations(told)
    if place:
        told = [each for each in told if each.organisation_code == place]
    page = Paginator(told, 20).get_page(request.GET.get("page"))
    return _shown(
        request,
        "exchange/my/accesses.html",
        {
            "page": page, "since": since, "until": until, "kind": kind, "organisation": place, "places": places,
            "batches": own_batches.of_person(me) if page.number == 1 else (), "own_page": "accesses",
            "stats": own_accesses.counts(me),
        },
    )  # fmt: skip


@requires("mydata.view")
@require_GET
def receipt(request: HttpRequest, stream: str, seq: int) -> HttpResponse:
    """The receipt of an entry of one's own trace, to keep and to check without us."""
    entry = own_accesses.entry_of(self_of(actor_of(request)), stream, seq)
    document = ledger.receipt(entry.stream, entry.seq).as_json()
    return HttpResponse(
        json.dumps(document, ensure_ascii=False, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="receipt-{entry.stream}-{entry.seq}.json"'},
    )


@requires("mydata.view")
@require_GET
@_bound
def data(request: HttpRequest) -> HttpResponse:
    """What the district holds about me, with its source, and a button at each value that says it is wrong."""
    return _shown(
        request, "exchange/my/data.html", {"dossier": read_own(by=actor_of(request)), "own_page": "data"}
    )


@requires("mydata.view")
@require_http_methods(["GET", "POST"])
@_bound
def correct(request: HttpRequest, resource: str, record: str, field: str) -> HttpResponse:
    """Say that a value of one's own is wrong: what is wrong, what would be right, what shows it."""
    by = actor_of(request)
    asked, error = request.POST, None
    if request.method == "POST":
        try:
            made = corrections.ask(
                by=by, resource=resource, record=record, field=field, says=asked.get("says", ""),
                proposed=asked.get("proposed", ""), evidence=asked.get("evidence", ""),
            )  # fmt: skip
        except HouseError as refusal:
            if refusal.code in _UNBOUND:
                raise
            error = refusal
        else:
            messages.success(request, _("已提交，提供部门会在时限内办理。"))
            return HttpResponseRedirect(reverse("exchange:my_correction", args=[made.number]))
    value = next(
        (
            (group, each, one)
            for group in read_own(by=by).groups
            for each in group.records
            if (each.resource, each.record) == (resource, record)
            for one in each.values
            if one.field == field and one.may_correct
        ),
        None,
    )
    shown = {"found": value, "asked": asked, "error": error, "own_page": "data"}
    return _shown(request, "exchange/my/correct.html", shown, status=400 if error else 200)


@requires("mydata.view")
@require_GET
@_bound
def matters(request: HttpRequest) -> HttpResponse:
    """My corrections and requests for explanation."""
    by = actor_of(request)
    me = self_of(by)
    shown = {
        "corrections": correction_queries.of_person(me)[:100],
        "explanations": explanation_queries.of_person(by, me)[:100],
        "binding": of_user(by.username), "own_page": "matters",
    }  # fmt: skip
    return _shown(request, "exchange/my/matters.html", shown)


@requires("mydata.view")
@require_http_methods(["GET", "POST"])
@_bound
def correction(request: HttpRequest, number: str) -> HttpResponse:
    """One correction: what I said, where it stands, how it ended, and what I may still do."""
    by = actor_of(request)
    error = None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "contest":
                corrections.contest(by=by, number=number, says=request.POST.get("says", ""))
            else:
                corrections.withdraw(by=by, number=number)
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已提交。"))
            return HttpResponseRedirect(reverse("exchange:my_correction", args=[number]))
    self_of(by)
    made = correction_queries.visible(by, number)
    instance = flow.instance(made.instance)
    standing = correction_queries.standing_of(made)
    mine = made.asked_by == by.username
    shown = {
        "made": made, "words": confided.open_words(made.number, made.sealed), "instance": instance,
        **progress.of(instance), "left": flow.time_left(instance, timezone.now()), "error": error,
        "label": made.resource.fields.filter(name=made.field).first(), "standing": standing,
        "entered": standing is not None and standing.state == StandingCorrection.State.STANDING,
        "may_contest": mine and made.state == Correction.State.REFUSED,
        "may_withdraw": mine and made.state in ("waiting", "escalated", "refused", "review", "accepted"),
        "own_page": "matters",
    }  # fmt: skip
    return _shown(request, "exchange/my/correction.html", shown, status=400 if error else 200)


@requires("mydata.view")
@require_http_methods(["GET", "POST"])
@_bound
def ask(request: HttpRequest, stream: str, seq: int) -> HttpResponse:
    """Ask why somebody looked."""
    by = actor_of(request)
    error = None
    if request.method == "POST":
        try:
            made = explanations.ask(by=by, stream=stream, seq=seq, question=request.POST.get("question", ""))
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已提交，该机构会在时限内说明。"))
            return HttpResponseRedirect(reverse("exchange:my_explanation", args=[made.number]))
    line = own_accesses.line_of(self_of(by), stream, seq)
    shown = {
        "line": line,
        "error": error,
        "question": request.POST.get("question", ""),
        "own_page": "accesses",
    }
    return _shown(request, "exchange/my/ask.html", shown, status=400 if error else 200)


@requires("mydata.view")
@require_http_methods(["GET", "POST"])
@_bound
def explanation(request: HttpRequest, number: str) -> HttpResponse:
    """One request: my question, the answer, and what I may still do."""
    by = actor_of(request)
    error = None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "contest":
                explanations.contest(by=by, number=number, says=request.POST.get("says", ""))
            else:
                explanations.withdraw(by=by, number=number)
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已提交。"))
            return HttpResponseRedirect(reverse("exchange:my_explanation", args=[number]))
    me = self_of(by)
    made = explanation_queries.for_asker(by, number)
    instance = explanation_queries.instance_of(made)
    state = Explanation.State
    shown = {
        "made": made, "words": confided.open_words(made.number, made.sealed), "error": error,
        **(progress.of(instance) if instance else {}),
        "left": flow.time_left(instance, timezone.now()) if instance else None,
        "line": own_accesses.line_of(me, made.stream, made.seq),
        "may_contest": made.state == state.ANSWERED, "may_withdraw": made.state in (state.WAITING, state.ANSWERED),
        "own_page": "matters",
    }  # fmt: skip
    return _shown(request, "exchange/my/explanation.html", shown, status=400 if error else 200)


@requires("mydata.view")
@require_POST
def unbind(request: HttpRequest) -> HttpResponse:
    """End the binding of one's own account."""
    by = actor_of(request)
    held = of_user(by.username)
    if held is not None:
        own_files.unbind(by=by, number=held.pk)
        messages.success(request, _("已注销，本账号不再能看到您的数据。"))
    return HttpResponseRedirect(reverse("exchange:my_accesses"))

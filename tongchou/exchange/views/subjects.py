"""Looking up: the search page, the dossier, one value revealed, who looked."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from .. import errors, rules
from ..actions import access
from ..queries import accesses
from . import asking, seeing, served


@requires("dossier.search")
@require_http_methods(["GET", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """One box. The query comes by POST, so that no number stands in an address, a log or a history."""
    by = actor_of(request)
    answer, error, query = None, None, ""
    if request.method == "POST":
        query = request.POST.get("query", "")
        try:
            why = asking.asking_of(request)
            if "purpose" in request.POST:
                why = asking.remember(request, request.POST["purpose"], request.POST.get("case_ref", ""))
            answer = access.search(
                by=by, query=query, purpose=why.purpose, case_ref=why.case_ref, via="screen"
            )
        except HouseError as refusal:
            error = refusal
    shown = {**asking.context(request), "answer": answer, "error": error, "query": query}
    return render(request, "exchange/search.html", shown, status=400 if error else 200)


@requires("dossier.read")
@require_POST
def purpose(request: HttpRequest) -> HttpResponse:
    """Set or change what this session of work is for, and go on."""
    asking.remember(request, request.POST.get("purpose", ""), request.POST.get("case_ref", ""))
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("exchange:search")
    return HttpResponseRedirect(target)


@requires("dossier.read")
@require_GET
def dossier(request: HttpRequest, subject_id: str) -> HttpResponse:
    """一人一档 / 一企一档 / 一址一档, as of a day and as known on a day."""
    why = asking.asking_of(request)
    if not why.purpose:
        return render(request, "exchange/purpose.html", asking.context(request))
    valid_on, known_on = (
        asking.day(request.GET.get("valid_on", "")),
        asking.day(request.GET.get("known_on", "")),
    )
    by = actor_of(request)
    why = asking.case_for(request, why, subject_id)
    try:
        found = access.read(
            by=by, subject_id=subject_id, purpose=why.purpose, case_ref=why.case_ref,
            valid_on=valid_on, known_at=known_on, via="screen",
        )  # fmt: skip
    except errors.Refused as refusal:
        if refusal.code != "exchange.refused.case_needed":
            raise
        return render(
            request,
            "exchange/case_needed.html",
            asking.case_context(request, subject_id, refusal),
            status=403,
        )
    shown = {**asking.context(request), **seeing.around(found), "dossier": found, "valid_on": valid_on,
             "known_on": known_on, "may_correct": by.may("corrections.report")}  # fmt: skip
    return render(request, "exchange/dossier.html", shown)


@requires("dossier.read")
@require_GET
def taken(request: HttpRequest, subject_id: str) -> HttpResponse:
    """Which value the base library's rules take of each attribute, and why: a read like opening the dossier."""
    why = asking.asking_of(request)
    if not why.purpose:
        return render(request, "exchange/purpose.html", asking.context(request))
    why = asking.case_for(request, why, subject_id)
    try:
        found = access.read(
            by=actor_of(request),
            subject_id=subject_id,
            purpose=why.purpose,
            case_ref=why.case_ref,
            via="screen",
        )
    except errors.Refused as refusal:
        if refusal.code != "exchange.refused.case_needed":
            raise
        shown = asking.case_context(request, subject_id, refusal)
        return render(request, "exchange/case_needed.html", shown, status=403)
    return render(request, "exchange/taken.html", {**asking.context(request), "dossier": found})


@requires("dossier.reveal")
@require_POST
def reveal(request: HttpRequest, subject_id: str) -> HttpResponse:
    """One plain value, put where the masked one stood."""
    why = asking.case_for(request, asking.asking_of(request), subject_id)
    asked = request.POST
    found = access.reveal(
        by=actor_of(request), subject_id=subject_id, purpose=why.purpose, case_ref=why.case_ref,
        resource=asked.get("resource", ""), key=asked.get("record", ""), field=asked.get("field", ""),
        valid_on=asking.day(asked.get("valid_on", "")), known_at=asking.day(asked.get("known_on", "")),
        via="screen",
    )  # fmt: skip
    return render(request, "exchange/parts/revealed.html", {"answer": found})


@requires("dossier.reveal")
@require_POST
def document(request: HttpRequest, subject_id: str) -> HttpResponse:
    """One document, as it was delivered. By POST, so that nothing opens it that nobody pressed."""
    why = asking.case_for(request, asking.asking_of(request), subject_id)
    asked = request.POST
    found = access.open_document(
        by=actor_of(request), subject_id=subject_id, purpose=why.purpose, case_ref=why.case_ref,
        resource=asked.get("resource", ""), key=asked.get("record", ""), field=asked.get("field", ""),
        valid_on=asking.day(asked.get("valid_on", "")), known_at=asking.day(asked.get("known_on", "")),
        via="screen",
    )  # fmt: skip
    return served.document(found)


@requires("ledger.view")
@require_GET
def looked(request: HttpRequest, subject_id: str) -> HttpResponse:
    """Who looked at a subject: every access on the ledger, newest first."""
    known = rules.is_subject_id(subject_id)
    page = Paginator(accesses.of_subject(subject_id if known else "-"), 50).get_page(request.GET.get("page"))
    lines = accesses.lines(page.object_list)
    return render(request, "exchange/looked.html", {"page": page, "lines": lines, "subject_id": subject_id})

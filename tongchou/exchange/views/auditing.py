"""The auditor's pages: prove what happened, heads and their witnesses, verification with its results kept."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.ledger import queries, runs, searching, sequencer
from tongchou.ledger import witnesses as ledger_witnesses
from tongchou.ledger.findings import Finding
from tongchou.ledger.models import Cosignature, SplitView, Verification, Witness
from tongchou.ledger.notes import BadNote
from tongchou.ledger.witnessing import cosignatures
from tongchou.standards.errors import HouseError

from ..actions import witnesses as actions
from ..queries import accesses
from .ledger import wanted_of

#: A ledger of at most so many entries is verified while the auditor waits; a larger one by the worker.
CHECKED_IN_PAGE = 20_000
#: More lines of a proof are in the download only.
LINES_SHOWN = 200
#: More findings of a report are told on the command line only.
FINDINGS_SHOWN = 100


def _as_file(document: dict[str, Any], name: str) -> HttpResponse:
    return HttpResponse(
        json.dumps(document, ensure_ascii=False, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@requires("ledger.audit")
@require_GET
def prove(request: HttpRequest) -> HttpResponse:
    """What happened to one subject, under one grant or in one case: every entry, oldest first, with its proof."""
    wanted, asked = wanted_of(request)
    entries, error = None, None
    if wanted.about:
        try:
            entries = searching.every(wanted)
        except HouseError as refusal:
            error = refusal
    shown = {
        "asked": asked, "error": error, "count": len(entries or ()), "looked": entries is not None,
        "lines": accesses.lines((entries or [])[:LINES_SHOWN]), "more": len(entries or ()) > LINES_SHOWN,
        "head": queries.head(), "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "exchange/prove.html", shown)


@requires("ledger.audit")
@require_GET
def proof(request: HttpRequest) -> HttpResponse:
    """The same as one document that anybody can check with the public keys alone."""
    wanted, asked = wanted_of(request)
    if not wanted.about:
        raise Http404
    made = searching.prove(wanted)
    name = next(
        asked[what] for what in ("subject", "grant", "case", "user", "organisation", "outcome") if asked[what]
    )
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "_" for letter in name
    )
    return _as_file(made.as_json(), f"proof-{plain[:60]}.json")


@requires("ledger.audit")
@require_GET
def head(request: HttpRequest, size: int) -> HttpResponse:
    """One signed head: its text, to be kept elsewhere, and who else signed it."""
    found = queries.head_at(size)
    if found is None:
        raise Http404
    try:
        held, wrong = cosignatures(found.note, ledger_witnesses.known())
    except BadNote as bad:
        held, wrong = [], [str(bad)]
    homes = dict(Witness.objects.values_list("name", "organisation"))
    latest = queries.head()
    shown = {
        "head": found, "root": found.root.hex(), "wrong": wrong,
        "held": [(one.key.name, homes.get(one.key.name, ""), one.at) for one in held],
        "latest": latest, "keys": [str(key) for key in sequencer.key_folder().trusted()],
    }  # fmt: skip
    if "download" in request.GET:
        return HttpResponse(
            found.note,
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="head-{size}.txt"'},
        )
    return render(request, "exchange/head.html", shown)


@requires("ledger.audit")
@require_GET
def growth(request: HttpRequest) -> HttpResponse:
    """The consistency proof between two heads, by their sizes, as a document."""
    sizes = [request.GET.get(name, "") for name in ("old", "new")]
    if not all(text.isdigit() and len(text) < 19 for text in sizes):
        raise Http404
    old, new = map(int, sizes)
    return _as_file(queries.growth(old, new).as_json(), f"consistency-{old}-{new}.json")


@requires("ledger.audit")
@require_http_methods(["GET", "POST"])
def witnesses(request: HttpRequest) -> HttpResponse:
    """Who co-signs heads; adding one; alarms they raised."""
    error, typed = None, {"key": "", "organisation": ""}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:400] for name in typed}
        try:
            added = actions.add(by=actor_of(request), **typed)
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已登记见证方 %(name)s。") % {"name": added.name})
            return HttpResponseRedirect(reverse("exchange:witnesses"))
    rows = []
    for one in Witness.objects.order_by("withdrawn_at", "pk"):
        last = Cosignature.objects.filter(witness=one.name).order_by("-size").first()
        rows.append((one, last))
    wanted = ledger_witnesses.demand()
    shown = {
        "rows": rows, "error": error, "typed": typed, "quorum": wanted.quorum,
        "alarms": SplitView.objects.order_by("-pk")[:50], "address": request.build_absolute_uri("/"),
    }  # fmt: skip
    return render(request, "exchange/witnesses.html", shown, status=400 if error else 200)


@requires("ledger.audit")
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take no more signatures of a witness."""
    actions.withdraw(by=actor_of(request), witness=get_object_or_404(Witness, pk=number))
    messages.success(request, _("已撤销见证方，其已有签名保留。"))
    return HttpResponseRedirect(reverse("exchange:witnesses"))


@requires("ledger.audit")
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Verifications so far, and a new one: at once where the ledger is small, else by the worker."""
    size = accesses.count()
    if request.method == "POST":
        run = actions.ask_verification(by=actor_of(request))
        if size <= CHECKED_IN_PAGE and run.state == Verification.State.WAITING:
            runs.perform(run)
        return HttpResponseRedirect(reverse("exchange:verification", args=[run.pk]))
    page = Paginator(Verification.objects.order_by("-pk"), 20).get_page(request.GET.get("page"))
    shown = {
        "size": size, "page": page, "kinds": accesses.counts_by_kind(), "head": queries.head(),
        "quorum": ledger_witnesses.demand().quorum,
    }  # fmt: skip
    return render(request, "exchange/verify.html", shown)


@requires("ledger.audit")
@require_GET
def verification(request: HttpRequest, number: int) -> HttpResponse:
    """One verification: its progress while it runs, then its report."""
    run = get_object_or_404(Verification, pk=number)
    report = run.report or {}
    language = get_language() or "zh"
    findings = [Finding(**each).say(language) for each in report.get("findings", ())[:FINDINGS_SHOWN]]
    shown = {
        "run": run, "report": report, "findings": findings,
        "more": max(0, report.get("found", 0) - len(findings)),
    }  # fmt: skip
    if "download" in request.GET and run.report:
        return _as_file(run.report, f"verification-{run.pk}.json")
    template = (
        "exchange/parts/verification.html"
        if request.headers.get("HX-Request")
        else "exchange/verification.html"
    )
    return render(request, template, shown)

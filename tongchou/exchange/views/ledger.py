"""The ledger on screen: entries, one entry with its proof, heads, and a check of the whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from tongchou.accounts.access import requires
from tongchou.ledger import queries
from tongchou.ledger.canonical import instant
from tongchou.ledger.events import EVENTS
from tongchou.ledger.models import Entry, Head
from tongchou.ledger.verification import verify as verify_ledger
from tongchou.standards.errors import HouseError

from .. import rules
from ..queries import accesses
from .asking import day

#: A ledger of at most so many entries is checked while the auditor waits; a larger one on the command line.
CHECKED_IN_PAGE = 50_000


@requires("ledger.view")
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """Entries, newest first, by kind, subject and day."""
    kind, subject = request.GET.get("kind", ""), request.GET.get("subject", "").strip()
    since, until = day(request.GET.get("since", "")), day(request.GET.get("until", ""))
    here = timezone.get_current_timezone()
    found = queries.entries(
        kind=kind if kind in EVENTS else "",
        subject_id=subject if rules.is_subject_id(subject) else "",
        since=instant(datetime.combine(since, time.min, here)) if since else "",
        until=instant(datetime.combine(until + timedelta(days=1), time.min, here)) if until else "",
    )
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    shown = {
        "page": page, "lines": accesses.lines(page.object_list), "kind": kind, "subject": subject,
        "since": since, "until": until, "head": queries.head(),
        "kinds": sorted(EVENTS.values(), key=lambda event: event.code),
    }  # fmt: skip
    return render(request, "exchange/ledger.html", shown)


@requires("ledger.view")
@require_GET
def entry(request: HttpRequest, stream: str, seq: int) -> HttpResponse:
    """One entry, what it says, and where it stands in the tree."""
    found = Entry.objects.filter(stream=stream, seq=seq).first()
    if found is None:
        raise Http404
    (line,) = accesses.lines([found])
    shown = {
        "line": line,
        "index": queries.index_of(stream, seq),
        "leaf": bytes(found.leaf).hex(),
        "head": queries.head(),
        "body": json.dumps(line.body, ensure_ascii=False, indent=2, sort_keys=True),
    }
    return render(request, "exchange/entry.html", shown)


@requires("ledger.view")
@require_GET
def receipt(request: HttpRequest, stream: str, seq: int) -> HttpResponse:
    """The receipt of an entry, to keep and to check without us. It holds no personal value."""
    document = queries.receipt(stream, seq).as_json()
    return HttpResponse(
        json.dumps(document, ensure_ascii=False, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="receipt-{stream}-{seq}.json"'},
    )


@requires("ledger.audit")
@require_GET
def heads(request: HttpRequest) -> HttpResponse:
    """The signed heads, newest first."""
    page = Paginator(Head.objects.order_by("-number"), 50).get_page(request.GET.get("page"))
    rows = [(each, bytes(each.root).hex()) for each in page]
    return render(request, "exchange/heads.html", {"page": page, "rows": rows})


@requires("ledger.audit")
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Re-hash every stored body and compare with the signed heads; large ledgers are checked on the command line."""
    size = accesses.count()
    report, error = None, None
    if request.method == "POST" and size <= CHECKED_IN_PAGE:
        try:
            report = verify_ledger()
        except HouseError as refusal:
            error = refusal
    shown = {
        "size": size, "limit": CHECKED_IN_PAGE, "report": report, 
        "report_lines": [each.say(get_language() or "zh") for each in report.findings[:50]] if report else [],
        "error": error, "at": datetime.now(UTC),
        "kinds": accesses.counts_by_kind(),
    }  # fmt: skip
    return render(request, "exchange/verify.html", shown)

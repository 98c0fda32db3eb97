"""The ledger on screen: entries, one entry with its proof, heads. `auditing` holds what proves and verifies."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongchou.accounts.access import requires
from tongchou.accounts.models import Organisation
from tongchou.ledger import queries, searching
from tongchou.ledger.canonical import instant
from tongchou.ledger.events import EVENTS
from tongchou.ledger.models import Cosignature, Entry, Head, SplitView

from ..queries import accesses
from .asking import day


@requires("ledger.view")
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """Entries, newest first: by who acted, organisation, kind, subject, grant, case, outcome and days."""
    wanted, asked = wanted_of(request)
    text = request.GET.get("before", "")
    before = int(text) if text.isdigit() and len(text) < 19 else None
    found = searching.look(wanted, before=before, most=50)
    shown = {
        "found": found, "lines": accesses.lines(found.entries), "asked": asked, "before": before,
        "back_to": moment_of(found.back_to) if found.back_to else None, "head": queries.head(),
        "filtered": any(value for value in asked.values()),
        "kinds": sorted(EVENTS.values(), key=lambda event: event.code),
        "organisations": Organisation.objects.order_by("name"),
    }  # fmt: skip
    return render(request, "exchange/ledger.html", shown)


def wanted_of(request: HttpRequest) -> tuple[searching.Wanted, dict[str, Any]]:
    """What a page of the ledger is asked for, and the same as its form shows it again."""
    asked: dict[str, Any] = {
        name: request.GET.get(name, "").strip()[:200]
        for name in ("kind", "subject", "grant", "case", "user", "organisation", "outcome")
    }
    since, until = day(request.GET.get("since", "")), day(request.GET.get("until", ""))
    here = timezone.get_current_timezone()
    wanted = searching.Wanted(
        about={
            what: asked[what]
            for what in ("subject", "grant", "case", "user", "organisation", "outcome")
            if asked[what]
        },
        kind=asked["kind"] if asked["kind"] in EVENTS else "",
        since=instant(datetime.combine(since, time.min, here)) if since else "",
        until=instant(datetime.combine(until + timedelta(days=1), time.min, here)) if until else "",
    )
    return wanted, {**asked, "since": since, "until": until}


def moment_of(text: str) -> datetime:
    """An instant of the ledger."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


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
    shown = list(page)
    sizes = [each.size for each in shown]
    signed: dict[int, list[str]] = {}
    if sizes:
        brought = Cosignature.objects.filter(size__gte=min(sizes), size__lte=max(sizes)).order_by("pk")
        for size, name in brought.values_list("size", "witness"):
            signed.setdefault(size, []).append(name)
    rows = [(each, bytes(each.root).hex(), signed.get(each.size, [])) for each in shown]
    alarms = SplitView.objects.order_by("-pk")[:20]
    return render(request, "exchange/heads.html", {"page": page, "rows": rows, "alarms": alarms})

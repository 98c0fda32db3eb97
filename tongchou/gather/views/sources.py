"""Screens of sources."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from .. import opening, queries
from ..actions import deliveries as actions
from ..models import Source
from .deliveries import handles


@requires("gather.view")
def source_list(request: HttpRequest) -> HttpResponse:
    """All department systems, with what they deliver and how fresh it is."""
    return render(request, "gather/sources.html", {"sources": queries.sources()})


@requires("gather.view")
def source_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One source and the resources it delivers."""
    source = get_object_or_404(Source.objects.select_related("organisation"), code=code)
    actor = actor_of(request)
    latest = queries.latest_delivery_by_resource()
    failed = {one.resource.code: one for one in queries.failures_of(source)}
    rows = [
        {
            "mapping": mapping,
            "failed": failed.get(mapping.resource.code),
            "latest": latest.get(mapping.resource.code),
            "may_run": actor.may("gather.run") and handles(actor, mapping.resource),
        }
        for mapping in queries.mappings(source=code)
    ]
    return render(
        request,
        "gather/source.html",
        {"source": source, "rows": rows, "may_look": any(row["may_run"] for row in rows)},
    )


@requires("gather.run")
@require_POST
def look(request: HttpRequest, code: str) -> HttpResponse:
    """Look for something new at a source and queue it."""
    actor = actor_of(request)
    get_object_or_404(Source, code=code)
    opened = 0
    for mapping in queries.mappings(source=code):
        if not handles(actor, mapping.resource):
            continue
        try:
            items = opening.find_items(mapping)
        except HouseError as error:
            messages.error(request, error.say(get_language() or "zh"))
            continue
        opened += len(actions.receive(by=actor, mapping=mapping, items=items))
    messages.success(
        request, ngettext("新增 %d 个批次，正在排队。", "新增 %d 个批次，正在排队。", opened) % opened
    )
    return HttpResponseRedirect(reverse("gather:source", args=[code]))

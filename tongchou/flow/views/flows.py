"""Flows: the list, one with its picture and tables, its versions and what changed between them; the calendars."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.working_time import published_calendars

from .. import differences, shown
from ..calendars import working_clock
from ..models import Flow, FlowDraft, FlowVersion, Instance, WorkCalendar
from ..moves import definition_of


@requires("flows.view")
@require_GET
def flows(request: HttpRequest) -> HttpResponse:
    """All flows, with what runs on them and what is being written."""
    by = actor_of(request)
    found = list(Flow.objects.select_related("current").defer("current__text"))
    running = dict(
        Instance.objects.filter(ended_at=None)
        .values_list("flow")
        .annotate(count=Count("pk"))
        .values_list("flow", "count")
    )
    late = dict(
        Instance.objects.filter(ended_at=None, due_at__lte=timezone.now())
        .values_list("flow").annotate(count=Count("pk")).values_list("flow", "count")
    )  # fmt: skip
    drafts = {draft.code: draft for draft in FlowDraft.objects.defer("text")}
    rows = [
        (
            flow,
            definition_of(flow.current),
            running.get(flow.code, 0),
            late.get(flow.code, 0),
            drafts.pop(flow.code, None),
        )
        for flow in found
        if flow.current is not None
    ]
    may_edit = by.may("flows.edit")
    context = {
        "rows": rows, "new_drafts": list(drafts.values()), "may_edit": may_edit,
        "may_write": may_edit or by.may("flows.publish"),
    }  # fmt: skip
    return render(request, "flow/flows.html", context)


@requires("flows.view")
@require_GET
def flow(request: HttpRequest, code: str) -> HttpResponse:
    """One flow as it is in force: picture, states, actions, facts."""
    found = get_object_or_404(Flow.objects.select_related("current"), code=code, current__isnull=False)
    assert found.current is not None
    return _version_page(request, found, found.current)


@requires("flows.view")
@require_GET
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One version of a flow, and what it changed."""
    found = get_object_or_404(Flow.objects.select_related("current"), code=code)
    return _version_page(request, found, get_object_or_404(found.versions, number=number), old=True)


@requires("flows.view")
@require_GET
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """All versions of a flow with what each changed, newest first."""
    found = get_object_or_404(Flow.objects.select_related("current"), code=code)
    every = list(found.versions.defer("text").order_by("-number").annotate(
        open_count=Count("instances", filter=Q(instances__ended_at=None)), all_count=Count("instances")
    ))  # fmt: skip
    rows = [
        (one, differences.between(before.content, one.content) if before else [])
        for one, before in zip(every, [*every[1:], None], strict=True)
    ]
    if not rows:
        raise Http404
    return render(request, "flow/versions.html", {"flow": found, "rows": rows})


def _version_page(
    request: HttpRequest, found: Flow, shown_version: FlowVersion, *, old: bool = False
) -> HttpResponse:
    by = actor_of(request)
    definition = definition_of(shown_version)
    before = (
        found.versions.filter(number__lt=shown_version.number).order_by("-number").first() if old else None
    )
    context = {
        "flow": found, "version": shown_version, "definition": definition, "rows": shown.state_rows(definition),
        "actions": list(definition.actions.values()), "facts": list(definition.facts.values()),
        "running": Instance.objects.filter(definition=shown_version, ended_at=None).count(),
        "older": Instance.objects.filter(flow=found.code, ended_at=None).exclude(definition=shown_version).count(),
        "draft": FlowDraft.objects.filter(code=found.code).defer("text").first(), "old": old,
        "changes": differences.between(before.content, shown_version.content) if before else [], "before": before,
        "may_edit": by.may("flows.edit"), "may_publish": by.may("flows.publish"),
    }  # fmt: skip
    return render(request, "flow/flow.html", context)


@requires("flows.view")
@require_GET
def calendars(request: HttpRequest) -> HttpResponse:
    """The calendars that limits run on, and how many open limits rest on a year that is not published yet."""
    clock = working_clock()
    own = {(one.division, one.year, one.version): one for one in WorkCalendar.objects.all()}
    this_year = timezone.localdate().year
    years = sorted({c.year for c in clock.calendars} | {this_year, this_year + 1}, reverse=True)
    rows = []
    for year in years:
        calendar = clock.calendar(year)
        rows.append((calendar, own.get((calendar.division, calendar.year, calendar.version))))
    context = {
        "rows": rows, "shipped": len(published_calendars()),
        "provisional": Instance.objects.filter(ended_at=None, provisional=True).count(),
    }  # fmt: skip
    return render(request, "flow/calendars.html", context)

"""历史: a record's versions, what changed about a subject, where a value came from, tables as of two days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from .. import days, errors
from ..actions import history, tables
from ..actions.history import VersionTold
from ..models import Grant
from . import asking

_MONTH = timedelta(days=30)


@requires("dossier.read")
@require_GET
def record(request: HttpRequest, subject_id: str, resource: str, record: str) -> HttpResponse:
    """All versions of one record, newest knowledge first."""
    why = asking.case_for(request, asking.asking_of(request), subject_id)
    if not why.purpose:
        return render(request, "exchange/purpose.html", asking.context(request))
    found = history.record(
        by=actor_of(request), subject_id=subject_id, resource=resource, record=record, purpose=why.purpose,
        case_ref=why.case_ref, via="screen",
    )  # fmt: skip
    shown = {**asking.context(request), "found": found, "versions": _with_what_was(found.versions)}
    return render(request, "exchange/history/record.html", shown)


def _with_what_was(versions: Sequence[VersionTold]) -> list[dict[str, Any]]:
    """The versions, newest first, each with its changed values and what they were before."""
    told = []
    for place, version in enumerate(versions):
        older = next((each for each in versions[place + 1 :] if each.values), None)
        was = {value.field: value.shown for value in older.values} if older else {}
        changed = [(value, was.get(value.field, "")) for value in version.values if value.changed]
        told.append({"version": version, "changed": changed, "first": older is None})
    return told


@requires("dossier.read")
@require_GET
def origin(request: HttpRequest, subject_id: str, resource: str, record: str, field: str) -> HttpResponse:
    """Where one value came from, down to the cell of the delivered file."""
    why = asking.case_for(request, asking.asking_of(request), subject_id)
    if not why.purpose:
        return render(request, "exchange/purpose.html", asking.context(request))
    found = history.origin(
        by=actor_of(request), subject_id=subject_id, resource=resource, record=record, field=field,
        purpose=why.purpose, case_ref=why.case_ref, valid_on=asking.day(request.GET.get("valid_on", "")),
        known_on=asking.day(request.GET.get("known_on", "")), via="screen",
    )  # fmt: skip
    return render(request, "exchange/history/origin.html", {**asking.context(request), "found": found})


@requires("dossier.read")
@require_GET
def changes(request: HttpRequest, subject_id: str) -> HttpResponse:
    """What changed about a subject between two days."""
    why = asking.case_for(request, asking.asking_of(request), subject_id)
    if not why.purpose:
        return render(request, "exchange/purpose.html", asking.context(request))
    earlier, later, axis = _days(request)
    found, error = None, None
    try:
        found = history.changes(
            by=actor_of(request), subject_id=subject_id, purpose=why.purpose, case_ref=why.case_ref,
            earlier=earlier, later=later, axis=axis, via="screen",
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
    except HouseError as refusal:
        if refusal.code != "exchange.history_days":
            raise
        error = refusal
    told = found.changes if found else ()
    shown = {
        **asking.context(request), "found": found, "error": error, "subject_id": subject_id, "earlier": earlier,
        "later": later, "axis": axis, "axes": days.AXES.items(),
        "changed": [each for each in told if each.kind == "changed"],
        "whole": [each for each in told if each.kind != "changed"],
    }  # fmt: skip
    return render(request, "exchange/history/changes.html", shown, status=400 if error else 200)


@requires("exchange.export")
@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """A whole table as of two days, or what changed of it, under one of the reader's batch grants."""
    by = actor_of(request)
    held = [
        each
        for each in Grant.objects.filter(
            organisation__code=by.organisation, role__code=by.role, state=Grant.State.LIVE,
            until__gte=timezone.localdate(),
        ).select_related("resource")
        if "batch" in each.forms
    ]  # fmt: skip
    asked = request.GET
    chosen = next((each for each in held if each.number == asked.get("grant")), None)
    purposes = list(chosen.purposes.all()) if chosen else []
    purpose = asked.get("purpose") or (purposes[0].code if purposes else "")
    earlier, later, axis = _days(request)
    start = int(asked["start"]) if asked.get("start", "").isdigit() else 0
    page, difference, error = None, None, None
    try:
        if chosen and asked.get("what") == "changes":
            difference = tables.changes(
                by=by, grant=chosen.number, purpose=purpose, earlier=earlier, later=later, axis=axis, start=start,
                via="screen",
            )  # fmt: skip
        elif chosen:
            page = tables.table(
                by=by, grant=chosen.number, purpose=purpose, valid_on=asking.day(asked.get("valid_on", "")),
                known_on=asking.day(asked.get("known_on", "")), start=start, via="screen",
            )  # fmt: skip
    except HouseError as refusal:
        error = refusal
    total = (
        page.total if page else (difference.new + difference.ended + difference.changed if difference else 0)
    )
    shown = {
        "held": held, "chosen": chosen, "grant_purposes": purposes, "purpose": purpose, "page_of": page,
        "difference": difference, "error": error, "earlier": earlier, "later": later, "axis": axis,
        "axes": days.AXES.items(), "what": asked.get("what", ""), "total": total, "start": start,
        "valid_on": asking.day(asked.get("valid_on", "")), "known_on": asking.day(asked.get("known_on", "")),
        "next_start": start + tables.PAGE if start + tables.PAGE < total else None,
        "lines": [
            (line.row_ref, [
                (label, value) for (_name, label), value in zip(page.fields, line.values, strict=True)
            ])
            for line in page.lines
        ] if page else [],
        "rows": [
            (line.kind, [
                (label, before, after, name in line.changed)
                for (name, label), before, after in zip(difference.fields, line.before, line.values, strict=True)
            ])
            for line in difference.lines
        ] if difference else [],
        "previous_start": max(0, start - tables.PAGE) if start else None,
    }  # fmt: skip
    return render(request, "exchange/history/table.html", shown, status=400 if error else 200)


def _days(request: HttpRequest) -> tuple[date, date, str]:
    """The two days and the time asked about: the last month as it was true, when nothing is said."""
    later = asking.day(request.GET.get("later", "")) or timezone.localdate()
    earlier = asking.day(request.GET.get("earlier", "")) or later - _MONTH
    return earlier, later, request.GET.get("axis", days.VALID)

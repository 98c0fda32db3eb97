"""Checking a form before it is handed out: which of its fields the district holds already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.models import Organisation
from tongchou.standards.errors import HouseError

from .. import drafting, meaning
from ..actions import registrations as actions
from ..models import CollectionForm, Resource
from ..queries import facts, lists
from ..queries.people import is_bureau

LONGEST_TEXT = 20_000


def _context(request: HttpRequest) -> dict[str, Any]:
    """What was typed, and for each field who provides it."""
    said = request.POST
    rows = drafting.pasted(said.get("fields", "")[:LONGEST_TEXT])
    subject = said.get("subject", "")
    title = said.get("title", "").strip()[:120]
    items = drafting.items(rows, subject=subject, about=title)
    guessed = subject if subject in Resource.SubjectKind.values else meaning.subject_of(items)
    shown = rows[: drafting.MOST_FIELDS]
    pointed = facts.pointed_out(drafting.items(shown, subject=guessed, about=title)) if rows else []
    lines = [
        {"row": row, "pointed": one, "reason": _reason(said, position, row["label"])}
        for position, (row, one) in enumerate(zip(shown, pointed, strict=True))
    ]
    counts = {
        strength: sum(one.strength == strength for one in pointed)
        for strength in ("same", "likely", "identify")
    }
    return {
        "title": title, "subject": subject, "guessed": guessed, "text": said.get("fields", ""), "lines": lines,
        "counts": counts, "new": len(pointed) - sum(counts.values()), "kinds": Resource.SubjectKind.choices,
    }  # fmt: skip


def _reason(said: Mapping[str, Any], position: int, label: str) -> str:
    """The reason given for a field, if it still stands where it stood when the reason was typed."""
    return str(said.get(f"reason-{position}", "")) if said.get(f"label-{position}") == label else ""


@requires("catalogue.register")
@require_http_methods(["GET", "POST"])
def check_form(request: HttpRequest) -> HttpResponse:
    """The page: paste or type the fields; whoever provides them is named as one types. Registering it needs reasons."""
    by = actor_of(request)
    context = _context(request)
    bureau = is_bureau(by)
    context["organisations"] = Organisation.objects.filter(active=True) if bureau else []
    context["own"] = by.organisation
    status = 200
    if request.method == "POST" and "HX-Request" in request.headers:
        return render(request, "catalogue/parts/form_found.html", context)
    if request.method == "POST" and request.POST.get("go") == "register":
        organisation = get_object_or_404(
            Organisation, code=(request.POST.get("organisation") if bureau else "") or by.organisation
        )
        try:
            made = actions.register_form(
                by=by, organisation=organisation, title=context["title"], subject=context["guessed"],
                fields=[line["row"] for line in context["lines"]],
                reasons=[line["reason"] for line in context["lines"]],
            )  # fmt: skip
        except HouseError as refusal:
            context["refusal"], status = refusal, 400
        else:
            messages.success(request, _("已登记采集表 %(number)s。") % {"number": made.number})
            return HttpResponseRedirect(reverse("catalogue:form", args=[made.number]))
    found = CollectionForm.objects.select_related("organisation")
    context["registered"] = (found if bureau else found.filter(organisation__code=by.organisation))[:50]
    return render(request, "catalogue/form_check.html", context, status=status)


@requires("catalogue.register")
@require_GET
def form(request: HttpRequest, number: str) -> HttpResponse:
    """One registered form: its fields, and why those that are held already are collected nevertheless."""
    by = actor_of(request)
    found = CollectionForm.objects.select_related("organisation")
    if not is_bureau(by):
        found = found.filter(organisation__code=by.organisation)
    one = get_object_or_404(found, number=number)
    return render(
        request,
        "catalogue/form.html",
        {"form": one, "recollected": {each.field: each for each in lists.recollections(collected_by=number)}},
    )

"""One need: stating it, saying it otherwise, answering it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.models import Organisation
from tongchou.standards.errors import HouseError

from .. import drafting, policies
from ..actions import needs as actions
from ..models import Need, Resource
from ..queries import offers
from ..queries.people import is_bureau


def _values(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    return {
        "title": post.get("title", ""),
        "title_en": post.get("title_en", ""),
        "reason": post.get("reason", ""),
        "matter": post.get("matter", ""),
        "subject_kind": post.get("subject_kind", ""),
        "fields": drafting.pasted(post.get("fields", "")[:20_000]),
        "addressed_to": Organisation.objects.filter(code=post.get("addressed_to", "")).first(),
    }


def _form(
    request: HttpRequest, need: Need | None, values: dict[str, Any], refusal: HouseError | None
) -> HttpResponse:
    by = actor_of(request)
    context = {
        "need": need, "values": values, "refusal": refusal, "kinds": Resource.SubjectKind.choices,
        "text": request.POST.get("fields") if request.method == "POST"
        else "\n".join(each["label"] for each in values.get("fields", [])),
        "organisations": Organisation.objects.filter(active=True, level=Organisation.Level.DISTRICT),
        "bureau": is_bureau(by), "own": by.organisation,
        "version": request.POST.get("version") or (need.version if need else ""),
    }  # fmt: skip
    return render(request, "catalogue/need_form.html", context, status=400 if refusal else 200)


@requires("catalogue.register")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """State a need."""
    if request.method == "GET":
        return _form(request, None, {"subject_kind": "person"}, None)
    by = actor_of(request)
    code = (request.POST.get("organisation") if is_bureau(by) else "") or by.organisation
    organisation = get_object_or_404(Organisation, code=code)
    values = _values(request)
    try:
        made = actions.state(by=by, organisation=organisation, values=values)
    except HouseError as refusal:
        return _form(request, None, values, refusal)
    messages.success(request, _("已列入需求清单。"))
    return HttpResponseRedirect(reverse("catalogue:need", args=[made.number]))


@requires("catalogue.view")
@require_GET
def need(request: HttpRequest, number: str) -> HttpResponse:
    """One need: what, why, which resources would meet it, and what may be done with it."""
    by = actor_of(request)
    found = get_object_or_404(
        Need.objects.select_related("organisation", "addressed_to", "met_by__organisation"), number=number
    )
    candidates = offers.candidates(found)
    mine = by.organisation
    parts = policies.parts_in(
        own=found.organisation.code == mine,
        addressed=found.addressed_to is not None and found.addressed_to.code == mine,
        offers=any(one.resource.organisation.code == mine for one in candidates),
        bureau=is_bureau(by),
    )
    may = by.may("catalogue.register")
    narrow = parts == {"other"} and (found.addressed_to is None or found.addressed_to.code != mine)
    fitting = [one for one in candidates if one.resource.organisation.code == mine] if narrow else candidates
    return render(
        request,
        "catalogue/need.html",
        {
            "need": found,
            "candidates": candidates,
            "fitting": fitting,
            "may_meet": may and policies.can_bring(found.state, "met", parts) and bool(fitting),
            "may_decline": may and not narrow and policies.can_bring(found.state, "declined", parts),
            "may_drop": may and policies.can_bring(found.state, "dropped", parts),
            "may_reopen": may and policies.can_bring(found.state, "open", parts),
            "may_change": may
            and found.state == Need.State.OPEN
            and policies.can_keep(owner=found.organisation.code, organisation=mine, bureau=is_bureau(by)),
        },
    )


@requires("catalogue.register")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Say an open need otherwise."""
    by = actor_of(request)
    found = get_object_or_404(Need.objects.select_related("organisation", "addressed_to"), number=number)
    policies.check_keep(
        owner=found.organisation.code, organisation=by.organisation, bureau=is_bureau(by), where=number
    )
    if request.method == "GET":
        return _form(request, found, {name: getattr(found, name) for name in actions.EDITABLE}, None)
    values = _values(request)
    given = request.POST.get("version", "")
    try:
        actions.change(by=by, need=found, version=int(given) if given.isdigit() else -1, values=values)
    except HouseError as refusal:
        return _form(request, found, values, refusal)
    messages.success(request, _("已保存。"))
    return HttpResponseRedirect(reverse("catalogue:need", args=[number]))


@requires("catalogue.register")
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Meet, decline, drop or reopen a need."""
    found = get_object_or_404(Need.objects.select_related("organisation", "addressed_to"), number=number)
    given = request.POST.get("version", "")
    actions.answer(
        by=actor_of(request), need=found, version=int(given) if given.isdigit() else -1,
        target=request.POST.get("target", ""),
        resource=Resource.objects.filter(code=request.POST.get("resource", "")).first(),
        answer=request.POST.get("answer", ""),
    )  # fmt: skip
    messages.success(request, _("已答复。"))
    return HttpResponseRedirect(reverse("catalogue:need", args=[number]))

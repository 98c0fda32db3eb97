"""Matters on their way: the list, one of them, acting on it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongchou.accounts.access import actor_of, requires, signed_in
from tongchou.standards.errors import HouseError
from tongchou.web.middleware import status_of

from .. import queries, shown
from ..actions import instances as actions
from ..models import Flow, Instance
from ..moves import definition_of

PAGE = 50


@requires("flows.follow")
@require_GET
def instances(request: HttpRequest) -> HttpResponse:
    """Those that concern the reader: what waits for them first, then all, by word, flow and state."""
    by, now = actor_of(request), timezone.now()
    chosen = request.GET.get("show", "")
    found = queries.visible_to(by).order_by(
        F("ended_at").desc(nulls_first=True), F("due_at").asc(nulls_last=True), "-pk"
    )
    words = request.GET.get("q", "").strip()[:80]
    if words:
        found = found.filter(
            Q(number__icontains=words) | Q(ref__icontains=words) | Q(name__icontains=words) | Q(name_en__icontains=words)
        )  # fmt: skip
    flow = request.GET.get("flow", "")
    if flow:
        found = found.filter(flow=flow)
    if chosen == "mine":
        found = found.filter(pk__in=[one.pk for one in queries.waiting_for(by)])
    elif chosen == "late":
        found = found.filter(ended_at=None, due_at__lte=now)
    elif chosen == "open":
        found = found.filter(ended_at=None)
    elif chosen == "ended":
        found = found.filter(ended_at__isnull=False)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    names = shown.organisation_names(one.holder for one in page)
    rows = [(one, names.get(one.holder), queries.time_left(one, now)) for one in page]
    context = {
        "page": page,
        "rows": rows,
        "q": words,
        "flow": flow,
        "show": chosen,
        "flows": Flow.objects.all(),
    }
    return render(request, "flow/instances.html", context)


@signed_in
@require_GET
def instance(request: HttpRequest, number: str) -> HttpResponse:
    """One matter: its steps, what may be done, its facts and history."""
    found = get_object_or_404(queries.visible_to(actor_of(request)), number=number)
    return _page(request, found)


@signed_in
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Take an action. A refusal is told on the page, with what was typed still there."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), number=number)
    version = request.POST.get("version", "")
    comment = request.POST.get("comment", "")
    after = request.POST.get("next", "")
    try:
        moved = actions.act(
            by=by, instance=number, action=request.POST.get("action", ""),
            version=int(version) if version.isdecimal() and len(version) < 10 else 0, comment=comment,
        )  # fmt: skip
    except HouseError as refusal:
        found.refresh_from_db()
        return _page(request, found, refusal=refusal, comment=comment)
    done = definition_of(moved.definition).states[moved.state].title
    messages.success(request, _("已办理。") + " " + done.say(get_language() or "zh"))
    if not url_has_allowed_host_and_scheme(after, allowed_hosts=None):
        after = reverse("flow:instance", args=[number])
    return HttpResponseRedirect(after)


def _page(
    request: HttpRequest, found: Instance, *, refusal: HouseError | None = None, comment: str = ""
) -> HttpResponse:
    definition = definition_of(found.definition)
    children = list(found.children.select_related("definition").order_by("pk"))
    names = shown.organisation_names(
        [found.holder, found.owner, found.starter_organisation, *(child.owner for child in children)]
    )
    facts = [
        (fact.title, _fact(found.facts[code], fact.kind))
        for code, fact in definition.facts.items()
        if code in found.facts
    ]
    context = {
        "instance": found, "definition": definition, "facts": facts, "refusal": refusal, "comment": comment,
        "holder": names.get(found.holder), "owner": names.get(found.owner),
        "from_organisation": names.get(found.starter_organisation),
        "children": [(child, names.get(child.owner)) for child in children],
        "may_view_flow": actor_of(request).may("flows.view"),
    }  # fmt: skip
    return render(request, "flow/instance.html", context, status=status_of(refusal) if refusal else 200)


def _fact(value: object, kind: str) -> str:
    if kind == "organisations" and isinstance(value, list):
        names = shown.organisation_names(value)
        return "、".join(names[code].say(get_language() or "zh") if code in names else code for code in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return "–" if value is None else str(value)

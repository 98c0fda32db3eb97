"""共享申请: the lists, one request with everything that bears on its decision, asking, and deciding."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.said import said as in_words
from tongchou.catalogue.models import Resource
from tongchou.flow.queries import time_left
from tongchou.standards.errors import HouseError

from .. import deciding
from ..actions.requests import ask
from ..errors import Refused
from ..forms import DecisionForm, RequestForm, ResourceChooser
from ..models import Grant, Request
from ..policies import check_may_ask, is_at_once
from ..queries import requests as queries
from ..queries.standing import clauses_of, is_bureau, said_of, standing_of
from . import telling

#: The lists, in the order of their tabs.
TABS = ("decide", "asked", "all")


@requires("requests.view")
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for my decision, what my organisation asked for, and for the bureau and auditors all there are."""
    by = actor_of(request)
    oversees = by.may("ledger.audit") or is_bureau(by)
    waiting = (
        queries.nearest_first(queries.listed(queries.to_decide(by), by)) if by.may("requests.decide") else []
    )
    tabs = [
        each
        for each in TABS
        if (each != "all" or oversees) and (each != "decide" or by.may("requests.decide"))
    ]
    tab = request.GET.get("tab", "")
    if tab not in tabs:
        tab = "decide" if waiting else ("asked" if by.may("requests.ask") else tabs[-1])
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    if tab == "decide":
        found: Any = waiting
    else:
        chosen = queries.asked_by(by.organisation) if tab == "asked" else queries.visible_to(by)
        if state in Request.State.values:
            chosen = chosen.filter(state=state)
        if words:
            chosen = queries.matching(chosen, words)
        found = chosen
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    rows = page.object_list if tab == "decide" else queries.listed(page.object_list, by)
    shown = {
        "page": page, "rows": rows, "tab": tab, "tabs": tabs, "state": state, "q": words, "waiting": len(waiting),
        "states": Request.State.choices, "may_ask": by.may("requests.ask"),
    }  # fmt: skip
    return render(request, "exchange/requests.html", shown)


@requires("requests.ask")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a resource: choose it, say what and why; nothing typed is lost when something is wrong."""
    by = actor_of(request)
    code = request.POST.get("resource") or request.GET.get("resource") or ""
    resource = Resource.objects.select_related("organisation").filter(code=code).first()
    if resource is None:
        chooser = ResourceChooser(initial={"resource": code})
        shown = {"chooser": chooser, "steps": telling.steps("resource")}
        return render(request, "exchange/request_new.html", shown, status=400 if code else 200)
    said = said_of(resource)
    form = RequestForm(request.POST or None, resource=resource, said=said)
    refusal: HouseError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = ask(
                by=by, resource=resource, role=form.cleaned_data["role"], clauses=form.clauses(),
                reason=form.cleaned_data["reason"], legal_basis=form.cleaned_data["legal_basis"],
            )  # fmt: skip
        except HouseError as error:
            form.refuse(error)
        else:
            messages.success(
                request,
                _("已即时授权，并已存证。") if made.state == Request.State.GRANTED else _("申请已提交。"),
            )
            return HttpResponseRedirect(reverse("exchange:request", args=[made.number]))
    if request.method == "GET":
        at_once = is_at_once(share_class=said.share_class, grades=[], revealed=[])
        try:
            check_may_ask(
                owner=said.owner, share_class=said.share_class, legal_basis=said.legal_basis, resource=said.code,
                by=standing_of(by), at_once=at_once, published=said.published,
            )  # fmt: skip
        except Refused as error:
            refusal = error
    shown = {
        "form": form, "resource": resource, "steps": telling.steps("clauses"), "error": refusal,
        "held": Grant.objects.filter(resource=resource, organisation__code=by.organisation, state=Grant.State.LIVE),
        "open": queries.asked_by(by.organisation).filter(resource=resource, state__in=queries.OPEN),
    }  # fmt: skip
    return render(request, "exchange/request_new.html", shown, status=400 if form.errors else 200)


@requires("requests.view")
@require_GET
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One request with everything that bears on it."""
    found = get_object_or_404(queries.visible_to(actor_of(request)), number=number)
    return _page(request, found, None)


def _page(
    request: HttpRequest, found: Request, form: DecisionForm | None, error: HouseError | None = None
) -> HttpResponse:
    by = actor_of(request)
    said, asked = said_of(found.resource), clauses_of(found)
    instance = queries.instance_of(found)
    steps = {each.code: each for each in queries.steps_for(by, found, instance)}
    granting = steps.get("grant")
    deciding_now = granting is not None and granting.reason is None
    if form is None and deciding_now:
        form = DecisionForm(resource=found.resource, said=said, clauses=asked, within=asked)
    shown = {
        "request_shown": found, "instance": instance, "steps": steps, "form": form if deciding_now else None,
        "error": error, "told": telling.clauses_told(asked, found.resource, said),
        "likeness": telling.likeness_of(asked, found.resource, said), "resource": found.resource,
        "left": time_left(instance, timezone.now()) if instance and found.is_open else None,
        "stepper": telling.stepper(found), "history": telling.request_history(found, instance),
        "others": queries.granted_to_others(found).exclude(request=found)[:20],
        "needs": queries.needs_of(found.resource.organisation)[:10],
        "wanted": queries.wanted_by(found.resource.organisation)[:10],
        "grant": found.grants.first(),
    }  # fmt: skip
    status = 400 if error or (form is not None and form.errors) else 200
    return render(request, "exchange/request.html", shown, status=status)


@requires("requests.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Grant, refuse or return, as the page was seen."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), number=number)
    said, asked = said_of(found.resource), clauses_of(found)
    step, version = request.POST.get("step", ""), _version(request)
    if step not in ("grant", "refuse", "return"):
        raise Http404
    form = DecisionForm(request.POST, resource=found.resource, said=said, clauses=asked, within=asked)
    try:
        if step == "grant":
            if not form.is_valid():
                return _page(request, found, form)
            deciding.grant(
                by=by,
                request=found,
                version=version,
                clauses=form.clauses(),
                comment=form.cleaned_data["comment"],
            )
            messages.success(request, _("已授权，立即生效。"))
        elif step == "refuse":
            deciding.refuse(by=by, request=found, version=version, comment=request.POST.get("comment", ""))
            messages.success(request, _("已拒绝，理由已告知申请机构。"))
        else:
            deciding.send_back(by=by, request=found, version=version, comment=request.POST.get("comment", ""))
            messages.success(request, _("已退回补充。"))
    except HouseError as error:
        if form.is_valid() or form.is_bound:
            form.refuse(error)
        found.refresh_from_db()
        if error.code.startswith(("flow.refused", "exchange.refused")):
            raise
        return _page(request, found, form, error if not form.errors else None)
    return HttpResponseRedirect(reverse("exchange:request", args=[number]))


@requires("requests.ask")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Change a returned request and send it again."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), number=number)
    said = said_of(found.resource)
    initial = {"role": found.role.code, "reason": found.reason, "legal_basis": found.legal_basis}
    form = RequestForm(
        request.POST or None, resource=found.resource, said=said, clauses=clauses_of(found), initial=initial
    )
    form.fields["role"].disabled = True
    instance = queries.instance_of(found)
    if request.method == "POST" and form.is_valid():
        try:
            deciding.resend(
                by=by, request=found, version=_version(request), clauses=form.clauses(),
                reason=form.cleaned_data["reason"], legal_basis=form.cleaned_data["legal_basis"],
            )  # fmt: skip
        except HouseError as error:
            form.refuse(error)
        else:
            messages.success(request, _("已重新提交。"))
            return HttpResponseRedirect(reverse("exchange:request", args=[number]))
    shown = {
        "form": form, "resource": found.resource, "returned": found, "steps": telling.steps("clauses"),
        "version": instance.version if instance else 0,
    }  # fmt: skip
    return render(request, "exchange/request_new.html", shown, status=400 if form.errors else 200)


@requires("requests.ask")
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a request back."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), number=number)
    deciding.withdraw(by=by, request=found, version=_version(request))
    messages.success(request, _("已撤销申请。"))
    return HttpResponseRedirect(reverse("exchange:request", args=[number]))


@requires("requests.view")
@require_GET
def panel(request: HttpRequest, code: str) -> HttpResponse:
    """On a resource's page: what my organisation holds and asks for, and the way to ask."""
    by = actor_of(request)
    resource = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    said, reason = said_of(resource), ""
    at_once = is_at_once(share_class=said.share_class, grades=[], revealed=[])
    try:
        check_may_ask(
            owner=said.owner, share_class=said.share_class, legal_basis=said.legal_basis, resource=said.code,
            by=standing_of(by), at_once=at_once, published=said.published,
        )  # fmt: skip
    except Refused as error:
        reason = in_words(error)
    shown = {
        "resource": resource, "reason": reason, "may_ask": by.may("requests.ask"), "at_once": at_once,
        "days": telling.limit_days(),
        "held": Grant.objects.filter(resource=resource, organisation__code=by.organisation).select_related("role")[:10],
        "open": queries.asked_by(by.organisation).filter(resource=resource, state__in=queries.OPEN),
    }  # fmt: skip
    return render(request, "exchange/parts/ask_panel.html", shown)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

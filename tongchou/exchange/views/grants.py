"""Grants: the list, one grant with its timeline and use, giving and changing one with a live preview, taking away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.said import said as in_words
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError

from .. import policies
from ..actions import grants as actions
from ..errors import Refused
from ..forms import ChangeForm, GrantForm, ResourceChooser, loosely
from ..models import Grant, GrantEvent
from ..queries import grants as queries
from ..queries.standing import clauses_of, said_of, standing_of
from . import telling

#: A grant that ends within so many days is about to expire.
EXPIRING_DAYS = 30


@requires("grants.view")
@require_GET
def grants(request: HttpRequest) -> HttpResponse:
    """The grants the reader's organisation gave or holds; all of them for the bureau and auditors."""
    by = actor_of(request)
    found = queries.visible_to(by).prefetch_related("purposes")
    words, state, side = (
        request.GET.get("q", "").strip(),
        request.GET.get("state", ""),
        request.GET.get("side", ""),
    )
    if words:
        found = found.filter(
            Q(number__icontains=words) | Q(resource__name__icontains=words) | Q(resource__code__icontains=words)
            | Q(organisation__name__icontains=words)
        )  # fmt: skip
    if side == "held":
        found = found.filter(organisation__code=by.organisation)
    elif side == "given":
        found = found.filter(resource__organisation__code=by.organisation)
    today = timezone.localdate()
    live = Q(state=Grant.State.LIVE, until__gte=today)
    past = Q(state__in=(Grant.State.LIVE, Grant.State.SUSPENDED), until__lt=today)
    chosen = {
        "live": live, "expiring": live & Q(until__lte=today + timedelta(days=EXPIRING_DAYS)),
        "expired": past | Q(state=Grant.State.EXPIRED), "suspended": Q(state=Grant.State.SUSPENDED, until__gte=today),
        "withdrawn": Q(state=Grant.State.WITHDRAWN),
    }  # fmt: skip
    if state in chosen:
        found = found.filter(chosen[state])
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    shown = {
        "page": page, "q": words, "state": state, "side": side, "today": today,
        "soon": today + timedelta(days=EXPIRING_DAYS), "may_manage": by.may("grants.manage"),
    }  # fmt: skip
    return render(request, "exchange/grants.html", shown)


@requires("grants.view")
@require_GET
def grant(request: HttpRequest, number: str) -> HttpResponse:
    """What one grant allows, what became of it, how much it is used."""
    found = get_object_or_404(
        queries.visible_to(actor_of(request)).prefetch_related("purposes"), number=number
    )
    return _page(request, found)


def _page(request: HttpRequest, found: Grant, error: HouseError | None = None) -> HttpResponse:
    said, clauses = said_of(found.resource), clauses_of(found)
    shown = {
        "grant": found, "told": telling.clauses_told(clauses, found.resource, said), "today": timezone.localdate(),
        "likeness": telling.likeness_of(clauses, found.resource, said), "timeline": telling.grant_timeline(found),
        "use": telling.use_of(found), "buttons": _buttons(request, found), "error": error,
    }  # fmt: skip
    return render(request, "exchange/grant.html", shown, status=400 if error else 200)


def _buttons(request: HttpRequest, found: Grant) -> dict[str, str]:
    """{what may be done to the grant: "" where it may, else why not}; empty for who only looks."""
    by = actor_of(request)
    if not by.may("grants.manage"):
        return {}
    standing = standing_of(by)
    owner, holder = found.resource.organisation.code, found.organisation.code
    suspended = found.events.filter(kind=GrantEvent.Kind.SUSPENDED).first()
    over = found.state in (Grant.State.WITHDRAWN, Grant.State.EXPIRED)

    def why_not(check: Any, **given: Any) -> str:
        if over:
            return _("授权已不再有效。")
        try:
            check(owner=owner, by=standing, number=found.number, **given)
        except Refused as refusal:
            return in_words(refusal)
        return ""

    take_away = why_not(policies.check_may_withdraw)
    buttons = {"change": why_not(policies.check_may_change, holder=holder, wider=False)}
    if found.state == Grant.State.SUSPENDED:
        buttons["resume"] = why_not(
            policies.check_may_resume, holder=holder, suspended_by=suspended.organisation if suspended else ""
        )
    else:
        buttons["suspend"] = take_away
    buttons["withdraw"] = take_away
    return buttons


@requires("grants.manage")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Give a grant as the provider: the resource first, then holder and clauses, with what the holder will see beside it."""
    by = actor_of(request)
    code = request.POST.get("resource") or request.GET.get("resource") or ""
    resource = Resource.objects.select_related("organisation").filter(
        code=code, organisation__code=by.organisation
    ).exclude(share_class=Resource.ShareClass.CLOSED).first()  # fmt: skip
    if resource is None:
        chooser = ResourceChooser({"resource": code} if code else None, owner=by.organisation)
        wrong = bool(code) and not chooser.is_valid()
        return render(
            request,
            "exchange/grant_new.html",
            {"chooser": chooser, "form": chooser},
            status=400 if wrong else 200,
        )
    form = GrantForm(request.POST or None, resource=resource, said=said_of(resource))
    if request.method == "POST" and form.is_valid():
        clauses = form.clauses()
        try:
            made = actions.create(
                by=by, organisation=form.cleaned_data["organisation"], role=form.cleaned_data["role"], resource=resource,
                fields=clauses.fields, unmasked=clauses.unmasked, masking=clauses.masking, rows=clauses.rows,
                forms=clauses.forms, statements=clauses.statements, purposes=list(form.cleaned_data["purposes"]),
                needs_case=clauses.needs_case, quota_per_day=clauses.quota_per_day, until=clauses.until,
            )  # fmt: skip
        except HouseError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("已授权。"))
            return HttpResponseRedirect(reverse("exchange:grant", args=[made.number]))
    shown = {"form": form, "resource": resource}
    return render(request, "exchange/grant_new.html", shown, status=400 if form.errors else 200)


@requires("grants.manage")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Change what a grant says, with what the holder will see beside it."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by).prefetch_related("purposes"), number=number)
    said = said_of(found.resource)
    form = ChangeForm(
        request.POST or None, resource=found.resource, said=said, clauses=clauses_of(found),
        initial={"version": found.version},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(
                by=by, grant=found, version=form.cleaned_data["version"], clauses=form.clauses(),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
        except HouseError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("已更改，立即生效。"))
            return HttpResponseRedirect(reverse("exchange:grant", args=[number]))
    shown = {"form": form, "resource": found.resource, "grant": found}
    return render(request, "exchange/grant_new.html", shown, status=400 if form.errors else 200)


@requires("grants.manage")
@require_POST
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Suspend, resume or withdraw."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), number=number)
    reason = request.POST.get("reason", "")[:300]
    if what == "suspend":
        actions.suspend(by=by, grant=found, reason=reason)
        messages.success(request, _("已暂停，立即生效。"))
    elif what == "resume":
        actions.resume(by=by, grant=found, reason=reason)
        messages.success(request, _("已恢复。"))
    elif what == "withdraw":
        actions.withdraw(by=by, grant=found, reason=reason)
        messages.success(request, _("已撤回授权，立即生效。"))
    else:
        raise Http404
    return HttpResponseRedirect(reverse("exchange:grant", args=[number]))


@requires("grants.view")
@require_http_methods(["GET", "POST"])
def likeness(request: HttpRequest, code: str) -> HttpResponse:
    """What a holder would see under the clauses that stand in the form now; on invented records."""
    resource = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    said = said_of(resource)
    shown = {"likeness": telling.likeness_of(loosely(request.POST, said), resource, said)}
    return render(request, "exchange/parts/likeness.html", shown)

"""Grants: the list, one grant, giving one, taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from .. import policies
from ..actions import grants as actions
from ..forms import GrantForm
from ..models import Grant
from ..queries import grants as queries


@requires("grants.view")
@require_GET
def grants(request: HttpRequest) -> HttpResponse:
    """The grants the reader's organisation gave or holds; all of them for the bureau and auditors."""
    by = actor_of(request)
    found = queries.visible_to(by).prefetch_related("purposes")
    words = request.GET.get("q", "").strip()
    if words:
        found = found.filter(
            Q(number__icontains=words) | Q(resource__name__icontains=words) | Q(resource__code__icontains=words)
            | Q(organisation__name__icontains=words)
        )  # fmt: skip
    state = request.GET.get("state", "")
    today = timezone.localdate()
    if state == "expired":
        found = found.filter(state=Grant.State.LIVE, until__lt=today)
    elif state == "live":
        found = found.filter(state=Grant.State.LIVE, until__gte=today)
    elif state == "withdrawn":
        found = found.filter(state=Grant.State.WITHDRAWN)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    shown = {"page": page, "q": words, "state": state, "today": today, "may_manage": by.may("grants.manage")}
    return render(request, "exchange/grants.html", shown)


@requires("grants.view")
@require_GET
def grant(request: HttpRequest, number: str) -> HttpResponse:
    """What one grant allows."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by).prefetch_related("purposes"), number=number)
    every = list(found.resource.fields.all())
    chosen = [each for each in every if "*" in found.fields or each.name in found.fields]
    shown = {
        "grant": found,
        "fields": [(each, "*" in found.unmasked or each.name in found.unmasked) for each in chosen],
        "today": timezone.localdate(),
        "may_withdraw": found.state == Grant.State.LIVE
        and by.may("grants.manage")
        and policies.can_withdraw(
            owner=found.resource.organisation.code, giver=by.organisation, bureau=queries.is_bureau(by)
        ),
    }
    return render(request, "exchange/grant.html", shown)


@requires("grants.manage")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Give a grant: choose the resource first, then holder, fields, purposes and the last day."""
    by = actor_of(request)
    form = GrantForm(
        request.POST or None, by=by, resource=request.GET.get("resource") or request.POST.get("resource")
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create(by=by, **form.terms())
        except HouseError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("已授权。"))
            return HttpResponseRedirect(reverse("exchange:grant", args=[made.number]))
    return render(request, "exchange/grant_new.html", {"form": form}, status=400 if form.errors else 200)


@requires("grants.manage")
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a grant back."""
    found = get_object_or_404(queries.visible_to(actor_of(request)), number=number)
    actions.withdraw(by=actor_of(request), grant=found)
    messages.success(request, _("已撤回授权，立即生效。"))
    return HttpResponseRedirect(reverse("exchange:grant", args=[number]))

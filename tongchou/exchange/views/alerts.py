"""Unusual use: what stands out, and the word of whoever looked."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.models import Organisation
from tongchou.accounts.said import said
from tongchou.standards.errors import HouseError
from tongchou.web.templatetags.house import named

from ..actions import alerts as actions
from ..queries import clients as queries


@requires("grants.view")
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """Alerts about uses of the reader's data, the open ones first."""
    by = actor_of(request)
    state = request.GET.get("state", "open")
    found = queries.alerts(by) if state == "all" else queries.open_alerts(by)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    names = {
        each.code: named(each)
        for each in Organisation.objects.filter(code__in={row.organisation for row in page})
    }
    shown = {"page": page, "state": state, "names": names, "may_acknowledge": by.may("grants.manage")}
    return render(request, "exchange/alerts.html", shown)


@requires("grants.manage")
@require_POST
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    """Say what an unusual use was."""
    by = actor_of(request)
    found = get_object_or_404(queries.alerts(by), pk=number)
    try:
        actions.acknowledge(by=by, alert=found, word=request.POST.get("word", ""))
    except HouseError as refusal:
        messages.error(request, said(refusal))
    else:
        messages.success(request, _("已确认。"))
    return HttpResponseRedirect(reverse("exchange:alerts"))

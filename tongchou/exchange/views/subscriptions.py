"""Subscriptions: the list, a new one, one with what was sent for it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from .. import holdings
from ..actions import subscriptions as actions
from ..forms_bulk import SubscriptionForm
from ..models import Purpose, Subscription
from ..queries import bulk as queries

#: Why an attempt failed, in words.
_FAILURES = {
    "refused": _lazy("接收方拒绝"),
    "redirected": _lazy("返回了跳转"),
    "timeout": _lazy("超时"),
    "unreachable": _lazy("连接不上"),
}
#: What may be done with a subscription, and what is said of it.
_DOING = {"pause": actions.pause, "resume": actions.resume, "end": actions.end}


@requires("exchange.subscribe")
@require_GET
def subscriptions(request: HttpRequest) -> HttpResponse:
    """The subscriptions of the reader's organisation, and those to its resources."""
    by = actor_of(request)
    page = Paginator(queries.subscriptions(by), 50).get_page(request.GET.get("page"))
    return render(
        request,
        "exchange/subscriptions.html",
        {"page": page, "may_ask": bool(holdings.held(by, "subscribe"))},
    )


@requires("exchange.subscribe")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Follow a resource. The signing secret is shown once."""
    by = actor_of(request)
    form = SubscriptionForm(
        request.POST or None, by=by, chosen=request.POST.get("grant") or request.GET.get("grant", "")
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.subscribe(
                by=by, grant=said["grant"], purpose=said["purpose"], url=said["url"].strip()
            )
        except HouseError as refusal:
            form.refuse(refusal)
        else:
            shown = {"subscription": made.subscription, "secret": made.secret}
            answer = render(request, "exchange/subscription_made.html", shown)
            answer["Cache-Control"] = "no-store"
            return answer
    return render(
        request, "exchange/subscription_new.html", {"form": form}, status=400 if form.errors else 200
    )


@requires("exchange.subscribe")
@require_GET
def subscription(request: HttpRequest, number: str) -> HttpResponse:
    """One subscription with its deliveries, the undeliverable ones first."""
    by = actor_of(request)
    found = get_object_or_404(queries.subscriptions(by), number=number)
    page = Paginator(found.deliveries.order_by("-state", "-pk"), 30).get_page(request.GET.get("page"))
    shown = {
        "subscription": found,
        "page": page,
        "failures": {each.error: _FAILURES.get(each.error, each.error) for each in page},
        "purpose": Purpose.objects.filter(code=found.purpose).first(),
        "dead": found.deliveries.filter(state="dead").first(),
        "mine": (found.organisation.code, found.role.code) == (by.organisation, by.role),
        "over": found.state == Subscription.State.ENDED,
    }
    return render(request, "exchange/subscription.html", shown)


@requires("exchange.subscribe")
@require_POST
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Pause, resume or end it."""
    get_object_or_404(queries.subscriptions(actor_of(request)), number=number)
    if what in _DOING:
        _DOING[what](by=actor_of(request), number=number)
        messages.success(request, _("已保存。"))
    return HttpResponseRedirect(reverse("exchange:subscription", args=[number]))


@requires("exchange.subscribe")
@require_POST
def redeliver(request: HttpRequest, number: str) -> HttpResponse:
    """Send an undeliverable page again, or give it up."""
    doing = actions.skip if request.POST.get("what") == "skip" else actions.redeliver
    done = doing(by=actor_of(request), number=number)
    messages.success(request, _("已保存。"))
    return HttpResponseRedirect(reverse("exchange:subscription", args=[done.subscription.number]))

"""本人数据: at the window, an account is joined to its person after the identity card was checked."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from ..actions import own_files as actions
from ..queries import own_files as queries


@requires("mydata.bind")
@require_http_methods(["GET", "POST"])
def own_files(request: HttpRequest) -> HttpResponse:
    """The bindings in force, and joining an account to a person. The number comes by POST and is not kept."""
    error, asked = None, request.POST
    if request.method == "POST":
        try:
            actions.bind(
                by=actor_of(request), username=asked.get("username", ""), id_number=asked.get("id_number", ""),
                card_checked=asked.get("card_checked") == "on",
            )  # fmt: skip
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已开通，本人登录后可以查看自己的数据和谁看过。"))
            return HttpResponseRedirect(reverse("exchange:own_files"))
    found = queries.standing()
    words = request.GET.get("q", "").strip()
    if words:
        found = found.filter(user__username__icontains=words)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    shown = {"page": page, "q": words, "error": error, "asked": asked}
    return render(request, "exchange/own_files.html", shown, status=400 if error else 200)


@requires("mydata.bind")
@require_POST
def unbind(request: HttpRequest, number: int) -> HttpResponse:
    """End a binding."""
    actions.unbind(by=actor_of(request), number=number)
    messages.success(request, _("已注销。"))
    return HttpResponseRedirect(reverse("exchange:own_files"))

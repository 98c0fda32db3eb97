"""事由: the list, one case with what was read under it, opening one by hand, closing it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from .. import cases as kinds
from ..actions import cases as actions
from ..models import Case
from ..queries import cases as queries
from ..queries import grants, own_accesses
from . import asking


@requires("cases.view")
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The cases of the actor's organisation, newest first; all of them for auditors and the bureau's watch."""
    by = actor_of(request)
    state, words = request.GET.get("state", "open"), request.GET.get("q", "").strip()
    found = queries.search(queries.in_state(queries.visible_to(by), state), words)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    rows = [(each, kinds.title_of(each.kind), [kinds.UNUSUAL[one] for one in each.unusual if one in kinds.UNUSUAL])
            for each in page]  # fmt: skip
    shown = {
        "page": page, "rows": rows, "state": state, "q": words, "today": timezone.localdate(),
        "may_open": bool(kinds.kinds_for(by)), "unusual": queries.in_state(queries.visible_to(by), "unusual").count(),
    }  # fmt: skip
    return render(request, "exchange/cases.html", shown)


@requires("cases.view")
@require_GET
def case(request: HttpRequest, number: int) -> HttpResponse:
    """One case: whom it concerns, until when, and each reading under it."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), pk=number)
    by_hand = found.kind in {each.code for each in kinds.kinds_for(by)}
    ours = found.organisation.code == by.organisation
    live = kinds.is_live(found, timezone.localdate())
    shown = {
        "case": found, "title": kinds.title_of(found.kind), "live": live, "today": timezone.localdate(),
        "lines": own_accesses.lines_of(queries.entries_under(found)),
        "may_close": ours and by_hand and found.state == Case.State.OPEN,
        "may_read": ours and live and by.may("dossier.read"),
        "purposes": grants.purposes_of(by, timezone.localdate()),
        "unusual": [kinds.UNUSUAL[one] for one in found.unusual if one in kinds.UNUSUAL],
    }  # fmt: skip
    return render(request, "exchange/case.html", shown)


@requires("cases.view")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open a case about a subject by hand, of a kind that allows it."""
    by = actor_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    subject, kind, error = asked.get("subject", "").strip(), asked.get("kind", ""), None
    if request.method == "POST":
        try:
            made = actions.open_case(by=by, kind=kind, subject=subject, ref=request.POST.get("ref", ""))
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已登记事由，查看会记在它名下。"))
            target = request.POST.get("next", "")
            if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
                asking.remember(request, asking.asking_of(request).purpose, made.ref)
                return HttpResponseRedirect(target)
            return HttpResponseRedirect(reverse("exchange:case", args=[made.pk]))
    shown = {
        "kinds": kinds.kinds_for(by), "subject": subject, "kind": kind, "ref": asked.get("ref", ""), "error": error,
        "next": asked.get("next", ""),
    }  # fmt: skip
    return render(request, "exchange/case_new.html", shown, status=400 if error else 200)


@requires("cases.view")
@require_POST
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Close a case that may be closed by hand."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), pk=number)
    if found.kind not in {each.code for each in kinds.kinds_for(by)}:
        messages.error(request, _("这类事由随相应业务自动办结。"))
    else:
        actions.close_case(by=by, ref=found.ref)
        messages.success(request, _("已办结，从现在起不能再据此查看。"))
    return HttpResponseRedirect(reverse("exchange:case", args=[number]))

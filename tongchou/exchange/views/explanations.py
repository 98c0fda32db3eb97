"""说明 for those who answer: the organisation that looked, and the auditors."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongchou.accounts.access import actor_of, requires
from tongchou.flow import queries as flow
from tongchou.standards.errors import HouseError

from ..actions import explanations as actions
from ..models import Explanation
from ..queries import explanations as queries
from ..queries import progress


@requires("explanations.view")
@require_GET
def explanations(request: HttpRequest) -> HttpResponse:
    """The requests that lie with my organisation; what was asked is on no list."""
    by = actor_of(request)
    state = request.GET.get("state", "open")
    found = queries.of_organisation(by)
    if state == "open":
        found = found.filter(state=Explanation.State.WAITING) | found.filter(
            state=Explanation.State.ESCALATED
        )
    page = Paginator(found.order_by("asked_at"), 50).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [
        (each, flow.time_left(instance, now) if (instance := queries.instance_of(each)) else None)
        for each in page
    ]
    return render(request, "exchange/explanations.html", {"page": page, "rows": rows, "state": state})


@requires("explanations.view")
@require_http_methods(["GET", "POST"])
def explanation(request: HttpRequest, number: str) -> HttpResponse:
    """One request: which access it is about, what is asked, and the answer."""
    by = actor_of(request)
    error = None
    if request.method == "POST":
        told = request.POST
        try:
            version = told.get("version", "")
            actions.answer(
                by=by,
                number=number,
                version=int(version) if version.isdigit() else 0,
                says=told.get("says", ""),
            )
        except HouseError as refusal:
            error = refusal
        else:
            messages.success(request, _("已答复，本人会看到。"))
            return HttpResponseRedirect(reverse("exchange:explanation", args=[number]))
    request_of = actions.open_request(by=by, number=number)
    made = request_of.made
    instance = queries.instance_of(made)
    offered = {each.action: each for each in flow.actions_for(by, instance)} if instance else {}
    shown = {
        "made": made, "words": request_of.words, "line": request_of.line, "error": error, "instance": instance,
        **(progress.of(instance, names=True) if instance else {}),
        "left": flow.time_left(instance, timezone.now()) if instance else None, "answer": offered.get("answer"),
        "looked_myself": made.about == by.username, "asked": request.POST,
    }  # fmt: skip
    return render(request, "exchange/explanation.html", shown, status=400 if error else 200)

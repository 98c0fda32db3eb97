"""Where departments disagree: the list grouped by who is to be asked, and the button that asks."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from ..actions import disagreements as actions
from ..queries import disagreements as queries
from ..queries.standing import is_bureau


@requires("corrections.review")
@require_GET
def disagreements(request: HttpRequest) -> HttpResponse:
    """The departments whose values differ from what the base libraries took; no value is on this page."""
    groups = queries.groups()
    shown = {
        "groups": groups,
        "sure": sum(each.sure for each in groups),
        "most": max((each.sure for each in groups), default=0),
        "unsure": sum(line.unsure for each in groups for line in each.lines),
        "open": sum(each.open for each in groups),
        "may_send": is_bureau(actor_of(request)),
        "at_once": queries.MOST_AT_ONCE,
        "most_open": queries.MOST_OPEN,
    }
    return render(request, "exchange/disagreements.html", shown)


@requires("corrections.review")
@require_POST
def send(request: HttpRequest, population: str, resource: str, field: str) -> HttpResponse:
    """Send some of one line to its department."""
    try:
        made = actions.send(by=actor_of(request), population=population, resource=resource, field=field)
    except HouseError as refusal:
        language = getattr(request, "LANGUAGE_CODE", "zh")
        messages.error(request, refusal.what.say(language) + refusal.next.say(language))
    else:
        if made:
            messages.success(
                request, _("已发送 %(number)s 件校核，由该部门限期办理。") % {"number": len(made)}
            )
        else:
            messages.info(request, _("没有可发送的：都已问过，或现在已经一致。"))
    return HttpResponseRedirect(reverse("exchange:disagreements"))

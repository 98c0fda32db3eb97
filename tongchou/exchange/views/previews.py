"""The masked preview on a resource's page in the catalogue."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource

from ..actions.previews import preview


@requires("catalogue.view")
def panel(request: HttpRequest, code: str) -> HttpResponse:
    """A few masked values of each column."""
    resource = get_object_or_404(Resource, code=code)
    return render(
        request,
        "exchange/preview.html",
        {"preview": preview(by=actor_of(request), resource=resource), "fields": resource.fields.all()},
    )

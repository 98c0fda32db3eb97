"""A base library on screen: how each attribute is chosen and what came of it. Counts and rules, no values."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from tongchou.accounts.access import requires

from ..models import Population
from ..overview import library_of


@requires("links.review")
@require_GET
def library(request: HttpRequest, code: str) -> HttpResponse:
    """Attributes with their rule in words and the sources whose values were taken; relations; themes."""
    population = get_object_or_404(Population, code=code)
    return render(request, "pool/library.html", {"population": population, "library": library_of(population)})

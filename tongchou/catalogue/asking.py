"""Where one asks for a resource. The room that takes requests says so at start; the catalogue only links to it."""

from __future__ import annotations

from django.urls import reverse

from .models import Resource

_route: list[str] = []


def lead_to(url_name: str) -> None:
    """Name the route of the page on which one asks; it gets `?resource=<code>`. Called from an AppConfig.ready()."""
    _route[:] = [url_name]


def url_of(resource: Resource) -> str:
    """The address at which to ask for a resource; its own page while no room takes requests, or when it is closed."""
    if not _route or resource.share_class == Resource.ShareClass.CLOSED:
        return reverse("catalogue:resource", args=[resource.code])
    return f"{reverse(_route[0])}?resource={resource.code}"

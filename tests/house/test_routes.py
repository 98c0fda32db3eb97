"""Every route declares who may call it, and keeps to it: asked with the right role, a wrong one, and none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import PARTS, Cast
from tongchou.accounts.access import Access
from tongchou.accounts.models import Role
from tongchou.accounts.permissions import PERMISSIONS

#: A value for each kind of argument; none of them names anything that exists.
ARGUMENTS: dict[str, Any] = {"int": 999_999, "str": "none-such", "slug": "none-such"}


@dataclass(frozen=True)
class Route:
    """One pattern with the view behind it and an address to call it at."""

    name: str
    url: str
    view: Any

    @property
    def access(self) -> Access:
        found = self.view.access
        assert isinstance(found, Access)
        return found

    def __str__(self) -> str:
        return self.name or self.url


def _walk(resolver: URLResolver, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = (*namespaces, each.namespace) if each.namespace else namespaces
            yield from _walk(each, inner)
        elif isinstance(each, URLPattern):
            name = ":".join((*namespaces, each.name)) if each.name else ""
            converters = each.pattern.converters
            values = {
                key: ARGUMENTS.get(type(one).__name__.replace("Converter", "").lower(), "none-such")
                for key, one in converters.items()
            }
            yield Route(name, reverse(name, kwargs=values) if name else f"/{each.pattern}", each.callback)


ROUTES = list(_walk(get_resolver(), ()))
PAGES = [route for route in ROUTES if not route.url.startswith("/api/")]
GUARDED = [route for route in PAGES if getattr(route.view, "access", Access("public")).kind != "public"]
API = [route for route in ROUTES if route.url.startswith("/api/")]


def test_there_are_routes() -> None:
    assert len(ROUTES) > 50
    assert API


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_view_declares_its_access(route: Route) -> None:
    assert isinstance(getattr(route.view, "access", None), Access)
    assert route.access.kind in ("public", "signed_in", "requires")
    assert (route.access.permission is not None) == (route.access.kind == "requires")
    assert route.access.permission is None or route.access.permission in PERMISSIONS


def ask(client: Client, route: Route) -> list[int]:
    """The statuses of GET and POST. A wrong method may be refused as such (405)."""
    return [client.get(route.url).status_code, client.post(route.url).status_code]


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_without_signing_in_every_guarded_page_leads_to_the_sign_in(
    route: Route, client: Client, db: None
) -> None:
    for answer in (client.get(route.url), client.post(route.url)):
        if answer.status_code != 405:
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/sign-in/?next=")


def holders(permission: str) -> list[str]:
    """Parts of the cast whose role holds the permission."""
    roles = dict(Role.objects.values_list("code", "permissions"))
    return [part for part, (role, *_rest) in PARTS.items() if permission in roles[role]]


REQUIRING = [route for route in GUARDED if route.access.permission]


def keeps_to_it(route: Route, cast: Cast) -> None:
    """The wrong role is refused, the right one comes in."""
    permission = route.access.permission or ""
    right = holders(permission)
    assert right, f"nobody of the cast holds {permission}"
    assert "outsider" not in right
    other = next(part for part in PARTS if part not in right)
    for part in ("outsider", other):
        assert set(ask(cast.client(part), route)) <= {403, 405}
    came_in = set(ask(cast.client(right[0]), route))
    assert not came_in & {403, 500}, f"{right[0]} got {came_in}"
    assert came_in - {405}


@pytest.mark.parametrize("route", [one for one in REQUIRING if not one.name.startswith("exchange:")], ids=str)
def test_the_wrong_role_is_refused_and_the_right_one_comes_in(route: Route, cast: Cast) -> None:
    keeps_to_it(route, cast)


@pytest.mark.parametrize("route", [one for one in REQUIRING if one.name.startswith("exchange:")], ids=str)
def test_so_at_the_door_to_data(route: Route, transactional_db: None, cast: Cast) -> None:
    """These may write to the ledger and wait for it, which a test's own transaction would forbid."""
    keeps_to_it(route, cast)


@pytest.mark.parametrize("route", [route for route in GUARDED if route.access.kind == "signed_in"], ids=str)
def test_anyone_signed_in_comes_in(route: Route, cast: Cast) -> None:
    statuses = set(ask(cast.client("outsider"), route))
    assert not statuses & {500}
    assert statuses - {405}


@pytest.mark.parametrize("route", [route for route in PAGES if route not in GUARDED], ids=str)
def test_public_pages_answer_anybody(route: Route, client: Client, db: None) -> None:
    assert client.get(route.url).status_code in (200, 302, 405)


@pytest.mark.parametrize("route", [route for route in API if route.access.kind == "requires"], ids=str)
def test_the_interface_refuses_callers_without_a_right(route: Route, cast: Cast) -> None:
    nobody, wrong = Client(), cast.client("outsider")
    for client, expected in ((nobody, {401, 405}), (wrong, {403, 405})):
        for answer in (client.get(route.url), client.post(route.url, {}, content_type="application/json")):
            assert answer.status_code in expected
            assert answer.status_code == 405 or answer.headers["Content-Type"].startswith(
                "application/problem+json"
            )
    right = cast.client("steward")
    statuses = {
        right.get(route.url).status_code,
        right.post(route.url, {}, content_type="application/json").status_code,
    }
    assert not statuses & {401, 500}

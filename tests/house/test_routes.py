"""Every route says who may call it, and keeps to it: each is asked by nobody, by the wrong role and by the right one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

from tests.cast import Cast
from tongchou.accounts.access import Access
from tongchou.accounts.models import Role
from tongchou.accounts.permissions import PERMISSIONS


@dataclass(frozen=True)
class Route:
    """One route with an address that reaches it."""

    address: str
    view: Callable[..., object]

    @property
    def access(self) -> Access | None:
        """What its view declares."""
        return getattr(self.view, "access", None)


def routes(resolver: URLResolver, before: str = "/") -> Iterator[Route]:
    """All routes below a resolver, sample values in place of their parameters."""
    for pattern in resolver.url_patterns:
        part = str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            sample = {IntConverter: "1", UUIDConverter: "00000000-0000-4000-8000-000000000000"}.get(
                type(converter), "x"
            )
            part = part.replace(f"<{name}>", sample)
            for kind in ("int", "str", "slug", "uuid", "path"):
                part = part.replace(f"<{kind}:{name}>", sample)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, before + part)
        elif isinstance(pattern, URLPattern):
            yield Route(before + part, pattern.callback)


ROUTES = list(routes(get_resolver()))
INTERFACES = [route for route in ROUTES if route.address.startswith("/api/")]
GUARDED = [route for route in ROUTES if route.access and route.access.kind != "public"]
SCREENS = [route for route in GUARDED if route not in INTERFACES]
REQUIRING = [route for route in GUARDED if route.access and route.access.kind == "requires"]


def address(route: Route) -> str:
    """How a route is told."""
    return route.address


def test_there_are_routes_of_each_kind() -> None:
    assert len(ROUTES) > 30
    assert len(REQUIRING) > 10
    assert not [route.address for route in ROUTES if "<" in route.address]


@pytest.mark.parametrize("route", ROUTES, ids=address)
def test_it_declares_its_access(route: Route) -> None:
    assert isinstance(route.access, Access), f"{route.address} does not declare its access"
    assert route.access.kind in ("public", "signed_in", "requires")
    assert (route.access.permission in PERMISSIONS) == (route.access.kind == "requires")


@pytest.mark.parametrize("route", SCREENS, ids=address)
def test_nobody_is_sent_to_sign_in(route: Route, cast: Cast, client: Client) -> None:
    for answer in (client.get(route.address), client.post(route.address)):
        assert answer.status_code == 302, route.address
        assert answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("route", REQUIRING, ids=address)
def test_the_wrong_role_is_refused(route: Route, client_as: Callable[..., Client]) -> None:
    outsider = client_as("outsider")
    statuses = {outsider.get(route.address).status_code, outsider.post(route.address).status_code}
    # an interface knows one method of each address only, and says so before it looks at who asks
    assert statuses - ({405} if route in INTERFACES else set()) == {403}, (route.address, statuses)


@pytest.mark.parametrize("route", REQUIRING, ids=address)
def test_the_right_role_gets_past_the_door(route: Route, cast: Cast, data: object) -> None:
    """A role with that permission alone: it may find nothing there, but it is not turned away for want of the right."""
    assert route.access is not None
    Role.objects.filter(code="outsider").update(permissions=[route.access.permission])
    answer = cast.client("outsider").get(route.address)
    assert answer.status_code in (200, 302, 400, 404, 405, 422), f"{route.address}: {answer.status_code}"
    if answer.status_code == 302:
        assert not answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("route", [route for route in INTERFACES if route in GUARDED], ids=address)
def test_an_interface_asks_for_a_key(route: Route, cast: Cast, client: Client) -> None:
    for headers in ({}, {"authorization": "Bearer tc_wrong"}):
        answers = [client.get(route.address, headers=headers), client.post(route.address, headers=headers)]
        assert {answer.status_code for answer in answers} - {405} == {401}, route.address


@pytest.mark.parametrize("route", [route for route in INTERFACES if route not in GUARDED], ids=address)
def test_an_open_interface_route_answers(route: Route, db: None, client: Client) -> None:
    """The description of the interface and its root: nothing about anybody, and no error."""
    assert client.get(route.address).status_code in (200, 404), route.address

"""Where a thing that flows has its own page: rooms above register it, desks and lists lead there."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from tongchou.standards import hooks

from .models import Instance

Address = Callable[[Instance], str]
_of_flow: dict[str, Address] = {}


def register(*, flow: str, address: Address) -> None:
    """The page of the things of a flow: a function from an instance to its address."""
    if _of_flow.setdefault(flow, address) is not address:
        raise ValueError(f"two pages are registered for {flow}")


def page_of(instance: Instance) -> str:
    """The page on which an instance is worked on: its room's own, or the flow's."""
    hooks.settle(__name__)
    address = _of_flow.get(instance.flow)
    return address(instance) if address else reverse("flow:instance", args=[instance.number])

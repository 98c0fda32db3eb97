"""The pages of what flows in this room, for the lists of the flows."""

from __future__ import annotations

from functools import partial

from django.urls import reverse

from tongchou.flow import pages
from tongchou.flow.models import Instance

from . import deciding, disputes, enquiries

_PAGES = {
    deciding.FLOW: "exchange:request",
    disputes.FLOW: "exchange:correction",
    enquiries.FLOW: "exchange:explanation",
    enquiries.REVIEW: "exchange:explanation",
}


def register() -> None:
    """Declare them; called once at start."""
    for flow, view in _PAGES.items():
        pages.register(flow=flow, address=partial(_address, view))


def _address(view: str, instance: Instance) -> str:
    return reverse(view, args=[instance.ref])

"""What it takes to open a delivery: what a source has to deliver now, and a number."""

from __future__ import annotations

import secrets

from django.utils import timezone

from .models import Mapping
from .sources import Item, connector


def find_items(mapping: Mapping) -> list[Item]:
    """What a mapping's source has to deliver now, oldest first. Raises HouseError when it cannot be reached."""
    return connector(mapping.source.connector).discover(mapping.source.settings, mapping.locator)


def new_number() -> str:
    """A number for a delivery opened today."""
    return f"D{timezone.localdate():%Y%m%d}-{secrets.token_hex(4).upper()}"

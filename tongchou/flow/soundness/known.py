"""What lies around a definition that is checked. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """What lies around a definition. None: not looked at. flows: {code: codes of its children} of the other flows."""

    permissions: Collection[str] | None = None
    roles: Collection[str] | None = None
    organisations: Collection[str] | None = None
    flows: Mapping[str, frozenset[str]] | None = None

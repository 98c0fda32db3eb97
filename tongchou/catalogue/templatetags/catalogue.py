"""`{% load catalogue %}`: texts that are kept in both languages beside one another."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def told(thing: Any, name: str) -> str:
    """The text of `name` in the reader's language; Chinese where there is no English."""
    english = str(getattr(thing, f"{name}_en", ""))
    return english if english and (get_language() or "").startswith("en") else str(getattr(thing, name))


@register.filter
def contacted(provider: Any) -> str:
    """Whom to ask at a provider, in the reader's language."""
    return told(provider, "contact")

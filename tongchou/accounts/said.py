"""An expected error in the reader's language, for forms."""

from __future__ import annotations

from django.utils.translation import get_language

from tongchou.standards.errors import HouseError


def said(error: HouseError) -> str:
    """What happened and what to do next, without the code."""
    language = get_language() or "zh"
    gap = " " if language.startswith("en") else ""
    return error.what.say(language) + gap + error.next.say(language)

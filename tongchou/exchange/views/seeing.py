"""What a dossier's page needs beside the dossier: the picture of its relations, its lists, its map."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from tongchou.standards.text import Text

from ..dossiers import Dossier
from ..dossiers.picture import drawn, picture
from ..dossiers.relating import SECTIONS, by_section

TITLES: dict[str, Text] = {
    "person": Text("一人一档", "Person"),
    "enterprise": Text("一企一档", "Enterprise"),
    "place": Text("一址一档", "Place"),
}


def around(found: Dossier) -> dict[str, Any]:
    """Context of the dossier's page."""
    chosen = drawn(found.related)
    urls = [reverse("exchange:dossier", args=[each.other]) for each in chosen]
    title = found.identity.title or found.subject_id
    return {
        "kind_title": TITLES[found.kind],
        "sections": [
            {"title": SECTIONS[code][0], "related": related}
            for code, related in by_section(found.related).items()
        ],
        "drawn": len(chosen),
        "relations_chart": picture(title, found.related, get_language() or "zh", urls),
    }

"""What a dossier's page needs beside the dossier: the picture of its relations, its lists, its map."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from tongchou.standards.text import Text

from ..dossiers import Dossier
from ..dossiers.picture import drawn, picture
from ..dossiers.relating import SECTIONS, by_section, gathered
from ..spots import shapes

TITLES: dict[str, Text] = {
    "person": Text("一人一档", "Person"),
    "enterprise": Text("一企一档", "Enterprise"),
    "place": Text("一址一档", "Place"),
}


_HERE = Text("在此的人与单位", "People and enterprises here")


def around(found: Dossier) -> dict[str, Any]:
    """Context of the dossier's page."""
    together = gathered(found.related)
    chosen = drawn(together)
    urls = [reverse("exchange:dossier", args=[each.other]) for each in chosen]
    title = found.identity.title or found.subject_id
    return {
        "kind_title": TITLES[found.kind],
        "sections": [
            {"title": _HERE if found.kind == "place" else SECTIONS[code][0], "related": related}
            for code, related in by_section(together).items()
        ],
        "map_shapes": shapes(found.spots),
        "drawn": len(chosen),
        "relations_chart": picture(title, together, get_language() or "zh", urls),
    }

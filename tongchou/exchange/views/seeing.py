"""What a dossier's page needs beside the dossier: the picture of its relations, its lists, its map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from tongchou.standards.text import Text

from ..dossiers import Dossier, Related
from ..dossiers.picture import FEWER_DRAWN, MOST_DRAWN, drawn, picture
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
    pictures = [_picture(found, drawn(together, most)) for most in (MOST_DRAWN, FEWER_DRAWN)]
    return {
        "kind_title": TITLES[found.kind],
        "sections": [
            {"title": _HERE if found.kind == "place" else SECTIONS[code][0], "related": related}
            for code, related in by_section(together).items()
        ],
        "map_shapes": shapes(found.spots),
        "drawn": min(len(together), MOST_DRAWN),
        "relations_chart": pictures[0],
        "relations_chart_phone": pictures[1],
    }


def _picture(found: Dossier, chosen: Sequence[Related]) -> dict[str, Any]:
    urls = [reverse("exchange:dossier", args=[each.other]) for each in chosen]
    return picture(found.identity.title or found.subject_id, chosen, get_language() or "zh", urls)

"""Where on the map a dossier's places lie."""

from __future__ import annotations

from collections.abc import Sequence

from .dossiers import Dossier, Related, Spot


def spots_of(dossier: Dossier, related: Sequence[Related]) -> tuple[Spot, ...]:
    """The places of a dossier, one for each place that a relation names."""
    return tuple(
        Spot(each.label, each.other, each.address[0], "", None, None, each.address[1])
        for each in related
        if each.other_kind == "place" and each.address is not None
    )

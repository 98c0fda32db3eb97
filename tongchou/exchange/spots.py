"""Where a dossier's places lie, and what a place is called that has no record of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tongchou.pool import boundaries
from tongchou.pool.boundaries import Outline, Point
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from .dossiers import Dossier, Identity, Spot

Positions = Callable[[str], Point | None]


def placed(dossier: Dossier, position: Positions) -> Dossier:
    """The dossier with its spots. position: of a place by its id, as far as the reader may see it.

    A home has no record of its own: its address is what the records of those say who live or are registered there. A
    position is told only beside an address that is shown whole: it would tell what the mask hides.
    """
    if dossier.kind == "place":
        dossier = _named(dossier)
        told = [(element("address").label, dossier.subject_id, *each) for each in _said(dossier)]
    else:
        told = [
            (each.label, each.other, *each.address)
            for each in dossier.related
            if each.other_kind == "place" and each.address is not None
        ]
    if not told:
        return dossier
    among = boundaries.outlines()
    return replace(dossier, spots=tuple(_spot(*each, among, position) for each in told))


def _spot(
    label: Text, other: str, address: str, exact: bool, among: Sequence[Outline], position: Positions
) -> Spot:
    point = position(other) if exact else None
    community = (boundaries.at(point, among) if point else None) or boundaries.named_in(address, among)
    longitude, latitude = point or (None, None)
    return Spot(label, other, address, community.name.zh if community else "", longitude, latitude, exact)


def _said(dossier: Dossier) -> list[tuple[str, bool]]:
    """The place's address: the one that is shown whole, of those alike the one that says most; none or one."""
    own = [
        (value.shown, not value.masked)
        for group in dossier.groups
        for record in group.records
        for value in record.values
        if value.shown and value.element == "address"
    ]
    said = own + [each.address for each in dossier.related if each.address is not None]
    return [max(said, key=lambda each: (each[1], len(each[0]), each[0]))] if said else []


def _named(dossier: Dossier) -> Dossier:
    if dossier.identity.title:
        return dossier
    for text, _ in _said(dossier):
        return replace(dossier, identity=Identity(text, ((element("address").label, text),)))
    return dossier


def shapes(spots: Sequence[Spot]) -> dict[str, Any] | None:
    """The map of some spots as GeoJSON (RFC 7946): the communities, those in question marked, and points; None when
    nothing of it can be placed."""
    marked = {each.community for each in spots if each.community}
    points = [each for each in spots if each.longitude is not None and each.latitude is not None]
    if not marked and not points:
        return None
    areas = [
        {
            "type": "Feature",
            "properties": {"name": each.name.zh, "fill": "#7fa8dc" if each.name.zh in marked else "#dbe4ee"},
            "geometry": {"type": "Polygon", "coordinates": [[list(p) for p in (*each.ring, each.ring[0])]]},
        }
        for each in boundaries.outlines()
    ]
    dots = [
        {
            "type": "Feature",
            "properties": {"name": each.address},
            "geometry": {"type": "Point", "coordinates": [each.longitude, each.latitude]},
        }
        for each in points
    ]
    return {"type": "FeatureCollection", "features": [*areas, *dots]}

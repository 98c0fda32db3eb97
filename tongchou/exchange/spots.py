"""Where a dossier's places lie, and what a place is called that has no record of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tongchou.pool import places
from tongchou.standards.addresses import parse
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from .dossiers import Dossier, Identity, Spot

#: Positions of these precisions are drawn as a point; others say no more than the community does.
_POINTS = frozenset({"place", "building", "gate", "estate"})


def placed(dossier: Dossier, populations: Iterable[str]) -> Dossier:
    """The dossier with its spots, out of the library of places 空间库. populations: of places.

    A home has no record of its own: its address is what the records of those say who live or are registered there.
    Position and grid are told only beside an address that is shown whole: they would tell what the mask hides. The
    community is what the mask leaves of an address, so it is told beside every one.
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
    wanted = {other for _, other, _, _ in told}
    known: dict[str, places.Spot] = {}
    for code in populations:
        known |= places.spots_of(code, wanted)
    grids = places.area_names({each.grid for each in known.values()} - {""})
    return replace(
        dossier, spots=tuple(_spot(*each, known.get(each[1], places.Spot()), grids) for each in told)
    )


def _spot(
    label: Text, other: str, address: str, exact: bool, found: places.Spot, grids: Mapping[str, Text]
) -> Spot:
    point = exact and found.precision in _POINTS
    # What the address itself says comes before what the library makes of its neighbours.
    community = parse(address).community or found.community
    return Spot(
        label, other, address, community, found.longitude if point else None,
        found.latitude if point else None, exact, grids.get(found.grid if point else "", Text("", "")),
    )  # fmt: skip


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
        facts = dossier.identity.facts or ((element("address").label, text),)
        return replace(dossier, identity=Identity(text, facts))
    return dossier


def shapes(spots: Sequence[Spot]) -> dict[str, Any] | None:
    """The map of some spots as GeoJSON (RFC 7946): the communities, those in question marked, and points; None when
    nothing of it can be placed."""
    marked = {places.bare_name(each.community) for each in spots if each.community}
    points = [each for each in spots if each.longitude is not None and each.latitude is not None]
    areas: list[dict[str, Any]] = places.areas("community")["features"] if marked or points else []
    if not areas and not points:
        return None
    for each in areas:
        each["properties"]["fill"] = (
            "#7fa8dc" if places.bare_name(each["properties"]["name"]) in marked else "#dbe4ee"
        )
    dots = [
        {
            "type": "Feature",
            "properties": {"name": each.address},
            "geometry": {"type": "Point", "coordinates": [each.longitude, each.latitude]},
        }
        for each in points
    ]
    return {"type": "FeatureCollection", "features": [*areas, *dots]}

"""Addresses without a Chinese character: recognised as far as their words are plain, and otherwise kept."""

from __future__ import annotations

import re

from .address import Address

_ROOM = re.compile(r"\b(?:ROOM|RM|FLAT|APT|APARTMENT)\.?\s*([0-9]+[A-Z]?)\b")
_BUILDING = re.compile(r"\b(?:BUILDING|BLDG|BLOCK|TOWER)\.?\s*([0-9]+[A-Z]?|[A-Z])\b")
_UNIT = re.compile(r"\bUNIT\.?\s*([0-9]+|[A-Z])\b")
_FLOOR = re.compile(r"\b([0-9]+)\s*/?\s*F\b|\b([0-9]+)(?:ST|ND|RD|TH)\s+FLOOR\b|\bFLOOR\s*([0-9]+)\b")
_STREET = re.compile(
    r"(?:\bNO\.?\s*)?(?:\b([0-9]+[A-Z]?(?:-[0-9]+)?)[\s,]+)?((?:[A-Z][A-Z']*\s+){1,3}(?:ROAD|RD|STREET|ST|AVENUE|AVE|LANE|"
    r"DRIVE|BOULEVARD|BLVD|PLACE|CRESCENT|COURT|CIRCUIT))\b"
)


class KeptAddress(Address):
    """Text kept as it is: its parts, if any, are a help, its own folded text is its normal form."""

    def written(self) -> str:
        """The text, with width and blanks folded."""
        return self.tail


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((group for group in found.groups() if group), "") if found else ""


def read_english(text: str, folded: str) -> Address:
    """The parts of an English address; `tail` keeps the whole of it, so that nothing is lost."""
    upper = folded.upper()
    street = _STREET.search(upper)
    return KeptAddress(
        text=text,
        road=" ".join(street[2].split()) if street else "",
        number=(street[1] or "") if street else "",
        building=_first(_BUILDING, upper),
        unit=_first(_UNIT, upper),
        floor=_first(_FLOOR, upper),
        room=_first(_ROOM, upper),
        tail=folded,
    )

"""Under what a place is looked up: the marks of its address, and these with the division it says it lies in.

人民路12号 is in every town. Whoever asks with a city or a district gets the place that says it lies there; where none says so,
one that says nothing of it; never one that says another. Whoever asks without gets all of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tongchou.standards.addresses import parse
from tongchou.standards.addresses.place import is_zone

#: The kind of lookup under which a place stands once more, with its division.
KIND = "address_in"
_UNSAID = "?"
Digest = Callable[..., bytes]


def division_of(address: str) -> tuple[str, str]:
    """City and county an address says, "" where it does not; a zone's or quarter's name is none."""
    place = parse(address).place
    return place.city, "" if is_zone(place.county) else place.county


def lookups(addresses: Sequence[str], digest: Digest) -> Iterable[tuple[str, bytes]]:
    """(kind, digest) of each way in which a place with these addresses can be looked up."""
    labels = _labels([division_of(each) for each in addresses])
    for each in addresses:
        yield "address", digest("address", each)
        for label in labels:
            yield KIND, digest(KIND, label, each)


def asked(address: str) -> list[str]:
    """Labels under which an address is looked for, the likeliest first; none when it says no division."""
    city, county = division_of(address)
    if city and county:
        return [
            _label(city, county),
            _label(_UNSAID, county),
            _label(city, _UNSAID),
            _label(_UNSAID, _UNSAID),
        ]
    if city or county:
        return [_label(city, county), _label(_UNSAID, _UNSAID)]
    return []


def _labels(said: Sequence[tuple[str, str]]) -> list[str]:
    """The divisions a place says it lies in, in full and in part, and what none of its addresses says."""
    cities, counties = ({each[at] for each in said if each[at]} for at in (0, 1))
    found = {_label(*each) for each in said if any(each)}
    found |= {_label("", county) for county in counties} | {_label(city, "") for city in cities}
    if not counties:
        found |= {_label(city, _UNSAID) for city in cities or {_UNSAID}}
    elif not cities:
        found |= {_label(_UNSAID, county) for county in counties}
    return sorted(found)


def _label(city: str, county: str) -> str:
    return f"{city}/{county}"

"""What a population knows of its own places: at which gate each estate lies, and which roads were renamed.

One office writes the road and no estate (岭南大道北95号3栋601), another the estate and no road (锦绣花园3栋601). Neither text
says that they are one home; the register, which writes both, does. So what whole addresses agree on is learnt at a full
run, kept in the census, and filled in where an address leaves it out. Only what is as good as certain is learnt: at
least `SUPPORT` different addresses, `SHARE` of all that say it. A namesake in another district, an estate with two gates,
a gate with two estates thereby teach nothing.

A renamed road is learnt where an address says so (曙光路163号（原旧岭路）), or where nearly all gates known under one name are
known under the other with the same numbers and estates; roads that differ only in a numeral or a way never are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tongchou.standards.addresses import Place, parse
from tongchou.standards.addresses.place import GENERIC, is_zone

#: So many different addresses must say a thing, and such a share of all that speak of it.
SUPPORT = 2
SHARE = 0.8
#: Estates of a road that must be known under its other name.
RENAMED = 2
_ANY = "*"
_UNSAID = "-"
_TELLING = re.compile(r"[一二三四五六七八九十零百0-9A-Z东南西北中上下前后左右]")
_FORMER = re.compile(
    r"[(（](?:原名?|旧称|旧名|曾用名|曾名)[:：为是]?([^()（）0-9]{2,10}?(?:路|街|大道|巷))[)）0-9]"
)

Known = Mapping[str, str]


class Gate(NamedTuple):
    """Where an estate lies: street, kind and number as in `Place`."""

    street: str
    kind: str
    number: str


def learn(places: Sequence[tuple[str, Place]]) -> dict[str, str]:
    """What these addresses (each as written, with its marks) know together, as `complete` takes it.

    The same for the same addresses in whatever order, and however often each comes.
    """
    whole = sorted(
        {(_county(place), *_spot(place)): place for _, place in places if _says_both(place)}.items()
    )
    renamed = _renamed([place for _, place in whole], places)
    gates: dict[str, Counter[str]] = defaultdict(Counter)
    for _, place in whole:
        place = _under_new_name(place, renamed)
        gate = "|".join((place.street, place.kind, place.number))
        for county in (_county(place) or _UNSAID, ""):
            for sort in (place.sort, _ANY):
                gates[f"estate|{county}|{place.core}|{sort}"][gate] += 1
            gates[f"gate|{county}|{gate}"][f"{place.core}|{place.sort}"] += 1
    return renamed | {key: top for key, said in gates.items() if (top := _agreed(said))}


def complete(place: Place, known: Known) -> Place:
    """The marks of a place with what the population knows besides: the road's name of today, the gate or the estate, and
    that the address breaks off within the estate's name.
    """
    if not known:
        return place
    place = _under_new_name(place, known)
    if place.core and not (place.street or place.number or place.group):
        sort = _ANY if place.sort in ("", GENERIC) else place.sort
        if found := _of(known, "estate", place, f"{place.core}|{sort}"):
            street, kind, number = found.split("|")
            return place._replace(street=street, kind=kind, number=number)
    if place.last == "estate" and not place.sort and place.street and place.number:
        found = _of(known, "gate", place, f"{place.street}|{place.kind}|{place.number}")
        # 银杉路67号金 breaks off within the name of what is there.
        core = found.split("|")[0]
        return place._replace(cut=core != place.core and core.startswith(place.core))
    bare = place.street and place.number and place.building and not (place.core or place.cut)
    if bare and (found := _of(known, "gate", place, f"{place.street}|{place.kind}|{place.number}")):
        core, sort = found.split("|")
        return place._replace(core=core, sort=sort, estate=core)
    return place


def _county(place: Place) -> str:
    return "" if is_zone(place.county) else place.county


def _of(known: Known, what: str, place: Place, name: str) -> str:
    """What is known of a name in the county the address says, or by addresses that say none."""
    county = _county(place)
    if not county:
        return known.get(f"{what}||{name}", "")
    return known.get(f"{what}|{county}|{name}", "") or known.get(f"{what}|{_UNSAID}|{name}", "")


def _says_both(place: Place) -> bool:
    return bool(place.core and place.street and place.number and not (place.cut and place.last == "number"))


def _spot(place: Place) -> tuple[str, ...]:
    return (place.street, place.kind, place.number, place.core, place.sort, place.building, place.room)


def _agreed(said: Counter[str]) -> str:
    (top, often), *_ = sorted(said.items(), key=lambda each: (-each[1], each[0]))
    return top if often >= SUPPORT and often >= SHARE * said.total() else ""


def _under_new_name(place: Place, known: Known) -> Place:
    found = known.get(f"road|{place.street}|{place.kind}") if place.street else None
    if not found:
        return place
    street, kind = found.split("|")
    return place._replace(street=street, kind=kind, road=street)


def _renamed(whole: list[Place], places: Sequence[tuple[str, Place]]) -> dict[str, str]:
    """Former names of roads, each with the name of today."""
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for text, place in places:
        if place.street and (found := _FORMER.search(text)) is not None:
            former = parse(found[1]).place
            if former.street and former.street != place.street:
                told[f"{former.street}|{former.kind}"][f"{place.street}|{place.kind}"] += 1
    answer = {old: new for old, said in told.items() if (new := _most(said))}
    for old, new in _both_names(whole).items():
        answer.setdefault(old, new)
    # One step only: a name of today is not itself a former one.
    return {f"road|{old}": new for old, new in answer.items() if new not in answer}


def _most(said: Counter[str]) -> str:
    (top, often), *_ = sorted(said.items(), key=lambda each: (-each[1], each[0]))
    return top if often >= SHARE * said.total() else ""


def _both_names(whole: list[Place]) -> dict[str, str]:
    """Roads nearly all of whose gates are known under another road's name too: the rarer name → the more frequent."""
    of_spot: dict[tuple[str, ...], set[str]] = defaultdict(set)
    often: Counter[str] = Counter()
    for place in whole:
        road = f"{place.street}|{place.kind}"
        of_spot[_county(place), place.core, place.sort, place.number].add(road)
        often[road] += 1
    spots: Counter[str] = Counter()
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    for roads in of_spot.values():
        for road in roads:
            spots[road] += 1
            shared[road].update(other for other in roads if other != road and _tell_apart(road, other))
    answer: dict[str, str] = {}
    for road, others in sorted(shared.items()):
        if not others:
            continue
        (other, times), *_ = sorted(others.items(), key=lambda each: (-each[1], each[0]))
        rarer = (often[road], road) < (often[other], other)
        if rarer and times >= RENAMED and times >= SHARE * spots[road]:
            answer[road] = other
    return answer


def _tell_apart(one: str, other: str) -> bool:
    """Whether two roads differ in more than a numeral or a way: 季华五路 and 季华六路 are two roads."""
    return _TELLING.sub("", one) != _TELLING.sub("", other)

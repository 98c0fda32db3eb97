"""What a value can be found by: its features, plain text here, stored as keyed tokens only (`keyed`). Pure.

A feature is a letter for what is described (P a person's name, E an organisation's, A an address, N what narrows a name:
birth, place), a letter for how, and the text:

    n whole   w a part (given name, part of a minority name)   p pinyin   g pinyin of a part   i initials
    d one character left out   l one letter of the pinyin left out   s a name of two characters with one of them open
    of organisations and addresses: n d p i as above, d of short ones only   g two neighbouring characters
    h two syllables   t three initials   # a number

One slip in a name leaves a feature in common: left out against whole, or left out against left out (deletion
neighbourhood; Mor & Fraenkel 1982). One slip in a longer text leaves all but two pairs of neighbours in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tongchou.standards import addresses, names
from tongchou.standards.addresses.place import is_zone
from tongchou.standards.characters import simplified
from tongchou.standards.cleaning import fold_width
from tongchou.standards.spelling import (
    has_han,
    initials,
    joined,
    letters,
    name_readings,
    one_less,
    pairs,
    reading,
    turned,
)

#: Pinyin shorter than this is not looked for with a slip: too much is one letter away from it.
SHORTEST_SLIPPED = 5

_LEGAL_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|集团有限公司|有限公司|股份公司|集团公司|公司|分公司|个人独资企业|合伙企业|个体工商户|经营部"
    r"|\(?个体工商户\)?|\(?普通合伙\)?|\(?有限合伙\)?|co\.?,? ?ltd\.?|limited|inc\.?)+$",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\s()\[\]【】〔〕<>《》,，.。·、\-_/\"'“”‘’&+]+")
_ENDING = re.compile(r"(?:社区|居委会|村委会|街道|镇|村)$")


@dataclass(frozen=True)
class NameForms:
    """A person's name as it is compared. parts: of a name with dots, or the words of a Latin one; given: in characters."""

    folded: str
    parts: tuple[str, ...]
    given: str
    surname_length: int
    readings: tuple[tuple[str, ...], ...]
    is_han: bool


@lru_cache(maxsize=65536)
def name_forms(name: str) -> NameForms:
    """The forms of a name."""
    value = names.clean(name)
    divided = names.split(value)
    is_han = has_han(value)
    parts = tuple(names.folded(each) for each in re.split(r"·" if is_han else r"[\s,.\-']+", value) if each)
    surname = divided.surname if divided.kind == "han" else ""
    return NameForms(
        folded=names.folded(value),
        parts=parts if len(parts) > 1 else (),
        given=names.folded(divided.given) if divided.kind == "han" else "",
        surname_length=len(surname),
        readings=name_readings(value),
        is_han=is_han,
    )


def of_person_name(name: str) -> tuple[str, ...]:
    """Features of a person's name; none of an empty one."""
    forms = name_forms(name)
    text = forms.folded
    if len(text) < 2:
        return ()
    found = [f"Pn{text}"]
    found += [f"Pw{each}" for each in (*forms.parts, forms.given) if len(each) > 1]
    if forms.is_han:
        found += (
            [f"Pd{each}" for each in one_less(text)] if len(text) > 2 else [f"Ps{text[0]}_", f"Ps_{text[1]}"]
        )
    for said in forms.readings:
        found.append(f"Pp{joined(said)}")
        found.append(f"Pi{initials(said)}")
        at = forms.surname_length
        if at and len(said) > at:
            found.append(f"Pp{''.join(said[:at])}{initials(said[at:])}")
            if len(said) - at > 1:
                found += [f"Pg{joined(said[at:])}", f"Pg{joined(said[: at + 1])}"]
    if forms.is_han:
        found += [f"Pg{joined(reading(each))}" for each in forms.parts if len(each) > 1]
    else:
        words = [letters(each) for each in forms.parts]
        found += [f"Pg{each}" for each in words if len(each) > 2]
        found += [f"Pp{each}" for each in turned(words)]
    whole = joined(forms.readings[0])
    if len(whole) >= SHORTEST_SLIPPED:
        found += [f"Pl{each}" for each in one_less(whole)]
    return tuple(dict.fromkeys(found))


def short_of(text: str) -> list[str]:
    """A short text with one character left out: of so few pairs one slip may leave none."""
    return one_less(text) if 3 <= len(text) <= 5 else []


@lru_cache(maxsize=16384)
def organisation_core(name: str) -> str:
    """An organisation's name without marks and legal form; the whole when nothing else is in it."""
    whole = _MARKS.sub("", simplified(fold_width(name)).upper())
    core = _LEGAL_FORM.sub("", whole)
    return core if len(core) > 1 else whole


_LEGAL_PINYIN = re.compile(r"(?<=..)(?:gufenyouxian|youxianzeren|jituanyouxian|youxian)?gongsi$")


def letters_core(typed: str) -> str:
    """An organisation's name in pinyin without its legal form."""
    return _LEGAL_PINYIN.sub("", typed)


def organisation_whole(name: str) -> str:
    """An organisation's name without marks."""
    return _MARKS.sub("", simplified(fold_width(name)).upper())


def of_organisation_name(name: str) -> tuple[str, ...]:
    """Features of an organisation's name."""
    core, whole = organisation_core(name), organisation_whole(name)
    if len(whole) < 2:
        return ()
    said = reading(core)
    first = initials(said)
    return tuple(
        dict.fromkeys(
            [
                f"En{whole}",
                f"En{core}",
                *(f"Eg{each}" for each in pairs(core)),
                *(f"Ed{each}" for each in short_of(core)),
                *(f"Eh{each}" for each in pairs(said, " ")),
                *(f"Et{first[at : at + 3]}" for at in range(len(first) - 2)),
            ]
        )
    )


@dataclass(frozen=True)
class PlaceForms:
    """An address as it is searched. names: of its road, estate, community, town; numbers: of door, building, unit, room;
    door: the smallest name with its numbers; division: city and county it says, "" where it does not."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    door: str
    division: tuple[str, str] = ("", "")


@lru_cache(maxsize=65536)
def place_forms(address: str) -> PlaceForms:
    """The forms of an address. What no level could be found for counts as a name."""
    parts = addresses.parse(address)
    lane = parts.road + parts.lane if parts.lane else ""
    said = [parts.road, lane, parts.compound, parts.community, parts.group, parts.town, parts.tail]
    found = [simplified(_MARKS.sub("", each)).upper() for each in said if each]
    numbers = [parts.number, parts.building, parts.unit, parts.room]
    kept = tuple(dict.fromkeys(each.upper() for each in numbers if each))
    smallest = simplified((parts.lane and lane) or parts.road or parts.compound or parts.community)
    return PlaceForms(
        names=tuple(dict.fromkeys(each for each in found if each)),
        numbers=kept,
        door="|".join((smallest, parts.number, parts.building, parts.unit, parts.room)).upper(),
        division=(parts.place.city, "" if is_zone(parts.place.county) else parts.place.county),
    )


_RUN = re.compile(r"\d+(?:-\d+)*[A-Z]?|[^\d\W_]+")
_LEVELS = re.compile(r"^(?:号楼|号|栋|幢|座|单元|梯|层|楼|室|房|户|之|附)+|(?:第|附)$")


@lru_cache(maxsize=1024)
def loose_forms(text: str) -> PlaceForms:
    """An address with a slip in it that no level was found for: its words as names, its numbers whatever they number."""
    named, numbered = [], []
    for run in _RUN.findall(simplified(fold_width(text)).upper()):
        if run[0].isdigit():
            numbered.append(run)
        elif word := _LEVELS.sub("", run):
            named.append(word)
    return PlaceForms(tuple(dict.fromkeys(named)), tuple(dict.fromkeys(numbered)), "||||")


@lru_cache(maxsize=16384)
def of_place_name(name: str) -> tuple[str, ...]:
    """Features of one name in an address."""
    stem = _ENDING.sub("", name)
    found = [f"Ag{each}" for each in pairs(name)]
    found += [f"Ad{each}" for each in short_of(name)]
    for each in {name, stem} if len(stem) > 1 else {name}:
        said = reading(each)
        found.append(f"Ap{joined(said)}")
        if len(said) > 2:
            found.append(f"Ai{initials(said)}")
    return tuple(dict.fromkeys(found))


def of_address(address: str) -> tuple[str, ...]:
    """Features of an address."""
    forms = place_forms(address)
    found = [feature for each in forms.names for feature in of_place_name(each)]
    return tuple(dict.fromkeys([*found, *of_numbers(forms)]))


def of_numbers(forms: PlaceForms) -> list[str]:
    """Features of the numbers of an address, and of its smallest name with them."""
    return [*(f"A#{each}" for each in forms.numbers), f"An{forms.door}"]


def narrowing(*, births: Iterable[str] = (), places: Iterable[str] = ()) -> tuple[str, ...]:
    """Features that narrow a name: birth dates and years, names and numbers of places."""
    found: list[str] = []
    for born in births:
        found += [f"Nb{born}", f"Ny{born[:4]}"]
    for address in places:
        forms = place_forms(address)
        found += [each for name in forms.names for each in narrowing_name(name)]
        found += narrowing_numbers(forms)
    return tuple(dict.fromkeys(found))


def narrowing_name(name: str) -> list[str]:
    """`narrowing` of one name in an address."""
    return [f"Na{each}" for each in pairs(name)]


def narrowing_numbers(forms: PlaceForms) -> list[str]:
    """`narrowing` of the numbers of an address."""
    return [f"N#{each}" for each in forms.numbers]

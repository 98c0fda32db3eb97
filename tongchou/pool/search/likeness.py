"""How like a query the values of one subject are that the searcher may use: a score, and why in words. Pure.

The index only proposes; what is found is decided here, on the values themselves. A sentence names the kind of likeness,
never a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tongchou.standards import names
from tongchou.standards.spelling import (
    divisions,
    has_han,
    initials,
    joined,
    letters,
    name_readings,
    reading,
    slips,
    turned,
    within,
)
from tongchou.standards.text import Text

from . import features
from .asked import Asked

Values = Mapping[str, Sequence[str]]
"""{attribute: values}: name, birth_date, address, legal_representative."""


class Likeness(NamedTuple):
    """score: 100 the same, the least 1. why: what is alike. where: of the same address, the city and county it says, "" where
    it does not; None for any other likeness.
    """

    score: int
    why: Text
    where: tuple[str, str] | None = None


_SAME = Likeness(100, Text("名称一致", "same name"))
_TURNED = Likeness(94, Text("名称一致，次序不同", "same name in another order"))
_PINYIN = Likeness(92, Text("拼音一致", "same pinyin"))
_PINYIN_TURNED = Likeness(90, Text("拼音一致，次序不同", "same pinyin in another order"))
_SOUND = Likeness(88, Text("同音", "sounds the same"))
_PART = Likeness(80, Text("名称的一部分", "part of the name"))
_PINYIN_PART = Likeness(76, Text("拼音的一部分", "part of the pinyin"))
_INITIALS = Likeness(72, Text("拼音首字母一致", "same initials"))
_INITIALS_TURNED = Likeness(66, Text("拼音首字母一致，次序不同", "same initials in another order"))
_SLIP = Likeness(60, Text("相差一字", "one character apart"))
_LETTER = Likeness(58, Text("拼音相差一个字母", "one letter of the pinyin apart"))
_OPEN = Likeness(30, Text("两字名中一字相同", "one of two characters the same"))
_PLACE = Likeness(86, Text("地址一致", "same address"))
_PLACE_UNSAID = Likeness(84, Text("地址一致，未写市区", "same address, city and district not said"))
_PLACE_ELSEWHERE = Text(
    "地址一致；同名地址不止一处，请加上市区再查",
    "same address; there are several of that name: add city or district",
)
_PLACE_PART = Likeness(74, Text("地址相符", "the address fits"))
_PLACE_SLIP = Likeness(55, Text("地址相差一字", "one character of the address apart"))


def likeness(asked: Asked, values: Values, kind: str) -> Likeness | None:
    """How like the query the subject is; None when it is not. kind: of subject."""
    if asked.born and not _born(asked.born, values.get("birth_date", ())):
        return None
    found = [_named(asked, each, kind) for each in values.get("name", ())]
    found += [_by_representative(asked, each) for each in values.get("legal_representative", ())]
    if not asked.born:
        found += [_placed(asked, each) for each in values.get("address", ())]
    for name, place in asked.narrowed():
        if any(_lies(place, each) for each in values.get("address", ())):
            found += [_named_by(name, each, kind, asked) for each in values.get("name", ())]
    return max((each for each in found if each is not None), key=lambda each: each.score, default=None)


def _born(wanted: str, dates: Sequence[str]) -> bool:
    return any(each.startswith(wanted) for each in dates)


def _named(asked: Asked, name: str, kind: str) -> Likeness | None:
    if kind == "person":
        return _han_name(asked.joined, name) if asked.han else _latin_name(asked, name)
    return _organisation(asked.joined, name) if asked.han else _organisation_by_letters(asked.typed, name)


def _named_by(query: str, name: str, kind: str, asked: Asked) -> Likeness | None:
    return _han_name(query, name) if kind == "person" else _organisation(query, name)


def _by_representative(asked: Asked, name: str) -> Likeness | None:
    found = _han_name(asked.joined, name) if asked.han else _latin_name(asked, name)
    if found is None or found.score < _SLIP.score:
        return None
    why = Text(f"法定代表人{found.why.zh}", f"legal representative: {found.why.en}")
    return Likeness(found.score - 5, why)


@lru_cache(maxsize=256)
def _typed_name(query: str) -> tuple[str, tuple[str, ...], frozenset[str]]:
    """A query as a Chinese name: folded, in other orders, and what its readings spell."""
    whole = names.folded(query)
    if any("A" <= each <= "Z" for each in whole):
        return whole, (), frozenset({joined(reading(whole))})
    said = frozenset(joined(each) for each in name_readings(query))
    return whole, tuple(turned(whole)), said


def _han_name(query: str, name: str) -> Likeness | None:
    whole, others, said = _typed_name(query)
    forms = features.name_forms(name)
    if whole == forms.folded:
        return _SAME
    if len(whole) <= 6 and forms.folded in others:
        return _TURNED
    sounds = {joined(each) for each in forms.readings}
    if said & sounds:
        return _SOUND if _is_han(whole) else _PINYIN
    if len(whole) > 1 and whole in (*forms.parts, forms.given):
        return _PART
    if max(len(whole), len(forms.folded)) > 2 and slips(whole, forms.folded, 1) == 1:
        return _SLIP
    if len(whole) == len(forms.folded) == 2 and any(a == b for a, b in zip(whole, forms.folded, strict=True)):
        return _OPEN
    return None


def _is_han(text: str) -> bool:
    return all(not each.isascii() for each in text)


def _latin_name(asked: Asked, name: str) -> Likeness | None:
    typed = asked.typed
    forms = features.name_forms(name)
    sounds = {joined(each) for each in forms.readings}
    if typed in sounds:
        return _PINYIN if forms.is_han else _SAME
    other = _other_orders(asked.words, typed)
    if sounds & other or (not forms.is_han and typed in turned([letters(each) for each in forms.parts])):
        return _PINYIN_TURNED
    at = forms.surname_length
    parts = {joined(reading(each)) if forms.is_han else letters(each) for each in forms.parts}
    for each in forms.readings:
        if at:
            parts.update([joined(each[at:]), joined(each[: at + 1])] if len(each) - at > 1 else ())
            if typed == joined(each[:at]) + initials(each[at:]):
                return _INITIALS
        if typed == initials(each):
            return _INITIALS
    if typed in parts:
        return _PINYIN_PART
    if len(typed) > 2 and any(initials(each) in turned(typed) for each in forms.readings):
        return _INITIALS_TURNED
    if len(typed) >= features.SHORTEST_SLIPPED:
        mine = joined(forms.readings[0])
        turns = (
            {mine, *turned(forms.readings[0])}
            if forms.is_han
            else {mine, *turned([letters(e) for e in forms.parts])}
        )
        if any(slips(typed, each, 1) == 1 for each in turns):
            return _LETTER
    return None


@lru_cache(maxsize=256)
def _other_orders(words: tuple[str, ...], typed: str) -> frozenset[str]:
    found: list[str] = []
    if len(words) > 1:
        found += turned([letters(each) for each in words])
    for divided in divisions(typed)[:2]:
        found += turned(divided)
    return frozenset(found)


def _organisation(query: str, name: str) -> Likeness | None:
    core, whole = features.organisation_core(query), features.organisation_whole(name)
    if len(core) < 2:
        return None
    if features.organisation_whole(query) == whole or core == features.organisation_core(name):
        return _SAME
    if core in whole:
        return _more(_PART, core, whole)
    said, heard = " ".join(reading(core)), " ".join(reading(whole))
    if f" {said} " in f" {heard} " and has_han(core):
        return Likeness(_PINYIN_PART.score, _SOUND.why)
    if len(core) > 2 and within(core, whole, 1) <= 1:
        return _SLIP
    return None


def _organisation_by_letters(typed: str, name: str) -> Likeness | None:
    whole = features.organisation_whole(name)
    if typed.upper() == letters(whole).upper():
        return _SAME
    typed = features.letters_core(typed)
    said = reading(whole)
    heard, first = joined(said), initials(said)
    if typed in heard and any(typed == "".join(said[i:j]) for i, j in _stretches(said)):
        return _more(_PINYIN_PART, typed, heard)
    if len(typed) > 2 and typed in first:
        return _INITIALS
    if len(typed) >= 8 and within(typed, heard, 1) <= 1:
        return _LETTER
    return None


def _stretches(said: Sequence[str]) -> list[tuple[int, int]]:
    return [(i, j) for i in range(len(said)) for j in range(i + 1, len(said) + 1)]


def _more(base: Likeness, part: str, whole: str) -> Likeness:
    """A part counts a little more the more of the whole it is."""
    return Likeness(base.score + 4 * len(part) // len(whole), base.why)


def _placed(asked: Asked, address: str) -> Likeness | None:
    there = features.place_forms(address)
    if not asked.han:
        return _place_by_letters(asked.typed, there)
    here = features.place_forms(asked.joined)
    if _apart(here.division, there.division):
        return None
    if here.names and here.door == there.door:
        unsaid = any(here.division) and not any(there.division)
        return (_PLACE_UNSAID if unsaid else _PLACE)._replace(where=there.division)
    loose = features.loose_forms(asked.joined)
    found = (_at_place(here, there), None if loose.names == here.names else _at_place(loose, there))
    return max((each for each in found if each is not None), key=lambda each: each.score, default=None)


def _at_place(here: features.PlaceForms, there: features.PlaceForms) -> Likeness | None:
    if not here.names or not set(here.numbers) <= set(there.numbers):
        return None
    # A number must be of the same level: a door is no room.
    told, given = here.door.split("|"), there.door.split("|")
    if any(one and one != other for one, other in zip(told[1:], given[1:], strict=True)):
        return None
    whole = "".join(there.names)
    if all(each in whole for each in here.names):
        return _PLACE_PART
    shortest = 3 if here.numbers else 4
    if all(each in whole or (len(each) >= shortest and within(each, whole, 1) <= 1) for each in here.names):
        return _PLACE_SLIP
    return None


def _apart(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two addresses say they lie in two cities, or two counties."""
    return any(mine and theirs and mine != theirs for mine, theirs in zip(one, other, strict=True))


def namesakes(asked: Asked, found: Sequence[Likeness]) -> list[Likeness]:
    """The likenesses; where the query names no city or district and its address is in several, they say so."""
    said = {each.where for each in found if each.where and any(each.where)}
    several = any(_apart(one, other) for one in said for other in said)
    if not several or any(features.place_forms(asked.joined).division):
        return list(found)
    return [each._replace(why=_PLACE_ELSEWHERE) if each.where is not None else each for each in found]


def _place_by_letters(typed: str, there: features.PlaceForms) -> Likeness | None:
    for each in there.names:
        said = reading(each)
        if typed == joined(said) or (len(typed) > 4 and typed in _stems(said)):
            return _PLACE_PART
        if len(typed) > 2 and typed == initials(said):
            return Likeness(_INITIALS.score - 6, _INITIALS.why)
    return None


def _stems(said: Sequence[str]) -> set[str]:
    return {"".join(said[:end]) for end in range(1, len(said) + 1)}


def _lies(place: str, address: str) -> bool:
    """Whether the address is at that place."""
    here, there = features.place_forms(place), features.place_forms(address)
    whole = "".join(there.names)
    return not _apart(here.division, there.division) and (
        bool(here.names or here.numbers)
        and all(each in whole for each in here.names)
        and set(here.numbers) <= set(there.numbers)
    )

"""What somebody typed, read once: its words, the birth in it, and the features that are looked for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from tongchou.standards import dates, names
from tongchou.standards.cleaning import fold_width
from tongchou.standards.problems import is_soft
from tongchou.standards.spelling import (
    broken_divisions,
    divisions,
    has_han,
    joined,
    letters,
    name_readings,
    one_less,
    pairs,
    reading,
    turned,
)

from . import features

_YEAR = re.compile(r"((?:19|20)\d\d)年?生?")
_DAY = re.compile(r"\d{4}\D{0,2}\d{1,2}\D{0,2}\d{1,2}日?|\d{8}")
_APART = re.compile(r"[\s,，;；、]+")

#: Weights: a better kind of likeness outweighs any number of worse ones.
WHOLE, TURNED, SOUND, PART, FIRST_LETTERS, SLIP, OPEN = 1000.0, 800.0, 500.0, 300.0, 200.0, 20.0, 2.0


@dataclass(frozen=True)
class Sought:
    """One way to find: all of `must`, and at least `least` of `any` (feature, weight)."""

    any: tuple[tuple[str, float], ...] = ()
    must: tuple[str, ...] = ()
    least: int = 1


@dataclass(frozen=True)
class Asked:
    """A query. text: what is left without the birth; words: its parts between blanks; born: YYYY-MM-DD or YYYY, "" for
    none; han: whether it holds Chinese; typed: its letters, when it holds none."""

    text: str
    words: tuple[str, ...]
    born: str = ""
    han: bool = False
    typed: str = ""
    sought: tuple[Sought, ...] = field(default=(), compare=False)

    @property
    def joined(self) -> str:
        """The words without what stood between them."""
        return "".join(self.words)

    def narrowed(self) -> tuple[tuple[str, str], ...]:
        """(name, place): one word as a name and the others as a place that narrows it."""
        if len(self.words) < 2 or not self.han:
            return ()
        first, last = self.words[0], self.words[-1]
        return ((first, "".join(self.words[1:])), (last, "".join(self.words[:-1])))


@lru_cache(maxsize=512)
def read(text: str) -> Asked | None:
    """The query; None when it says too little to look for: fewer than two characters or letters."""
    words, born = [], ""
    for word in _APART.split(fold_width(text).strip()):
        said = _born(word) if not born else ""
        if said:
            born = said
        elif word:
            words.append(word)
    whole = "".join(words)
    if not re.search(r"[^\W\d_]", whole) or len(re.sub(r"[\W_]", "", whole)) < 2:
        return None
    han = has_han(whole)
    asked = Asked(" ".join(words), tuple(words), born, han, "" if han else letters(whole))
    sought = (*_as_name(asked), *_as_organisation(asked), *_as_address(asked), *_as_name_and_place(asked))
    return Asked(asked.text, asked.words, born, han, asked.typed, sought)


def _born(word: str) -> str:
    year = _YEAR.fullmatch(word)
    if year:
        return year[1]
    if _DAY.fullmatch(word):
        found, problem = dates.examine(word)
        if found is not None and not (problem and not is_soft(problem)) and dates.is_day(found.value):
            return found.value
    return ""


def _narrowing(asked: Asked) -> tuple[str, ...]:
    if not asked.born:
        return ()
    return (f"Nb{asked.born}",) if len(asked.born) == 10 else (f"Ny{asked.born}",)


def _as_name(asked: Asked) -> tuple[Sought, ...]:
    found = han_name(asked.joined) if asked.han else latin_name(asked)
    return (Sought(tuple(found.items()), _narrowing(asked)),) if found else ()


def han_name(text: str) -> dict[str, float]:
    """Features of people's names like this one, which is written in Chinese, or half so (陈xiaoming)."""
    whole = names.folded(text)
    if not 2 <= len(whole) <= 30 or re.search(r"\d", whole):
        return {}
    found: dict[str, float] = {}

    def seek(feature: str, weight: float) -> None:
        found[feature] = max(weight, found.get(feature, 0.0))

    seek(f"Pn{whole}", WHOLE)
    seek(f"Pw{whole}", PART)
    if len(whole) <= 6:
        for each in turned(whole):
            seek(f"Pn{each}", TURNED)
    mixed = re.search(r"[A-Z]", whole) is not None
    for said in (reading(whole),) if mixed else name_readings(text):
        seek(f"Pp{joined(said)}", SOUND)
    if mixed:
        return found
    seek(f"Pd{whole}", SLIP)
    if len(whole) == 2:
        seek(f"Ps{whole[0]}_", OPEN)
        seek(f"Ps_{whole[1]}", OPEN)
    else:
        for each in one_less(whole):
            seek(f"Pn{each}", SLIP)
            seek(f"Pd{each}", SLIP / 2)
    return found


def latin_name(asked: Asked) -> dict[str, float]:
    """Features of people's names like these letters: pinyin in either order, initials, or a Latin name."""
    typed = asked.typed
    found: dict[str, float] = {}

    def seek(feature: str, weight: float) -> None:
        found[feature] = max(weight, found.get(feature, 0.0))

    seek(f"Pp{typed}", WHOLE)
    seek(f"Pg{typed}", PART)
    other: list[str] = []
    if len(asked.words) > 1:
        other += turned([letters(each) for each in asked.words])
    for divided in divisions(typed)[:2]:
        other += turned(divided)
    for each in other:
        seek(f"Pp{each}", TURNED)
    if len(typed) <= 8:
        seek(f"Pi{typed}", FIRST_LETTERS)
        for each in turned(typed) if len(typed) > 2 else ():
            seek(f"Pi{each}", FIRST_LETTERS / 4)
    if len(typed) >= features.SHORTEST_SLIPPED:
        if not other:
            for divided in broken_divisions(typed)[:3]:
                other += turned(divided)
        for base in (typed, *dict.fromkeys(other)):
            seek(f"Pl{base}", SLIP)
            for each in one_less(base):
                seek(f"Pp{each}", SLIP)
                seek(f"Pl{each}", SLIP / 2)
    return found


def _as_organisation(asked: Asked) -> tuple[Sought, ...]:
    if asked.born:
        return ()
    if not asked.han:
        return _organisation_by_letters(asked.typed)
    core = features.organisation_core(asked.joined)
    found = [Sought(((f"En{features.organisation_whole(asked.joined)}", WHOLE), (f"En{core}", WHOLE)))]
    near = pairs(core)
    if near:
        # One slip spoils two neighbouring pairs.
        least = len(near) if len(core) < 3 else max(1, len(near) - 2)
        found.append(Sought(tuple((f"Eg{each}", SLIP * 4 / len(near)) for each in near), (), least))
        if slipped := features.short_of(core):
            found.append(Sought(tuple((f"Ed{each}", SLIP / len(slipped)) for each in slipped)))
    said = pairs(reading(core), " ")
    if len(said) > 1:
        found.append(Sought(((f"Eh{said[0]}", SLIP),), tuple(f"Eh{each}" for each in said)))
    return tuple(found)


def _organisation_by_letters(typed: str) -> tuple[Sought, ...]:
    found = [Sought(((f"En{typed.upper()}", WHOLE),))]
    typed = features.letters_core(typed)
    for divided in divisions(typed)[:2]:
        near = pairs(divided, " ")
        if near:
            found.append(Sought(((f"Eh{near[0]}", PART),), tuple(f"Eh{each}" for each in near)))
    if not divisions(typed) and len(typed) >= features.SHORTEST_SLIPPED:
        for divided in broken_divisions(typed)[:3]:
            near = pairs(divided, " ")
            if len(near) > 2:
                least = max(1, len(near) - 2)
                found.append(Sought(tuple((f"Eh{each}", SLIP / len(near)) for each in near), (), least))
    if 3 <= len(typed) <= 12:
        threes = [typed[at : at + 3] for at in range(len(typed) - 2)]
        found.append(Sought(((f"Et{threes[0]}", SLIP * 2),), tuple(f"Et{each}" for each in threes)))
    return tuple(found)


def _as_address(asked: Asked) -> tuple[Sought, ...]:
    if asked.born:
        return ()
    if not asked.han:
        typed = [(f"Ap{asked.typed}", PART), (f"Ai{asked.typed}", SLIP * 2)]
        return (Sought(tuple(typed[: 1 if len(asked.typed) < 3 else 2])),)
    forms, loose = features.place_forms(asked.joined), features.loose_forms(asked.joined)
    found = [_place(forms)]
    if forms.names != loose.names or set(forms.numbers) != set(loose.numbers):
        found.append(_place(loose))
    return (Sought(((f"An{forms.door}", WHOLE),)), *(each for each in found if each is not None))


def _place(forms: features.PlaceForms) -> Sought | None:
    near = list(dict.fromkeys(each for name in forms.names for each in pairs(name)))
    if not near:
        return None
    size = max(len(each) for each in forms.names)
    # One slip spoils two neighbouring pairs of a name; a short one is not looked for with a slip.
    least = len(near) if size < 3 else max(1, len(near) - 2)
    wanted = tuple((f"Ag{each}", SLIP / len(near)) for each in near)
    must = tuple(f"A#{each}" for each in forms.numbers)
    if size < 3:
        return Sought(wanted, must, least)
    # Where all pairs are spoilt, it may still sound the same, or be short and lack one character.
    heard = [f"Ap{joined(reading(name))}" for name in forms.names]
    slipped = [f"Ad{each}" for name in forms.names for each in features.short_of(name)]
    others = tuple(dict.fromkeys([*heard, *slipped]))
    return Sought(
        (*wanted, *((each, SLIP / len(others)) for each in others)), must, 1 if len(near) < 4 else least
    )


def _as_name_and_place(asked: Asked) -> tuple[Sought, ...]:
    found = []
    for name, place in asked.narrowed():
        forms = features.place_forms(place)
        must = [f"Na{each}" for one in forms.names for each in pairs(one)] + [
            f"N#{each}" for each in forms.numbers
        ]
        if not must:
            continue
        core = features.organisation_core(name)
        wanted = dict(han_name(name)) | {f"En{core}": WHOLE}
        found.append(Sought(tuple(wanted.items()), (*must, *_narrowing(asked))))
        near = pairs(core)
        if near:
            found.append(Sought(((f"Eg{near[0]}", PART),), (*must, *(f"Eg{each}" for each in near))))
    return tuple(found)


__all__ = ["Asked", "Sought", "han_name", "latin_name", "read"]

"""Names of people in Chinese characters 姓名, as offices mistype them.

A clerk types what is heard (李静/李婧), a machine converts 後 to 后, a form cuts the last character off,
two characters change places. Traditional and simplified forms are one name; blanks, ·, digits and marks are
noise. Sounds are toneless pinyin per character, and a second, coarser sound folds what southern speakers do
not tell apart (zh/z, ch/c, sh/s, n/l, -ng/-n, h/f). A name written in pinyin meets its characters through
the sound, in either order, a surname also in its own reading (区 ou, 单 shan), and its initials (LI J) through theirs.

Long names (买买提·吐尔逊) are respelled with other characters of like sound, and cut to their first part. What
hides a name (张*, 张某) or says that there is none (不详) is absent; what a hospital writes for a newborn (张某之子) says
nothing either, but two of them in one source are two children (`unnamed`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from tongchou.standards.characters import simplified
from tongchou.standards.names import compound_surnames, pinyin
from tongchou.standards.text import Text

from .base import (
    UNKNOWN,
    Bytes,
    Folded,
    Ints,
    Level,
    Mask,
    absent,
    choose,
    code_points,
    level_numbers,
    number_texts,
    texts_of,
)
from .initials import initials_of, read_initials
from .unnamed import is_newborn, is_nobody

WIDTH = 8
LONG = 5  # from so many characters on a name is not of the Han kind: it is respelled, and cut to a part
NEWBORN = "〇"  # the folded form of what a hospital writes for a child without a name
_NOISE = re.compile(r"[^A-Za-z\u3400-\u9fff\U00020000-\U0003134f]+")


@lru_cache(maxsize=1 << 12)
def coarse_sound(syllable: str) -> str:
    """A syllable without the distinctions that southern Mandarin speakers and hasty typists lose."""
    coarse = re.sub(r"^(z|c|s)h", r"\1", syllable)
    coarse = re.sub(r"^n(?=.)", "l", coarse)
    coarse = re.sub(r"^hu(?=.)", "f", coarse)
    return re.sub(r"ng$", "n", coarse)


def fold_name(value: str) -> str:
    """A name reduced to its characters, simplified, upper case, digits and marks dropped; "" where nothing
    is left.
    """
    return simplified(_NOISE.sub("", unicodedata.normalize("NFKC", value))).upper()


_SYLLABLE = re.compile(
    "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    "(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ui|ao|ou|iu|ie|ue|ve|er|an|en|in|un|vn|ia|ua|uo|[aoeiuv])"
)


@lru_cache(maxsize=1 << 15)
def _latin_syllables(word: str) -> tuple[str, ...]:
    """A word in pinyin cut into syllables (lü, passports' LYU); letter by letter where it is none."""
    plain = re.sub(r"(?<=[ln])yu", "v", word.lower().replace("ü", "v"))
    found = tuple(_SYLLABLE.findall(plain))
    return found if "".join(found) == plain else tuple(word.lower())


def surname_length(name: str) -> int:
    """How many characters of a folded name the surname takes: two for compound surnames, else one."""
    return 2 if len(name) > 2 and name[:2] in compound_surnames() else 1


def syllables(name: str) -> list[str]:
    """One toneless syllable per character of a folded name, its own reading and not that of a surname.

    Each character is read alone, so that the same character always sounds the same wherever it was put.
    """
    if name.isascii():
        return list(_latin_syllables(name))
    return [_sound(character) for character in name]


def read_otherwise(value: str, name: str) -> list[str] | None:
    """Syllables of a name in its other reading: the surname as surnames are read; Latin words with the last first.

    value: as written; name: folded. None where there is no other reading.
    """
    if name.isascii():
        words = re.findall(r"[A-Za-zÜü]+", unicodedata.normalize("NFKC", value))
        turned = [*words[-1:], *words[:-1]]
        return [part for word in turned for part in _latin_syllables(word)] if len(words) > 1 else None
    cut = surname_length(name)
    special = _surname_sound(name[:cut])
    return [*special, *(_sound(character) for character in name[cut:])] if special else None


@lru_cache(maxsize=1 << 13)
def _surname_sound(surname: str) -> tuple[str, ...]:
    """How a surname is read where that differs from its characters' usual reading; else empty."""
    said = pinyin(f"{surname}一")[:-1]
    plain = tuple(_sound(character) for character in surname)
    return said if len(said) == len(surname) and said != plain else ()


@lru_cache(maxsize=1 << 15)
def _spoken(name: str) -> str:
    """A long name as one character per coarse syllable, so that edit distance counts syllables."""
    return "".join(chr(0xE000 + _hashed(coarse_sound(syllable))) for syllable in syllables(name))


def _hashed(syllable: str) -> int:
    """A small number that is the same for a syllable in every process (0–6143)."""
    number = 0
    for letter in syllable:
        number = (number * 31 + ord(letter)) % 6143
    return number


@lru_cache(maxsize=1 << 15)
def _sound(character: str) -> str:
    said = pinyin(f"阿{character}")[1:] if len(character.encode()) > 1 else (character.lower(),)
    return "".join(said) or character


class ChineseName:
    """Comparison of Chinese personal names."""

    levels = (
        absent,
        Level("exact", Text("{label}相同", "same {label}"), "name"),
        Level("homophone", Text("{label}同音", "{label} sounds the same"), "sound", shows=True),
        Level("near_homophone", Text("{label}读音相近", "{label} sounds alike"), "coarse", shows=True),
        Level(
            "transposed", Text("{label}字序颠倒", "{label} has its characters swapped"), "letters", shows=True
        ),
        Level("shortened", Text("{label}多字或漏字", "{label} lacks or adds a character"), shows=True),
        Level(
            "respelled",
            Text("{label}音译用字不同", "{label} is transliterated otherwise"),
            like="shortened",
            shows=True,
        ),
        Level(
            "part",
            Text("{label}只写了前一部分", "{label}: one is the other's first part"),
            like="one_character",
        ),
        Level(
            "initials",
            Text("{label}首字母相符", "{label}: its initials agree"),
            "initials",
            like="given_only",
            shows=True,
        ),
        Level("one_character", Text("{label}一字不同", "{label} differs in one character"), shows=True),
        Level("given_only", Text("名同姓不同", "same given name, other surname"), "given", shows=True),
        Level(
            "one_of_two",
            Text(
                "{label}两字中一字不同",
                "{label} differs in one of two characters",
            ),
            shows=True,
        ),
        Level("surname_only", Text("同姓不同名", "same surname, other given name"), shows=True),
        Level("different", Text("{label}不同", "other {label}"), shows=True),
        Level("unnamed", Text("{label}未定（如新生儿）", "{label} not yet given (a newborn?)"), silent=True),
        Level(
            "unnamed_twice",
            Text("同一来源两条均未定{label}，不自动合并", "{label} not given in two records of one source"),
            silent=True,
        ),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold names and number their sounds, surnames and given names; array `unnamed`: a newborn's stand-in."""
        missing = [is_newborn(value) for value in values]
        text = [
            NEWBORN if newborn else "" if is_nobody(value) else fold_name(value)
            for value, newborn in zip(values, missing, strict=True)
        ]
        groups, arrays = describe_names(text, values)
        nobody = np.array(missing, bool)
        for name, numbers in groups.items():
            groups[name] = np.where(nobody, UNKNOWN, numbers)
        arrays["unnamed"] = nobody.astype(np.int64)
        return Folded(texts_of(text), np.array([bool(name) for name in text], bool), groups, arrays)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of names, the closest that holds."""
        at = level_numbers(self.levels)
        groups, arrays = folded.groups, folded.arrays
        unnamed: Mask = (arrays["unnamed"][left] | arrays["unnamed"][right]) == 1
        alone: Mask = (arrays["initials_alone"][left] | arrays["initials_alone"][right]) == 1
        exact: Mask = groups["name"][left] == groups["name"][right]
        answer = choose([(unnamed, at["unnamed"]), (exact, at["exact"])], at["different"], len(left))
        look = np.flatnonzero(alone & ~unnamed)
        agree = _initials_agree(groups, left[look], right[look])
        answer[look] = np.where(agree, at["initials"], at["different"])
        look = np.flatnonzero(~unnamed & ~alone & ~exact)
        answer[look] = self._differing(folded, left[look], right[look])
        return answer

    def _differing(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of names that are written differently."""
        at = level_numbers(self.levels)
        groups = folded.groups
        answer = choose(
            [
                (_sound_alike(groups, "sound", "other_sound", left, right), at["homophone"]),
                (_sound_alike(groups, "coarse", "other_coarse", left, right), at["near_homophone"]),
            ],
            at["different"], len(left),
        )  # fmt: skip
        look = np.flatnonzero(answer == at["different"])
        answer[look] = self._sounding_differently(folded, left[look], right[look])
        return answer

    def _sounding_differently(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of names that neither are written nor sound the same."""
        at = level_numbers(self.levels)
        groups, arrays = folded.groups, folded.arrays
        length_left, length_right = arrays["length"][left], arrays["length"][right]
        same_length = length_left == length_right
        one_off = same_length & (np.sum(arrays["points"][left] != arrays["points"][right], axis=1) == 1)
        same_surname = groups["surname"][left] == groups["surname"][right]
        same_start = arrays["points"][left, 0] == arrays["points"][right, 0]
        long_enough = np.minimum(length_left, length_right) >= 3
        respelled, part = _long_names(folded, left, right)
        rules: list[tuple[Mask, int]] = [
            (same_length & (groups["letters"][left] == groups["letters"][right]), at["transposed"]),
            (same_start & _one_dropped(arrays["points"], arrays["length"], left, right), at["shortened"]),
            (respelled, at["respelled"]),
            (part, at["part"]),
            (one_off & long_enough & same_surname, at["one_character"]),
            ((groups["given"][left] == groups["given"][right]) & long_enough, at["given_only"]),
            (same_surname & (length_left == 2) & (length_right == 2), at["one_of_two"]),
            (same_surname, at["surname_only"]),
        ]
        return choose(rules, at["different"], len(left))


def describe_names(
    text: Sequence[str], values: Sequence[str] | None = None
) -> tuple[dict[str, Ints], dict[str, np.ndarray]]:
    """Groups (name, sound, coarse, letters, surname, given …) and arrays (points, length) of folded names.

    values: the names as written, whose dots and blanks tell the parts of long and of Latin ones.
    """
    written = text if values is None else values
    sounds = [syllables(name) for name in text]
    other = [
        read_otherwise(value, name) or said for value, name, said in zip(written, text, sounds, strict=True)
    ]
    cuts = [surname_length(name) for name in text]
    sound, other_sound = _numbered_together(
        ["".join(said).upper() for said in sounds], ["".join(said).upper() for said in other]
    )
    coarse, other_coarse = _numbered_together(
        ["".join(coarse_sound(s) for s in said).upper() for said in sounds],
        ["".join(coarse_sound(s) for s in said).upper() for said in other],
    )
    name, part = _numbered_together(list(text), [_first_part(value) for value in written])
    short = [read_initials(value, _latin_syllables) if each.isascii() else None
             for value, each in zip(written, text, strict=True)]  # fmt: skip
    plain = [each or initials_of(said, cut) for each, said, cut in zip(short, sounds, cuts, strict=True)]
    turned = [each or initials_of(said, cut) for each, said, cut in zip(short, other, cuts, strict=True)]
    letters, other_letters = _numbered_together(
        [each.letters for each in plain], [each.letters for each in turned]
    )
    spoken, other_spoken = _numbered_together(
        [each.spoken for each in plain], [each.spoken for each in turned]
    )
    groups = {
        "initials": letters,
        "other_initials": other_letters,
        "spoken_initials": spoken,
        "other_spoken_initials": other_spoken,
        "name": name,
        "part": part,
        "sound": sound,
        "other_sound": other_sound,
        "coarse": coarse,
        "other_coarse": other_coarse,
        "letters": number_texts(["".join(sorted(name)) for name in text]),
        "surname": number_texts([name[:cut] for name, cut in zip(text, cuts, strict=True)]),
        "given": number_texts([name[cut:] for name, cut in zip(text, cuts, strict=True)]),
        "surname_sound": number_texts(["".join(said[:cut]) for said, cut in zip(sounds, cuts, strict=True)]),
        "given_sound": number_texts(["".join(said[cut:]) for said, cut in zip(sounds, cuts, strict=True)]),
    }
    arrays: dict[str, np.ndarray] = {
        "points": code_points(text, WIDTH),
        "initials_alone": np.fromiter((each.alone for each in plain), np.int64, len(text)),
        "length": np.fromiter((len(name) for name in text), np.int64, len(text)),
    }
    return groups, arrays


def _numbered_together(one: list[str], other: list[str]) -> tuple[Ints, Ints]:
    """Numbers of two lists of texts that mean the same in both."""
    numbers = number_texts([*one, *other])
    return numbers[: len(one)], numbers[len(one) :]


def _first_part(value: str) -> str:
    """The folded first part of a name written with a dot, where it has at least two characters; else ""."""
    first, dot, _ = unicodedata.normalize("NFKC", value).partition("·")
    folded = fold_name(first) if dot else ""
    return folded if len(folded) >= 2 else ""


def _sound_alike(groups: dict[str, Ints], one: str, other: str, left: Ints, right: Ints) -> Mask:
    """Where two names sound the same in their plain reading, or one plainly and one in its other reading."""
    here, there = groups[one][left], groups[one][right]
    answer: Mask = (here == there) | (here == groups[other][right]) | (groups[other][left] == there)
    return answer


def _initials_agree(groups: dict[str, Ints], left: Ints, right: Ints) -> Mask:
    """Where all initials agree and, as far as both say it, the sound of the surname."""
    known: Mask = (groups["initials"][left] != UNKNOWN) & (groups["initials"][right] != UNKNOWN)
    spoken = "spoken_initials"
    silent: Mask = (groups[spoken][left] == UNKNOWN) | (groups[spoken][right] == UNKNOWN)
    answer: Mask = known & _sound_alike(groups, "initials", "other_initials", left, right)
    answer &= silent | _sound_alike(groups, spoken, f"other_{spoken}", left, right)
    return answer


def _long_names(folded: Folded, left: Ints, right: Ints) -> tuple[Mask, Mask]:
    """Where two long names are respellings of one another, and where one is the other's first part.

    Respelled: one syllable apart (two in names of six or more), in coarse sounds.
    """
    length = folded.arrays["length"]
    short, long = np.minimum(length[left], length[right]), np.maximum(length[left], length[right])
    respelled, part = np.zeros(len(left), bool), np.zeros(len(left), bool)
    look = np.flatnonzero((long >= LONG) & (short >= 2))
    if not len(look):
        return respelled, part
    one, two = (folded.picked(side[look]) for side in (left, right))
    apart = np.array(
        cpdist([_spoken(n) for n in one], [_spoken(n) for n in two], scorer=OSA.distance, dtype=np.int32)
    )
    respelled[look] = (short[look] >= LONG - 1) & (apart <= np.where(short[look] >= 6, 2, 1))
    name, parts = folded.groups["name"], folded.groups["part"]
    begins = np.array([a.startswith(b) or b.startswith(a) for a, b in zip(one, two, strict=True)], bool)
    cut = (parts[left] == name[right]) & (name[right] != UNKNOWN)
    cut |= (parts[right] == name[left]) & (name[left] != UNKNOWN)
    part[look] = cut[look] | (begins & (short[look] >= 3) & (long[look] >= LONG + 1))
    return respelled, part


def _one_dropped(points: Ints, length: Ints, left: Ints, right: Ints) -> Mask:
    """Where one name is the other without one of its characters."""
    swap = length[left] > length[right]
    short, long = np.where(swap, right, left), np.where(swap, left, right)
    answer: Mask = np.zeros(len(left), bool)
    look = np.flatnonzero(
        (length[long] == length[short] + 1) & (length[short] >= 2) & (length[long] <= WIDTH)
    )
    brief, full = points[short[look]], points[long[look]]
    moved = np.concatenate([full[:, 1:], np.zeros((len(look), 1), full.dtype)], axis=1)
    # The same up to some place, and from there on the same one place further.
    start = np.logical_and.accumulate(full == brief, axis=1)
    rest = np.logical_and.accumulate((moved == brief)[:, ::-1], axis=1)[:, ::-1]
    answer[look] = rest[:, 0] | (start[:, :-1] & rest[:, 1:]).any(axis=1)
    return answer

"""Names of people in Chinese characters 姓名, as offices mistype them.

A clerk types what is heard (李静/李婧), a machine converts 後 to 后, a form cuts the last character off,
two characters change places. Traditional and simplified forms are one name; blanks, ·, digits and marks are
noise. Sounds are toneless pinyin per character, and a second, coarser sound folds what southern speakers do
not tell apart (zh/z, ch/c, sh/s, n/l, -ng/-n, h/f). A name written in pinyin meets its characters through
the sound.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tongchou.standards.characters import simplified
from tongchou.standards.names import compound_surnames, pinyin
from tongchou.standards.text import Text

from .base import Bytes, Folded, Ints, Level, Mask, absent, choose, code_points, level_numbers, number_texts

WIDTH = 8
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


def surname_length(name: str) -> int:
    """How many characters of a folded name the surname takes: two for compound surnames, else one."""
    return 2 if len(name) > 2 and name[:2] in compound_surnames() else 1


def syllables(name: str) -> list[str]:
    """One toneless syllable per character of a folded name, its own reading and not that of a surname.

    Each character is read alone, so that the same character always sounds the same wherever it was put.
    """
    return [_sound(character) for character in name]


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
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold names and number their sounds, surnames and given names."""
        text = [fold_name(value) for value in values]
        return Folded(text, np.array([bool(name) for name in text], bool), *describe_names(text))

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of names, the closest that holds."""
        at = level_numbers(self.levels)
        groups, arrays = folded.groups, folded.arrays
        length_left, length_right = arrays["length"][left], arrays["length"][right]
        same_length = length_left == length_right
        one_off = same_length & (np.sum(arrays["points"][left] != arrays["points"][right], axis=1) == 1)
        same_surname = groups["surname"][left] == groups["surname"][right]
        long_enough = np.minimum(length_left, length_right) >= 3
        rules: list[tuple[Mask, int]] = [
            (groups["name"][left] == groups["name"][right], at["exact"]),
            (groups["sound"][left] == groups["sound"][right], at["homophone"]),
            (groups["coarse"][left] == groups["coarse"][right], at["near_homophone"]),
            (same_length & (groups["letters"][left] == groups["letters"][right]), at["transposed"]),
            (same_surname & _one_dropped(arrays["points"], arrays["length"], left, right), at["shortened"]),
            (one_off & long_enough & same_surname, at["one_character"]),
            ((groups["given"][left] == groups["given"][right]) & long_enough, at["given_only"]),
            (same_surname & (length_left == 2) & (length_right == 2), at["one_of_two"]),
            (same_surname, at["surname_only"]),
        ]
        return choose(rules, at["different"], len(left))


def describe_names(text: Sequence[str]) -> tuple[dict[str, Ints], dict[str, Ints]]:
    """Groups (name, sound, coarse, letters, surname, given) and arrays (points, length) of folded names."""
    sounds = [syllables(name) for name in text]
    cuts = [surname_length(name) for name in text]
    groups = {
        "name": number_texts(text),
        "sound": number_texts(["".join(said).upper() for said in sounds]),
        "coarse": number_texts(["".join(coarse_sound(s) for s in said).upper() for said in sounds]),
        "letters": number_texts(["".join(sorted(name)) for name in text]),
        "surname": number_texts([name[:cut] for name, cut in zip(text, cuts, strict=True)]),
        "given": number_texts([name[cut:] for name, cut in zip(text, cuts, strict=True)]),
        "surname_sound": number_texts(["".join(said[:cut]) for said, cut in zip(sounds, cuts, strict=True)]),
        "given_sound": number_texts(["".join(said[cut:]) for said, cut in zip(sounds, cuts, strict=True)]),
    }
    arrays = {
        "points": code_points(text, WIDTH),
        "length": np.fromiter((len(name) for name in text), np.int64, len(text)),
    }
    return groups, arrays


def _one_dropped(points: Ints, length: Ints, left: Ints, right: Ints) -> Mask:
    """Where one name is the other without one of its characters."""
    swap = length[left] > length[right]
    short, long = np.where(swap, right, left), np.where(swap, left, right)
    answer: Mask = np.zeros(len(left), bool)
    look = np.flatnonzero(
        (length[long] == length[short] + 1) & (length[short] >= 2) & (length[long] <= WIDTH)
    )
    brief, full = points[short[look]], points[long[look]]
    found = np.zeros(len(look), bool)
    for gap in range(WIDTH):
        without = np.concatenate(
            [full[:, :gap], full[:, gap + 1 :], np.zeros((len(look), 1), np.int64)], axis=1
        )
        found |= np.all(without == brief, axis=1)
    answer[look] = found
    return answer

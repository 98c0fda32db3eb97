"""Names of which a source keeps hardly more than the initials: LI J, L.J., LJ for 李静.

A library, a parcel locker, an old payment system write the surname in pinyin and the rest as letters, or letters only.
That is no other name, and no full one either: it agrees with every name that begins so, and how much that says is
counted from how many names do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

MOST_LETTERS = 4
_WORDS = re.compile(r"[A-Z]+")


class Initials(NamedTuple):
    """letters: the initial of every syllable (LJ); spoken: the surname's sound and the initials after it (LI J), "" where
    the surname is but a letter; alone: whether nothing more of the name is known."""

    letters: str
    spoken: str
    alone: bool


NONE = Initials("", "", False)


def initials_of(said: Sequence[str], cut: int) -> Initials:
    """The initials of a name whose syllables are known. cut: how many of them are the surname's."""
    if len(said) < 2 or not all(said):
        return NONE
    letters = "".join(syllable[0] for syllable in said).upper()
    return Initials(letters, f"{''.join(said[:cut])} {letters[cut:]}".upper(), False)


def read_initials(value: str, syllables: Callable[[str], tuple[str, ...]]) -> Initials | None:
    """What a text in Latin letters says when it is written with initials; None where it is a name in full, or none.

    syllables: cuts a word in pinyin, and gives single letters for one that is none.
    """
    text = unicodedata.normalize("NFKC", value).upper()
    words = _WORDS.findall(text)
    if not words or not text.isascii():
        return None
    short = [len(word) == 1 or _is_cluster(word) for word in words]
    letters = "".join(words)
    if all(short):
        return Initials(letters, "", True) if 2 <= len(letters) <= MOST_LETTERS else None
    if sum(not each for each in short) != 1 or len(words) < 2:
        return None
    at = short.index(False)
    if at not in (0, len(words) - 1):
        return None
    given = "".join(word for word, is_short in zip(words, short, strict=True) if is_short)
    surname = syllables(words[at])
    if len(surname) > 2 or len(given) > MOST_LETTERS - 1:
        return None
    first = "".join(syllable[0] for syllable in surname).upper()
    return Initials(first + given, f"{words[at]} {given}", True)


def _is_cluster(word: str) -> bool:
    """Whether a word of two or three letters can be initials: no vowel is among them, so that it is no word (BOB, LEE)."""
    return len(word) <= MOST_LETTERS - 1 and not set(word) & set("AEIOU")

"""Values without a Chinese grammar: Latin names, street names, opaque numbers, codes such as sex.

`Word` compares spellings (equal, one slip, Jaro–Winkler, a nickname's stem); `Code` only knows equal or not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from tongchou.standards.text import Text

from .base import Bytes, Folded, Ints, Level, Mask, absent, choose, level_numbers, number_texts, texts_of

_FILLERS = frozenset({"", "NULL", "NONE", "NA", "NAN", "UNKNOWN"})
NICKNAMES = {
    nickname: full
    for full, nicknames in {
        "WILLIAM": "BILL BILLY WILL WILLIE LIAM",
        "ROBERT": "BOB BOBBY ROB ROBBIE",
        "RICHARD": "DICK RICK RICHIE RICKY",
        "JAMES": "JIM JIMMY JAMIE",
        "JOHN": "JACK JOHNNY JON",
        "MICHAEL": "MIKE MICK MICKEY",
        "THOMAS": "TOM TOMMY",
        "CHARLES": "CHARLIE CHUCK",
        "EDWARD": "ED EDDIE TED NED",
        "ELIZABETH": "LIZ BETH BETTY ELIZA LIZZIE",
        "MARGARET": "MAGGIE MEG PEGGY",
        "KATHERINE": "KATE KATIE KATHY CATHY KAT",
        "ALEXANDER": "ALEX SANDY",
        "ALEXANDRA": "ALEX SASHA",
        "SAMUEL": "SAM SAMMY",
        "SAMANTHA": "SAM",
        "BENJAMIN": "BEN",
        "DANIEL": "DAN DANNY",
        "JOSEPH": "JOE JOEY",
        "NICHOLAS": "NICK",
        "ANTHONY": "TONY",
        "MATTHEW": "MATT",
        "JENNIFER": "JEN JENNY",
        "REBECCA": "BECKY BECCA",
        "VICTORIA": "VICKY TORI",
        "JOSHUA": "JOSH",
        "ZACHARY": "ZAC ZACH ZACK",
        "TIMOTHY": "TIM",
        "CHRISTOPHER": "CHRIS",
        "PATRICK": "PAT PADDY",
        "ANDREW": "ANDY DREW",
        "JESSICA": "JESS JESSIE",
    }.items()
    for nickname in nicknames.split()
}


def fold_word(value: str) -> str:
    """Letters and digits in upper case, accents dropped, single blanks between words; "" for fillers."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c))
    text = re.sub(r"[^\w]+", " ", plain.upper()).replace("_", " ").strip()
    return "" if text in _FILLERS else text


class Word:
    """Comparison of spellings."""

    levels = (
        absent,
        Level("same", Text("{label}相同", "same {label}"), "word"),
        Level("same_letters", Text("{label}字母相同", "{label} has the same letters"), "letters"),
        Level("nickname", Text("{label}为昵称", "{label} is a nickname of the other"), "stem"),
        Level("one_slip", Text("{label}差一个字母", "{label} differs by one slip"), shows=True),
        Level("close", Text("{label}拼写相近", "{label} spelled alike"), shows=True),
        Level("loose", Text("{label}略相近", "{label} remotely alike"), shows=True),
        Level("different", Text("{label}不同", "other {label}"), shows=True),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold words; groups: word, letters (blanks dropped, words sorted), stem (nickname's full form),
        start.
        """
        text = [fold_word(value) for value in values]
        groups = {
            "word": number_texts(text),
            "letters": number_texts(["".join(sorted(word.split())) for word in text]),
            "joined": number_texts([word.replace(" ", "") for word in text]),
            "stem": number_texts([NICKNAMES.get(word, word) for word in text]),
            "start": number_texts([word.replace(" ", "")[:3] for word in text]),
        }
        return Folded(texts_of(text), np.array([bool(word) for word in text], bool), groups)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of words."""
        at = level_numbers(self.levels)
        g = folded.groups
        same = g["word"][left] == g["word"][right]
        letters: Mask = (g["letters"][left] == g["letters"][right]) | (
            g["joined"][left] == g["joined"][right]
        )
        slips, alike = np.full(len(left), 9, np.int64), np.zeros(len(left))
        look = np.flatnonzero(~same & ~letters)
        longest = np.zeros(len(left), np.int64)
        if len(look):
            one, two = folded.picked(left[look]), folded.picked(right[look])
            slips[look] = cpdist(one, two, scorer=OSA.distance, score_cutoff=3, dtype=np.int32)
            alike[look] = cpdist(one, two, scorer=JaroWinkler.similarity, dtype=np.float64)
            longest[look] = [max(len(a), len(b)) for a, b in zip(one, two, strict=True)]
        rules: list[tuple[Mask, int]] = [
            (same, at["same"]),
            (letters, at["same_letters"]),
            (g["stem"][left] == g["stem"][right], at["nickname"]),
            ((slips <= 1) & (longest >= 3), at["one_slip"]),
            ((alike >= 0.92) | ((slips <= 2) & (longest >= 6)), at["close"]),
            (alike >= 0.8, at["loose"]),
        ]
        return choose(rules, at["different"], len(left))


class Words:
    """Comparison of several words in any order: a whole name, a whole address line."""

    levels = (
        absent,
        Level("same", Text("{label}相同", "same {label}"), "word"),
        Level(
            "same_words", Text("{label}词序不同", "{label} has the same words in another order"), "letters"
        ),
        Level("close", Text("{label}几乎相同", "{label} almost the same"), shows=True),
        Level("most_words", Text("{label}大部分相同", "{label} mostly the same"), shows=True),
        Level("some_words", Text("{label}部分相同", "{label} partly the same"), shows=True),
        Level("different", Text("{label}不同", "other {label}"), shows=True),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold words; groups: word, letters (sorted words), first, last, longest, numbers."""
        text = [fold_word(value) for value in values]
        split = [[NICKNAMES.get(word, word) for word in line.split()] for line in text]
        groups = {
            "word": number_texts(text),
            "letters": number_texts(["".join(sorted(words)) for words in split]),
            "first": number_texts([words[0] if words else "" for words in split]),
            "last": number_texts([words[-1] if words else "" for words in split]),
            "longest": number_texts(
                [max(words, key=lambda word: (len(word), word), default="") for words in split]
            ),
            "numbers": number_texts([" ".join(word for word in words if word.isdigit()) for words in split]),
        }
        return Folded(texts_of(text), np.array([bool(line) for line in text], bool), groups)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of lines, by rapidfuzz's ratio of sorted words."""
        at = level_numbers(self.levels)
        g = folded.groups
        same = g["word"][left] == g["word"][right]
        words: Mask = g["letters"][left] == g["letters"][right]
        alike = np.zeros(len(left))
        look = np.flatnonzero(~same & ~words)
        if len(look):
            one, two = folded.picked(left[look]), folded.picked(right[look])
            alike[look] = np.maximum(
                cpdist(one, two, scorer=fuzz.token_sort_ratio, dtype=np.float64),
                cpdist(one, two, scorer=fuzz.ratio, dtype=np.float64),
            )
        rules: list[tuple[Mask, int]] = [
            (same, at["same"]),
            (words, at["same_words"]),
            (alike >= 90, at["close"]),
            (alike >= 78, at["most_words"]),
            (alike >= 62, at["some_words"]),
        ]
        return choose(rules, at["different"], len(left))


class Code:
    """Comparison of codes: equal or not."""

    levels = (
        absent,
        Level("same", Text("{label}相同", "same {label}"), "code"),
        Level("different", Text("{label}不同", "other {label}")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold codes; group: code."""
        text = [fold_word(value) for value in values]
        return Folded(
            texts_of(text), np.array([bool(code) for code in text], bool), {"code": number_texts(text)}
        )

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of codes."""
        code = folded.groups["code"]
        return choose([(code[left] == code[right], 1)], 2, len(left))


class Sex(Code):
    """Sex, whatever way a source writes it: 男/M/1 and 女/F/2 (GB/T 2261.1); anything else is absent."""

    _SAID = {
        "男": "1",
        "男性": "1",
        "M": "1",
        "MALE": "1",
        "1": "1",
        "女": "2",
        "女性": "2",
        "F": "2",
        "FEMALE": "2",
        "2": "2",
    }

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold to the standard's codes 1 and 2."""
        return super().fold([self._SAID.get(fold_word(value), "") for value in values])

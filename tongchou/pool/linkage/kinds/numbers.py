"""Identity numbers 公民身份号码 as evidence, not as truth.

The check character of an 18-digit number (GB 11643-1999, ISO 7064 MOD 11-2) finds every single wrong digit
and every swap of neighbours. So two different numbers that both pass it are two numbers, not one mistyped;
where one fails, a slip of one digit is likely. A 15-digit number carries no check; widened to 18 it passes
whatever was mistyped, so two valid numbers one digit apart in place or date are their own level. Twins'
numbers follow one another: place and day the same in two valid numbers is what siblings look like, and is
kept apart from plain disagreement.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from tongchou.standards import identity
from tongchou.standards.text import Text

from .base import (
    Bytes,
    Folded,
    Ints,
    Level,
    Mask,
    absent,
    choose,
    least_slips,
    level_numbers,
    number_texts,
    same_known,
    signatures,
    texts_of,
)


def fold_number(value: str) -> str:
    """An identity number without blanks and marks, 15 digits widened to 18; "" for what cannot be a number.

    Rows of one digit (000…) and short or wordy fillers say nothing and are treated as absent.
    """
    text = value if len(value) == 18 and value.isascii() and value.isdigit() else identity.clean(value)
    if len(text) < 8 or len(set(text)) <= 2 or "E+" in text:
        return ""  # 4.40605E+17 is what a spreadsheet leaves of any number of that county
    if not text[:6].isdigit() and sum(map(str.isdigit, text)) < 6:
        return ""
    return identity.upgrade(text) if len(text) == 15 and text.isdigit() else text


def birth_in(number: str) -> str:
    """The birth date a folded number carries, `YYYY-MM-DD`; "" where it carries none."""
    return identity.birth_date_of(number) or ""


def sex_in(number: str) -> str:
    """The sex a folded number carries: "1" male, "2" female (GB/T 2261.1); "" where it carries none."""
    return (identity.sex_of(number) or "") if birth_in(number) else ""


def passes_check(number: str) -> bool:
    """Whether a folded number has 18 characters, a date that exists and the right check character."""
    return bool(birth_in(number)) and number[17] == identity.check_character(number[:17])


class IdentityNumber:
    """Comparison of identity numbers."""

    levels = (
        absent,
        Level("same", Text("{label}相同", "same {label}"), "number"),
        Level(
            "same_unchecked", Text("{label}相同（校验未通过）", "same {label} (it fails its check)"), "number"
        ),
        Level(
            "widened_slip",
            Text("{label}差一位（或由15位升位）", "{label} differs by one slip (perhaps widened from 15)"),
        ),
        Level("one_slip", Text("{label}差一位或相邻两位颠倒", "{label} differs by one slip")),
        Level("two_slips", Text("{label}差两位", "{label} differs by two slips")),
        Level(
            "same_birth",
            Text("{label}不同但地区与出生日期相同", "other {label} of the same place and birth date"),
        ),
        Level(
            "siblings",
            Text(
                "{label}不同且均通过校验，地区与出生日期相同（如双胞胎）",
                "two valid {label}s of one place and day (twins?)",
            ),
        ),
        Level(
            "different_unchecked",
            Text("{label}不同（其一校验未通过）", "other {label} (one fails its check)"),
        ),
        Level("different", Text("{label}不同且均通过校验", "other {label}, both valid")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold numbers; groups: number (the 17-digit body), head, tail; arrays: checked."""
        text = [fold_number(value) for value in values]
        checked = [
            passes_check(number) and len(identity.clean(value)) == 18
            for value, number in zip(values, text, strict=True)
        ]
        bodies = [number[:17] for number in text]
        groups = {
            "number": number_texts(bodies),
            "place_birth": number_texts([body[:14] if len(body) == 17 else "" for body in bodies]),
            "birth_turn": number_texts([body[6:] if len(body) == 17 else "" for body in bodies]),
            "place_turn": number_texts([body[:6] + body[10:] if len(body) == 17 else "" for body in bodies]),
        }
        length = np.fromiter((len(number) for number in text), np.int64, len(text))
        # Numbers of 15 digits, which widening makes valid with their slips, ended with those born in 1999.
        old = np.array([number[6:8] != "20" for number in text], np.int64)
        arrays: dict[str, np.ndarray] = {"checked": np.array(checked, np.int64), "length": length, "old": old}
        arrays["signed"] = signatures(bodies, "0123456789X")
        return Folded(texts_of(text), np.array([bool(number) for number in text], bool), groups, arrays)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of numbers."""
        at = level_numbers(self.levels)
        number, checked = folded.groups["number"], folded.arrays["checked"] == 1
        old = folded.arrays["old"] == 1
        same = number[left] == number[right]
        both: Mask = checked[left] & checked[right]
        either: Mask = checked[left] | checked[right]
        slips = np.full(len(left), 9, np.int64)
        whole = folded.arrays["length"] == 18
        bodies = whole[left] & whole[right]
        may: Mask = ~same & (~both | (old[left] & old[right]))  # of other pairs the slips are not asked
        near: Mask = least_slips(folded.arrays["signed"], left, right) <= 2
        # the check character follows from the rest: where both have one, it is left out
        for look, width in ((np.flatnonzero(may & bodies & near), 17), (np.flatnonzero(may & ~bodies), None)):
            if len(look):
                one, two = ([text[:width] for text in folded.picked(side[look])] for side in (left, right))
                slips[look] = cpdist(one, two, scorer=OSA.distance, score_cutoff=3, dtype=np.int32)
        rules: list[tuple[Mask, int]] = [
            (same & either, at["same"]),
            (same, at["same_unchecked"]),
            (~both & (slips <= 1), at["one_slip"]),
            (~both & (slips == 2), at["two_slips"]),
            (both & same_known(folded.groups["place_birth"], left, right), at["siblings"]),
            (both & (slips <= 1) & (old[left] & old[right]), at["widened_slip"]),
            (both, at["different"]),
            (same_known(folded.groups["place_birth"], left, right), at["same_birth"]),
        ]
        return choose(rules, at["different_unchecked"], len(left))

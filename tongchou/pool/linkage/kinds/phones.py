"""Telephone numbers: the last eleven digits (mobile) or all of them, without +86, blanks and marks.

A number says less the more people share it; how common it is, is counted from the records at hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from tongchou.standards.text import Text

from .base import (
    Bytes,
    Folded,
    Ints,
    Level,
    absent,
    choose,
    least_slips,
    level_numbers,
    number_texts,
    signatures,
    texts_of,
)


def fold_phone(value: str) -> str:
    """Digits of a telephone number; "" for fillers and for fewer than seven digits."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", value))
    mobile = re.search(r"1[3-9]\d{9}$", digits)
    if mobile:
        digits = mobile.group()
    return digits if len(digits) >= 7 and len(set(digits)) > 2 else ""


class Phone:
    """Comparison of telephone numbers."""

    levels = (
        absent,
        Level("same", Text("{label}相同", "same {label}"), "phone"),
        Level("one_slip", Text("{label}差一位", "{label} differs by one slip")),
        Level("different", Text("{label}不同", "other {label}")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold numbers; group: phone."""
        text = [fold_phone(value) for value in values]
        present = np.array([bool(phone) for phone in text], bool)
        arrays = {"signed": signatures(text, "0123456789")}
        return Folded(texts_of(text), present, {"phone": number_texts(text)}, arrays)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of telephone numbers."""
        at = level_numbers(self.levels)
        phone = folded.groups["phone"]
        same = phone[left] == phone[right]
        slips = np.full(len(left), 9, np.int64)
        look = np.flatnonzero(~same & (least_slips(folded.arrays["signed"], left, right) <= 1))
        if len(look):
            slips[look] = cpdist(
                folded.picked(left[look]),
                folded.picked(right[look]),
                scorer=OSA.distance,
                score_cutoff=2,
                dtype=np.int32,
            )
        return choose([(same, at["same"]), (slips <= 1, at["one_slip"])], at["different"], len(left))

"""Identity numbers and credit codes one slip away from one that fails its check character. Pure.

A number that somebody read out or copied by hand has one character wrong or two neighbours exchanged more often than
anything else, and the check character finds out every such slip. So the few numbers that pass and lie one slip away are
all there is to look for.
"""

from __future__ import annotations

import re

from tongchou.standards import credit, identity

from .rules import Query

_DIGITS = "0123456789"
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def near_numbers(text: str) -> list[Query]:
    """The valid numbers one slip away from a number of 18 characters that is not valid; none for anything else."""
    compact = re.sub(r"[\s-]", "", text).upper()
    if re.fullmatch(r"\d{17}[\dX]", compact) and not _is_valid_identity(compact):
        # 10 valid last characters stand for X, so the last one is a digit or X.
        near = _slipped(compact, _DIGITS, last=_DIGITS + "X")
        return [Query("id_number", (each,)) for each in near if _is_valid_identity(each)]
    if re.fullmatch(r"(?=.*\d)[0-9A-Z]{18}", compact) and not _is_valid_code(compact):
        return [
            Query("uscc", (each,)) for each in _slipped(compact, _CODE, last=_CODE) if _is_valid_code(each)
        ]
    return []


def _slipped(number: str, alphabet: str, *, last: str) -> list[str]:
    """Every text one exchanged character or one exchange of neighbours away."""
    end = len(number) - 1
    found = [
        number[:place] + each + number[place + 1 :]
        for place in range(len(number))
        for each in (last if place == end else alphabet)
        if each != number[place]
    ]
    found += [
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(end)
        if number[place] != number[place + 1]
    ]
    return found


def _is_valid_identity(number: str) -> bool:
    value, problem = identity.examine(number)
    return bool(value) and problem is None


def _is_valid_code(code: str) -> bool:
    value, problem = credit.examine(code)
    return bool(value) and problem is None

"""Two values side by side, cut where they differ, so that a steward sees the difference and little more."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple

from tongchou.standards import masking


class Piece(NamedTuple):
    """Part of a value; differs: the other side has something else here."""

    text: str
    differs: bool


def pieces_of(
    left: str, right: str, *, masked: bool, mask: str
) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both values cut where they differ. masked: what they share is shown only as far as `mask` leaves it."""
    shown_left, shown_right = left, right
    marks_left, marks_right = [True] * len(left), [True] * len(right)
    for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        marks_left[block.a : block.a + block.size] = [False] * block.size
        marks_right[block.b : block.b + block.size] = [False] * block.size
    if not left or not right:
        marks_left, marks_right = [False] * len(left), [False] * len(right)
    if masked:
        shown_left, shown_right = _veil(left, marks_left, mask), _veil(right, marks_right, mask)
    return _cut(shown_left, marks_left), _cut(shown_right, marks_right)


def _veil(value: str, differs: list[bool], mask: str) -> str:
    hidden = masking.mask(value, mask) if mask != "none" else value
    if len(hidden) != len(value):
        hidden = "*" * len(value)
    # Where nothing is alike, showing what differs would show everything.
    if sum(differs) * 2 > len(value):
        return hidden
    return "".join(
        plain if apart else veiled for plain, veiled, apart in zip(value, hidden, differs, strict=True)
    )


def _cut(value: str, differs: list[bool]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for character, apart in zip(value, differs, strict=True):
        if pieces and pieces[-1].differs == apart:
            pieces[-1] = Piece(pieces[-1].text + character, apart)
        else:
            pieces.append(Piece(character, apart))
    return tuple(pieces)

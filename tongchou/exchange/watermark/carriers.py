"""What may carry a mark in a cell, told alike for writing and for reading.

| kind | the cell | 0 | 1 |
|---|---|---|---|
| signs | anything masked: each hidden character | `*` | `×` |
| dates | a full date | 2026-11-02 | 2026/11/02 |
| amounts | an amount or area, fewer than two decimals | 8650.5 | 8650.50 |
| widths | an address or text with Chinese in it: each run of digits, each bracket | 12号 | １２号 |

Both signs are in GB 2312 and stay apart under NFKC; both are customary in masked lists. The plain form of a cell (all
choices 0) is its canonical text, from which its choices are drawn; `plain` restores it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import code
from .code import PLACES, Keys, Reading

SIGNS, DATES, AMOUNTS, WIDTHS = "signs", "dates", "amounts", "widths"

_FULL = {ord("*"): "×", ord("-"): "/"} | {byte: chr(byte + 0xFEE0) for byte in b"0123456789()"}
_TO_PLAIN = {ord("×"): "*", ord("＊"): "*"}
_TO_HALF = {ord(full): chr(byte) for byte, full in _FULL.items() if byte in b"0123456789()"}
_DATE = re.compile(r"[0-9]{4}([-/])(?:0[1-9]|1[0-2])\1[0-3][0-9]")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WIDE = re.compile(r"[\uff10-\uff19]+|[0-9]+|[()（）]")


# ── writing ──────────


def mark(column: pa.Array, kind: str, keys: Keys) -> pa.Array:
    """A column of texts with an export's choices made in it; cells that carry none stay as they are."""
    if not len(column) or column.null_count == len(column):
        return column
    coded = column.dictionary_encode()
    values = coded.dictionary
    # A value that stands in many rows is marked once; where hardly any does, the detour costs more than it saves.
    if len(values) * 2 < len(column):
        return _MARKING[kind](values, keys).take(coded.indices)
    return _MARKING[kind](column, keys)


def _chosen(column: pa.Array, kind: str, keys: Keys) -> np.ndarray:
    return code.choices(keys, code.digests(kind, [each or "" for each in column.to_pylist()]))


def _mark_amounts(column: pa.Array, keys: Keys) -> pa.Array:
    fits = pc.fill_null(pc.match_substring_regex(column, r"\A-?[0-9]{1,15}(?:\.[0-9])?\z"), False)
    # 0.50 and 0.5 are one amount; a cell that ends in a zero after its point is not in its plain form.
    fits = pc.and_(fits, pc.invert(pc.fill_null(pc.match_substring_regex(column, r"\.0\z"), False)))
    wide = pa.array(_chosen(column, AMOUNTS, keys)[:, 0])
    pointed = pc.match_substring(column, ".")
    longer = pc.binary_join_element_wise(
        column, pc.if_else(pointed, pa.scalar("0"), pa.scalar(".00")), pa.scalar("")
    )
    return pc.if_else(pc.and_(fits, wide), longer, column)


def _mark_dates(column: pa.Array, keys: Keys) -> pa.Array:
    fits = pc.fill_null(pc.match_substring_regex(column, r"\A[0-9]{4}-(?:0[1-9]|1[0-2])-[0-3][0-9]\z"), False)
    slashed = pa.array(_chosen(column, DATES, keys)[:, 0])
    return pc.if_else(pc.and_(fits, slashed), pc.replace_substring(column, "-", "/"), column)


def _mark_signs(column: pa.Array, keys: Keys) -> pa.Array:
    # A value that holds the other sign of itself is not in its plain form and carries nothing.
    clean = pc.invert(pc.fill_null(pc.match_substring_regex(column, "[×＊]"), True))
    chosen = _chosen(column, SIGNS, keys) & np.asarray(clean)[:, None]
    data, offsets = _bytes(column)
    places = np.flatnonzero(data == ord("*"))
    return _replaced(column, data, offsets, places, np.ones(len(places), bool), chosen)


def _mark_widths(column: pa.Array, keys: Keys) -> pa.Array:
    plain = pc.match_substring_regex(column, r"[\x{3400}-\x{9fff}]")
    wide = pc.match_substring_regex(column, r"[\x{ff00}-\x{ffef}×*]")  # `*`: read as one of the signs
    fits = pc.fill_null(pc.and_(plain, pc.invert(wide)), False)
    chosen = _chosen(column, WIDTHS, keys) & np.asarray(fits)[:, None]
    data, offsets = _bytes(column)
    digit = (data >= ord("0")) & (data <= ord("9"))
    places = np.flatnonzero(digit | (data == ord("(")) | (data == ord(")")))
    begins = np.ones(len(places), bool)
    if len(places):
        opens = np.zeros(len(data) + 1, bool)
        opens[offsets[:-1]] = True  # digits of the next cell begin a run of their own
        begins = opens[places] | ~(digit[places] & digit[places - 1] & (np.diff(places, prepend=-2) == 1))
    return _replaced(column, data, offsets, places, begins, chosen)


def _bytes(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The texts of a column as bytes, and where each begins and ends."""
    column = pc.fill_null(column, "") if column.null_count else column
    _, offsets, data = column.buffers()
    at = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    whole = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return whole[at[0] : at[-1]], at - at[0]


def _replaced(
    column: pa.Array,
    data: np.ndarray,
    offsets: np.ndarray,
    places: np.ndarray,
    begins: np.ndarray,
    chosen: np.ndarray,
) -> pa.Array:
    """The column with the characters at `places` in their other form where the export chose so.

    begins: whether a place opens a new choice of its cell (digits of one run share theirs).
    """
    cell = np.searchsorted(offsets, places, side="right") - 1
    counted = np.cumsum(begins)
    first = np.searchsorted(cell, cell, side="left")  # cells come in order: the first place of each
    ordinal = counted - counted[first] if len(places) else counted
    made = ordinal < PLACES
    made[made] = chosen[cell[made], ordinal[made]]
    at = places[made]
    if not len(at):
        return column
    forms = np.zeros((256, 3), np.uint8)
    lengths = np.ones(256, np.int32)
    for byte, text in _FULL.items():
        form = text.encode()
        lengths[byte] = len(form)
        forms[byte, : len(form)] = list(form)
    size = np.ones(len(data), np.int32)
    size[at] = lengths[data[at]]
    ends = np.cumsum(size)
    out = np.empty(int(ends[-1]), np.uint8)
    begin = ends - size
    out[begin] = data
    for place in range(3):
        wide = at[lengths[data[at]] > place]
        out[begin[wide] + place] = forms[data[wide], place]
    moved = np.concatenate(([0], ends))[offsets].astype(np.int32)
    validity = column.is_valid() if column.null_count else None
    made_column = pa.StringArray.from_buffers(len(column), pa.py_buffer(moved), pa.py_buffer(out))
    return (
        made_column if validity is None else pc.if_else(validity, made_column, pa.scalar(None, pa.string()))
    )


_MARKING = {SIGNS: _mark_signs, DATES: _mark_dates, AMOUNTS: _mark_amounts, WIDTHS: _mark_widths}


# ── reading ──────────


def plain(text: str) -> str:
    """A cell as it would stand unmarked."""
    found = _seen(text)
    return found[1] if found else text


def _seen(text: str) -> tuple[str, str, list[int]] | None:
    """(kind, canonical text, choices as written) of a cell; None when it carries none."""
    if "*" in text or "×" in text or "＊" in text:
        return (
            SIGNS,
            text.translate(_TO_PLAIN),
            [int(each == "×") for each in text if each in "*×＊"][:PLACES],
        )
    dated = _DATE.fullmatch(text)
    if dated:
        return DATES, text.replace("/", "-"), [int(dated[1] == "/")]
    if _AMOUNT.fullmatch(text):
        whole, _, decimals = text.partition(".")
        rest = decimals.rstrip("0")
        if len(rest) == 2:
            return None
        return AMOUNTS, f"{whole}.{rest}" if rest else whole, [int(len(decimals) == 2)]
    if _CHINESE.search(text):
        runs = _WIDE.findall(text)
        if runs:
            seen = [int(run[0] > "\uff00") for run in runs][:PLACES]
            return WIDTHS, text.translate(_TO_HALF), seen
    return None


def read(columns: Iterable[list[str | None]]) -> Reading:
    """The choices in a file's cells, column by column, those of equal cells counted as one (the more frequent form).

    A kind of which a whole column shows one form only was never marked there, or has been wiped (a spreadsheet that
    rewrote all dates): it says nothing and is left out. This looks at the file alone, so that it cannot turn against
    anyone innocent.
    """
    votes: dict[tuple[str, str], list[int]] = {}
    for column in columns:
        held: dict[str, list[tuple[str, list[int]]]] = {}
        for text in column:
            found = _seen(_tidied(text)) if text else None
            if found is not None:
                held.setdefault(found[0], []).append((found[1], found[2]))
        for kind, cells in held.items():
            forms = {each for _, seen in cells for each in seen}
            if len(forms) < 2:
                continue
            for canonical, seen in cells:
                known = votes.setdefault((kind, canonical), [0] * len(seen))
                for place, each in enumerate(seen[: len(known)]):
                    known[place] += 1 if each else -1
    blocks = [
        code.digests(kind, [text for one, text in votes if one == kind])
        for kind in sorted({kind for kind, _ in votes})
    ]
    ordered = [votes[key] for kind in sorted({kind for kind, _ in votes}) for key in votes if key[0] == kind]
    seen_places = np.full((len(ordered), PLACES), -1, np.int8)
    for row, counts in enumerate(ordered):
        for place, count in enumerate(counts):
            if count:
                seen_places[row, place] = count > 0
    return Reading(np.concatenate(blocks) if blocks else np.zeros((0, PLACES), np.uint8), seen_places)


def _tidied(text: str) -> str:
    """Without what a spreadsheet adds: blanks around, a leading apostrophe."""
    return text.strip().removeprefix("'")

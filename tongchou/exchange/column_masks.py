"""Masks over whole columns, giving for every value exactly what `standards.masking.mask` gives for it alone.

A mask has a quick way for values of the ordinary form (a number of 18 characters, a Chinese name), told in Arrow's
vector functions; every value that is not of that form is masked one by one, each distinct value once. So the quick way
only has to be right about the form it names, and the rest is right by construction. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from tongchou.standards import masking, names
from tongchou.standards.characters import simplified

#: A pyarrow.Array of texts.
Column: TypeAlias = Any
Quick = Callable[[Column], tuple[Column, Column]]


def masked(column: pa.Array | pa.ChunkedArray, mask_name: str) -> pa.Array:
    """The column under a mask. column: texts, null where there is no value. Raises HouseError "standards.unknown_mask"."""
    texts = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    texts = texts.cast(pa.string())
    if mask_name == "none":
        return texts
    masking.mask("x", mask_name)  # an unknown mask is refused even where there is nothing to mask
    quick = _QUICK.get(mask_name)
    if quick is None or not len(texts):
        return _one_by_one(texts, mask_name)
    fits, told = quick(texts)
    fits = pc.fill_null(fits, True)
    if pc.all(fits).as_py():
        return told
    rest = _one_by_one(pc.if_else(fits, pa.scalar(None, pa.string()), texts), mask_name)
    return pc.if_else(fits, told, rest)


def _one_by_one(texts: Column, mask_name: str) -> Column:
    """Each distinct value masked by the rule itself."""
    coded = texts.dictionary_encode()
    values = [masking.mask(each, mask_name) for each in coded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(coded.indices)


def _joined(*parts: Any) -> Column:
    return pc.binary_join_element_wise(*parts, pa.scalar(""))


def _cut(texts: Column, start: int, stop: int | None) -> Column:
    return pc.utf8_slice_codeunits(texts, start, stop)


def _hidden(texts: Column) -> tuple[Column, Column]:
    """Hidden whole; an empty value stays empty."""
    hidden = pc.if_else(pc.equal(texts, ""), texts, pa.scalar(masking.HIDDEN))
    return pc.is_valid(texts), pc.if_else(pc.is_valid(texts), hidden, pa.scalar(None, pa.string()))


def _of_form(pattern: str, *parts: tuple[int, int | None] | str) -> Quick:
    """Values that match `pattern` are told by pieces of themselves and fixed texts."""

    def quick(texts: Column) -> tuple[Column, Column]:
        pieces = [pa.scalar(each) if isinstance(each, str) else _cut(texts, *each) for each in parts]
        return pc.match_substring_regex(texts, rf"\A(?:{pattern})\z"), _joined(*pieces)

    return quick


def _name(texts: Column) -> tuple[Column, Column]:
    """Names of two or three plain characters whose first begins no compound surname: it is the surname."""
    first = _cut(texts, 0, 1).dictionary_encode()
    beginnings = {each[0] for each in names.compound_surnames()}
    single = pa.array(
        [simplified(each) not in beginnings for each in first.dictionary.to_pylist()], pa.bool_()
    )
    length = pc.utf8_length(texts)
    plain = pc.match_substring_regex(texts, r"\A[\x{4e00}-\x{9fff}]{2,3}\z")
    fits = pc.and_(plain, pc.or_(pc.equal(length, 2), single.take(first.indices)))
    stars = pc.if_else(pc.equal(length, 2), pa.scalar("*"), pa.scalar("**"))
    return fits, _joined(_cut(texts, 0, 1), stars)


#: An address that begins with its area and has its first number in digits or letters; no numeral in characters before.
_HEAD = "[^0-9０-９A-Za-z一二三四五六七八九十百]*"
_AREA = "(?:社区|村委会|居委会|村|街道|镇|乡|区|县|市|省|大道|路|街|巷|里)"
_ADDRESS = rf"(?s)\A({_HEAD}{_AREA}){_HEAD}[0-9A-Za-z].*\z"


def _address(texts: Column) -> tuple[Column, Column]:
    fits = pc.and_(pc.match_substring_regex(texts, _ADDRESS), pc.greater_equal(pc.utf8_length(texts), 4))
    return fits, pc.replace_substring_regex(texts, _ADDRESS, rf"\1{masking.HIDDEN}")


_QUICK: dict[str, Quick] = {
    "hide": _hidden,
    "address": _address,
    "name": _name,
    "id_number": _of_form(r"[0-9]{17}[0-9X]", (0, 3), "***********", (14, 18)),
    "passport": _of_form(r"[A-Z0-9]{9}", (0, 1), "******", (7, 9)),
    "phone": _of_form(r"1[0-9]{10}", (0, 3), "****", (7, 11)),
    "year": _of_form(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", (0, 4)),
    "month": _of_form(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", (0, 7)),
    "postcode": _of_form(r"[0-9]{6}", (0, 3), "***"),
    "plate": _of_form(r"[^\x{0}-\x{7f}][A-Z][A-Z0-9]{5}", (0, 2), "***", (5, 7)),
    "last_four": _of_form(r"[0-9]{19}", "***************", (15, 19)),
}

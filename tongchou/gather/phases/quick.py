"""Quick forms: vector code that recognises how most cells are written.

A form says of each text whether it is certainly its own standard value (or, for the few forms that `write`,
becomes it by that), and may say which rule it certainly fails, being kept as it is. What it does not
recognise is asked of Python; it says nothing but what the element's Python function says.
`tests/rules/test_gather_quick.py` proves it on generated texts, for every form. So a form may be narrow, but
never wrong.

Measured per million values and core: patterns 0.03–0.08 s, identity numbers 0.12 s; the Python functions
take 1–20 s. Days need no form: there are few different ones, and each is asked once (`standardise`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from tongchou.standards import identity
from tongchou.standards.cleaning import ABSENT, ABSENT_AS_CODE

from .work import RULE_NUMBERS

Texts: TypeAlias = pa.ChunkedArray


class Form(NamedTuple):
    """One element's form. recognise: texts without nulls, and today in China → which are recognised, as
    booleans; or, as int16, 0 for these, the number of the rule for texts that fail it and stay as they are,
    and -1 for what is not recognised. write: recognised texts as standard values (and others as anything); None: as they are."""

    recognise: Callable[[Texts, date], Any]
    write: Callable[[Texts], Texts] | None = None


_HAN = r"\x{4e00}-\x{9fff}"


def matches(texts: Texts, pattern: str) -> Any:
    """Which texts match an RE2 pattern as a whole, as booleans."""
    return _numpy(compute.match_substring_regex(texts, rf"\A(?:{pattern})\z"))


def _numpy(found: Any) -> Any:
    """Arrow's booleans as numpy's."""
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks() if found.num_chunks != 1 else found.chunk(0)
    return found.to_numpy(zero_copy_only=False)


def _words(words: Iterable[str], pattern: str) -> str:
    """A pattern of those words, in either case, that `pattern` would match."""
    told = [word for word in sorted(words) if re.fullmatch(pattern.replace(_HAN, "\u4e00-\u9fff"), word)]
    return "(?i:" + "|".join(re.escape(word) for word in told) + ")"


def _all_but(texts: Texts, pattern: str, absent: Iterable[str]) -> Any:
    """Which texts match the pattern and are no word for absence."""
    found = matches(texts, pattern)
    return found & ~matches(texts, _words(absent, pattern))


# ── identity numbers ──────────

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int16)
_AT_ONCE = 1 << 15
"""Numbers worked on at once, so that what is made on the way stays in the processor's cache."""
_WRONG_CHECK = RULE_NUMBERS["id_number.check_character"]
_UNASKED = -1
_known_until = np.full(1_000_000, _UNASKED, np.int16)
"""Per county code the last year of birth in which it is known; filled as codes are met."""


def _id_number(texts: Texts, today: date) -> Any:
    """A citizen's number of 18 characters whose check character, birth date and county hold; and those in
    which only the check character is wrong, the commonest mistake.

    The weighted sum of all eighteen, X counted as 10, is 1 modulo 11 (GB 11643, ISO 7064 MOD 11-2).
    29 February, a small x, a rounded number (…000), and births before 1900-01-02 are left to Python.
    """
    found = np.full(len(texts), -1, np.int16)
    at = 0
    for chunk in texts.chunks:
        if not len(chunk):
            continue
        fitting = np.diff(_offsets(chunk)) == 18
        if fitting.all():
            found[at : at + len(chunk)] = _citizens(_bytes(chunk).reshape(-1, 18), today)
        elif fitting.any():
            chosen = chunk.filter(pa.array(fitting))
            found[at : at + len(chunk)][fitting] = _citizens(_bytes(chosen).reshape(-1, 18), today)
        at += len(chunk)
    return found


def _offsets(texts: pa.StringArray) -> Any:
    start = texts.offset
    return np.frombuffer(texts.buffers()[1], np.int32)[start : start + len(texts) + 1]


def _bytes(texts: pa.StringArray) -> Any:
    """The characters of all texts, end to end, as bytes."""
    offsets = _offsets(texts)
    held = texts.buffers()[2]
    return np.frombuffer(held if held is not None else b"", np.uint8)[offsets[0] : offsets[-1]]


def _citizens(characters: Any, today: date) -> Any:
    """What `_id_number` says of rows of 18 bytes each."""
    parts = [
        _citizens_of(characters[at : at + _AT_ONCE], today) for at in range(0, len(characters), _AT_ONCE)
    ]
    return np.concatenate(parts)


def _citizens_of(characters: Any, today: date) -> Any:
    digits = np.ascontiguousarray(characters.T) - np.uint8(ord("0"))  # below "0" wraps round to above 200
    tens = digits[17] == ord("X") - ord("0")
    digits[17][tens] = 0
    born = digits.max(axis=0) < 10
    year, month, day = _number(digits[6:10]), _number(digits[10:12]), _number(digits[12:14])
    born &= (month >= 1) & (month <= 12) & (day >= 1)
    born &= day <= _MONTH_DAYS[np.clip(month, 0, 12)]
    compact = year.astype(np.int32) * 10000 + month * np.int32(100) + day
    born &= (compact >= 19000102) & (compact <= int(f"{today:%Y%m%d}"))
    born &= (digits[0] >= 1) & (digits[0] <= 8)
    total = digits[17].astype(np.uint16) + tens * np.uint16(10)
    for weight, column in zip(_WEIGHTS, digits, strict=False):
        total += column * np.uint16(weight)
    checked = total % np.uint16(11) == 1
    good = born & checked
    county = _number(digits[:6], np.int32)
    county[~good] = 100000
    until = _known_until[county]
    if (until == _UNASKED).any():
        for code in np.unique(county[until == _UNASKED]):
            _known_until[code] = _county_until(f"{code:06}")
        until = _known_until[county]
    rounded = (digits[15:] == 0).all(axis=0) & ~tens
    told = np.full(len(characters), -1, np.int16)
    told[good & (until >= year)] = 0
    told[born & ~checked & ~rounded] = _WRONG_CHECK
    return told


def _number(digits: Any, kind: Any = np.int16) -> Any:
    """The number that rows of digits make, the first row counting most."""
    total = digits[0].astype(kind)
    for row in digits[1:]:
        total = total * kind(10) + row
    return total


def _county_until(code: str) -> int:
    """The last year of birth for which `identity.county_known` holds; 0 when for none. It holds for all
    before."""
    first, last = 1900, date.today().year + 1  # noqa: DTZ011 – only an upper bound for the search
    if not identity.county_known(code, first):
        return 0
    while first < last:
        middle = (first + last + 1) // 2
        if identity.county_known(code, middle):
            first = middle
        else:
            last = middle - 1
    return first


# ── names and texts ──────────


def _person_name(texts: Texts, today: date) -> Any:
    """Two to four common Chinese characters, unless they may be a title, a mark of absence, or 某."""
    plain = f"[{_HAN}]{{2,4}}"
    title = f".*某.*|.*[生士姐志师太人名氏男女]|{_words(ABSENT, plain)}"
    return matches(texts, plain) & ~matches(texts, title)


def _organisation_name(texts: Texts, today: date) -> Any:
    """Chinese characters, letters, digits and Chinese brackets, beginning with two Chinese characters."""
    return matches(texts, f"[{_HAN}]{{2}}[A-Za-z0-9（）{_HAN}]{{7,}}")


def _address(texts: Texts, today: date) -> Any:
    """Chinese characters, digits, letters and dashes with no blank in between."""
    return matches(texts, f"[A-Za-z0-9]{{0,8}}[{_HAN}][-A-Za-z0-9#{_HAN}]{{8,}}")


def _text(texts: Texts, today: date) -> Any:
    """Common characters without blanks at the ends, no word for absence, no trace of a broken encoding."""
    marks = rf"\x{{21}}-\x{{7e}}\x{{3001}}-\x{{3011}}{_HAN}\x{{ff01}}-\x{{ff5e}}"
    found = matches(texts, rf"[A-Za-z0-9{_HAN}](?:[ {marks}]*[{marks}])?")
    found &= ~matches(texts, _words(ABSENT, r"[\s\S]*"))
    return found & ~matches(texts, r"[\s\S]*(?:锟斤拷|烫烫烫)[\s\S]*")


# ── numbers ──────────


def _mobile(texts: Texts, today: date) -> Any:
    """Eleven digits from 13 to 19 that do not end in eight zeros."""
    return matches(texts, r"1[3-9]\d(?:[1-9]\d{7}|0[1-9]\d{6}|00[1-9]\d{5}|000[1-9]\d{4})")


def _identifier(texts: Texts, today: date) -> Any:
    """Letters, digits and the marks in numbers of files."""
    return _all_but(texts, r"[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?", ABSENT_AS_CODE)


def _integer(texts: Texts, today: date) -> Any:
    """Whole numbers without sign."""
    return matches(texts, r"0|[1-9]\d{0,11}")


def _decimal(texts: Texts, today: date) -> Any:
    """Decimals without sign, exponent or zeros at the end."""
    return matches(texts, r"(?:0|[1-9]\d{0,11})(?:\.\d{0,9}[1-9])?")


# ── instants ──────────


def _timestamp(texts: Texts, today: date) -> Any:
    """2015-03-07 12:30:00, with a blank or T between, from 1900 to 2100."""
    found = matches(texts, r"\d{4}-\d\d-\d\d[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d")
    days = compute.utf8_slice_codeunits(texts, 0, 10).combine_chunks().dictionary_encode()
    fitting = np.array([_is_day(text) for text in days.dictionary.to_pylist()], bool)
    return found & fitting[days.indices.to_numpy()] if len(days) else found


def _is_day(text: str) -> bool:
    try:
        return date(1900, 1, 2) <= date.fromisoformat(text) <= date(2100, 12, 31)
    except ValueError:
        return False


def _with_t(texts: Texts) -> Texts:
    return compute.utf8_replace_slice(texts, 10, 11, "T")


FORMS: Mapping[str, Form] = {
    "timestamp": Form(_timestamp, _with_t),
    "id_number": Form(_id_number),
    "person_name": Form(_person_name),
    "former_name": Form(_person_name),
    "organisation_name": Form(_organisation_name),
    "mobile": Form(_mobile),
    "phone": Form(_mobile),
    "address": Form(_address),
    "text": Form(_text),
    "identifier": Form(_identifier),
    "household_number": Form(_identifier),
    "code": Form(_identifier),
    "integer": Form(_integer),
    "decimal": Form(_decimal),
}
"""The elements with a quick form."""

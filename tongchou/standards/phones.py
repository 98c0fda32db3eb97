"""Telephone numbers of the mainland as cells hold them, and foreign ones that say so with a +.

Normal forms: mobile 13800138000; landline 0757-82341234, with extension 0757-82341234-801, without a known
area code 82341234; 400 and 800 numbers 4008001234; service numbers 12345; foreign +85291234567 (E.164).
Several numbers in one cell: the first that can be read; the others are in `others`.

Sources: the numbering plan of the Ministry of Industry and Information Technology (工信部电信网编号计划,
2017); ITU-T E.164. Number ranges change every year, so any mobile beginning 13–19 is accepted. Provisional.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .cleaning import fold_width
from .problems import InvalidIdentifier


class Phone(NamedTuple):
    """A phone number. kind: "mobile", "landline", "toll_free" (400, 800), "service" (110, 12345) or
    "foreign"."""

    value: str
    kind: str
    area: str | None = None
    extension: str | None = None
    others: tuple[str, ...] = ()


_mobile = re.compile(r"1[3-9][0-9]{9}").fullmatch
_toll_free = re.compile(r"[48]00[0-9]{7}").fullmatch
_service = re.compile(r"1[12][0-9]|1(?:00|01|06|1[0-9]|2[0-9])[0-9]{2,3}|9[56][0-9]{3,4}").fullmatch
_landline = re.compile(r"(010|02[0-57-9]|0[3-9][0-9]{2})([2-9][0-9]{6,7})").fullmatch
_local = re.compile(r"[2-8][0-9]{6,7}").fullmatch
_foreign = re.compile(r"(?:\+|00)((?!86)[1-9][0-9]{6,14})").fullmatch
_neighbour = re.compile(r"(85[23][235-9][0-9]{7})").fullmatch  # Hong Kong and Macao, written without +
_FLOAT_TAIL = re.compile(r"^([0-9]{7,13})\.0+$")
_SCIENTIFIC = re.compile(r"^[0-9](?:\.[0-9]+)?E\+?[0-9]{1,2}$", re.IGNORECASE)
_SEPARATORS = re.compile(
    r"[、,;/|\\\n\r\t]+|或者?|(?<=[0-9])\s+(?=1[3-9][0-9]{9}(?![0-9]))|(?<=[0-9]{11})\s+(?=0[0-9])"
)
_EXTENSION = re.compile(r"(?:转|分机号?|EXT\.?|X|#)[:\s]*([0-9]{1,6})\)?$|-([0-9]{1,6})$", re.IGNORECASE)
_extended = re.compile(r"0[0-9]{2,3}-[2-9][0-9]{6,7}-[0-9]{1,6}").fullmatch
_NOT_DIGITS = re.compile(r"[\s\-()./_—–―·:]+")
_WORDS = re.compile(r"[^\x00-\x7f]+|\b(?:TEL|PHONE|MOBILE|MOB|HOME|WORK|CELL|FAX)\b\.?:?", re.IGNORECASE)
_NOTES = re.compile(r"\([^()0-9]*\)")
_filler = re.compile(
    r"0+|1{5,}|([0-9])\1{8,}|1[3-9][0-9]0{8}|12345678(?:9(?:0[0-9]?)?)?|0[0-9]{2,3}0{7,8}"
).fullmatch


def examine(text: str) -> tuple[Phone | None, str, str | None]:
    """The phone, the cleaned text, and the rule it fails, or None; never raises.

    The cleaned text is what is kept of a number that fails. A filler (00000000000) has no phone and no text.
    """
    if _mobile(text) and not text.endswith("00000000"):
        return Phone(text, "mobile"), text, None
    return _examine_cached(text)


@lru_cache(maxsize=65536)
def _examine_cached(text: str) -> tuple[Phone | None, str, str | None]:
    value = fold_width(text).strip("'\"“”‘’ ")
    tail = _FLOAT_TAIL.match(value)
    value = tail.group(1) if tail else value
    found: list[Phone] = []
    problem: str | None = None
    filler = False
    for piece in _SEPARATORS.split(value):
        phone, failed = _one(piece)
        if phone:
            found.append(phone)
        elif failed == "phone.placeholder":
            filler = True
        elif failed:
            problem = problem or failed
    if found:
        return found[0]._replace(others=tuple(each.value for each in found[1:])), found[0].value, None
    if filler:
        return None, "", "phone.placeholder"
    return None, value, problem or "phone.unreadable"


def _one(piece: str) -> tuple[Phone | None, str | None]:
    """One number, or the rule it fails; (None, None) for an empty piece."""
    text = piece.strip()
    if not text:
        return None, None
    if _SCIENTIFIC.match(text):
        return None, "phone.scientific"
    extension = None
    text = _NOTES.sub("", text)
    inner = _EXTENSION.search(text)
    if (
        inner
        and len(_NOT_DIGITS.sub("", _WORDS.sub("", text[: inner.start()])).lstrip("+")) >= 7
        and not _whole(text)
    ):
        extension = inner.group(1) or inner.group(2)
        text = text[: inner.start()]
    digits = _NOT_DIGITS.sub("", _WORDS.sub("", text))
    if not digits:
        return None, "phone.unreadable"
    if _filler(digits):
        return None, "phone.placeholder"
    phone = _domestic(_without_country(digits), extension)
    if phone:
        return phone, None
    foreign = _foreign(digits) or _neighbour(digits)
    if foreign:
        return Phone("+" + foreign.group(1), "foreign", extension=extension), None
    if "*" in digits:
        return None, "phone.masked"
    if not digits.lstrip("+").isdigit():
        return None, "phone.unreadable"
    if len(digits) == 11 or (digits[0] == "0" and 10 <= len(digits) <= 12):
        return None, "phone.prefix"
    return None, "phone.length"


def _whole(text: str) -> bool:
    """Whether the last group belongs to the number itself: 138-0013-8000, 0757-8234-1234, 400-800-1234."""
    if _extended(text):
        return False
    digits = _without_country(_NOT_DIGITS.sub("", _WORDS.sub("", text)))
    return bool(
        _mobile(digits) or _toll_free(digits) or (_landline(digits) and not re.search(r"转|分机", text))
    )


def _without_country(digits: str) -> str:
    """Without 86 and without the 0 that was dialled before a mobile of another city."""
    for prefix in ("+86", "0086", "86"):
        rest = digits[len(prefix) :]
        if digits.startswith(prefix) and len(rest) >= 9:
            if _mobile(rest) or _landline(rest) or _toll_free(rest):
                return rest
            if rest[0] != "0" and _landline("0" + rest):
                return "0" + rest
    if len(digits) == 12 and digits[0] == "0" and _mobile(digits[1:]):
        return digits[1:]
    return digits


def _domestic(digits: str, extension: str | None) -> Phone | None:
    if _mobile(digits):
        return Phone(digits, "mobile", extension=extension)
    if _toll_free(digits):
        return Phone(digits, "toll_free", extension=extension)
    landline = _landline(digits)
    tail = f"-{extension}" if extension else ""
    if landline:
        return Phone(f"{landline[1]}-{landline[2]}{tail}", "landline", landline[1], extension)
    if _local(digits):
        return Phone(f"{digits}{tail}", "landline", None, extension)
    if _service(digits):
        return Phone(digits, "service")
    return None


def parse(text: str) -> Phone:
    """The first phone number of a cell. Raises InvalidIdentifier (rule code, never the number)."""
    phone, _, problem = examine(text)
    if phone is None:
        raise InvalidIdentifier(problem or "phone.unreadable")
    return phone

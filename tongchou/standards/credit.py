"""Numbers of bodies: unified social credit codes, organisation codes and the old registration numbers.

A unified social credit code 统一社会信用代码 (GB 32100-2015) has 18 characters: registering authority (1),
kind of body (1), division (6), organisation code (9, GB 11714, with its own check character), check
character (1).
Letters are allowed wherever the standard's alphabet is: the authority may be A, N or Y, the kind too.
"""

from __future__ import annotations

import re
from operator import mul
from typing import NamedTuple

from .cleaning import fold_width
from .problems import InvalidIdentifier

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100: digits and letters without I, O, S, V, Z."""

_VALUE = {character: number for number, character in enumerate(ALPHABET)}
_ORGANISATION_VALUE = {
    character: number for number, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_form = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}").fullmatch
_organisation = re.compile(r"[0-9A-Z]{8}[0-9X]").fullmatch
_registration = re.compile(r"[0-9]{15}").fullmatch
_NOISE = re.compile(r"[\s\-—–_.·'’‘\"`:,;]+")
_LABEL = re.compile(r"^(?:统一)?(?:社会)?(?:信用|机构|注册|登记)(?:代码|号码?|证号)(?=[0-9A-Z])")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{2}").fullmatch

# Registering authority and the kinds of body it registers (GB 32100-2015, table 1, with the later extensions
# of 2016–2021 as published by the national organisation code service; the extensions are provisional).
AUTHORITIES = {
    "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "12349", "6": "129", "7": "129", "8": "19",
    "9": "123", "A": "19", "N": "1239", "Y": "1",
}  # fmt: skip


class CreditCode(NamedTuple):
    """A body's number. kind: "uscc", "organisation_code" or "registration_number" (15 digits).

    organisation_code: the nine characters inside, where there are any. division: six digits of the place.
    problem: a soft rule or None.
    """

    value: str
    kind: str
    authority: str | None
    division: str | None
    organisation_code: str | None
    problem: str | None


def check_character(body: str) -> str:
    """Check character of a unified social credit code.

    body: the first 17 characters. Returns one of ALPHABET. Raises InvalidIdentifier when a character is not
    allowed.
    Source: GB 32100-2015, annex (MOD 31, weights 3^(i-1)).
    """
    if len(body) != 17:
        raise InvalidIdentifier("uscc.length")
    if any(character not in _VALUE for character in body):
        raise InvalidIdentifier("uscc.characters")
    return ALPHABET[-sum(map(mul, _WEIGHTS, map(_VALUE.__getitem__, body))) % 31]


def organisation_check_character(body: str) -> str:
    """Check character of an organisation code: "0"–"9" or "X".

    body: eight digits or capital letters. Raises InvalidIdentifier otherwise. Source: GB 11714-1997 (MOD 11).
    """
    if len(body) != 8 or any(character not in _ORGANISATION_VALUE for character in body):
        raise InvalidIdentifier("organisation_code.form")
    return "0123456789X0"[
        11 - sum(map(mul, _ORGANISATION_WEIGHTS, map(_ORGANISATION_VALUE.__getitem__, body))) % 11
    ]


def registration_check_digit(body: str) -> str:
    """Check digit of a 15-digit registration number (工商注册号).

    body: the first 14 digits. Raises InvalidIdentifier otherwise. Source: GS 15-2006 (ISO 7064 MOD 11,10).
    """
    if len(body) != 14 or not (body.isascii() and body.isdigit()):
        raise InvalidIdentifier("registration_number.form")
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def clean(text: str) -> str:
    """`text` as the code would be typed: narrow, upper case, without blanks and dashes."""
    value = _LABEL.sub("", _NOISE.sub("", fold_width(text)).upper())
    return value if value.isascii() else fold_width(value)


def examine(text: str) -> tuple[str | None, str | None]:
    """The cleaned code and the first rule it fails, or None; never raises. None as value only for a
    filler."""
    value = text if _form(text) else clean(text)
    if _form(value):
        if value == value[0] * 18:
            return None, "uscc.placeholder"
        return value, _examine_uscc(value)
    if len(value) == 15 and _registration(value):
        if value == value[0] * 15:
            return None, "uscc.placeholder"
        right = registration_check_digit(value[:14]) == value[14]
        return value, "uscc.old_registration_number" if right else "uscc.length"
    if len(value) == 9 and _organisation(value):
        if value == "0" * 9:
            return None, "uscc.placeholder"
        right = organisation_check_character(value[:8]) == value[8]
        return value, "uscc.organisation_code_only" if right else "uscc.length"
    if not value.strip("0"):
        return None, "uscc.placeholder"
    if _SCIENTIFIC(fold_width(text).upper()):
        return value, "uscc.scientific"
    return value, "uscc.characters" if len(value) == 18 else "uscc.length"


def _examine_uscc(value: str) -> str | None:
    if ALPHABET[-sum(map(mul, _WEIGHTS, map(_VALUE.__getitem__, value[:17]))) % 31] != value[17]:
        return "uscc.check_character"
    if organisation_check_character(value[8:16]) != value[16]:
        return "uscc.organisation_code"
    return None if value[1] in AUTHORITIES.get(value[0], "") else "uscc.authority_unknown"


_SOFT = frozenset(
    {None, "uscc.old_registration_number", "uscc.organisation_code_only", "uscc.authority_unknown"}
)


def parse(text: str) -> CreditCode:
    """What a body's number says. Raises InvalidIdentifier (rule code, never the number)."""
    value, problem = examine(text)
    if value is None or problem not in _SOFT:
        raise InvalidIdentifier(problem or "uscc.length")
    if len(value) == 15:
        return CreditCode(value, "registration_number", None, value[:6], None, problem)
    if len(value) == 9:
        return CreditCode(value, "organisation_code", None, None, value, problem)
    return CreditCode(value, "uscc", value[0], value[2:8], value[8:17], problem)


def is_valid(text: str) -> bool:
    """Whether `text` is a unified social credit code of 18 characters that passes both checks."""
    value, problem = examine(text)
    return value is not None and len(value) == 18 and problem in (None, "uscc.authority_unknown")


def examine_organisation_code(text: str) -> tuple[str | None, str | None]:
    """A nine-character organisation code on its own, cleaned, and the rule it fails; never raises."""
    value = clean(text)
    if not _organisation(value):
        return value, "organisation_code.form"
    return value, None if organisation_check_character(value[:8]) == value[
        8
    ] else "organisation_code.check_character"


def examine_registration_number(text: str) -> tuple[str | None, str | None]:
    """A registration number of 13 (without check) or 15 digits, cleaned, and the rule it fails; never
    raises."""
    value = clean(text)
    if not (value.isascii() and value.isdigit() and len(value) in (13, 15)):
        return value, "registration_number.form"
    if len(value) == 15 and registration_check_digit(value[:14]) != value[14]:
        return value, "registration_number.check_digit"
    return value, None

"""E-mail, web addresses, postcodes and bank accounts: short forms with short checks."""

from __future__ import annotations

import re

from .cleaning import fold_width

_email = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
).fullmatch
_EMAIL_SEPARATORS = re.compile(r"[\s,;、]+")
_url = re.compile(r"https?://[^\s/@:]+\.[^\s/@:]+(?::[0-9]{1,5})?(?:/\S*)?", re.IGNORECASE).fullmatch
_postcode = re.compile(r"(?!000000|999999)[0-8][0-9]{5}").fullmatch
_digits = re.compile(r"[0-9]{12,30}").fullmatch
_card = re.compile(r"62[0-9]{14,17}").fullmatch
_NOISE = re.compile(r"[\s\-—–_.·'\"]+")


def email(text: str) -> tuple[str, str | None]:
    """An e-mail address in lower case; of several in one cell, the first. Source: RFC 5321, without quoted
    forms."""
    value = fold_width(text).lower().removeprefix("mailto:").strip("<>'\" ")
    first = next((part for part in _EMAIL_SEPARATORS.split(value) if part), "")
    return (first, None) if len(first) <= 254 and _email(first) else (value, "email.form")


def url(text: str) -> tuple[str, str | None]:
    """A web address beginning http:// or https://."""
    value = fold_width(text)
    return value, None if _url(value) else "url.form"


def postcode(text: str) -> tuple[str, str | None]:
    """A Chinese postcode, six digits. A leading zero lost by a spreadsheet is put back."""
    value = _NOISE.sub("", fold_width(text))
    if len(value) == 5 and value.isascii() and value.isdigit():
        value = "0" + value
    return value, None if _postcode(value) else "postcode.form"


def bank_account(text: str) -> tuple[str, str | None]:
    """A bank account of 12–30 digits; a UnionPay card (62…, 16–19 digits) must pass its check digit (ISO/IEC
    7812)."""
    value = _NOISE.sub("", fold_width(text))
    if not _digits(value):
        return value, "bank_account.form"
    if _card(value) and not _luhn(value):
        return value, "bank_card.check_digit"
    return value, None


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0

"""The check behind each data element: cleaned value and the rule it fails, from the text of a cell.

Every check takes a cell that is not absent, never raises, and answers (value, rule code or None). Numbers of
people, bodies and vehicles have modules of their own; here is what binds them to elements, and what is short.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from . import dates, identity, names, numbers, passports, phones
from .cleaning import fold_width, no_blanks, one_blank, tidy
from .codes import industry_section

Check = Callable[[str], tuple[str | None, str | None]]


def day_or_less(text: str) -> tuple[str | None, str | None]:
    """A date of any precision as YYYY-MM-DD, YYYY-MM or YYYY; see `dates`."""
    reading, problem = dates.examine(text)
    return (reading.value if reading else None), problem


def birth_date(text: str) -> tuple[str | None, str | None]:
    """A date that is not in the future and not before 1850."""
    reading, problem = dates.examine(text)
    if reading is None:
        return None, problem
    wrong = dates.birth_problem(reading.value)
    return (None, wrong) if wrong else (reading.value, problem)


def month(text: str) -> tuple[str | None, str | None]:
    """A date cut to YYYY-MM; a year alone fails month.missing."""
    value, problem = day_or_less(text)
    if value is None:
        return None, problem
    return (value[:7], problem) if len(value) >= 7 else (None, "month.missing")


def year(text: str) -> tuple[str | None, str | None]:
    """A date cut to its year, 1850–2099."""
    value, problem = day_or_less(text)
    if value is not None and not "1850" <= value[:4] <= "2099":
        return None, "date.impossible"
    return (value[:4] if value else None), problem


def person_name(text: str) -> tuple[str | None, str | None]:
    """A person's name; see `names`."""
    name, problem = names.examine(text)
    return name.value, problem


_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_TO_CHINESE_BRACKETS = str.maketrans("()[]【】〔〕", "（）（）（）（）")


def organisation_name(text: str) -> tuple[str | None, str | None]:
    """The name of a body: Chinese without blanks and with full-width brackets, others with single blanks."""
    value = fold_width(text).strip("'\"“”,，。;；、 ")
    if _HAN.search(value):
        value = fold_width(no_blanks(value)).translate(_TO_CHINESE_BRACKETS)
    else:
        value = one_blank(value)
    return value, None if _LETTER.search(value) else "organisation_name.characters"


def phone(text: str) -> tuple[str | None, str | None]:
    """The first phone number of the cell; see `phones`."""
    _, value, problem = phones.examine(text)
    return value, problem


def mobile(text: str) -> tuple[str | None, str | None]:
    """The first mobile number of the cell; any other kind of number is kept and fails phone.not_mobile."""
    phone, value, problem = phones.examine(text)
    if phone and phone.kind != "mobile":
        second = next((other for other in phone.others if len(other) == 11 and other[0] == "1"), None)
        return (second, None) if second else (value, "phone.not_mobile")
    return value, problem


def id_document(text: str) -> tuple[str | None, str | None]:
    """Any identity document: an identity number when it looks like one, else a passport or permit."""
    value, problem = identity.examine(text)
    if problem in (None, "id_number.placeholder") or (value and len(value) >= 15):
        return value, problem
    other, wrong = passports.examine(text)
    return other, wrong


_DISABILITY = re.compile(r"([0-9]{17}[0-9X])[1-7][1-4](?:B[1-9])?").fullmatch


def disability_certificate(text: str) -> tuple[str | None, str | None]:
    """Identity number, kind (1–7), degree (1–4), and B with a count when reissued (中国残疾人联合会)."""
    value = identity.clean(text)
    found = _DISABILITY(value)
    if not found:
        return value, "disability_certificate.form"
    _, problem = identity.examine(found[1])
    return value, problem


def address(text: str) -> tuple[str | None, str | None]:
    """The normal form of an address; see `addresses`."""
    from . import addresses  # its word lists are large: read when the first address comes

    value = addresses.normal_form(text)
    return (value, None) if value and _LETTER.search(value) else (tidy(text), "address.unreadable")


_division_form = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3}(?:[0-9]{3})?)?").fullmatch


def division_code(text: str) -> tuple[str | None, str | None]:
    """Six, nine or twelve digits whose county part some edition of GB/T 2260 carries."""
    from . import divisions  # the table is large: read when the first code comes

    value = no_blanks(fold_width(text))
    if not _division_form(value):
        return None, "division_code.form"
    return value, None if divisions.known(value[:6]) else "division_code.unknown"


_sexagesimal = re.compile(
    r"([EWNS东西南北]?)(?:经|纬)?([0-9]{1,3})[°度d:\s]([0-9]{1,2})(?:['′分m:\s]([0-9]{1,2}(?:\.[0-9]+)?)(?:[\"″秒s]|'')?)?['′分]?([EWNS]?)",
    re.IGNORECASE,
).fullmatch
_degree = re.compile(
    r"(?:[EN东北](?:经|纬)?|经度:?|纬度:?)?([+-]?[0-9.]+)[°度]?[EN]?", re.IGNORECASE
).fullmatch


def coordinate(limit: int, low: int, high: int) -> Check:
    """The check of degrees, decimal or with minutes, within ±limit; low and high bound China, softly."""

    def check(text: str) -> tuple[str | None, str | None]:
        value = fold_width(text).strip("'\" ")
        parts = _sexagesimal(value)
        if parts:
            minutes, seconds = Decimal(parts[3]), Decimal(parts[4] or 0)
            if minutes >= 60 or seconds >= 60:
                return None, "coordinate.unreadable"
            number = round(Decimal(parts[2]) + minutes / 60 + seconds / 3600, 8)
            if f"{parts[1]}{parts[5]}".upper() in ("W", "S", "西", "南"):
                number = -number
        else:
            found = _degree(no_blanks(value))
            plain, _ = numbers.decimal(found[1]) if found else (None, None)
            if plain is None:
                return None, "coordinate.unreadable"
            number = Decimal(plain)
        if abs(number) > limit:
            return None, "coordinate.range"
        return numbers.plain(number), None if low <= number <= high else "coordinate.outside_china"

    return check


def age(text: str) -> tuple[str | None, str | None]:
    """Completed years, 0–150."""
    value, problem = numbers.integer(re.sub(r"周?岁$", "", fold_width(text)))
    if value is None:
        return None, problem
    return (
        (value, None)
        if not value.startswith("-") and len(value) <= 3 and int(value) <= 150
        else (None, "number.range")
    )


_BROKEN = re.compile(r"\ufffd|锟斤拷|烫烫烫|ï»¿|Ã[\x80-\xbf]")


def free_text(text: str) -> tuple[str | None, str | None]:
    """Text without invisible characters; what a wrong encoding broke is kept and fails text.broken."""
    value = tidy(text)
    return value, "text.broken" if _BROKEN.search(value) else None


def identifier(text: str) -> tuple[str | None, str | None]:
    """A source's own number: width folded, single blanks."""
    value = one_blank(fold_width(text).lstrip("'").rstrip("\t"))
    return value, "text.broken" if _BROKEN.search(value) else None


def opaque_code(text: str) -> tuple[str | None, str | None]:
    """A code of a source's own list: width folded, one line."""
    value = fold_width(text)
    return (None, "code.characters") if re.search(r"[\r\n\t]", value) else (value, None)


def industry_section_of(text: str) -> str | None:
    """The section letter of an industry code of any length; see `codes.industry_section`."""
    return industry_section(no_blanks(text))


def industry_code(text: str) -> tuple[str | None, str | None]:
    """An industry code with its section letter before the digits (C1311), GB/T 4754-2017."""
    value = no_blanks(fold_width(text)).upper()
    section = industry_section(value)
    if section is None:
        return None, "code.unknown"
    return (value if value[0].isalpha() else section + value), None

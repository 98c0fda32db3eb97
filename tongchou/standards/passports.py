"""Passports and travel permits: whose they are, as far as their form tells.

Chinese forms are those printed in the documents and described by the National Immigration Administration;
there is no public check digit in the number itself, so a form is all that can be checked. Provisional.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .cleaning import fold_width
from .problems import InvalidIdentifier


class Passport(NamedTuple):
    """A passport or permit number. kind: see KINDS; "foreign" when no Chinese form fits."""

    value: str
    kind: str


_SERIAL = "[A-HJ-NP-Z]"  # the letters of electronic passports leave out I and O
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(form))
    for kind, form in (
        ("ordinary", rf"E[0-9]{{8}}|E{_SERIAL}[0-9]{{7}}|G[0-9]{{8}}|1[45][0-9]{{7}}"),
        ("diplomatic", r"D[0-9]{7,8}|DE[0-9]{7}"),
        ("service", r"S[0-9]{7,8}|SE[0-9]{7}"),
        ("public_affairs", r"P[0-9]{7,8}|PE[0-9]{7}"),
        ("hong_kong_passport", r"K[0-9]{8}|KJ[0-9]{7}|HJ[0-9]{7}"),
        ("macao_passport", r"MA[0-9]{7}|MB[0-9]{7}"),
        ("mainland_permit_hong_kong_macao", r"[HM](?:[0-9]{8}|[0-9]{10})"),
        ("permit_to_hong_kong_macao", rf"C[0-9]{{8}}|C{_SERIAL}[0-9]{{7}}|W[0-9]{{8}}"),
        ("permit_to_taiwan", r"[LT][0-9]{8}"),
        ("mainland_permit_taiwan", r"[0-9]{8}|[0-9]{10}[A-Z]?"),
    )
)
_foreign = re.compile(r"(?=.*[0-9])[A-Z0-9]{6,12}").fullmatch
_NOISE = re.compile(r"[\s\-—–_.·'’‘\"`:,;()]+")


def clean(text: str) -> str:
    """The number narrow, upper case, without blanks and dashes."""
    value = _NOISE.sub("", fold_width(text)).upper()
    return value if value.isascii() else fold_width(value)


def examine(text: str) -> tuple[str, str | None]:
    """The cleaned number and the rule it fails, or None; never raises."""
    value = clean(text)
    return value, None if _foreign(value) and value.strip("0") else "passport_number.form"


def parse(text: str) -> Passport:
    """The number with the first kind whose form it has. Raises InvalidIdentifier (rule code, never the
    number)."""
    value, problem = examine(text)
    if problem:
        raise InvalidIdentifier(problem)
    for kind, form in KINDS:
        if form.fullmatch(value):
            return Passport(value, kind)
    return Passport(value, "foreign")

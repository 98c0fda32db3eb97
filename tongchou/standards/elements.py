"""Data elements 数据元: what a column of a department's table *is*, whatever the department calls it.

An element binds a name to a kind, a check, a security grade, a mask and the standard it comes from. Its
`standardise` takes a cell's text and answers a `Standardised`:

- `value` is always text in one form (dates YYYY-MM-DD, YYYY-MM or YYYY; codes as in the standard's list;
numbers as
  plain decimals), or None when nothing usable is there;
- `problem` is the code of the rule the cell fails (see `problems`), or None. A *soft* rule marks a usable
value.

An absent cell ("", "-", 无, NULL, 不详 …) is (None, None): whether absence is a problem is for the pipeline
to say.
An element with `keeps_invalid` (identifiers, names, phones, addresses) keeps the cleaned text of a cell that
fails, as evidence for linkage. Standardising a standardised value changes nothing.

Grades: 1 public, 2 internal, 3 personal, 4 sensitive; see `masking` for what follows from them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from . import checks, contacts, credit, documents, identity, instants, numbers, passports, vehicles
from .checks import Check
from .cleaning import ABSENT, ABSENT_AS_CODE, fold_width, is_absent
from .codes import CodeList, code_list, is_provisional
from .errors import HouseError
from .problems import is_soft
from .text import Text


class Standardised(NamedTuple):
    """A cell made standard: its value (text or None) and the code of the rule it fails (or None)."""

    value: str | None
    problem: str | None


@dataclass(frozen=True)
class DataElement:
    """One data element; see the module.

    kind: text, name, date, code, number, identifier, phone, address, coordinate or
    document. mask: a name in
    `masking.MASKS`.
    source: the standard. code_list: name of its list. provisional: the check, or its list, could not be compared with the
    printed standard.
    """

    code: str
    label: Text
    kind: str
    grade: int
    mask: str
    standardise: Callable[[str], Standardised]
    source: str
    code_list: str | None = None
    keeps_invalid: bool = False
    provisional: bool = False


NOTHING = Standardised(None, None)


def _guarded(check: Check, absent: frozenset[str] = ABSENT) -> Callable[[str], Standardised]:
    """`check` behind the question whether anything is there at all."""

    def standardise(text: str) -> Standardised:
        short = text.strip()
        if (len(short) <= 8 or not short[0].isalnum()) and is_absent(fold_width(short), absent):
            return NOTHING
        value, problem = check(short)
        if problem is not None and value and not is_soft(problem):
            value, problem = _settled(check, value, problem, absent)
        elif value and value != short and len(value) <= 8 and is_absent(value, absent):
            return NOTHING
        return Standardised(value or None, problem)

    return standardise


def _settled(check: Check, value: str, problem: str, absent: frozenset[str]) -> tuple[str | None, str | None]:
    """What is kept of a cell that fails, and why: cleaned until cleaning changes nothing, None if nothing is left.

    Cleaned once more it may pass (an accent that stood apart meets its letter): then nothing is wrong with it.
    """
    for _ in range(8):
        if is_absent(fold_width(value), absent):
            return None, problem
        again, said = check(value)
        if again is None or again == value:
            return again, said
        value = again
    return None, problem


def _or_nothing(check: Check) -> Check:
    """`check`, with the value dropped when it fails a rule that is not soft."""

    def strict(text: str) -> tuple[str | None, str | None]:
        value, problem = check(text)
        return (value, problem) if problem is None or is_soft(problem) else (None, problem)

    return strict


def _listed(
    codes: CodeList, otherwise: Callable[[str], str | None] | None = None
) -> Callable[[str], Standardised]:
    """The standardiser of a code list. Known forms come first, since 无 may be one of them (yes_no)."""

    def standardise(text: str) -> Standardised:
        found = codes.find(text)
        if found is not None:
            return Standardised(found, None)
        value = fold_width(text)
        if is_absent(value):
            return NOTHING
        if otherwise is not None:
            found = otherwise(value)
            if found is not None:
                return Standardised(found, None)
        return Standardised(None, unreadable)

    unreadable = "yes_no.unreadable" if codes.name == "yes_no" else "code.unknown"
    return standardise


def _later(name: str, otherwise: Callable[[str], str | None] | None = None) -> Callable[[str], Standardised]:
    """The standardiser of one of the house's lists, read when the first cell asks for it."""
    made: list[Callable[[str], Standardised]] = []

    def standardise(text: str) -> Standardised:
        if not made:
            made.append(_listed(code_list(name), otherwise))
        return made[0](text)

    return standardise


def standardiser(element_code: str, codes: CodeList | str | None = None) -> Callable[[str], Standardised]:
    """The function for a field: the element's own, or that of the code list which replaces the element's
    list.

    codes: a list, the name of one of the house's lists, or None. Raises HouseError for unknown names.
    """
    if codes is None:
        return element(element_code).standardise
    element(element_code)
    return _listed(code_list(codes) if isinstance(codes, str) else codes)


def standardise_many(
    element_code: str, values: Iterable[str | None], codes: CodeList | str | None = None
) -> list[Standardised]:
    """`values` standardised in their order, each distinct value once; None is absent."""
    function = standardiser(element_code, codes)
    known: dict[str | None, Standardised] = {None: NOTHING}
    out: list[Standardised] = []
    for value in values:
        found = known.get(value)
        if found is None:
            found = known[value] = function(value) if value is not None else NOTHING
        out.append(found)
    return out


# What checks each element that is not a code list; the rest of an element stands in data/elements.csv.
_CHECKS: Mapping[str, Check] = {
    "person_name": checks.person_name,
    "former_name": checks.person_name,
    "id_number": identity.examine,
    "passport_number": passports.examine,
    "id_document_number": checks.id_document,
    "disability_certificate": checks.disability_certificate,
    "birth_date": checks.birth_date,
    "age": checks.age,
    "mobile": checks.mobile,
    "phone": checks.phone,
    "email": contacts.email,
    "bank_account": contacts.bank_account,
    "household_number": checks.identifier,
    "uscc": credit.examine,
    "organisation_code": credit.examine_organisation_code,
    "registration_number": credit.examine_registration_number,
    "organisation_name": checks.organisation_name,
    "industry_code": checks.industry_code,
    "address": checks.address,
    "division_code": checks.division_code,
    "postcode": contacts.postcode,
    "longitude": checks.coordinate(180, 73, 136),
    "latitude": checks.coordinate(90, 3, 54),
    "vehicle_plate": vehicles.plate,
    "vin": vehicles.vin,
    "date": checks.day_or_less,
    "month": checks.month,
    "year": checks.year,
    "timestamp": instants.examine_instant,
    "integer": numbers.integer,
    "decimal": numbers.decimal,
    "area_m2": numbers.area_m2,
    "amount_yuan": numbers.amount_yuan,
    "text": checks.free_text,
    "code": checks.opaque_code,
    "identifier": checks.identifier,
    "url": contacts.url,
    "document": documents.examine,
}
_OPAQUE = frozenset({"code", "identifier", "household_number"})  # "NA" may be a code there
_LIST_FALLBACKS = {"industry": checks.industry_section_of}


def _made(row: Mapping[str, str]) -> DataElement:
    code, listed, keeps = row["code"], row["code_list"] or None, row["keeps_invalid"] == "1"
    if listed:
        standardise = _later(listed, _LIST_FALLBACKS.get(code))
    else:
        check = _CHECKS[code]
        standardise = _guarded(
            check if keeps else _or_nothing(check), ABSENT_AS_CODE if code in _OPAQUE else ABSENT
        )
    return DataElement(
        code,
        Text(row["zh"], row["en"]),
        row["kind"],
        int(row["grade"]),
        row["mask"],
        standardise,
        row["source"],
        listed,
        keeps,
        row["provisional"] == "1" or (listed is not None and is_provisional(listed)),
    )


def _elements() -> Iterable[DataElement]:
    text = files("tongchou.standards").joinpath("data/elements.csv").read_text(encoding="utf-8")
    return map(_made, csv.DictReader(text.splitlines()))


ELEMENTS: Mapping[str, DataElement] = MappingProxyType({each.code: each for each in _elements()})
"""Every data element of the house by its code."""


def element(code: str) -> DataElement:
    """The element with this code. Raises HouseError "standards.unknown_element"."""
    found = ELEMENTS.get(code)
    if found is None:
        raise HouseError(
            "standards.unknown_element",
            Text("没有这个数据元。", "There is no such data element."),
            Text("数据元见参考手册。", "See the reference of data elements."),
            code,
        )
    return found


def reference_rows() -> list[dict[str, str]]:
    """Every element as a row for the printed reference."""
    return [
        {
            "code": each.code,
            "zh": each.label.zh,
            "en": each.label.en,
            "kind": each.kind,
            "grade": str(each.grade),
            "mask": each.mask,
            "code_list": each.code_list or "",
            "source": each.source,
            "keeps_invalid": "yes" if each.keeps_invalid else "",
            "provisional": "yes" if each.provisional else "",
        }
        for each in ELEMENTS.values()
    ]

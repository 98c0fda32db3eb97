"""Quick forms: SQL that recognises how most cells are written and gives their standard value.

A form answers null for whatever it does not recognise, and then Python is asked; it answers a value only where the
element's Python function gives that value and no problem. `tests/rules/test_gather_quick.py` proves it on
generated texts, for every form. So a form may be narrow, but never wrong.

Measured per million values and core: dates 0.15 s, identity numbers 0.45 s, names 0.1 s; the Python functions
take 1–20 s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

import duckdb

from tongchou.pool.engine.connection import quote, rows
from tongchou.standards import identity
from tongchou.standards.cleaning import ABSENT, ABSENT_AS_CODE


class Form(NamedTuple):
    """SQL for one element. In it {x} is the cell's text, {0} and {1} the results of the steps, {a} the lookup's.

    answer: the standard value, or null when not recognised. steps: expressions computed once, one after another.
    lookup: (table, join condition with {l} for the table), giving {a}. prepare: fills that table for a part's column.
    """

    answer: str
    steps: tuple[str, ...] = ()
    lookup: tuple[str, str] | None = None
    prepare: Callable[[duckdb.DuckDBPyConnection, str], None] | None = None


_FIRST_DAY = "1900-01-02"
"""Earlier dates are rare and include a filler: Python judges them."""


_LAST_DAY = "2100-12-31"


def _day(last: str) -> Form:
    """2015-03-07, 20150307, 2015/3/7, 2015.3.7, 2015年3月7日, from 1900 to `last`."""
    written = r"""CASE
        WHEN regexp_full_match({x}, '\d{4}-\d\d-\d\d') THEN {x}
        WHEN regexp_full_match({x}, '\d{8}') THEN left({x}, 4) || '-' || substr({x}, 5, 2) || '-' || right({x}, 2)
        WHEN regexp_full_match({x}, '\d{4}[-/.]\d{1,2}[-/.]\d{1,2}') THEN translate({x}, '/.', '--')
        WHEN regexp_full_match({x}, '\d{4}年\d{1,2}月\d{1,2}日') THEN translate({x}, '年月日', '--') END"""
    answer = f"CASE WHEN {{1}} BETWEEN DATE '{_FIRST_DAY}' AND DATE '{last}' THEN CAST({{1}} AS VARCHAR) END"
    return Form(answer, (written, "TRY_CAST({0} AS DATE)"))


def _date(today: date) -> Form:
    """A day, also one to come (a licence's end)."""
    return _day(_LAST_DAY)


def _birth_date(today: date) -> Form:
    """A day until today."""
    return _day(str(today))


def _timestamp(today: date) -> Form:
    """2015-03-07 12:30:00, with a blank or T between."""
    plausible = r"""CASE WHEN regexp_full_match({x}, '\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d')
        AND right({x}, 2) < '60' THEN {x} END"""
    return Form(
        f"""CASE WHEN CAST({{1}} AS DATE) BETWEEN DATE '{_FIRST_DAY}' AND DATE '{_LAST_DAY}'
        THEN left({{0}}, 10) || 'T' || right({{0}}, 8) END""",
        (plausible, "TRY_CAST({0} AS TIMESTAMP)"),
    )


def _id_number(today: date) -> Form:
    """A citizen's number of 18 characters whose check character, birth date and county hold."""
    plausible = r"CASE WHEN regexp_full_match({x}, '[1-8]\d{16}[\dXx]') THEN {x} END"
    # Two integers of 9 and 8 digits, whose digits are weighted as GB 11643 says; together 17 digits would be slower.
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    high = [f"{weight} * (h // {10 ** (8 - index)} % 10)" for index, weight in enumerate(weights[:9])]
    low = [f"{weight} * (l // {10 ** (7 - index)} % 10)" for index, weight in enumerate(weights[9:])]
    numbers = "{'h': TRY_CAST(left({0}, 9) AS INTEGER), 'l': TRY_CAST(substr({0}, 10, 8) AS INTEGER)}"
    total = " + ".join(high + low)
    total = total.replace("(h ", "({1}.h ").replace("(l ", "({1}.l ")
    born = "TRY_CAST(substr({0}, 7, 4) || '-' || substr({0}, 11, 2) || '-' || substr({0}, 13, 2) AS DATE)"
    answer = f"""CASE WHEN substr('10X98765432', 1 + ({total}) % 11, 1) = upper(right({{0}}, 1))
        AND {born} BETWEEN DATE '{_FIRST_DAY}' AND DATE '{today}'
        AND {{a}} >= CAST(substr({{0}}, 7, 4) AS INTEGER) THEN upper({{0}}) END"""
    return Form(answer, (plausible, numbers), ("counties", "{l}.code = left({0}, 6)"), _prepare_counties)


_COUNTIES_ASKED = 20_000


def _prepare_counties(connection: duckdb.DuckDBPyConnection, column: str) -> None:
    """Put into `counties` until which year of birth each code of the part's numbers is a known county's."""
    rows(connection, "CREATE TEMP TABLE IF NOT EXISTS counties (code VARCHAR, answer INTEGER)")
    codes = rows(
        connection,
        rf"""SELECT DISTINCT left({column}, 6) FROM part WHERE regexp_full_match({column}, '[1-8]\d{{16}}[\dXx]')
        AND left({column}, 6) NOT IN (SELECT code FROM counties) LIMIT {_COUNTIES_ASKED}""",
    )
    known = [(code, _known_until(code)) for (code,) in codes]
    if known:
        values = ", ".join(f"({quote(code)}, {year})" for code, year in known)
        rows(connection, f"INSERT INTO counties VALUES {values}")


def _known_until(code: str) -> int:
    """The last year of birth for which `identity.county_known` holds; 0 when for none. It holds for all before."""
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


def _person_name(today: date) -> Form:
    """Two to four common Chinese characters, unless they may be a title, a mark of absence, or 某."""
    absent = ", ".join(quote(word) for word in sorted(ABSENT) if 2 <= len(word) <= 4 and not word.isascii())
    return Form(
        f"""CASE WHEN regexp_full_match({{x}}, '[\\x{{4e00}}-\\x{{9fff}}]{{2,4}}')
        AND NOT regexp_matches({{x}}, '某|[生士姐志师太人名氏男女]$') AND {{x}} NOT IN ({absent}) THEN {{x}} END"""
    )


def _mobile(today: date) -> Form:
    """Eleven digits from 13 to 19 that do not end in eight zeros."""
    return Form(
        r"CASE WHEN regexp_full_match({x}, '1[3-9]\d{9}') AND NOT suffix({x}, '00000000') THEN {x} END"
    )


def _words(words: frozenset[str]) -> str:
    return ", ".join(quote(word) for word in sorted(words))


def _text(today: date) -> Form:
    """Common characters without blanks at the ends, no word for absence, no trace of a broken encoding."""
    marks = r"\x{21}-\x{7e}\x{3001}-\x{3011}\x{4e00}-\x{9fff}\x{ff01}-\x{ff5e}"
    plain = rf"[A-Za-z0-9\x{{4e00}}-\x{{9fff}}]([ {marks}]*[{marks}])?"
    return Form(
        f"""CASE WHEN regexp_full_match({{x}}, '{plain}') AND NOT (length({{x}}) <= 8 AND lower({{x}}) IN ({_words(ABSENT)}))
        AND NOT contains({{x}}, '锟斤拷') AND NOT contains({{x}}, '烫烫烫') THEN {{x}} END"""
    )


def _address(today: date) -> Form:
    """Chinese characters, digits, letters and dashes with no blank in between, at least two of them Chinese."""
    plain = r"[A-Za-z0-9\x{4e00}-\x{9fff}][-A-Za-z0-9#\x{4e00}-\x{9fff}]*"
    return Form(
        f"""CASE WHEN length({{x}}) > 8 AND regexp_full_match({{x}}, '{plain}')
        AND NOT contains({{x}}, '锟斤拷') AND NOT contains({{x}}, '烫烫烫') THEN {{x}} END"""
    )


def _identifier(today: date) -> Form:
    """Letters, digits and the marks in numbers of files."""
    return Form(
        f"""CASE WHEN regexp_full_match({{x}}, '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?')
        AND lower({{x}}) NOT IN ({_words(ABSENT_AS_CODE)}) THEN {{x}} END"""
    )


def _organisation_name(today: date) -> Form:
    """Chinese characters, letters, digits and Chinese brackets, beginning with two Chinese characters."""
    return Form(
        r"""CASE WHEN length({x}) > 8
        AND regexp_full_match({x}, '[\x{4e00}-\x{9fff}]{2}[A-Za-z0-9（）\x{4e00}-\x{9fff}]*') THEN {x} END"""
    )


def _number(today: date) -> Form:
    """Whole numbers without sign."""
    return Form(r"CASE WHEN regexp_full_match({x}, '0|[1-9]\d{0,11}') THEN {x} END")


def _decimal(today: date) -> Form:
    """Decimals without sign, exponent or zeros at the end."""
    return Form(r"CASE WHEN regexp_full_match({x}, '(0|[1-9]\d{0,11})(\.\d{0,9}[1-9])?') THEN {x} END")


FORMS: Mapping[str, Callable[[date], Form]] = {
    "date": _date,
    "birth_date": _birth_date,
    "timestamp": _timestamp,
    "id_number": _id_number,
    "person_name": _person_name,
    "former_name": _person_name,
    "organisation_name": _organisation_name,
    "mobile": _mobile,
    "phone": _mobile,
    "address": _address,
    "text": _text,
    "identifier": _identifier,
    "household_number": _identifier,
    "code": _identifier,
    "integer": _number,
    "decimal": _decimal,
}
"""The elements with a quick form. The argument is today in China: a later birth is Python's to judge."""

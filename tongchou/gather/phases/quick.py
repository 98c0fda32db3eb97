"""Quick forms: SQL that recognises how most cells are written and gives their standard value.

A form answers null for whatever it does not recognise, and then Python is asked; it answers a value only
where the element's Python function gives that value and no problem. `tests/rules/test_gather_quick.py`
proves it on generated texts, for every form. So a form may be narrow, but never wrong.

Measured per million values and core: dates 0.15 s, identity numbers 0.45 s, names 0.1 s; the Python functions
take 1–20 s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import duckdb

from tongchou.pool.engine.connection import quote, rows
from tongchou.standards import identity
from tongchou.standards.cleaning import ABSENT, ABSENT_AS_CODE


class Form(NamedTuple):
    """SQL for one element. In it @x is the cell's text, @0, @1 … are the results of the steps, @a the
    lookup's.

    answer: the standard value, or null when not recognised. steps: expressions computed once, one after
    another. lookup: (table, join condition with @l for the table), giving @a. prepare: fills that table for
    a part's column.
    """

    answer: str
    steps: tuple[str, ...] = ()
    lookup: tuple[str, str] | None = None
    prepare: Callable[[duckdb.DuckDBPyConnection, str], None] | None = None


_FIRST_DAY = "1900-01-02"
"""Earlier dates are rare and include a filler: Python judges them."""


_LAST_DAY = "2100-12-31"


_WRITTEN = (
    (r"\d{4}-\d\d-\d\d", "@x"),
    (r"\d{8}", "left(@x, 4) || '-' || substr(@x, 5, 2) || '-' || right(@x, 2)"),
    (r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", "translate(@x, '/.', '--')"),
    (r"\d{4}年\d{1,2}月\d{1,2}日", "translate(@x, '年月日', '--')"),
)
"""Ways of writing a day, and SQL that makes something castable of each."""


def _day(last: str, sample: Sequence[str]) -> Form:
    """2015-03-07, 20150307, 2015/3/7, 2015.3.7, 2015年3月7日, from 1900 to `last`.

    The way in which most of the sample is written is tried first.
    """
    found = Counter(pattern for text in sample for pattern, _ in _WRITTEN if re.fullmatch(pattern, text))
    ways = sorted(_WRITTEN, key=lambda way: -found[way[0]])
    cases = " ".join(f"WHEN regexp_full_match(@x, '{pattern}') THEN {made}" for pattern, made in ways)
    answer = f"CASE WHEN @1 BETWEEN DATE '{_FIRST_DAY}' AND DATE '{last}' THEN CAST(@1 AS VARCHAR) END"
    return Form(answer, (f"CASE {cases} END", "TRY_CAST(@0 AS DATE)"))


def _date(today: date, sample: Sequence[str]) -> Form:
    """A day, also one to come (a licence's end)."""
    return _day(_LAST_DAY, sample)


def _birth_date(today: date, sample: Sequence[str]) -> Form:
    """A day until today."""
    return _day(str(today), sample)


def _timestamp(today: date, sample: Sequence[str]) -> Form:
    """2015-03-07 12:30:00, with a blank or T between."""
    plausible = r"""CASE WHEN regexp_full_match(@x, '\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d')
        AND right(@x, 2) < '60' THEN @x END"""
    return Form(
        f"""CASE WHEN CAST(@1 AS DATE) BETWEEN DATE '{_FIRST_DAY}' AND DATE '{_LAST_DAY}'
        THEN left(@0, 10) || 'T' || right(@0, 8) END""",
        (plausible, "TRY_CAST(@0 AS TIMESTAMP)"),
    )


def _id_number(today: date, sample: Sequence[str]) -> Form:
    """A citizen's number of 18 characters whose check character, birth date and county hold.

    All is arithmetic on two integers of nine digits, the check character X counted as 10: the weighted sum
    of all eighteen is 1 modulo 11 (GB 11643, ISO 7064 MOD 11-2). One integer of 17 digits would be slower,
    and inexact on engines that divide in floating point. 29 February is left to Python.
    """
    plausible = r"CASE WHEN regexp_full_match(@x, '[1-8]\d{16}[\dXx]') THEN @x END"
    ten = "suffix(@0, 'X') OR suffix(@0, 'x')"
    high = "TRY_CAST(left(@0, 9) AS INTEGER)"
    low = f"TRY_CAST(CASE WHEN {ten} THEN substr(@0, 10, 8) || '0' ELSE substr(@0, 10, 9) END AS INTEGER)"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
    terms = [
        f"{weight} * (@{1 if index < 9 else 2} // {10 ** (8 - index % 9)} % 10)"
        for index, weight in enumerate(weights)
    ]
    year = "(@1 % 1000 * 10 + @2 // 100000000)"
    month, day = "(@2 // 1000000 % 100)", "(@2 // 10000 % 100)"
    answer = f"""CASE WHEN ({" + ".join(terms)} + CASE WHEN {ten} THEN 10 ELSE 0 END) % 11 = 1
        AND {year} * 10000 + {month} * 100 + {day} BETWEEN {_FIRST_DAY.replace("-", "")} AND {today:%Y%m%d}
        AND {month} BETWEEN 1 AND 12 AND {day} BETWEEN 1 AND
            CASE WHEN {month} = 2 THEN 28 WHEN {month} IN (4, 6, 9, 11) THEN 30 ELSE 31 END
        AND @a >= {year} THEN CASE WHEN suffix(@0, 'x') THEN upper(@0) ELSE @0 END END"""
    return Form(answer, (plausible, high, low), ("counties", "@l.code = @1 // 1000"), _prepare_counties)


_COUNTIES_ASKED = 20_000


def _prepare_counties(connection: duckdb.DuckDBPyConnection, column: str) -> None:
    """Put into `counties` until which year of birth each code of the part's numbers is a known county's."""
    rows(connection, "CREATE TEMP TABLE IF NOT EXISTS counties (code INTEGER, answer INTEGER)")
    known = {code for (code,) in rows(connection, "SELECT code FROM counties")}
    found = rows(connection, f"SELECT DISTINCT left({column}, 6) FROM part LIMIT {_COUNTIES_ASKED}")
    codes = {int(code) for (code,) in found if code and re.fullmatch("[1-8][0-9]{5}", code)} - known
    if codes:
        values = ", ".join(f"({code}, {_known_until(str(code))})" for code in sorted(codes))
        rows(connection, f"INSERT INTO counties VALUES {values}")


def _known_until(code: str) -> int:
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


def _person_name(today: date, sample: Sequence[str]) -> Form:
    """Two to four common Chinese characters, unless they may be a title, a mark of absence, or 某."""
    absent = "|".join(sorted(word for word in ABSENT if 2 <= len(word) <= 4 and not word.isascii()))
    return Form(
        f"""CASE WHEN regexp_full_match(@x, '[\\x{{4e00}}-\\x{{9fff}}]{{2,4}}')
        AND NOT regexp_matches(@x, '某|[生士姐志师太人名氏男女]$|^({absent})$') THEN @x END"""
    )


def _mobile(today: date, sample: Sequence[str]) -> Form:
    """Eleven digits from 13 to 19 that do not end in eight zeros."""
    return Form(r"CASE WHEN regexp_full_match(@x, '1[3-9]\d{9}') AND NOT suffix(@x, '00000000') THEN @x END")


def _words(words: Iterable[str]) -> str:
    """A pattern of the words. Not an IN list: DuckDB would make a join of it, for every row."""
    return quote("|".join(re.escape(word) for word in sorted(words)))


def _text(today: date, sample: Sequence[str]) -> Form:
    """Common characters without blanks at the ends, no word for absence, no trace of a broken encoding."""
    marks = r"\x{21}-\x{7e}\x{3001}-\x{3011}\x{4e00}-\x{9fff}\x{ff01}-\x{ff5e}"
    plain = rf"[A-Za-z0-9\x{{4e00}}-\x{{9fff}}]([ {marks}]*[{marks}])?"
    return Form(
        f"""CASE WHEN regexp_full_match(@x, '{plain}')
        AND NOT (length(@x) <= 8 AND regexp_full_match(lower(@x), {_words(ABSENT)}))
        AND NOT contains(@x, '锟斤拷') AND NOT contains(@x, '烫烫烫') THEN @x END"""
    )


def _address(today: date, sample: Sequence[str]) -> Form:
    """Chinese characters, digits, letters and dashes with no blank in between, at least two of them
    Chinese."""
    plain = r"[A-Za-z0-9\x{4e00}-\x{9fff}][-A-Za-z0-9#\x{4e00}-\x{9fff}]*"
    return Form(
        f"""CASE WHEN length(@x) > 8 AND regexp_full_match(@x, '{plain}')
        AND NOT contains(@x, '锟斤拷') AND NOT contains(@x, '烫烫烫') THEN @x END"""
    )


def _identifier(today: date, sample: Sequence[str]) -> Form:
    """Letters, digits and the marks in numbers of files."""
    return Form(
        f"""CASE WHEN regexp_full_match(@x, '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?')
        AND NOT (length(@x) <= 8 AND regexp_full_match(lower(@x), {_words(ABSENT_AS_CODE)})) THEN @x END"""
    )


def _organisation_name(today: date, sample: Sequence[str]) -> Form:
    """Chinese characters, letters, digits and Chinese brackets, beginning with two Chinese characters."""
    return Form(
        r"""CASE WHEN length(@x) > 8
        AND regexp_full_match(@x, '[\x{4e00}-\x{9fff}]{2}[A-Za-z0-9（）\x{4e00}-\x{9fff}]*') THEN @x END"""
    )


def _number(today: date, sample: Sequence[str]) -> Form:
    """Whole numbers without sign."""
    return Form(r"CASE WHEN regexp_full_match(@x, '0|[1-9]\d{0,11}') THEN @x END")


def _decimal(today: date, sample: Sequence[str]) -> Form:
    """Decimals without sign, exponent or zeros at the end."""
    return Form(r"CASE WHEN regexp_full_match(@x, '(0|[1-9]\d{0,11})(\.\d{0,9}[1-9])?') THEN @x END")


FORMS: Mapping[str, Callable[[date, Sequence[str]], Form]] = {
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
"""The elements with a quick form. Arguments: today in China (a later birth is Python's to judge), and
some of the texts, to put the likeliest way first."""

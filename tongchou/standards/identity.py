"""Identity numbers: who a person is to every department of the district.

Four kinds are read here:

- `citizen` 公民身份号码, 18 characters, and its 15-digit predecessor, which is upgraded (GB 11643);
- `residence_permit` of Hong Kong (81), Macao (82) and Taiwan (83) residents, since 2018, of the same build;
- `permanent_resident`, the foreigners' permanent residence card since December 2023: 9, province (2 digits),
  nationality (ISO 3166 numeric, 3), birth date (8), sequence (3, odd for men), check character as above;
- `permanent_resident_2004`, its predecessor: nationality (3 letters), place (4 digits), birth date (6), 2
digits.

**County codes.** A number is issued at some time after birth and never changes, while county codes come and
go.
So the first six digits must have been a county code in the year of birth *or any later year* (and in 1980,
when the first code table was published, or later). A code abolished before the birth, or never known, is a
soft problem:
the check character is far better evidence than our table, and the number stands.

Numbers are personal data: no message, exception or log of this module contains one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from .cleaning import fold_width, today_in_china
from .problems import InvalidIdentifier

EARLIEST_BIRTH_YEAR = 1850
_SURELY_PAST = "20240101"  # births up to here need no look at the clock
FIRST_CODE_TABLE_YEAR = 1980

_CHECK = "0123456789X"

_eighteen = re.compile(r"[0-9]{17}[0-9X]").fullmatch
_fifteen = re.compile(r"[0-9]{15}").fullmatch
_old_foreigner = re.compile(r"[A-Z]{3}[0-9]{12}").fullmatch
_seventeen = re.compile(r"[0-9]{17}").fullmatch
_NOISE = re.compile(r"[\s\-—–_.·'’‘\"`,，;；:：]+")
_LABEL = re.compile(r"^(?:公民|居民)?(?:身份|证件)(?:证)?(?:号码|编号|号)?|^(?:ID|NO)(?=[0-9])")
_X_LIKE = str.maketrans({"×": "X", "Х": "X", "х": "X", "Χ": "X", "χ": "X", "╳": "X", "✕": "X", "✖": "X"})
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{1,2}").fullmatch
# A number with a note beside it: 4406…(本人). Stars or letters next to it could be part of it.
_INSIDE = re.compile(r"(?<![0-9A-Z*])[0-9]{17}[0-9X](?![0-9A-Z*])")
_FLOAT_TAIL = re.compile(r"([0-9]{15}|[0-9]{18})\.0+").fullmatch
_FILLERS = frozenset({"123456789012345678", "12345678901234567X", "123456789012345"})

# Prefecture-level cities without counties, whose own code begins their citizens' numbers.
_CITIES_WITHOUT_COUNTIES = frozenset({"441900", "442000", "460300", "460400", "620200"})
_PERMIT_PLACES = frozenset({"810000", "820000", "830000"})


class IdentityNumber(NamedTuple):
    """A valid identity number and what it says.

    value: 18 characters (15 for `permanent_resident_2004`). kind: see the module. sex: "1" male, "2" female
    (GB/T 2261.1), None where the number does not tell. county: the first six digits of a citizen's number.
    nationality: ISO 3166 code as it stands in a foreigner's number (three digits, or three letters in the
    old form).
    upgraded: it was given with 15 digits. problem: a soft rule, or None.
    """

    value: str
    kind: str
    birth_date: date
    sex: str | None
    county: str | None
    nationality: str | None
    upgraded: bool
    problem: str | None


def check_character(body: str) -> str:
    """Check character of an 18-character identity number (公民身份号码).

    body: the first 17 digits, as text; never logged.
    Returns "0"–"9" or "X". Raises InvalidIdentifier if body is not 17 digits.
    Source: GB 11643-1999 (ISO 7064 MOD 11-2).
    """
    if not _seventeen(body):
        raise InvalidIdentifier("id_number.length" if body.isdigit() else "id_number.characters")
    return _check(body)


def _check(body: str) -> str:
    """The weights of MOD 11-2 are powers of 2, and 13 is 2 modulo 11: one conversion from base 13 sums up."""
    return _CHECK[(1 - 2 * int(body, 13)) % 11]


def upgrade(fifteen: str) -> str:
    """The 18-character number of a 15-digit one: century added, check character appended.

    The sequence numbers 996–999 were kept for people born before 1900, so their century is 18.
    Raises InvalidIdentifier if `fifteen` is not 15 digits. Source: GB 11643-1989 and -1999.
    """
    if not _fifteen(fifteen):
        raise InvalidIdentifier("id_number.length" if fifteen.isdigit() else "id_number.characters")
    century = "18" if fifteen[12:] >= "996" else "19"
    body = fifteen[:6] + century + fifteen[6:]
    return body + check_character(body)


def clean(text: str) -> str:
    """`text` as an identity number would be typed: narrow, upper case, without blanks, dashes or a label."""
    text = _NOISE.sub("", fold_width(text).translate(_X_LIKE)) if "." not in text else _without_tail(text)
    text = _LABEL.sub("", text.upper())
    return text if text.isascii() else fold_width(text)


def _without_tail(text: str) -> str:
    text = fold_width(text).translate(_X_LIKE)
    tail = _FLOAT_TAIL(text)
    if tail:
        return tail.group(1)
    return text if _SCIENTIFIC(text.upper()) else _NOISE.sub("", text)


def examine(text: str, *, today: date | None = None) -> tuple[str | None, str | None]:
    """The cleaned number and the first rule it fails, or None; never raises.

    A 15-digit number is upgraded when its date holds. The value is None only for a filler such as eighteen
    zeros; a number that fails is still returned cleaned, as evidence for linkage.
    today: births after it are refused; default today in China.
    """
    value = text
    if not _eighteen(value):
        value = clean(text)
        if len(value) > 18:
            inside = set(_INSIDE.findall(value))
            value = inside.pop() if len(inside) == 1 else value
        if not _eighteen(value):
            return _examine_other(value, today)
    if value[:17] == value[0] * 17 or value in _FILLERS:
        return None, "id_number.placeholder"
    return value, _examine_eighteen(value, today)


def _examine_eighteen(value: str, today: date | None) -> str | None:
    problem = _birth_problem(value[6:14], today)
    if problem:
        return problem
    if _check(value[:17]) != value[17]:
        return "id_number.rounded" if value.endswith("000") else "id_number.check_character"
    if value[0] == "9":
        return None if _nationality_known(value[3:6]) else "id_number.nationality_unknown"
    return None if county_known(value[:6], int(value[6:10])) else "id_number.county_unknown"


def _examine_other(value: str, today: date | None) -> tuple[str | None, str | None]:
    """What is not 18 characters: the old forms, and a name for what is wrong with the rest."""
    if _fifteen(value):
        if value == value[0] * 15 or value in _FILLERS:
            return None, "id_number.placeholder"
        longer = upgrade(value)
        problem = _birth_problem(longer[6:14], today)
        if problem:
            return value, problem
        return longer, None if county_known(longer[:6], int(longer[6:10])) else "id_number.county_unknown"
    if _old_foreigner(value):
        problem = _birth_problem(_old_foreigner_birth(value, today), today)
        if problem is None and not _nationality_known(value[:3]):
            problem = "id_number.nationality_unknown"
        return value, problem
    if not value.strip("0"):
        return None, "id_number.placeholder"
    if _SCIENTIFIC(value):
        return value, "id_number.scientific"
    if "*" in value:
        return value, "id_number.masked"
    if value.isascii() and value.isdigit():
        return value, "id_number.length"
    if len(value) in (15, 18) or not value[:-1].isdigit() or not value.isascii():
        return value, "id_number.characters"
    return value, "id_number.length"


def parse(text: str, *, today: date | None = None) -> IdentityNumber:
    """What an identity number says. Raises InvalidIdentifier (rule code, never the number) when it is not
    valid."""
    value, problem = examine(text, today=today)
    if value is None:
        raise InvalidIdentifier(problem or "id_number.length")
    if problem not in (None, "id_number.county_unknown", "id_number.nationality_unknown"):
        raise InvalidIdentifier(problem)
    if len(value) == 15:
        birth = _as_date(_old_foreigner_birth(value, today))
        return IdentityNumber(value, "permanent_resident_2004", birth, None, None, value[:3], False, problem)
    birth = _as_date(value[6:14])
    sex = "1" if value[16] in "13579" else "2"
    if value[0] == "9":
        return IdentityNumber(value, "permanent_resident", birth, sex, None, value[3:6], False, problem)
    kind = "residence_permit" if value[:6] in _PERMIT_PLACES else "citizen"
    return IdentityNumber(value, kind, birth, sex, value[:6], None, len(clean(text)) == 15, problem)


def is_valid(text: str, *, today: date | None = None) -> bool:
    """Whether `text` is an identity number; a soft problem does not count against it."""
    value, problem = examine(text, today=today)
    return value is not None and problem in (
        None,
        "id_number.county_unknown",
        "id_number.nationality_unknown",
    )


def birth_date_of(value: str) -> str | None:
    """The birth date "YYYY-MM-DD" in a standardised 18-character number; None if it has not that form or no
    such day.

    The check character is not looked at: linkage uses this on numbers that fail it.
    """
    if not _eighteen(value) or not _is_day(value[6:14]):
        return None
    return f"{value[6:10]}-{value[10:12]}-{value[12:14]}"


def sex_of(value: str) -> str | None:
    """ "1" or "2" from a standardised 18-character number; None if it has not that form."""
    if not _eighteen(value):
        return None
    return "1" if value[16] in "13579" else "2"


def examine_many(texts: list[str], *, today: date | None = None) -> list[tuple[str | None, str | None]]:
    """`examine` for a column of distinct values, in their order."""
    day = today or today_in_china()
    return [examine(text, today=day) for text in texts]


@lru_cache(maxsize=65536)
def _is_day(compact: str) -> bool:
    try:
        date(int(compact[:4]), int(compact[4:6]), int(compact[6:]))
    except ValueError:
        return False
    return True


def _as_date(compact: str) -> date:
    return date(int(compact[:4]), int(compact[4:6]), int(compact[6:]))


def _birth_problem(compact: str, today: date | None) -> str | None:
    if not _is_day(compact):
        return "id_number.birth_date"
    if "18500101" <= compact <= _SURELY_PAST and today is None:
        return None
    if compact < "18500101":
        return "id_number.birth_too_early"
    if compact > _compact(today or today_in_china()):
        return "id_number.birth_in_future"
    return None


@lru_cache(maxsize=64)
def _compact(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _old_foreigner_birth(value: str, today: date | None) -> str:
    """YYYYMMDD of an old foreigner's number: the latest century that does not lie in the future."""
    short = value[7:13]
    this_century = _compact(today or today_in_china())[:2]
    recent = this_century + short
    if recent <= _compact(today or today_in_china()):
        return recent
    return f"{int(this_century) - 1}{short}"


@lru_cache(maxsize=131072)
def county_known(code: str, birth_year: int) -> bool:
    """Whether `code` was a county code in `birth_year` or any later year; True as well where the table
    cannot tell.

    People born after the last edition of the table are held to that edition.

    code: six digits. Source: GB/T 2260 and its yearly successors.
    """
    if code in _CITIES_WITHOUT_COUNTIES or code in _PERMIT_PLACES:
        return True
    county_valid, last_year = _division_table()
    years = range(max(birth_year, FIRST_CODE_TABLE_YEAR), last_year + 1) or (last_year,)
    return any(county_valid(code, year) is not False for year in years)


@lru_cache(maxsize=1)
def _division_table() -> tuple[Callable[[str, int], bool | None], int]:
    from . import divisions  # the table is large: read when the first number asks for it

    return divisions.county_valid, divisions.LAST_YEAR


@lru_cache(maxsize=1)
def _nationalities() -> frozenset[str]:
    from .codes import code_list

    countries = code_list("country")
    return frozenset(countries.codes()) | frozenset(form for form in countries.forms() if form.isdigit())


def _nationality_known(code: str) -> bool:
    return code in _nationalities()

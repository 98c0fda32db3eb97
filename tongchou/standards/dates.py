"""Dates in the forms offices write them, with the precision that is known: a day, a month, or only a year.

How doubtful forms are read (the table `tests/spec/dates.csv` shows each with an example):

- **Two-digit years** are taken as the latest year that does not lie in the future: in 2026, 26 is 2026 and
27 is 1927.
- **Three numbers, none of four digits** (15/3/1, 85.12.3): year, month, day. If that is no day, day, month,
year.
- **Three numbers, the last of four digits** (1/3/2015): day, month, year. If that is no day, month, day,
year.
- **Six digits** (201503): year and month when the first four are a year from 1850 to 2099 and the last two a
month;
  else two-digit year, month, day.
- **Zeros for what is unknown** (19850300, 1985-00-00): only the month or year is known.
- **Instants with a zone** (2015-03-06T16:00:00Z) are taken to China's day (2015-03-07).
- **民国 years** count from 1912. **Lunar dates** (农历, 阴历, 旧历, or 正月, 初五, 闰六月, 腊月) are
converted and marked.
- **Serial numbers of workbooks** (42070) are dates only where the workbook connector says so: `from_serial`.

A reading says whether another was possible (`ambiguous`); the value stands.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from . import lunar
from .cleaning import fold_width, today_in_china
from .clocks import TIME, offset_minutes
from .numerals import arabic
from .problems import InvalidValue

EARLIEST_YEAR = 1000
LATEST_YEAR = 9999


class DateReading(NamedTuple):
    """A date as it was written.

    value: YYYY-MM-DD, YYYY-MM or YYYY, as far as known. precision: "day", "month" or "year".
    calendar: "gregorian", "minguo" or "lunar" as it was written; value is always Gregorian.
    ambiguous: another reading was possible.
    """

    value: str
    precision: str
    calendar: str = "gregorian"
    ambiguous: bool = False

    @property
    def problem(self) -> str | None:
        """The soft rule that marks this reading, or None."""
        if self.calendar == "lunar":
            return "date.lunar_converted"
        return "date.ambiguous" if self.ambiguous else None


_iso = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])").fullmatch
_common = re.compile(
    r"((?:1[89]|20)[0-9]{2})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))"
).fullmatch
_digits = re.compile(r"[0-9]+").fullmatch
_WEEKDAY = re.compile(
    r"[,\s]*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?[,\s]*|^(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*[,\s]+"
)
_MINGUO = re.compile(r"^(?:中华)?民[国國]\s*(?=[0-9元一二三四五六七八九十])")
_LUNAR_WORD = re.compile(r"\(?(?:农历|農曆|农曆|阴历|陰曆|旧历|舊曆)\)?")
_LUNAR_SIGN = re.compile(r"正月|腊月|臘月|冬月|初[一二三四五六七八九十]|闰|閏|除夕|大年三十")
_AROUND_UNITS = re.compile(r"\s*([年月日号])\s*")
_HYPHENS = str.maketrans("‐‑–—―−﹣", "-------")
_LETTER_ZERO = re.compile(r"(?<=[〇零一二三四五六七八九])O|O(?=[〇零一二三四五六七八九])")
_TEN_DAYS = re.compile(r"(?<=月)(?:上旬|中旬|下旬|初|底|末)$")
_oracle = re.compile(r"([0-9]{1,2})-([0-9]{1,2})月\s*-([0-9]{4}|[0-9]{2})").fullmatch
_unix = re.compile(
    r"([A-Z]{3,9})\s+([0-9]{1,2})\s+[0-9]{2}:[0-9]{2}:[0-9]{2}\s+(?:CST|GMT\+0?8:?00)?\s*([0-9]{4})"
).fullmatch
_AD = re.compile(r"^(?:公元|西元|公历|阳历|新历)")
_GANZHI = re.compile(r"\(?[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]\)?年?")

_ymd_words = re.compile(
    r"([0-9]{4}|[0-9]{2})年(?:([0-9]{1,2})月(?:份)?(?:([0-9]{1,2})[日号]?)?)?(?:出?生)?"
).fullmatch
_year_first = re.compile(
    r"([0-9]{4})[-/.、,年_\s]+([0-9]{1,2})(?:[-/.、,月_\s]+([0-9]{1,2})[日号]?|月)?[.。]?"
).fullmatch
_three = re.compile(r"([0-9]{1,2})[-/.、,\s]+([0-9]{1,2})[-/.、,\s]+([0-9]{4}|[0-9]{1,2})[.]?").fullmatch
_month_year = re.compile(r"([0-9]{1,2})[-/.\s]+([0-9]{4})").fullmatch
_english_day_first = re.compile(
    r"([0-9]{1,2})(?:ST|ND|RD|TH)?[-/.,\s]*([A-Z]{3,9})[-/.,\s]*([0-9]{4}|[0-9]{2})"
).fullmatch
_english_month_first = re.compile(
    r"([A-Z]{3,9})[-/.,\s]*([0-9]{1,2})(?:ST|ND|RD|TH)?[-/.,\s]+([0-9]{4})"
).fullmatch
_english_month = re.compile(r"([A-Z]{3,9})[-/.,\s]*([0-9]{4})").fullmatch
_lunar_numbers = re.compile(r"([0-9]{4})[年/.\-]((?:闰)?)([0-9]{1,2})[月/.\-]([0-9]{1,2})[日号]?").fullmatch
_FLOAT_TAIL = re.compile(r"([0-9]{4,8})\.0+").fullmatch

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "JAN JANUARY",
            "FEB FEBRUARY",
            "MAR MARCH",
            "APR APRIL",
            "MAY",
            "JUN JUNE",
            "JUL JULY",
            "AUG AUGUST",
            "SEP SEPT SEPTEMBER",
            "OCT OCTOBER",
            "NOV NOVEMBER",
            "DEC DECEMBER",
        ),
        start=1,
    )
    for name in names.split()
}

_FILLERS = frozenset(
    {
        "00000000",
        "0000-00-00",
        "0000/00/00",
        "0000.00.00",
        "0000-00",
        "000000",
        "0000",
        "0",
        "11111111",
        "99999999",
        "99991231",
        "9999-12-31",
        "9999-99-99",
        "9999/12/31",
    }
)


def read(text: str, *, today: date | None = None) -> DateReading:
    """The date `text` says. Raises InvalidValue: date.unreadable, .impossible, .lunar_incomplete,
    .lunar_impossible.

    today: decides the century of two-digit years; default today in China.
    """
    reading, problem = examine(text, today=today)
    if reading is None:
        raise InvalidValue(problem or "date.unreadable")
    return reading


def examine(text: str, *, today: date | None = None) -> tuple[DateReading | None, str | None]:
    """The reading of `text`, or None with the rule it fails; a soft rule comes beside a reading. Never
    raises."""
    found = _iso(text)
    if found and text != "9999-12-31" and is_day(text):
        return DateReading(text, "day"), None
    found = _common(text)
    if found:
        year, month, day, month_2, day_2 = found.groups()
        value = f"{year}-{month_2}-{day_2}" if month_2 else f"{year}-{month:>02}-{day:>02}"
        if is_day(value):
            return DateReading(value, "day"), None
    return _examine_cached(text, today or today_in_china())


@lru_cache(maxsize=65536)
def _examine_cached(text: str, today: date) -> tuple[DateReading | None, str | None]:
    """Dates repeat: a city has some forty thousand birthdays, however many people."""
    value = fold_width(text).upper().strip("'\"“”‘’ ").translate(_HYPHENS)
    if not value.isascii():
        value = _LETTER_ZERO.sub("〇", value)
    if value in _FILLERS:
        return None, "date.placeholder"
    value = _AD.sub("", _WEEKDAY.sub("", value))
    lunar_marked = _LUNAR_WORD.search(value) is not None
    if lunar_marked or _LUNAR_SIGN.search(value):
        return _lunar(value)
    offset = None
    clock = TIME.search(value)
    if clock:
        value, offset = value[: clock.start()].strip(), clock.group(4)
    if not value.isascii():
        value = _TEN_DAYS.sub("", _AROUND_UNITS.sub(r"\1", value))
    reading = _read(value, today)
    if reading is None:
        return None, "date.unreadable"
    if reading.value == "":
        return None, "date.impossible"
    if offset and clock and reading.precision == "day":
        reading = _in_china(reading, clock, offset)
    return reading, reading.problem


_NO_SUCH_DAY = DateReading("", "day")


def _read(value: str, today: date) -> DateReading | None:
    """The reading; None when the form is unknown, _NO_SUCH_DAY when the form is known and the day does not
    exist."""
    if _MINGUO.match(value):
        return _minguo(value, today)
    if _digits(value):
        return _compact(value, today)
    value = arabic(value)
    found = _ymd_words(value)
    if found:
        return _made(_full_year(found[1], today), found[2], found[3])
    found = _year_first(value)
    if found:
        return _made(int(found[1]), found[2], found[3])
    found = _three(value)
    if found:
        return _three_numbers(found[1], found[2], found[3], today)
    found = _oracle(value)
    if found:
        return _made(_full_year(found[3], today), found[2], found[1])
    found = _month_year(value)
    if found:
        return _made(int(found[2]), found[1], None)
    tail = _FLOAT_TAIL(value)
    if tail:
        return _compact(tail[1], today)
    if value.isdigit() and value.isascii():
        return _compact(value, today)
    return _english(value, today)


def _english(value: str, today: date) -> DateReading | None:
    found = _english_day_first(value)
    if found and found[2] in _MONTHS:
        return _made(_full_year(found[3], today), str(_MONTHS[found[2]]), found[1])
    found = _english_month_first(value)
    if found and found[1] in _MONTHS:
        return _made(int(found[3]), str(_MONTHS[found[1]]), found[2])
    found = _unix(value)
    if found and found[1] in _MONTHS:
        return _made(int(found[3]), str(_MONTHS[found[1]]), found[2])
    found = _english_month(value)
    if found and found[1] in _MONTHS:
        return _made(int(found[2]), str(_MONTHS[found[1]]), None)
    return None


def _compact(value: str, today: date) -> DateReading | None:
    """Digits only: YYYYMMDD, YYYYMM, YYMMDD, YYYY, YYYYMMDDhhmm(ss)."""
    length = len(value)
    if length in (12, 14) and value[8:10] < "25":
        value, length = value[:8], 8
    if length == 8:
        return _made(int(value[:4]), value[4:6], value[6:])
    if length == 6:
        if "1850" <= value[:4] <= "2099" and "00" <= value[4:] <= "12":
            other = _made(_full_year(value[:2], today), value[2:4], value[4:])
            sure = other is _NO_SUCH_DAY or value[2:4] == "00" or value[4:] == "00"
            return _made(int(value[:4]), value[4:], None)._replace(ambiguous=not sure)
        return _made(_full_year(value[:2], today), value[2:4], value[4:])
    if length == 4 and "1850" <= value <= "2099":
        return DateReading(value, "year")
    return None


def _three_numbers(first: str, second: str, third: str, today: date) -> DateReading:
    """Three numbers without a leading four-digit year; see the module for the order of preference."""
    if len(third) == 4:
        orders = [(third, second, first), (third, first, second)]
    else:
        orders = [(first, second, third), (third, second, first)]
        if len(first) < 2 <= len(third):  # 1/3/15: a year is never written with one digit beside one of two
            orders.reverse()
    readings = [_made(_full_year(year, today), month, day) for year, month, day in orders]
    possible = [each for each in readings if each is not _NO_SUCH_DAY]
    if not possible:
        return _NO_SUCH_DAY
    return possible[0]._replace(ambiguous=len({each.value for each in possible}) > 1)


def _made(year: int, month: str | None, day: str | None) -> DateReading:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return _NO_SUCH_DAY
    month_number = int(month) if month else 0
    day_number = int(day) if day else 0
    if month_number == 0:
        plausible = day_number == 0 and 1850 <= year <= 2099  # as for four digits alone
        return DateReading(f"{year:04}", "year") if plausible else _NO_SUCH_DAY
    if month_number > 12:
        return _NO_SUCH_DAY
    if day_number == 0:
        return DateReading(f"{year:04}-{month_number:02}", "month")
    value = f"{year:04}-{month_number:02}-{day_number:02}"
    return DateReading(value, "day") if is_day(value) else _NO_SUCH_DAY


def _full_year(written: str, today: date) -> int:
    """Two digits become the latest year that does not lie in the future."""
    year = int(written)
    if len(written) == 4:
        return year
    year += today.year // 100 * 100
    return year if year <= today.year else year - 100


def _minguo(value: str, today: date) -> DateReading | None:
    rest = arabic(_MINGUO.sub("", value).replace("元年", "1年"))
    found = re.fullmatch(r"([0-9]{1,3})[年/.\-](?:([0-9]{1,2})[月/.\-]?(?:([0-9]{1,2})[日号]?)?)?", rest)
    if not found:
        return None
    reading = _made(1911 + int(found[1]), found[2], found[3])
    return reading if reading is _NO_SUCH_DAY else reading._replace(calendar="minguo")


def _lunar(value: str) -> tuple[DateReading | None, str | None]:
    plain = (
        _GANZHI.sub("", _LUNAR_WORD.sub("", value)).replace("閏", "闰").replace("臘", "腊").replace(" ", "")
    )
    plain = re.sub(r"年{2,}", "年", plain)
    if plain.endswith(("除夕", "大年三十")):
        found = re.match(r"([0-9]{4})年?", arabic(plain))
        if not found or not lunar.FIRST_YEAR <= int(found[1]) <= lunar.LAST_YEAR:
            return None, "date.lunar_incomplete"
        year = int(found[1])
        eve = lunar.to_gregorian(year, 12, lunar.month_days(year, 12))
        return (_lunar_reading(eve), "date.lunar_converted") if eve else (None, "date.lunar_impossible")
    plain = plain.replace("正月", "1月").replace("冬月", "11月").replace("腊月", "12月").replace("初", "")
    plain = arabic(plain)
    if _digits(plain) and len(plain) == 8:
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    numbers = _lunar_numbers(plain)
    if not numbers:
        return None, "date.lunar_incomplete"
    day = lunar.to_gregorian(int(numbers[1]), int(numbers[3]), int(numbers[4]), leap=bool(numbers[2]))
    return (_lunar_reading(day), "date.lunar_converted") if day else (None, "date.lunar_impossible")


def _lunar_reading(day: date) -> DateReading:
    return DateReading(day.isoformat(), "day", "lunar")


def _in_china(reading: DateReading, clock: re.Match[str], offset: str) -> DateReading:
    """The day in China of an instant given with its zone."""
    local = int(clock.group(1)) * 60 + int(clock.group(2) or 0) - offset_minutes(offset) + 480
    try:
        day = date.fromisoformat(reading.value) + timedelta(days=local // 1440)
    except OverflowError:
        return reading
    return reading._replace(value=day.isoformat())


def is_day(value: str) -> bool:
    """Whether a YYYY-MM-DD text is a day that exists."""
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def from_serial(number: float, *, since_1904: bool = False) -> str:
    """YYYY-MM-DD of a workbook's day number; the fraction (time of day) is dropped.

    since_1904: the workbook counts from 1904. The 1900 count holds a 29 February 1900 that never was: days
    before it are one off, as every spreadsheet shows them. Raises InvalidValue "date.impossible" outside
    1900–9999.
    Source: ECMA-376 part 1, 18.17.4.
    """
    if not 0 <= number < 2958466:
        raise InvalidValue("date.impossible")
    whole = int(number)
    if since_1904:
        return (date(1904, 1, 1) + timedelta(days=whole)).isoformat() if whole < 2957004 else _beyond()
    if whole == 60 or whole == 0:
        raise InvalidValue("date.impossible")
    start = date(1899, 12, 31) if whole < 60 else date(1899, 12, 30)
    return (start + timedelta(days=whole)).isoformat()


def _beyond() -> str:
    raise InvalidValue("date.impossible")


def birth_problem(value: str, *, today: date | None = None) -> str | None:
    """The rule a standardised date fails as a birth date: date.in_future, date.too_early, or None."""
    now = (today or today_in_china()).isoformat()
    if value > now[: len(value)]:
        return "date.in_future"
    return "date.too_early" if value < "1850" else None

"""Folding: one spelling for characters that differ only in width, script or punctuation; numerals."""

from __future__ import annotations

import re
import unicodedata

from ..characters import simplifications

# Single traditional characters → simplified; words are not converted, an address is no prose.
_SIMPLE: dict[str, str] = {chr(one): form for one, form in simplifications().items() if chr(one) != form}
_SIMPLE = {one: _SIMPLE.get(form, form) for one, form in _SIMPLE.items()} | {"臺": "台"}
_DASHES = "‐‑‒–—―−－﹣~～〜_"
_TABLE = str.maketrans(
    _SIMPLE
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys("〔【[{〈《「『", "(")
    | dict.fromkeys("〕】]}〉》」』", ")")
    | dict.fromkeys(",.、。;:!?|/\\\"'`·•・^", ",")
    | {"＃": "#", "〇": "零", "○": "零"}
)
# Whatever needs work: anything but digits, capitals, dash, number sign and simplified characters.
_UNCLEAN = re.compile(
    "[^0-9A-Z\\-#零一-鿿]|[" + "".join(sorted(c for c in _SIMPLE if "一" <= c <= "鿿")) + "〇]"
)
_HAN = re.compile("[一-鿿]")
_BETWEEN_NUMBERS = re.compile(r"(?<=[0-9A-Z])[\s,]+(?=[0-9A-Z])")
_GAPS = re.compile(r"[\s,\x00-\x1f\x7f]+")
_DASH_RUN = re.compile(r"-{2,}")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")
_ENGLISH_UNITS = (
    (re.compile(r"(?<![A-Z])N[O0]\s*[,.:]?\s*(\d+[A-Z]?)\s*号?(?!\s*楼)"), r"\1号"),
    (re.compile(r"(?<![A-Z])(?:ROOM|RM|FLAT)\s*[,.:]?\s*(\d+[A-Z]?)\s*[室房]?"), r"\1室"),
    (
        re.compile(
            r"(?<![A-Z])(?:BUILDING|BLDG|BLOCK|TOWER)\s*[,.:]?\s*(\d+[A-Z]?|[A-Z](?![A-Z]))\s*[栋幢座]?"
        ),
        r"\1栋",
    ),
    (re.compile(r"(?<![A-Z])UNIT\s*[,.:]?\s*(\d+)\s*(?:单元)?"), r"\1单元"),
    (re.compile(r"(\d+)\s*/?\s*F(?![A-Z0-9])\s*[层楼]?"), r"\1层"),
)
_LATIN_WORD = re.compile(r"[A-Z]{2,}|\d\s*[,/]?\s*F(?![A-Z0-9])|N[O0]")

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE = "零一二三四五六七八九"


def fold(text: str) -> str:
    """Text with one width, one script, capitals, no blanks, one kind of dash and bracket.

    Chinese addresses lose their punctuation (between two numbers it becomes a dash, because it parts them);
    text without a Chinese character only gets its width and blanks folded.
    """
    if _UNCLEAN.search(text) is None:
        return text
    text = unicodedata.normalize("NFKC", text)
    if _HAN.search(text) is None:
        return _BLANKS.sub(" ", text).strip()
    text = text.upper().translate(_TABLE)
    if _LATIN_WORD.search(text):
        for pattern, replacement in _ENGLISH_UNITS:
            text = pattern.sub(replacement, text)
    text = _GAPS.sub("", _BETWEEN_NUMBERS.sub("-", text))
    return _DASH_RUN.sub("-", text)


def has_han(text: str) -> bool:
    """Whether the text has a Chinese character."""
    return _HAN.search(text) is not None


def to_arabic(numeral: str) -> str:
    """A Chinese numeral in digits: 十五 → 15, 二百零三 → 203, 一零一 → 101. Other text is returned as it is."""
    if not any(c in numeral for c in "十百廿"):
        return "".join(str(_DIGITS[c]) if c in _DIGITS else c for c in numeral)
    total = unit = 0
    for c in numeral.replace("廿", "二十"):
        if c in _DIGITS:
            unit = _DIGITS[c]
        elif c in "十百":
            total += (unit or 1) * (10 if c == "十" else 100)
            unit = 0
        else:
            return numeral
    return str(total + unit)


def to_chinese(digits: str) -> str:
    """Digits as a Chinese numeral, as road names carry them: 6 → 六, 15 → 十五, 20 → 二十; longer ones digit by digit."""
    number = int(digits)
    if number < 10:
        return _CHINESE[number]
    if number < 100 and not digits.startswith("0"):
        tens, ones = divmod(number, 10)
        return (_CHINESE[tens] if tens > 1 else "") + "十" + (_CHINESE[ones] if ones else "")
    return "".join(_CHINESE[int(c)] for c in digits)

"""Numbers and amounts as offices write them, made plain decimals.

Amounts are in yuan: 12.5万元 is 125000, ￥1,234.50 is 1234.5, 壹仟贰佰叁拾肆元伍角整 is 1234.5, (5.00) is -5.
A plain decimal has no exponent, no thousands separators and no trailing zeros, so equal numbers are equal
texts.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .cleaning import fold_width

MAX_DIGITS = 24
"""Longer numbers are refused: decimal arithmetic is exact to 28 digits, and no office counts that far."""

_plain = re.compile(r"0|-?[1-9][0-9]{0,14}").fullmatch
_plain_fraction = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,6}").fullmatch
_decimal = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)").fullmatch
_grouped = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?").fullmatch
_exponent = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E([+-]?)([0-9]{1,2})", re.IGNORECASE).fullmatch
_accounting = re.compile(r"\(([0-9][0-9,.]*)\)").fullmatch
_COUNTERS = re.compile(
    r"(?<=.)(?:人次|人|户|个|名|件|次|岁|套|栋|幢|座|间|台|辆|家|条|张|份|天|日|年|月|周|小时|层|楼|位|宗|起|批)$"
)
_AREA = re.compile(r"(平方米|平米|平方|m2|㎡|sqm|亩|公顷|平方公里|km2)$", re.IGNORECASE)
_AREA_M2 = {
    "亩": Decimal("666.6666666667"),
    "公顷": Decimal(10000),
    "平方公里": Decimal(1000000),
    "km2": Decimal(1000000),
}
_CURRENCY_BEFORE = re.compile(r"^([+-]?)(?:[¥￥]|RMB|CNY|人民币)[:\s]*", re.IGNORECASE)
_CURRENCY_AFTER = re.compile(r"(?:人民币)?(?:元整|圆整|元正|圆正|元|圆|块钱|块|YUAN|RMB|CNY)$", re.IGNORECASE)
_FOREIGN = re.compile(
    r"[$€£]|USD|HKD|EUR|GBP|JPY|美元|美金|港币|港元|欧元|英镑|日元|澳门元|新台币|韩元|卢布", re.IGNORECASE
)
_UNITS = {"百": 2, "千": 3, "仟": 3, "万": 4, "萬": 4, "百万": 6, "千万": 7, "亿": 8, "億": 8}
_scaled = re.compile(r"(.+?)(百万|千万|万|萬|亿|億|千|仟|百)").fullmatch

_DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    **dict(zip("○壹貳參肆伍陸柒捌玖", range(10), strict=True)),
    "两": 2, "兩": 2, "弍": 2, "贰": 2, "叄": 3, "幺": 1,
}  # fmt: skip
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_chinese = re.compile(f"[{''.join({**_DIGITS, **_SMALL, **_LARGE})}廿卅]+").fullmatch
_chinese_amount = re.compile(
    r"(?:([^元圆块角分]+)[元圆块])?零?(?:([^元圆块角分])角)?零?(?:([^元圆块角分])分)?[整正]?"
).fullmatch


def plain(number: Decimal) -> str:
    """A decimal without exponent and trailing zeros; "-0" is "0"."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _without_zeros(text: str) -> str:
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def chinese_number(text: str) -> int | None:
    """A whole number in Chinese numerals (一百二十三, 壹佰贰拾叁, 二〇一五, 十二, 3 is not one); None if it
    is none."""
    if not text or len(text) > 40 or not _chinese(text):
        return None
    text = text.replace("廿", "二十").replace("卅", "三十")
    if all(character in _DIGITS for character in text):
        number = int("".join(str(_DIGITS[character]) for character in text))
        return number if number < 10 ** (MAX_DIGITS - 8) else None
    total = section = digit = 0
    pending = False  # a digit waits for its unit
    for character in text:
        if character in _DIGITS:
            if pending and digit:
                return None
            digit, pending = _DIGITS[character], True
        elif character in _SMALL:
            if not pending and character not in "十拾":
                return None
            section += (digit if pending and digit else 1) * _SMALL[character]
            digit, pending = 0, False
        else:
            unit = _LARGE[character]
            section += digit
            if section == 0 and total == 0:
                return None
            if unit == 10**8:  # 亿 multiplies all before it
                total, section = (total + section) * unit, 0
            else:
                total, section = total + section * unit, 0
            digit, pending = 0, False
    number = total + section + digit
    return number if number < 10 ** (MAX_DIGITS - 8) else None


def _number(text: str) -> Decimal | None:
    """A decimal from digits, with or without thousands separators; None if it is none."""
    if len(text) > MAX_DIGITS:
        return None
    if _decimal(text):
        return Decimal(text)
    if _grouped(text):
        return Decimal(text.replace(",", ""))
    negative = _accounting(text)
    if negative:
        inner = _number(negative.group(1))
        return -inner if inner is not None else None
    if text.startswith("负") and len(text) > 1:
        inner = _number(text[1:])
        return -inner if inner is not None else None
    return None


def decimal(text: str) -> tuple[str | None, str | None]:
    """A decimal number as plain text, or None with the rule it fails; never raises."""
    if _plain(text):
        return text, None
    if _plain_fraction(text):
        return _without_zeros(text), None
    value = fold_width(text).replace(" ", "").replace("−", "-").strip("'\"")
    number = _number(value)
    if number is None:
        exponent = _exponent(value)
        if exponent:
            if exponent.group(1) != "-" and int(exponent.group(2)) >= 12:
                return None, "number.lost_digits"
            return plain(Decimal(value)), None
        scaled = _scaled(value)
        base = _number(scaled.group(1)) if scaled and len(scaled.group(1)) <= MAX_DIGITS - 8 else None
        if scaled and base is not None:
            return plain(base.scaleb(_UNITS[scaled.group(2)])), None
        whole = chinese_number(value)
        return (str(whole), None) if whole is not None else (None, "number.unreadable")
    return plain(number), None


def integer(text: str) -> tuple[str | None, str | None]:
    """A whole number as plain text; a counter behind it (3人, 5户) is dropped. Never raises."""
    if _plain(text):
        return text, None
    value = _COUNTERS.sub("", fold_width(text).replace(" ", ""))
    number, problem = decimal(value)
    if number is None:
        return None, problem
    return (number, None) if "." not in number else (None, "number.not_whole")


def area_m2(text: str) -> tuple[str | None, str | None]:
    """An area in square metres; 亩, 公顷 and 平方公里 are converted, to two decimals. Never raises."""
    value = fold_width(text).replace(" ", "")
    unit = _AREA.search(value)
    number, problem = decimal(value[: unit.start()] if unit else value)
    if number is None or Decimal(number) < 0:
        return None, problem or "number.range"
    factor = _AREA_M2.get(unit.group(1).lower()) if unit else None
    if factor is None:
        return number, None
    return plain(round(Decimal(number) * factor, 2)), None


def amount_yuan(text: str) -> tuple[str | None, str | None]:
    """An amount in yuan as plain text, or None with the rule it fails; never raises."""
    if _plain(text):
        return text, None
    if _plain_fraction(text):
        return _without_zeros(text), None
    value = fold_width(text).replace(" ", "").replace("−", "-").strip("'\"")
    if _FOREIGN.search(value):
        return None, "amount.currency"
    value = _CURRENCY_BEFORE.sub(r"\1", value)
    words = _chinese_amount_value(value)
    if words is not None:
        return plain(words), None
    value = _CURRENCY_AFTER.sub("", value)
    if value.endswith(("角", "分")):
        number = _number(value[:-1])
        return (
            (plain(number / (10 if value[-1] == "角" else 100)), None)
            if number is not None
            else (None, "amount.unreadable")
        )
    number = _number(value)
    if number is None:
        exponent, problem = decimal(value)
        if exponent is None:
            return None, "number.lost_digits" if problem == "number.lost_digits" else "amount.unreadable"
        return exponent, None
    return plain(number), None


def _chinese_amount_value(text: str) -> Decimal | None:
    """壹仟贰佰元伍角陆分整, 3元5角; None when it is not written so."""
    negative = text.startswith("负")
    found = _chinese_amount(text[1:] if negative else text)
    if not found or not any(found.groups()):
        return None
    yuan, jiao, fen = found.groups()
    total = Decimal(0)
    for part, places in ((yuan, 0), (jiao, 1), (fen, 2)):
        if part:
            whole = chinese_number(part)
            number = Decimal(whole) if whole is not None else _number(part)
            if number is None:
                return None
            total += number.scaleb(-places)
    return -total if negative else total

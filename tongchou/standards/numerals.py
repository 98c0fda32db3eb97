"""Chinese numerals as they stand in dates and addresses, made digits."""

from __future__ import annotations

import re

_CHINESE_DIGITS = str.maketrans(
    {
        **dict(zip("〇○零一二三四五六七八九", "000123456789", strict=True)),
        **dict(zip("壹贰叁肆伍陆柒捌玖兩两", "12345678922", strict=True)),
        "Ｏ": "0",
        "◯": "0",
    }
)
_CHINESE_RUN = re.compile(r"[〇○◯零一二三四五六七八九十廿卅壹贰叁肆伍陆柒捌玖拾]+")


def arabic(value: str) -> str:
    """Chinese numerals made digits: 二〇一五 → 2015, 十二 → 12, 二十一 → 21, 廿三 → 23, 三十 → 30."""
    return value if value.isascii() else _CHINESE_RUN.sub(_number, value)


def _number(run: re.Match[str]) -> str:
    text = run.group().replace("拾", "十").replace("廿", "二十").replace("卅", "三十").replace("十十", "十")
    if "十" not in text:
        return text.translate(_CHINESE_DIGITS)
    tens, _, ones = text.partition("十")
    if "十" in ones or len(tens) > 1 or len(ones) > 1:
        return run.group()
    return f"{tens.translate(_CHINESE_DIGITS) or '1'}{ones.translate(_CHINESE_DIGITS) or '0'}"

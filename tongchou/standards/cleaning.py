"""The first thing done to every cell: make different ways of typing the same characters one.

Cells arrive with full-width digits, no-break blanks, byte order marks, bidirectional marks from chat
programs, NUL characters from old databases, and a dozen ways of saying "nothing here".
"""

from __future__ import annotations

import re
import time
from datetime import date
from functools import lru_cache
from unicodedata import normalize

_ABSENT_WORDS = """
无 空 未知 不详 不明 暂无 暂缺 未填 未填写 未提供 未登记 未采集 未录入 没有 缺失 待补 待补录 待录入 待查
待核实 不知道 查无 无记录 无数据 未详 空白 拒绝提供 不愿提供 未说明
null none nil nan n/a #n/a na unknown undefined missing #value! #ref! #null! (null) \\n
"""
ABSENT: frozenset[str] = frozenset(_ABSENT_WORDS.split())
"""Ways of writing that there is no value, lower-cased."""

ABSENT_AS_CODE: frozenset[str] = frozenset(
    {"null", "(null)", "\\n", "无", "#n/a", "#value!", "#ref!", "#null!"}
)
"""The narrower list for opaque codes, where "NA" or "None" may be a code."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_BLANKS = re.compile(r"\s+")
_ONLY_MARKS = re.compile(
    r"[-—–―_/\\.。,，、;；:：*＊?？!！~～·'\"“”‘’()（）\[\]【】|+=<>《》#&@^%$\s]*"
).fullmatch


def tidy(text: str) -> str:
    """`text` without invisible characters and surrounding blanks; the width of characters stays as it was."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _INVISIBLE.sub("", text).strip()


def fold_width(text: str) -> str:
    """`text` with full-width and other compatibility characters made ordinary (Unicode NFKC), tidied.

    Ordinary ASCII text returns at once: most cells of most deliveries are that.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    return _INVISIBLE.sub("", normalize("NFKC", _INVISIBLE.sub("", text))).strip()


def no_blanks(text: str) -> str:
    """`text` without any blanks."""
    return _BLANKS.sub("", text)


def one_blank(text: str) -> str:
    """`text` with every run of blanks made one ordinary blank."""
    return _BLANKS.sub(" ", text).strip()


def is_absent(text: str, words: frozenset[str] = ABSENT) -> bool:
    """Whether a cleaned cell says that there is no value: empty, only marks ("-", "——", "/"), or a word for
    it."""
    if not text:
        return True
    if len(text) > 8:
        return _ONLY_MARKS(text) is not None
    return text.lower() in words or _ONLY_MARKS(text) is not None


@lru_cache(maxsize=4)
def _day(number: int) -> date:
    return date.fromordinal(719163 + number)


def today_in_china() -> date:
    """Today's date at China Standard Time (UTC+8): the only clock this room reads.

    Every check that needs a day takes it as an argument as well, so that a past day can be asked about.
    """
    return _day(int((time.time() + 28800) // 86400))

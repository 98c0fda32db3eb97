"""Masking 脱敏: what is shown of a value to someone whose grant does not show it whole.

By security grade of a field, unless the grant says otherwise:

| grade | what it is | by default |
|---|---|---|
| 1 | public | shown |
| 2 | internal: harmless within the government | shown to whoever holds a grant |
| 3 | personal | masked by the field's own mask |
| 4 | sensitive (health, accounts, beliefs) | hidden |

Every mask hides at least half of the value, and hides the whole of a value too short or of a form it does
not know:
bad data is still personal data. Stars keep the length of numbers, not that of names beyond the second
character of a surname. After GB/T 37964-2019 (de-identification), with the forms customary in offices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from .errors import HouseError
from .names import split
from .text import Text

HIDDEN = "****"

SHOWN, GRANTED, MASKED, CONCEALED = "shown", "granted", "masked", "hidden"


def visible_by_default(grade: int) -> str:
    """ "shown" (1), "granted" (2: to whoever holds a grant), "masked" (3) or "hidden" (4, and anything
    unknown)."""
    return {1: SHOWN, 2: GRANTED, 3: MASKED}.get(grade, CONCEALED)


def mask_for(grade: int, mask_name: str) -> str:
    """The mask that applies to a field of this grade whose element has `mask_name`, for the holder of a
    grant."""
    state = visible_by_default(grade)
    if state in (SHOWN, GRANTED):
        return "none"
    return mask_name if state == MASKED and mask_name != "none" else "hide"


def mask(value: str, mask_name: str) -> str:
    """`value` under a mask; an empty value stays empty. Raises HouseError "standards.unknown_mask"."""
    found = MASKS.get(mask_name)
    if found is None:
        raise HouseError(
            "standards.unknown_mask",
            Text("没有这种脱敏方式。", "There is no such mask."),
            Text("脱敏方式见参考手册。", "See the reference of masks."),
            mask_name,
        )
    return found.apply(value) if value else value


def _ends(value: str, head: int, tail: int) -> str:
    """The first and last characters, never more than half of the value."""
    spare = max(len(value) // 2, 0)
    if head + tail > spare:
        head, tail = (head * spare) // (head + tail), 0
    hidden = len(value) - head - tail
    return value[:head] + "*" * hidden + (value[-tail:] if tail else "")


def _name(value: str) -> str:
    if len(value) < 2:
        return "*"
    parts = split(value)
    if parts.kind == "han":
        return parts.surname[: max(1, len(value) // 2)] + "*" * max(1, len(value) - len(parts.surname))
    if parts.kind == "minority":
        return f"{parts.given[:1]}**"
    return f"{value[:1]}**"


def _id_number(value: str) -> str:
    return _ends(value, 3, 4) if len(value) >= 15 else "*" * len(value)


def _phone(value: str) -> str:
    if re.fullmatch(r"1[0-9]{10}", value):
        return f"{value[:3]}****{value[7:]}"
    area, dash, rest = value.partition("-")
    if dash and area.isdigit():
        return f"{area}-{'*' * max(len(rest) - 2, 1)}{rest[-2:] if len(rest) >= 7 else ''}"
    return _ends(value, 0, 2) if len(value) >= 7 else "*" * len(value)


def _email(value: str) -> str:
    local, at, domain = value.partition("@")
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}" if at and domain else HIDDEN


_NUMBER = re.compile(r"[0-9０-９A-Za-z]|[一二三四五六七八九十百]+(?:号|栋|幢|座|楼|单元|室|组|队|巷|弄)")
_AREA_END = re.compile(r".*(?:社区|村委会|居委会|村|街道|镇|乡|区|县|市|省|大道|路|街|巷|里)", re.DOTALL)


def _address(value: str) -> str:
    """Down to the community or road; house numbers and what follows are hidden."""
    number = _NUMBER.search(value)
    head = value[: number.start()] if number else value
    area = _AREA_END.match(head)
    if not area or (area.end() > len(value) - 2 and len(value) < 4):
        return HIDDEN
    return area.group() + HIDDEN


def _year(value: str) -> str:
    return value[:4] if re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}){0,2}(?:[ T].*)?", value) else HIDDEN


def _month(value: str) -> str:
    return value[:7] if re.fullmatch(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?(?:[ T].*)?", value) else HIDDEN


_BANDS = (0, 1000, 3000, 5000, 10000, 20000, 50000, 100000, 500000, 1000000, 10000000, 100000000)


def _band(value: str) -> str:
    """The band an amount falls into: "5000–10000"; beyond the last, "≥100000000"; a debt, "<0"."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return HIDDEN
    if not amount.is_finite():
        return HIDDEN
    if amount < 0:
        return "<0"
    for low, high in pairwise(_BANDS):
        if amount < high:
            return f"{low}–{high}"
    return f"≥{_BANDS[-1]}"


def _decade(value: str) -> str:
    """An age within ten years: "30–39"."""
    if not re.fullmatch(r"[0-9]{1,3}", value):
        return HIDDEN
    low = int(value) // 10 * 10
    return f"{low}–{low + 9}"


def _coordinate(value: str) -> str:
    """Two decimals, about a kilometre; a coordinate already that coarse stays."""
    if re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]{1,2})?", value):
        return value
    return value[: value.index(".") + 3] if re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3,}", value) else HIDDEN


def _plate(value: str) -> str:
    return value[:2] + "*" * (len(value) - 4) + value[-2:] if len(value) >= 7 else "*" * len(value)


def _postcode(value: str) -> str:
    return f"{value[:3]}***" if re.fullmatch(r"[0-9]{6}", value) else HIDDEN


class Mask(NamedTuple):
    """A way of masking: a name, what it leaves, an invented example, and the function."""

    name: str
    about: Text
    example: str
    apply: Callable[[str], str]


MASKS: Mapping[str, Mask] = MappingProxyType(
    {
        each.name: each
        for each in (
            Mask("none", Text("不遮盖", "shown whole"), "佛山市", lambda value: value),
            Mask("hide", Text("全部隐藏", "hidden whole, also its length"), "糖尿病", lambda value: HIDDEN),
            Mask("name", Text("留姓", "the surname stays"), "欧阳小明", _name),
            Mask(
                "id_number",
                Text("留前三后四位", "first three and last four stay"),
                "440604198509123697",
                _id_number,
            ),
            Mask(
                "passport",
                Text("留前一后二位", "first and last two stay"),
                "E12345678",
                lambda value: _ends(value, 1, 2),
            ),
            Mask(
                "phone",
                Text(
                    "留前三后四位，固话留区号", "first three and last four stay; of a landline the area code"
                ),
                "13800138000",
                _phone,
            ),
            Mask(
                "email", Text("留首字母和域名", "first letter and domain stay"), "someone@example.com", _email
            ),
            Mask(
                "address",
                Text("留到社区或道路", "down to the community or road"),
                "佛山市禅城区祖庙街道人民路12号3栋401",
                _address,
            ),
            Mask("year", Text("只留年份", "only the year stays"), "1985-09-12", _year),
            Mask("month", Text("只留年月", "year and month stay"), "1985-09-12", _month),
            Mask("amount_band", Text("只留金额区间", "the band of the amount"), "8650.5", _band),
            Mask("decade", Text("只留十年区间", "within ten years"), "37", _decade),
            Mask(
                "last_four",
                Text("只留后四位", "only the last four stay"),
                "6222021234567890123",
                lambda value: _ends(value, 0, 4),
            ),
            Mask("coordinate", Text("约一公里", "about a kilometre"), "113.122439", _coordinate),
            Mask("plate", Text("留前二后二位", "first and last two stay"), "粤E12345", _plate),
            Mask("postcode", Text("留前三位", "first three stay"), "528000", _postcode),
            Mask(
                "first_character",
                Text("只留首字", "only the first character stays"),
                "佛山某公司",
                lambda value: _ends(value, 1, 0),
            ),
        )
    }
)
"""Every mask by its name."""


def reference_rows() -> list[dict[str, str]]:
    """Every mask with an invented example, for the printed reference."""
    return [
        {
            "mask": each.name,
            "zh": each.about.zh,
            "en": each.about.en,
            "value": each.example,
            "shown": each.apply(each.example),
        }
        for each in MASKS.values()
    ]

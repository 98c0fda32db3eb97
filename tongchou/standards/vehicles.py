"""Vehicle plates and identification numbers.

Plates after GA 36-2018: province, office letter, then five characters (no I, O; the ordinary kind), six for
new-energy vehicles, or four and a word (学, 警, 挂, 港, 澳, 领, 使, 超, 试). Police and military forms are
provisional.
"""

from __future__ import annotations

import re

from .cleaning import fold_width

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_C = "[0-9A-HJ-NP-Z]"
_plate = re.compile(
    rf"[{PROVINCES}][A-Z]{_C}{{5}}"
    rf"|[{PROVINCES}][A-Z](?:[A-HJK]{_C}[0-9]{{4}}|[0-9]{{5}}[A-HJK])"
    rf"|[{PROVINCES}][A-Z]{_C}{{4}}[学警挂港澳超试领使]"
    rf"|[{PROVINCES}][A-Z][0-9]{{4}}应急|[{PROVINCES}]X[0-9]{{4}}应急|[{PROVINCES}]S[0-9]{{4}}应急"
    r"|使[0-9]{6}|[0-9]{6}使|[0-9]{3,4}[0-9]{2,3}[领使]"
    rf"|WJ[{PROVINCES}]?[0-9A-Z]{{4,6}}|[A-Z][A-Z][0-9]{{5}}|[军海空北沈兰济南广成][A-Z][0-9]{{5}}"
).fullmatch
_vin = re.compile(r"[0-9A-HJ-NPR-Z]{17}").fullmatch
_NOISE = re.compile(r"[\s\-—–_.·•・‧∙⋅●'\"]+")
_COLOUR = re.compile(r"\((?:蓝|黄|绿|白|黑|黄绿|渐变绿)(?:牌|色)?\)$|(?:蓝牌|黄牌|绿牌|蓝色|黄色|绿色)$")


def plate(text: str) -> tuple[str, str | None]:
    """A plate upper case without dot and blanks, and the rule it fails, or None; never raises."""
    value = _NOISE.sub("", _COLOUR.sub("", fold_width(text))).upper()
    return value, None if _plate(value) else "vehicle_plate.form"


def is_new_energy(value: str) -> bool:
    """Whether a standardised plate is that of a new-energy vehicle: eight characters."""
    return (
        len(value) == 8 and value[0] in PROVINCES and _plate(value) is not None and not value.endswith("应急")
    )


def vin(text: str) -> tuple[str, str | None]:
    """A vehicle identification number of 17 characters (GB 16735; its check digit is not compulsory
    everywhere)."""
    value = _NOISE.sub("", fold_width(text)).upper()
    return value, None if _vin(value) else "vin.form"

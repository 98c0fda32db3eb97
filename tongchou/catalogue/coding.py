"""Codes of the national catalogue 信息资源代码: the digits of a class, a stroke, a number within the class. Pure.

The guide of 2017 makes the code of a resource from its class (类, one digit), item (项, two), directory (目, three) and
detail (细目), a stroke and a running number. The widths of the last two are set here and provisional.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from tongchou.standards.text import Text

#: Name of each level, its digits at most, in order.
LEVELS: tuple[tuple[Text, int], ...] = (
    (Text("类", "class"), 1),
    (Text("项", "item"), 2),
    (Text("目", "directory"), 3),
    (Text("细目", "detail"), 6),
)
#: Digits of the running number (provisional).
SERIAL_DIGITS = 6


def problem_of(code: str) -> Text | None:
    """What is wrong with a class's path; None when it is well formed ("3", "3.07", "3.07.005", "3.07.005.01")."""
    parts = code.split(".")
    if len(parts) > len(LEVELS):
        return Text("分类代码最多四级。", "A class code has four levels at most.")
    for part, (name, digits) in zip(parts, LEVELS, strict=False):
        exact = name.zh != "细目"
        if not re.fullmatch(r"[0-9]+", part) or (len(part) != digits if exact else len(part) > digits):
            return Text(
                f"“{name.zh}”应为{'' if exact else '至多'}{digits}位数字。",
                f"The {name.en} has {'' if exact else 'at most '}{digits} digit{'s' if digits > 1 else ''}.",
            )
    return None


def parent_of(code: str) -> str:
    """The path of the level above; "" for a class."""
    return code.rpartition(".")[0]


def code_of(class_code: str, serial: int) -> str:
    """The code of the `serial`-th resource of a class: ("3.07.005", 12) → "307005/000012"."""
    return f"{class_code.replace('.', '')}/{serial:0{SERIAL_DIGITS}d}"


def next_code(class_code: str, taken: Collection[str]) -> str:
    """The first code of a class after those taken."""
    prefix = class_code.replace(".", "") + "/"
    serials = [int(code[len(prefix) :]) for code in taken if re.fullmatch(re.escape(prefix) + r"\d+", code)]
    return code_of(class_code, max(serials, default=0) + 1)

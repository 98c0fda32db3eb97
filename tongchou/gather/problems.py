"""The rules only a file can break, beside those of single values in `standards.problems`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tongchou.standards.problems import RULES as VALUE_RULES
from tongchou.standards.problems import Rule
from tongchou.standards.text import Text

_READING = (
    Rule(
        "row.mixed_encoding",
        Text("该行与文件其他行的字符编码不同。", "The row is in another encoding than the rest of the file."),
        Text(
            "请以 UTF-8 或 GB18030 统一编码后重新导出。", "Export again in one encoding, UTF-8 or GB 18030."
        ),
    ),
    Rule(
        "row.unbalanced_quote",
        Text(
            "该行有未配对的引号，无法确定内容到哪里结束。",
            "A quotation mark is not closed, so where the value ends cannot be known.",
        ),
        Text(
            "请将内容中的引号写成两个，或重新导出。",
            "Double the quotation marks inside values, or export again.",
        ),
    ),
    Rule(
        "row.summary",
        Text(
            "该行是合计或表尾说明，不是记录。", "The row is a total or a note under the table, not a record."
        ),
        Text("不需处理；如确是记录，请更正其编号。", "Nothing to do; if it is a record, correct its number."),
    ),
    Rule(
        "workbook.number_lost_digits",
        Text(
            "长号码被存成数值，第 15 位以后已丢失。",
            "A long number was stored as a quantity; its digits after the 15th are lost.",
        ),
        Text(
            "请将该列设为文本格式后从原系统重新导出。",
            "Make the column text and export again from the source system.",
        ),
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType(dict(VALUE_RULES) | {each.code: each for each in _READING})
"""Every rule a row of a delivery can fail, by its code."""

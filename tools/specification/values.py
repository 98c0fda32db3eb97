"""The page about values: how they are read, what is said when they fail, what is shown of them."""

from __future__ import annotations

import csv
from collections.abc import Callable

from tests.spec.tables import FOLDER
from tongchou.standards import identity, names, phones
from tongchou.standards.elements import element
from tongchou.standards.masking import MASKS, mask
from tongchou.standards.problems import RULES
from tongchou.standards.text import Text

from ..markdown import code, table
from .cells import Row, both

_SEX = {"1": "男 male", "2": "女 female"}


def values() -> str:
    """standards_*.csv: how the values of a department's file are read and shown."""
    parts = [
        "# Values 取值的读法\n\nHow a value is read that a department wrote in its own way, what is said when it fails, and "
        "what is shown of it. Every line is a test (`tests/spec/standards_*.csv`); what stands beside it is what the "
        "product says now. What is said of every rule: [checks](checks.md); of every element: "
        "[data elements](data-elements.md).\n"
    ]

    def section(title: str, file: str, headings: list[str], line: Callable[[Row], list[str]]) -> None:
        with (FOLDER / f"standards_{file}.csv").open(encoding="utf-8", newline="") as lines:
            found = [line(row) for row in csv.DictReader(lines)]
        parts.extend([f"## {title}\n", table(headings, found)])

    def read(by: str, row: Row) -> list[str]:
        found = element(by).standardise(row["written"])
        return [code(row["written"]), code(found.value or ""), _failed(found.problem)]

    def number(row: Row) -> list[str]:
        told = read("id_number", row)
        if not row["kind"]:
            return [*told, "", row["why"]]
        known = identity.parse(row["written"])
        return [*told, f"{known.birth_date:%Y-%m-%d} {_SEX.get(known.sex or '', '')}", row["why"]]

    def name(row: Row) -> list[str]:
        found, problem = names.examine(row["written"])
        split = names.split(found.value)
        told = " ".join(filter(None, [split.surname, split.given]))
        return [
            code(row["written"]),
            code(found.value),
            told,
            found.alias or "",
            _failed(problem),
            row["why"],
        ]

    def phone(row: Row) -> list[str]:
        found, value, problem = phones.examine(row["written"])
        return [
            code(row["written"]),
            code(value or ""),
            found.kind if found else "",
            _failed(problem),
            row["why"],
        ]

    written, value, said = "written 原文", "value 取值", "said 提示"
    section(
        "Identity numbers 公民身份号码",
        "identity",
        [written, value, said, "born, sex 出生、性别", "why"],
        number,
    )
    section("Names 姓名", "names", [written, value, "surname, given 姓、名", "alias 别名", said, "why"], name)
    section(
        "Dates 日期", "dates", [written, value, said, "why"], lambda row: [*read("date", row), row["why"]]
    )
    section("Phones 电话", "phones", [written, value, "kind", said, "why"], phone)
    section(
        "Numbers, codes and the rest 数值、代码等", "numbers", ["element", written, value, said, "why"],
        lambda row: [f"{element(row['element']).label.zh} `{row['element']}`", *read(row["element"], row), row["why"]],
    )  # fmt: skip
    section(
        "Masks 脱敏", "masks", ["mask", value, "shown 显示", "why"],
        lambda row: [
            f"{MASKS[row['mask']].about.zh} `{row['mask']}`", code(row["value"]), code(mask(row["value"], row["mask"])),
            row["why"],
        ],
    )  # fmt: skip
    return "\n".join(parts)


def _failed(problem: str | None) -> str:
    if not problem:
        return ""
    rule = RULES[problem]
    return both(Text(f"{rule.message.zh}{rule.advice.zh}", f"{rule.message.en} {rule.advice.en}"))

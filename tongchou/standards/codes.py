"""Code lists 代码表: the standards' lists as data, and the many written forms of each code.

The lists are CSV files in `data/codes/`: code, Chinese, English, other written forms (separated by blanks, _
for a blank inside one), and whether the entry still waits to be compared with the
printed standard. A pack may
bring its own list as a `CodeList`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from .cleaning import fold_width
from .errors import HouseError
from .text import Text


class Code(NamedTuple):
    """One entry of a code list."""

    code: str
    label: Text
    forms: tuple[str, ...] = ()
    provisional: bool = False


_NOT_COMPARED = re.compile(r"[\s、，,。.;；:：'’()（）\-—_/]+")
_LEADING_CODE = re.compile(r"^([0-9]{1,3}|[A-Za-z])(?:\s*[\-—:：.、|]\s*|\s+)([^0-9\s].*)$").match
_FLOAT = re.compile(r"^([0-9]{1,3})\.0+$").match
_DIVIDED_DIGITS = re.compile(r"[0-9]\s*[.,\-—_/:]\s*[0-9]").search
_NOTE = re.compile(r"(?<=.)[(\[（【].*[)\]）】]$")
_TAIL = re.compile(r"(?<=..)(?:文化程度|文化|程度|学历|毕业生|生|籍|人)$")
_HEAD_OF = re.compile(r"^(?:户主|与户主|系户主|为户主)(?:之|的|关系)?(?=.)|^(?:之|的)(?=.)|(?:关系)$")


def _key(text: str) -> str:
    return _NOT_COMPARED.sub("", fold_width(text)).lower()


class CodeList:
    """A code list: codes with labels, and a way from what people write to the code.

    name: as elements and packs refer to it. title: for people. source: the standard's number.
    zeros_optional: "1" means "01", as spreadsheets write it; not for lists that also have one-digit codes of
    another meaning (GB/T 4761: 2 is a son, 02 the head of household). provisional: written from memory, and not
    compared with the printed standard yet.
    """

    def __init__(
        self,
        name: str,
        title: Text,
        source: str,
        entries: Iterable[Code],
        *,
        zeros_optional: bool = False,
        provisional: bool = False,
    ) -> None:
        self.name = name
        self.provisional = provisional
        self.title = title
        self.source = source
        self.entries: Mapping[str, Code] = MappingProxyType({entry.code: entry for entry in entries})
        self._codes: dict[str, str] = {}
        for entry in self.entries.values():
            self._codes.setdefault(_key(entry.code), entry.code)
        for entry in self.entries.values():
            short = entry.code.lstrip("0") if zeros_optional else ""
            for form in (entry.label.zh, entry.label.en, *entry.forms, *([short] if short else [])):
                self._codes.setdefault(_key(form), entry.code)

    @classmethod
    def from_rows(
        cls,
        name: str,
        title: Text,
        source: str,
        rows: Iterable[Mapping[str, str]],
        *,
        zeros_optional: bool = False,
        provisional: bool = False,
    ) -> CodeList:
        """A list from rows with code, zh, en, and optionally aliases and provisional."""
        return cls(
            name,
            title,
            source,
            (
                Code(
                    row["code"],
                    Text(row["zh"], row.get("en") or row["zh"]),
                    tuple(form.replace("_", " ") for form in (row.get("aliases") or "").split()),
                    row.get("provisional") == "1",
                )
                for row in rows
            ),
            zeros_optional=zeros_optional,
            provisional=provisional,
        )

    def find(self, text: str) -> str | None:
        """The code meant by `text`, whatever way it is written; None when it is none of the list's."""
        found = self._codes.get(text)
        return found if found is not None else self._find_loosely(text)

    def _find_loosely(self, text: str) -> str | None:
        plain = fold_width(text)
        number = _FLOAT(plain)
        if number:
            return self._codes.get(number[1])
        if _DIVIDED_DIGITS(plain):  # 1-1 is not 11
            return None
        key = _key(plain)
        found = self._codes.get(key)
        if found is not None or not key:
            return found
        parts = _LEADING_CODE(plain)  # "01-汉族": both must agree
        if parts:
            code, label = self._codes.get(_key(parts[1])), self._codes.get(_key(parts[2]))
            return code if code is not None and label in (code, None) else None
        shorter = _HEAD_OF.sub("", key)
        if shorter != key:
            return self._codes.get(shorter)
        bare = _NOTE.sub("", plain)
        if bare != plain:
            return self.find(bare)
        shorter = _TAIL.sub("", key)
        return self._codes.get(shorter) if shorter != key else None

    def label(self, code: str) -> Text | None:
        """The label of a code, or None."""
        entry = self.entries.get(code)
        return entry.label if entry else None

    def codes(self) -> tuple[str, ...]:
        """All codes in the list's order."""
        return tuple(self.entries)

    def forms(self) -> tuple[str, ...]:
        """Every written form `find` knows exactly, folded."""
        return tuple(self._codes)


def _read(name: str) -> list[dict[str, str]]:
    text = files("tongchou.standards").joinpath(f"data/codes/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _index() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({row["name"]: row for row in _read("index")})


def code_list_names() -> tuple[str, ...]:
    """Names of the lists the house brings."""
    return tuple(_index())


def is_provisional(name: str) -> bool:
    """Whether a list the house brings still waits to be compared with the printed standard."""
    return _index()[name]["provisional"] == "1"


@cache
def code_list(name: str) -> CodeList:
    """A list the house brings. Raises HouseError "standards.unknown_code_list"."""
    row = _index().get(name)
    if row is None:
        raise HouseError(
            "standards.unknown_code_list",
            Text("没有这个代码表。", "There is no such code list."),
            Text("请检查名称，或在资源包中提供该代码表。", "Check the name, or bring the list in the pack."),
            name,
        )
    title = Text(row["zh"], row["en"])
    return CodeList.from_rows(
        name,
        title,
        row["source"],
        _read(name),
        zeros_optional=row["zeros_optional"] == "1",
        provisional=row["provisional"] == "1",
    )


_DIVISIONS_OF_SECTIONS = (
    ("A", 1, 5), ("B", 6, 12), ("C", 13, 43), ("D", 44, 46), ("E", 47, 50), ("F", 51, 52), ("G", 53, 60),
    ("H", 61, 62), ("I", 63, 65), ("J", 66, 69), ("K", 70, 70), ("L", 71, 72), ("M", 73, 75), ("N", 76, 79),
    ("O", 80, 82), ("P", 83, 83), ("Q", 84, 85), ("R", 86, 90), ("S", 91, 96), ("T", 97, 97),
)  # fmt: skip
_industry_code = re.compile(r"([A-T]?)([0-9]{2})([0-9]{0,2})").fullmatch


def industry_section(code: str) -> str | None:
    """The section letter of an industry code such as "C1311", "1311" or "13" (GB/T 4754-2017); None if it is
    none."""
    found = _industry_code(code.upper())
    if not found:
        return None
    number = int(found[2])
    for section, first, last in _DIVISIONS_OF_SECTIONS:
        if first <= number <= last:
            return section if found[1] in ("", section) else None
    return None


def reference_rows() -> list[dict[str, str]]:
    """Every code of every list as a row for the printed reference."""
    return [
        {
            "list": name,
            "code": entry.code,
            "zh": entry.label.zh,
            "en": entry.label.en,
            "source": code_list(name).source,
            "provisional": "yes" if entry.provisional or code_list(name).provisional else "",
        }
        for name in code_list_names()
        for entry in code_list(name).entries.values()
    ]

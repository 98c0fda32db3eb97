"""What the catalogue demands of a resource, and what is still missing from its description. Pure.

Two kinds: problems, without which nothing is published (a closed resource without its legal basis), and gaps, which the
department is reminded of (no class, no condition of sharing). Source: the core fields of 政务信息资源目录编制指南（试行）,
发改高技〔2017〕1272号.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

#: Letters of data types as catalogues write them (provisional: not compared with the printed guide).
DATA_TYPES: dict[str, Text] = {
    "C": Text("字符型", "text"),
    "N": Text("数值型", "number"),
    "D": Text("日期型", "date"),
    "T": Text("日期时间型", "date and time"),
    "L": Text("逻辑型", "yes or no"),
    "M": Text("备注型", "long text"),
    "B": Text("二进制", "binary"),
}
#: Longest value of an element, where its standard sets one.
LENGTHS = {
    "id_number": 18, "uscc": 18, "organisation_code": 9, "registration_number": 15, "birth_date": 10, "date": 10,
    "month": 7, "year": 4, "sex": 1, "ethnicity": 2, "postcode": 6, "vin": 17, "division_code": 12, "mobile": 11,
    "yes_no": 1, "marital_status": 2, "education": 2, "household_relation": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Lack:
    """One thing that is missing: `place` is the name of the field of the description it belongs to."""

    place: str
    what: Text
    demanded: bool


def data_type_of(element: str, said: str = "") -> str:
    """The letter of a field's data type: as said, else its element's."""
    if said:
        return said
    known = ELEMENTS.get(element)
    if known is None:
        return "C"
    if element == "timestamp":
        return "T"
    if element == "yes_no":
        return "L"
    return {"date": "D", "number": "N", "coordinate": "N"}.get(known.kind, "C")


def length_of(element: str, said: int | None = None) -> int | None:
    """Characters a value has at most: as said, else its element's; None where none is set."""
    return said or LENGTHS.get(element)


def lacks(values: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> list[Lack]:
    """Everything missing from a description at once.

    values: share_class, legal_basis, share_condition, is_open, open_condition, abstract, resource_class, name, key.
    fields: mappings with at least label and element.
    """
    found = []

    def lack(place: str, zh: str, en: str, demanded: bool) -> None:
        found.append(Lack(place, Text(zh, en), demanded))

    if values.get("share_class") == "closed" and not _said(values.get("legal_basis")):
        lack(
            "legal_basis", "不予共享的资源须写明法律、行政法规或党中央、国务院政策依据。",
            "A closed resource must name the law, regulation or policy by which it is not shared.", True,
        )  # fmt: skip
    if values.get("share_class") == "closed" and values.get("is_open"):
        lack(
            "is_open",
            "不予共享的资源不能向社会开放。",
            "A closed resource cannot be open to the public.",
            True,
        )
    if values.get("share_class") == "conditional" and not _said(values.get("share_condition")):
        lack(
            "share_condition",
            "有条件共享的资源应写明共享条件。",
            "A conditional resource should name its condition.",
            False,
        )
    if not _said(values.get("abstract")):
        lack("abstract", "没有摘要。", "There is no abstract.", False)
    if not values.get("resource_class"):
        lack("resource_class", "没有归入资源分类，因而没有信息资源代码。",
             "It has no class and therefore no catalogue code.", False)  # fmt: skip
    if not fields:
        lack("fields", "没有信息项。", "It has no fields.", True)
    return found


def check(values: Mapping[str, Any], fields: Sequence[Mapping[str, Any]], *, where: str) -> None:
    """Raise HouseError "catalogue.demanded" with everything that is demanded and missing, at once."""
    wrong = [lack.what for lack in lacks(values, fields) if lack.demanded]
    if wrong:
        raise HouseError(
            "catalogue.demanded",
            Text("".join(each.zh for each in wrong), " ".join(each.en for each in wrong)),
            Text("请补齐后再保存；已填写的内容仍在。", "Supply it and save again; what you typed is kept."),
            where,
        )


def _said(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(str(each).strip() for each in value.values())
    return bool(str(value or "").strip())

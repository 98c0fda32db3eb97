"""What a draft still wants before it can be published, and which of its fields somebody provides already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tongchou.standards.elements import ELEMENTS
from tongchou.standards.text import Text

from . import demands, drafting
from .models import Resource, ResourceClass
from .queries import facts
from .queries.facts import Pointed

_CODE = re.compile(r"[a-zA-Z0-9_-]{1,30}\.[a-z][a-z0-9_.]{0,48}")


def wanting(*, owner: str, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Text]:
    """Everything without which a draft cannot be published."""
    found: list[Text] = []
    code = str(values.get("code") or "")
    if not _CODE.fullmatch(code) or not code.startswith(f"{owner}."):
        found.append(
            Text(
                f"资源代码应以“{owner}.”开头，其后是小写字母、数字和下划线。",
                f"The code begins with “{owner}.”, then lower-case letters, digits and underscores.",
            )
        )
    elif Resource.objects.filter(code=code).exists():
        found.append(Text(f"资源代码 {code} 已被使用。", f"The code {code} is taken."))
    for name, zh, en in (("name", "名称", "its name"), ("share_class", "共享属性", "its share class"),
                         ("cycle", "更新周期", "its cycle"), ("subject_kind", "主体类别", "whom it is about"),
                         ("abstract", "摘要", "its abstract")):  # fmt: skip
        if not str(values.get(name) or "").strip():
            found.append(Text(f"没有填写{zh}。", f"Say {en}."))
    for name, choices in (
        ("share_class", Resource.ShareClass.values), ("cycle", Resource.Cycle.values),
        ("subject_kind", Resource.SubjectKind.values), ("format_class", Resource.FormatClass.values),
        ("share_way", Resource.ShareWay.values),
    ):  # fmt: skip
        if values.get(name) and values[name] not in choices:
            found.append(
                Text(f"“{values[name]}”不在可选范围内。", f"{values[name]!r} is not among the choices.")
            )
    if len(str(values.get("name") or "")) > 120 or len(str(values.get("name_en") or "")) > 160:
        found.append(Text("名称超过 120 个字。", "The name is longer than 120 characters."))
    wide = (
        "share_condition",
        "share_condition_en",
        "legal_basis",
        "legal_basis_en",
        "open_condition",
        "open_condition_en",
    )
    if (
        any(len(str(values.get(name) or "")) > 500 for name in wide)
        or len(str(values.get("format_type") or "")) > 40
    ):
        found.append(Text("条件、依据至多 500 字，格式类型至多 40 字。",
                          "Conditions and bases have 500 characters at most, a type of format 40."))  # fmt: skip
    if (
        values.get("resource_class")
        and not ResourceClass.objects.filter(code=values["resource_class"]).exists()
    ):
        found.append(Text("没有这一资源分类。", "There is no such class."))
    found += [lack.what for lack in demands.lacks(values, rows) if lack.demanded]
    found += _wrong_fields(rows)
    return found


def _wrong_fields(rows: Sequence[Mapping[str, Any]]) -> list[Text]:
    found = []
    names = [str(row.get("name") or "") for row in rows]
    bad = [
        str(row.get("label"))
        for row in rows
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(row.get("name") or ""))
    ]
    if bad:
        found.append(Text(f"这些字段没有英文字段名（小写字母开头）：{'、'.join(bad)}。",
                          f"These fields have no name in Latin letters: {', '.join(bad)}."))  # fmt: skip
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        found.append(Text(f"字段名重复：{'、'.join(twice)}。", f"Names used twice: {', '.join(twice)}."))
    unknown = [str(row.get("label")) for row in rows if row.get("element") not in ELEMENTS]
    if unknown:
        found.append(
            Text(f"这些字段没有数据元：{'、'.join(unknown)}。", f"No data element: {', '.join(unknown)}.")
        )
    types = [
        str(row.get("data_type"))
        for row in rows
        if row.get("data_type") and row["data_type"] not in demands.DATA_TYPES
    ]
    if types:
        found.append(
            Text(f"没有这样的数据类型：{'、'.join(types)}。", f"No such data type: {', '.join(types)}.")
        )
    if rows and not any(row.get("key") for row in rows):
        found.append(Text("没有指明主键字段。", "No field is marked as the key."))
    return found


def pointed_out(values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Pointed]:
    """For each row of a draft who provides it already."""
    wanted = drafting.items(
        rows, subject=str(values.get("subject_kind") or ""), about=str(values.get("name") or "")
    )
    return facts.pointed_out(wanted, besides={str(values.get("code") or "")})

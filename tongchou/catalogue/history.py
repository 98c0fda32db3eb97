"""The history of what the catalogue says: each change with its values before and after, and its digest for the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tongchou.ledger.canonical import canonical
from tongchou.standards.text import Text

from . import coding
from .models import Resource, ResourceChange

#: Words for what may change of a resource.
WORDS: dict[str, Text] = {
    "name": Text("名称", "Name"),
    "name_en": Text("英文名称", "English name"),
    "abstract": Text("摘要", "Abstract"),
    "abstract_en": Text("英文摘要", "English abstract"),
    "share_class": Text("共享属性", "Share class"),
    "share_condition": Text("共享条件", "Condition of sharing"),
    "share_condition_en": Text("共享条件（英文）", "Condition of sharing (English)"),
    "share_way": Text("共享方式", "Way of sharing"),
    "legal_basis": Text("不予共享依据", "Legal basis"),
    "legal_basis_en": Text("不予共享依据（英文）", "Legal basis (English)"),
    "is_open": Text("向社会开放", "Open to the public"),
    "open_condition": Text("开放条件", "Condition of opening"),
    "open_condition_en": Text("开放条件（英文）", "Condition of opening (English)"),
    "cycle": Text("更新周期", "Cycle"),
    "resource_class": Text("资源分类", "Class"),
    "catalogue_code": Text("信息资源代码", "Catalogue code"),
    "format_class": Text("格式分类", "Class of format"),
    "format_type": Text("格式类型", "Type of format"),
    "state": Text("状态", "State"),
    "withdrawn_on": Text("撤下日期", "Withdrawn on"),
    "organisation": Text("提供部门", "Provider"),
    "subject_kind": Text("主体类别", "Kind of subject"),
    "population": Text("关联库", "Population"),
    "key": Text("主键", "Key"),
    "timeline": Text("时间线", "Timeline"),
    "related": Text("关联资源", "Related resources"),
    "pack": Text("数据包", "Pack"),
    "published_on": Text("发布日期", "Published on"),
}


def plain(value: Any) -> Any:
    """A value of a description as it goes into the history: text, number, yes/no or nothing."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(getattr(value, "code", value))


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form of a change's values, in hex; the ledger's entry bears it."""
    flat = {name: [str(plain(each)) for each in pair] for name, pair in values.items()}
    return hashlib.sha256(canonical(flat)).hexdigest()


def enter(
    resource: Resource, *, kind: str, values: Mapping[str, Any], by: str, organisation: str, reason: str = ""
) -> ResourceChange:
    """Keep a change of a resource; `version` must already have been raised."""
    told = {name: [plain(each) for each in pair] for name, pair in values.items()}
    return ResourceChange.objects.create(
        resource=resource.code, version=resource.version, kind=kind, values=told, digest=digest(told),
        reason=reason, by=by, organisation=organisation,
    )  # fmt: skip


def is_unaltered(change: ResourceChange) -> bool:
    """Whether the values still have the digest they were entered with."""
    return digest(change.values) == change.digest


def give_code(resource: Resource) -> str:
    """Give a resource the next catalogue code of its class, unless it has one of that class; returns it."""
    if resource.resource_class is None:
        wanted = ""
    else:
        prefix = resource.resource_class.code.replace(".", "") + "/"
        if resource.catalogue_code.startswith(prefix):
            return resource.catalogue_code
        taken = Resource.objects.filter(catalogue_code__startswith=prefix).values_list(
            "catalogue_code", flat=True
        )
        wanted = coding.next_code(resource.resource_class.code, list(taken))
    if wanted != resource.catalogue_code:
        resource.catalogue_code = wanted
        Resource.objects.filter(pk=resource.pk).update(catalogue_code=wanted)
    return wanted

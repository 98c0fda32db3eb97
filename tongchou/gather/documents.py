"""The files beside the rows of a delivery: which fields name them, where they lie, what takes them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan, ResourcePlan
from tongchou.standards.text import Text

from .phases import slow
from .sources.items import Beside, Connector

ELEMENT = "document"
"""The element of fields that name a file."""

Take = Callable[[str], tuple[str | None, str | None]]
"""A cell → (the document's reference in the store or None, the rule it fails or None)."""

Taking = Callable[[Beside | None], Take | None]
"""Given the files that came along (None: none did), what takes them; None leaves cells as they are."""


def nothing(beside: Beside | None) -> None:
    """No documents are taken: a cell that names a file fails document.missing."""


def standardiser(field: FieldPlan, take: Take | None) -> slow.Standardiser:
    """What standardises a field: a document's cells are taken, all others are asked of `standards`."""
    return take if take is not None and field.element == ELEMENT else slow.standardiser(field)


def beside_of(
    source: Connector,
    settings: dict[str, Any],
    locator: dict[str, Any],
    item: Path,
    raw: Path,
    plan: ResourcePlan,
) -> Beside | None:
    """The files that came along, for a resource that has documents. Raises HouseError "gather.pattern_outside"."""
    if all(each.element != ELEMENT for each in plan.fields):
        return None
    try:
        return source.beside(settings, locator, item, raw)
    except PermissionError:
        raise HouseError(
            "gather.pattern_outside",
            Text(
                "文件夹 documents 不得指向数据源文件夹之外。",
                "The folder `documents` must stay inside the folder of the source.",
            ),
            Text("请改为相对的文件夹名。", "Use a folder relative to that of the source."),
            plan.code,
        ) from None

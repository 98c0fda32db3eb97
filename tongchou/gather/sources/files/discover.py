"""Finding what a folder of deliveries holds for a resource."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from ..items import Item

_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.年]?(0[1-9]|1[0-2])[-_.月]?(0[1-9]|[12]\d|3[01])日?(?!\d)")


def folder_of(settings: dict[str, Any]) -> Path:
    """The folder the settings name. Raises HouseError "gather.setting_missing" without one."""
    path = settings.get("path")
    if not path:
        raise HouseError(
            "gather.setting_missing",
            Text(
                "数据源没有写明 path（文件夹或文件）。",
                "The source does not say its `path` (a folder or file).",
            ),
            Text("请在数据源设置中补上 path。", "Add `path` to the settings of the source."),
            "path",
        )
    return Path(str(path)).expanduser()


def business_date(name: str) -> date | None:
    """The day a file name speaks of (residents_20261101.csv, 名册2026-11-01.xlsx); else None."""
    for found in reversed(list(_DAY.finditer(name))):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def item_of(path: Path, name: str) -> Item:
    """A file as an item: another digest when its name, size or time of change is another."""
    state = path.stat()
    told = f"{name}\n{state.st_size}\n{state.st_mtime_ns}"
    return Item(
        name, hashlib.sha256(told.encode()).hexdigest(), business_date(path.name), path, state.st_size
    )


def discover(settings: dict[str, Any], locator: dict[str, Any]) -> list[Item]:
    """The files a locator's `file` pattern finds under the source's `path`, in order of their names.

    The pattern is a shell pattern and may name folders (2026/*.csv, **/*.xlsx); hidden files and a
    spreadsheet's own lock files (~$…) are left out. When the path is a file itself, it is the only item.
    """
    folder = folder_of(settings)
    if folder.is_file():
        return [item_of(folder, folder.name)]
    if not folder.is_dir():
        raise HouseError(
            "gather.path_missing",
            Text("数据源的文件夹不存在。", "The folder of the source does not exist."),
            Text("请检查数据源设置中的 path。", "Check `path` in the settings of the source."),
            str(settings.get("path")),
        )
    pattern = str(locator.get("file") or "*")
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise HouseError(
            "gather.pattern_outside",
            Text(
                "文件名模式不得指向数据源文件夹之外。",
                "The file pattern must stay inside the folder of the source.",
            ),
            Text("请改为相对的文件名模式。", "Use a pattern relative to the folder."),
            pattern,
        )
    found = [
        path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith((".", "~$"))
    ]
    outside = [path.name for path in found if not path.resolve().is_relative_to(folder.resolve())]
    if outside:
        raise HouseError(
            "gather.link_outside",
            Text(
                f"文件 {outside[0]} 是指向数据源文件夹之外的链接，没有读取。",
                f"The file {outside[0]} is a link that leads out of the folder of the source; it was not read.",
            ),
            Text(
                "请放入文件本身，或在数据源设置的 path 中写明它所在的文件夹。",
                "Put the file itself there, or name the folder it lies in as `path` in the settings of the source.",
            ),
            str(folder),
        )
    items = [item_of(path, path.relative_to(folder).as_posix()) for path in sorted(found)]
    beside = state_of(folder, locator)
    if not beside:
        return items
    # A scan that was forgotten and comes later makes the delivery another one.
    return [
        replace(each, digest=hashlib.sha256(f"{each.digest}\n{beside}".encode()).hexdigest())
        for each in items
    ]


def state_of(folder: Path, locator: dict[str, Any]) -> str:
    """A digest of names, sizes and times of change of the files beside the rows; "" when the locator names none."""
    named = str(locator.get("documents") or "")
    root = (folder / named).resolve()
    if not named or not root.is_relative_to(folder.resolve()) or not root.is_dir():
        return ""
    told = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            state = path.stat()
            told.update(f"{path.relative_to(root)}\n{state.st_size}\n{state.st_mtime_ns}\n".encode())
    return told.hexdigest()

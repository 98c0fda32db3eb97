"""Files in a folder: CSV, TSV and workbooks, plain or packed (.gz, .zip).

settings: `path`, a folder (or one file). locator: `file`, a pattern within it; for text `encoding`,
`delimiter` (both detected when absent), `member` of a zip; for workbooks `sheet`; where files come along with
the rows, `documents`, the folder they are named in (of the source, or of the zip).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tongchou.pool.engine import raw as raw_layer
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from ..beside import Folder, Packed, beside_of
from ..items import Item, Position, Reading
from . import text, workbooks
from .discover import discover, folder_of

__all__ = ["beside", "check", "discover", "read", "take"]


def check(settings: dict[str, Any]) -> list[HouseError]:
    """A missing `path`, or one where nothing is."""
    try:
        folder = folder_of(settings)
    except HouseError as problem:
        return [problem]
    if not folder.exists():
        return [
            HouseError(
                "gather.path_missing",
                Text("数据源的文件夹不存在。", "The folder of the source does not exist."),
                Text("请检查数据源设置中的 path。", "Check `path` in the settings of the source."),
                str(settings["path"]),
            )
        ]
    return []


def take(settings: dict[str, Any], locator: dict[str, Any], item: Item, data_root: Path) -> tuple[str, Path]:
    """The file's bytes as they are."""
    return raw_layer.keep(data_root, item.path, item.name)


def read(
    settings: dict[str, Any], locator: dict[str, Any], raw: Path, plan: ResourcePlan, start: Position | None
) -> Reading:
    """Open a file by what its bytes and its ending say it is."""
    with raw.open("rb") as source:
        head = source.read(64)
    _check_kind(head.lstrip(b"\xef\xbb\xbf \t\r\n").lower(), plan.code)
    packed = head.startswith(b"PK\x03\x04") and raw.suffix != ".zip"
    # Many an export called .xls is text; and a workbook stays one under any name.
    if packed or head.startswith(b"\xd0\xcf\x11\xe0"):
        return workbooks.read(locator, raw, plan, start)
    return text.read(locator, raw, plan, start)


#: What files begin with that hold no table, whatever their names say; and what they are.
_NO_TABLES = (
    (
        (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head"),
        Text("网页（HTML 或 XML）", "a web page (HTML or XML)"),
    ),
    ((b"%pdf",), Text("PDF", "a PDF")),
    ((b"\x89png", b"\xff\xd8\xff", b"gif8"), Text("图片", "a picture")),
    ((b"rar!", b"7z\xbc\xaf"), Text("RAR 或 7z 压缩包", "a RAR or 7z archive")),
)


def _check_kind(head: bytes, where: str) -> None:
    """Raises HouseError "gather.file_kind": many a system exports a web page and calls it .xls."""
    kind = next((kind for marks, kind in _NO_TABLES if head.startswith(marks)), None)
    if kind is not None:
        raise HouseError(
            "gather.file_kind",
            Text(f"文件的内容是{kind.zh}，不是表格。", f"What the file holds is {kind.en}, not a table."),
            Text(
                "请用表格软件打开，另存为 .xlsx 或 CSV 后报送。",
                "Open it in a spreadsheet, save it as .xlsx or CSV, and deliver that.",
            ),
            where,
        )


def beside(
    settings: dict[str, Any], locator: dict[str, Any], item: Path, raw: Path
) -> Folder | Packed | None:
    """The files in the source's folder, or in the archive. A file handed in on screen has only its archive."""
    folder = folder_of(settings)
    folder = folder.parent if folder.is_file() else folder
    return beside_of(folder if item.resolve().is_relative_to(folder.resolve()) else None, locator, raw)

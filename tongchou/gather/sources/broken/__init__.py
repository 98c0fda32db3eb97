"""A source that fails where it is told to: for tests, and for rehearsing what screens say when a department
fails.

settings: `fail_in`, one of check, discover, take, read, rows (after the first rows were read), crash (a
programming error, which is no HouseError); absent, everything works. `rows`: how many rows it has (3).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from tongchou.gather import headings
from tongchou.pool.engine import raw as raw_layer
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from ..items import Batch, Item, Position, Reading, text_table

__all__ = ["beside", "check", "discover", "read", "take"]

PLACES = ("check", "discover", "take", "read", "rows", "crash")
"""Where it can be told to fail."""

SAID: dict[str, tuple[str, str]] = {
    "check": ("数据源的设置不对", "The settings of the source are wrong"),
    "discover": ("无法连接数据源", "The source cannot be reached"),
    "take": ("取数时连接中断", "The connection broke while the data was fetched"),
    "read": ("取来的文件无法打开", "What was fetched cannot be opened"),
    "rows": ("读到中途出错", "Reading failed half-way"),
}
"""What failing there looks like, in Chinese and English."""


def check(settings: dict[str, Any]) -> list[HouseError]:
    """The failure asked for, if it is to be found at once."""
    return [_failure("check")] if settings.get("fail_in") == "check" else []


def discover(settings: dict[str, Any], locator: dict[str, Any]) -> list[Item]:
    """One item, another whenever the settings are."""
    _fail(settings, "discover")
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()
    return [Item("broken", digest, None, Path("broken"), int(settings.get("rows", 3)))]


def take(settings: dict[str, Any], locator: dict[str, Any], item: Item, data_root: Path) -> tuple[str, Path]:
    """A small file that says how many rows there are."""
    _fail(settings, "take")
    made = data_root / "tmp" / f"broken-{os.getpid()}.json"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(json.dumps({"rows": int(settings.get("rows", 3))}), encoding="utf-8")
    try:
        return raw_layer.keep(data_root, made)
    finally:
        made.unlink()


def beside(settings: dict[str, Any], locator: dict[str, Any], item: Path, raw: Path) -> None:
    """Nothing comes along with its rows."""


def read(
    settings: dict[str, Any], locator: dict[str, Any], raw: Path, plan: ResourcePlan, start: Position | None
) -> Reading:
    """Rows whose every cell is its row number; the first column of each field is the heading."""
    _fail(settings, "read")
    if settings.get("fail_in") == "crash":
        raise ZeroDivisionError("the broken source was told to crash")
    count = int(json.loads(raw.read_text(encoding="utf-8"))["rows"])
    names = tuple(headings.columns_of(field)[0] for field in plan.fields)

    def batches() -> Iterator[Batch]:
        for row in range(start.offset if start else 0, count):
            cells = [pa.array([str(row + 1)]) for _ in names]
            yield Batch(
                text_table(cells, pa.array([row + 2], pa.int64())), Position(row + 1, row + 3), row + 1
            )
            _fail(settings, "rows")

    return Reading(names, batches(), count, "rows")


def _fail(settings: dict[str, Any], place: str) -> None:
    if settings.get("fail_in") == place:
        raise _failure(place)


def _failure(place: str) -> HouseError:
    zh, en = SAID[place]
    return HouseError(
        "gather.broken_on_purpose",
        Text(
            f"{zh}（该数据源按设置故意出错，用于演示）。", f"{en} (this source fails on purpose, to show it)."
        ),
        Text(
            "请联系供数部门恢复后重试；演示时，去掉数据源设置中的 fail_in 再重试即可成功。",
            "Ask the department to mend it, then retry; here, take `fail_in` out of the source's settings and retry.",
        ),
        place,
    )

"""What a load has finished so far, on disk, so that a killed load goes on instead of beginning again.

A file counts when its note does: data is written first, then the note, by rename. A note is small JSON and
holds no personal values.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class PartNote:
    """One finished part.

    index: from 0. start and end: (offset, row number) in the reading. done: progress in the reading's unit.
    read, kept, held: rows. empty and failed: per field. distinct: per field a sample of value hashes, as
    `divide` takes it. rules: the delivery's "field:rule" list as known when the part was finished.
    corrections: {number: what became of it} of standing corrections whose records are in the part. forgotten: numbers
    of the rows about somebody erased. shapes: per field how many of the rows looked at have which shape (`resemble`).
    """

    index: int
    start: tuple[int, int] | None
    end: tuple[int, int]
    done: int
    read: int
    kept: int
    held: int
    empty: dict[str, int]
    failed: dict[str, int]
    distinct: dict[str, tuple[int, list[int]]]
    rules: list[str] = field(default_factory=list)
    corrections: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, dict[str, int]] = field(default_factory=dict)
    forgotten: list[int] = field(default_factory=list)


class Staging:
    """The folder of one delivery's unfinished work."""

    def __init__(self, data_root: Path, delivery: str) -> None:
        self.folder = data_root / "staging" / delivery

    def begin(self, what: dict[str, Any]) -> dict[str, Any]:
        """Go on with what was begun if it was the same (`what["same"]`), else begin afresh. Returns the
        note in force."""
        told = self.note("load")
        if told is not None and told.get("same") == what.get("same"):
            return told
        self.clear()
        self.folder.mkdir(parents=True)
        self.write("load", what)
        return what

    def note(self, name: str) -> dict[str, Any] | None:
        """A note by its name; None when it was never finished."""
        path = self.folder / f"{name}.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def write(self, name: str, what: dict[str, Any]) -> None:
        """Write a note, whole or not at all."""
        unfinished = self.folder / f".{name}.tmp"
        unfinished.write_text(json.dumps(what, ensure_ascii=False), encoding="utf-8")
        os.replace(unfinished, self.folder / f"{name}.json")

    def parts(self) -> list[PartNote]:
        """The finished parts, in order, up to the first that is missing."""
        found: list[PartNote] = []
        while (told := self.note(f"part-{len(found):05}")) is not None:
            told["start"] = tuple(told["start"]) if told["start"] else None
            told["end"] = tuple(told["end"])
            told["distinct"] = {k: (limit, hashes) for k, (limit, hashes) in told["distinct"].items()}
            found.append(PartNote(**told))
        return found

    def finish(self, part: PartNote) -> None:
        """A part's files are whole: note it."""
        self.write(f"part-{part.index:05}", asdict(part))

    def kept(self, index: int) -> Path:
        """Where a part's kept rows lie."""
        return self.folder / f"part-{index:05}.kept.parquet"

    def held(self, index: int) -> Path:
        """Where a part's quarantined rows lie."""
        return self.folder / f"part-{index:05}.held.parquet"

    def keys(self, index: int) -> Path:
        """Where the hashes of a part's keys lie, in order, as `numpy.save` writes them."""
        return self.folder / f"part-{index:05}.keys.npy"

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

"""What a pack is made of, as plain values: rows with their place in a file, problems, and planned changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .text import Text


@dataclass(frozen=True)
class Row:
    """One entry of a pack's file. data: as written, checked against its schema. lines: path in data → line."""

    data: Mapping[str, Any]
    file: str
    line: int
    lines: Mapping[tuple[Any, ...], int] = field(default_factory=dict)

    def line_of(self, *path: Any) -> int:
        """The line on which `path` (keys and indexes) stands; the entry's own line when it is absent."""
        return self.lines.get(path, self.line)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a pack: where it stands and what is wrong with it."""

    file: str
    line: int
    what: Text

    def say(self, language: str) -> str:
        """`file:line: what`, as editors understand it."""
        return f"{self.file}:{self.line}: {self.what.say(language)}"


@dataclass(frozen=True)
class Change:
    """What applying a pack does to one thing: create it, update the named fields, or leave it."""

    kind: Literal["create", "update", "same"]
    section: str
    identifier: str
    fields: tuple[str, ...] = ()

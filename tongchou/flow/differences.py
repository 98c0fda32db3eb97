"""What changes between two versions of a definition, in sentences with their places. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from tongchou.standards.text import Text

from .definitions import Place


class Difference(NamedTuple):
    """One change. kind: "added", "removed" or "changed"; place: where; before and after: as they are written."""

    kind: Literal["added", "removed", "changed"]
    place: Place
    before: str
    after: str

    @property
    def where(self) -> str:
        """The place as it is told."""
        return ".".join(str(part) for part in self.place)


KINDS = {
    "added": Text("新增", "Added"),
    "removed": Text("删除", "Removed"),
    "changed": Text("修改", "Changed"),
}


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Every change from one content to another: whole states and actions that come or go, else single values."""
    return list(_between(old, new, ()))


def _between(old: Any, new: Any, place: Place) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not _is_text(old) and not _is_text(new):
        for key in [*old, *(key for key in new if key not in old)]:
            inner = (*place, key)
            if key not in new:
                yield Difference("removed", inner, written(old[key]), "")
            elif key not in old:
                yield Difference("added", inner, "", written(new[key]))
            else:
                yield from _between(old[key], new[key], inner)
        return
    yield Difference("changed", place, written(old), written(new))


def _is_text(value: Mapping[str, Any]) -> bool:
    return set(value) <= {"zh", "en"}


def written(value: Any) -> str:
    """A value as it is told on one line."""
    if isinstance(value, Mapping):
        if _is_text(value):
            return " / ".join(str(each) for each in value.values())
        return ", ".join(f"{key}: {written(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(written(each) for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

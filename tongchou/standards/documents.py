"""References of documents as they stand in a record: told apart, never made here. Pure.

A reference is 40 hexadecimal digits (a keyed digest of the document's bytes), "-", how many bytes, "." and its form.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .text import Text

_REFERENCE = re.compile(r"([0-9a-f]{40})-([1-9][0-9]{0,11})\.([a-z]{3,4})").fullmatch


class Reference(NamedTuple):
    """A document as a record names it. address: its keyed digest. size: bytes. form: code of a form ("pdf")."""

    address: str
    size: int
    form: str

    def __str__(self) -> str:
        return f"{self.address}-{self.size}.{self.form}"

    @property
    def told(self) -> Text:
        """What may be said of it to somebody who may not open it: form and size."""
        size = size_told(self.size)
        return Text(f"{self.form.upper()} 文件，{size}", f"{self.form.upper()} file, {size}")


def reference_of(value: str) -> Reference | None:
    """The parts of a reference; None when the text is none."""
    found = _REFERENCE(value)
    return Reference(found[1], int(found[2]), found[3]) if found else None


def examine(text: str) -> tuple[str | None, str | None]:
    """The check of the element `document`: a reference is one; any other text names a file that did not come along."""
    return (text, None) if reference_of(text) else (None, "document.missing")


def size_told(size: int) -> str:
    """A number of bytes as people read it: 812 B, 12 KB, 3.4 MB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{round(size / 1024)} KB"
    return f"{size / 1024 / 1024:.1f} MB"

"""Taking the files of a delivery: each is looked at, kept sealed, and told as a reference or as the rule it fails."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import BinaryIO, Protocol

from tongchou.standards.cleaning import is_absent
from tongchou.standards.documents import Reference, reference_of

from .forms import recognise
from .storing import DocumentStore, Readable, TooLarge

#: Bytes of the largest document that is taken, unless the settings say otherwise.
LARGEST = 20 * 1024 * 1024
#: A refused file is kept up to so many times that; one larger still stays where it is.
KEPT_TIMES = 5


class Beside(Protocol):
    """The files that came along with the rows."""

    def open(self, name: str) -> BinaryIO:
        """The file's bytes. Raises FileNotFoundError, PermissionError (outside the delivery), OSError."""


class Taker:
    """Takes the files one delivery names. root: the data folder. beside: None when nothing came along.

    Any thread may ask. refused: rule → how many files failed it, once each.
    """

    def __init__(self, root: Path, beside: Beside | None, largest: int = LARGEST) -> None:
        self._kept, self._apart = DocumentStore(root), DocumentStore(root, apart=True)
        self._beside, self._largest = beside, largest
        self._lock = threading.Lock()
        self.refused: dict[str, int] = {}

    def __call__(self, text: str) -> tuple[str | None, str | None]:
        """(reference, None), (None, rule), or (None, None) when the cell names no file. text: a cell as delivered."""
        name = text.strip().strip("\"'").replace("\\", "/")
        if is_absent(name):
            return None, None
        known = reference_of(name)
        if known is not None:
            return (name, None) if self._kept.has(known) else (None, "document.missing")
        if self._beside is None:
            return self._refuse("document.missing")
        try:
            with self._beside.open(name) as source:
                return self._taken(name, source)
        except FileNotFoundError:
            return self._refuse("document.missing")
        except PermissionError:
            return self._refuse("document.outside")
        except (OSError, EOFError, ValueError):
            return self._refuse("document.unreadable")

    def _taken(self, name: str, source: BinaryIO) -> tuple[str | None, str | None]:
        data = _read(source, self._largest + 1)
        if len(data) > self._largest:
            self._keep_apart(_Chained(data, source))
            return self._refuse("document.too_large")
        form, problem = recognise(data, name)
        if form is None:
            self._keep_apart(io.BytesIO(data))
            return self._refuse(problem or "document.form")
        kept = self._kept.keep(io.BytesIO(data), self._largest)
        return str(Reference(kept.address, kept.size, form.code)), None

    def _keep_apart(self, source: Readable) -> None:
        try:
            self._apart.keep(source, self._largest * KEPT_TIMES)
        except TooLarge:
            return

    def _refuse(self, rule: str) -> tuple[None, str]:
        with self._lock:
            self.refused[rule] = self.refused.get(rule, 0) + 1
        return None, rule


def _read(source: BinaryIO, most: int) -> bytes:
    """Up to `most` bytes, fewer only at the end."""
    found = bytearray()
    while len(found) < most and (piece := source.read(most - len(found))):
        found += piece
    return bytes(found)


class _Chained:
    """Bytes read already, then the rest of where they came from."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._first, self._rest = io.BytesIO(first), rest

    def read(self, size: int) -> bytes:
        return self._first.read(size) or self._rest.read(size)

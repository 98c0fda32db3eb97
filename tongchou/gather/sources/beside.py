"""Files that come along with the rows: in a folder of the source, or packed with them in one archive.

A row names a file by its path within the folder that the locator calls `documents`. A path that leads out of it (by
"..", from the root, through a link) names nothing of this delivery and is refused.
"""

from __future__ import annotations

import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast


class Folder:
    """Files in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def open(self, name: str) -> BinaryIO:
        """The file's bytes. Raises FileNotFoundError, PermissionError when it lies outside."""
        parts = _parts(name)
        path = self._root.joinpath(*parts).resolve()
        if not path.is_relative_to(self._root):
            raise PermissionError
        if not path.is_file():
            raise FileNotFoundError
        return path.open("rb")


class Packed:
    """Files in a zip archive, below a folder of it."""

    def __init__(self, archive: Path, folder: str) -> None:
        self._archive = zipfile.ZipFile(archive)
        prefix = "/".join(_parts(folder)) + "/" if folder not in ("", ".") else ""
        self._members = {
            _plain(_name_of(each))[len(prefix) :]: each
            for each in self._archive.infolist()
            if not each.is_dir() and _plain(_name_of(each)).startswith(prefix)
        }

    def open(self, name: str) -> BinaryIO:
        """The file's bytes. Raises FileNotFoundError, PermissionError when the name leads outside, OSError."""
        found = self._members.get(_plain("/".join(_parts(name))))
        if found is None:
            raise FileNotFoundError
        if found.flag_bits & 1:
            raise OSError("protected by a password")
        try:
            return cast(BinaryIO, self._archive.open(found))
        except (zipfile.BadZipFile, NotImplementedError) as trouble:
            raise OSError("damaged") from trouble


def beside_of(folder: Path | None, locator: dict[str, Any], raw: Path) -> Folder | Packed | None:
    """The files beside the rows; None when the locator names no `documents` or nothing can have come along.

    folder: the source's own, None for a file that was handed in. raw: the delivery in the raw layer. Raises
    PermissionError when `documents` leads out of the source.
    """
    named = locator.get("documents")
    if not named:
        return None
    if raw.suffix == ".zip":
        try:
            return Packed(raw, str(named))
        except (zipfile.BadZipFile, OSError):
            return None
    if folder is None:
        return None
    root = folder.joinpath(*_parts(str(named))).resolve()
    if not root.is_relative_to(folder.resolve()):
        raise PermissionError
    return Folder(root)


def _parts(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or (len(name) > 1 and name[1] == ":"):
        raise PermissionError
    return path.parts


def _name_of(member: zipfile.ZipInfo) -> str:
    """A member's name. Archives made on Chinese desktops write GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)

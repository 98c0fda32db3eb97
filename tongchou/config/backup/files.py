"""What of the data folder a backup holds, and how it is copied: only what is not there yet."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tongchou.pool.engine import commits

from .manifest import UNFINISHED, Kept

#: Top folders and files of the data folder that are no part of a backup: what is derived anew, what is under way, what
#: is copied otherwise (the control database, the keys), and the files the sample departments deliver.
LEFT_OUT = frozenset(
    {"keys", "clients", "sample", "staging", "tmp", "locks", "serve.lock", "backup.restoring"}
)
_CONTROL = re.compile(r"(test-)?control\.sqlite3.*")
_SERVING = re.compile(r"(serving|relations)\.sqlite3.*")
_LOG_FILE = re.compile(r"(\d{20})\.(json|checkpoint.*\.parquet)")


def data_files(root: Path) -> Iterator[Path]:
    """The files of the data folder that a backup holds, in the order in which they must be copied: what points
    at other files before what it points at, and the issued ids after the links that were made of them."""
    pool = root / "pool"
    for folder in sorted((pool / "log").glob("*")):
        yield from log_files(folder)
    for kind in ("links", "base"):
        for folder in sorted((pool / kind).glob("*")):
            yield from _published(folder)
    for each in sorted(root.iterdir()):
        if each.name in LEFT_OUT or _CONTROL.fullmatch(each.name):
            continue
        if each == pool:
            for inner in sorted(each.iterdir()):
                if inner.name not in {"log", "links", "base", "locks"} and not _SERVING.fullmatch(inner.name):
                    yield from _whole(inner)
        else:
            yield from _whole(each)


def log_files(folder: Path) -> Iterator[Path]:
    """The files of a record log as it is now: those of one version of its table, and of the history up to it."""
    table = commits.open_table(folder)
    if table is None:
        return
    for uri in table.file_uris():
        yield folder / Path(uri).name
    yield from sorted((folder / "_deliveries").glob("*.json"))
    last = folder / "_delta_log" / "_last_checkpoint"
    for each in sorted((folder / "_delta_log").iterdir()):
        found = _LOG_FILE.fullmatch(each.name)
        if found and int(found[1]) <= table.version():
            yield each
    if last.exists() and json.loads(last.read_text())["version"] <= table.version():
        yield last


def _published(folder: Path) -> Iterator[Path]:
    """What a folder's HEAD names, and the HEAD (`pool.published`)."""
    head = folder / "HEAD.json"
    if head.exists():
        yield head
        yield from (folder / name for name in json.loads(head.read_text())["parts"].values())


def _whole(path: Path) -> Iterator[Path]:
    """A file, or all files below a folder that are finished: what begins with a dot, or ends in .tmp, is being written."""
    if path.is_file():
        if not path.name.startswith(".") and path.suffix != ".tmp":
            yield path
        return
    for folder, _, names in os.walk(path):
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(".tmp"):
                yield Path(folder) / name


class Copies:
    """The files copied into a backup so far, and the copying of more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, Kept] = {}
        self._notes = folder / UNFINISHED
        self._before: dict[str, Kept] = {}
        if self._notes.exists():
            for line in self._notes.read_text(encoding="utf-8").splitlines():
                try:
                    kept = Kept(*json.loads(line))
                except (ValueError, TypeError):
                    continue  # the line at which an earlier try was killed
                self._before[kept.path] = kept
        self._notes.touch()

    def add(self, source: Path, name: str, *, changes: bool) -> None:
        """Copy a file, unless an earlier try did. changes: its bytes may have changed since. A file that vanished
        since it was listed (an upload that was done with) is left out."""
        before, target = self._before.get(name), self.folder / name
        try:
            size = source.stat().st_size
            if (
                not changes
                and before
                and before.size == size == (target.stat().st_size if target.exists() else -1)
            ):
                self.kept[name] = before
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        except FileNotFoundError:
            return
        self.note(target)

    def note(self, target: Path) -> None:
        """Take a file of the backup's folder as it is now for one of the backup."""
        with target.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        kept = Kept(target.relative_to(self.folder).as_posix(), target.stat().st_size, digest)
        self.kept[kept.path] = kept
        with self._notes.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(list(kept)) + "\n")

    def sweep(self) -> None:
        """Remove what an earlier try left and this one does not hold."""
        for folder, _, names in os.walk(self.folder, topdown=False):
            for name in names:
                path = Path(folder) / name
                if path != self._notes and path.relative_to(self.folder).as_posix() not in self.kept:
                    path.unlink()
            if Path(folder) != self.folder and not any(Path(folder).iterdir()):
                Path(folder).rmdir()

"""What a backup says of itself: `backup.json`, and the notes of one that is not finished."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

FORM = 1
"""Of this layout; a later one that older code cannot read gets the next number."""
MANIFEST = "backup.json"
UNFINISHED = "unfinished.jsonl"


class Kept(NamedTuple):
    """One file of a backup: its path there (with /), size in bytes, SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """made_at: the moment the backup stands for, ISO, UTC. database: "sqlite" or "postgresql". migrations: app → the
    last one applied. tables: of PostgreSQL, table → columns in the order of its file. secrets: name of a secret
    key file → the first 16 hex digits of its SHA-256, by which it is known again. sealed: whether they are in the
    backup, under a passphrase. ledger: size of the ledger. digest: SHA-256 over all of this but itself."""

    made_at: str
    version: str
    database: str
    migrations: dict[str, str]
    files: list[Kept]
    secrets: dict[str, str]
    sealed: bool
    ledger: int
    tables: dict[str, list[str]] = field(default_factory=dict)
    form: int = FORM
    digest: str = ""

    def with_digest(self) -> Manifest:
        """The same with its digest."""
        return Manifest(**{**self.__dict__, "digest": self._digest()})

    def is_whole(self) -> bool:
        """Whether nothing of it was altered."""
        return self.digest == self._digest()

    def _digest(self) -> str:
        told = {**asdict(self), "files": [list(each) for each in self.files]}
        del told["digest"]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Finish a backup."""
    told = {**manifest.with_digest().__dict__, "files": [list(each) for each in manifest.files]}
    unfinished = folder / f".{MANIFEST}"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, folder / MANIFEST)
    (folder / UNFINISHED).unlink(missing_ok=True)


def read(folder: Path) -> Manifest:
    """The manifest of a finished backup.

    Raises HouseError "backup.none" where there is none, "backup.unfinished", "backup.damaged", "backup.newer".
    """
    try:
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        told["files"] = [Kept(*each) for each in told["files"]]
        if told["form"] > FORM:
            raise newer(str(folder))
        manifest = Manifest(**told)
    except FileNotFoundError:
        raise (unfinished(folder) if (folder / UNFINISHED).exists() else none(folder)) from None
    except (ValueError, TypeError, KeyError):
        raise damaged([MANIFEST]) from None
    if not manifest.is_whole():
        raise damaged([MANIFEST])
    return manifest


def differing(folder: Path, manifest: Manifest) -> Iterator[tuple[Kept, bool]]:
    """Every file of the backup, and whether it is missing or other than it was."""
    for kept in manifest.files:
        file = folder / kept.path
        try:
            with file.open("rb") as opened:
                same = (
                    file.stat().st_size == kept.size
                    and hashlib.file_digest(opened, "sha256").hexdigest() == kept.sha256
                )
        except OSError:
            same = False
        yield kept, not same


def none(folder: Path) -> HouseError:
    """That the folder holds no backup."""
    return HouseError(
        "backup.none",
        Text("该文件夹里没有备份。", "The folder holds no backup."),
        Text("请给出 tongchou backup 写出的文件夹。", "Name a folder that `tongchou backup` wrote."),
        str(folder),
    )


def unfinished(folder: Path) -> HouseError:
    """That the backup was never finished."""
    return HouseError(
        "backup.unfinished",
        Text("这份备份没有完成。", "This backup was not finished."),
        Text(
            "请在原系统上再次运行 tongchou backup，它会接着做。",
            "Run `tongchou backup` again; it goes on with it.",
        ),
        str(folder),
    )


def damaged(names: list[str]) -> HouseError:
    """That files of the backup are missing or altered; all of them are counted, some named."""
    some = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return HouseError(
        "backup.damaged",
        Text(
            f"备份已损坏：{len(names)} 个文件缺失或被改动（{some}）。",
            f"The backup is damaged: {len(names)} files are missing or altered ({some}).",
        ),
        Text("请改用另一份备份；这一份一字未用。", "Use another backup; nothing of this one was used."),
    )


def newer(where: str) -> HouseError:
    """That a later version of the software made the backup."""
    return HouseError(
        "backup.newer",
        Text("这份备份由更新的版本制作。", "A later version of the software made this backup."),
        Text("请先升级，再恢复。", "Update first, then restore."),
        where,
    )

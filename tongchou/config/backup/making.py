"""Making a backup, while the installation runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from tongchou import __version__, ledger
from tongchou.accounts.actor import Actor
from tongchou.ledger.models import Entry
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import database, sealed
from .files import Copies, data_files
from .manifest import MANIFEST, UNFINISHED, Manifest, write

Progress = Callable[[str, int, int], None]

#: Parts of the data folder whose files never change once they are whole.
_UNCHANGING = ("pool/raw/", "pool/log/", "pool/issued/", "pool/quarantine/", "uploads/")
_CHANGING = ("HEAD.json", "_last_checkpoint")


def back_up(
    *, by: Actor, folder: Path, passphrase: str | None = None, progress: Progress | None = None
) -> Manifest:
    """Write a backup of this installation into a new or empty folder, or go on with one that was interrupted.

    passphrase: under which the secret keys go along; None leaves them out. progress: (phase, done, total).
    It takes as long as copying takes and must hold no transaction, so it is on record twice: when it begins, which
    is in the copy, and when it is done. Raises HouseError "backup.folder_taken", "backup.folder_inside",
    "backup.passphrase_short".
    """
    root = Path(settings.TONGCHOU_DATA)
    _check(folder, root)
    if passphrase is not None:
        sealed.check_passphrase(passphrase)
    report = progress or (lambda phase, done, total: None)
    folder.mkdir(parents=True, exist_ok=True)
    copies = Copies(folder)
    told = {**by.trace(), "with_keys": passphrase is not None}
    ledger.append("house.backup_begun", told)
    # The last signed head first: it must not be ahead of the ledger that is copied after it.
    shutil.rmtree(folder / "keys", ignore_errors=True)
    for path in sealed.public_files(root):
        copies.add(path, f"keys/{path.name}", changes=True)
    moment = datetime.now(UTC)
    report("control database", 0, 0)
    entries = Entry.objects.count()
    tables = database.copy(folder, copies.note)
    listed = list(dict.fromkeys(data_files(root)))
    for number, path in enumerate(listed):
        report("data", number, len(listed))
        name = path.relative_to(root).as_posix()
        changes = path.name in _CHANGING or not name.startswith(_UNCHANGING)
        copies.add(path, f"data/{name}", changes=changes)
    report("data", len(listed), len(listed))
    if passphrase is not None:
        report("keys", 0, 0)
        sealed.seal(root, folder / sealed.SEALED, passphrase)
        copies.note(folder / sealed.SEALED)
    copies.sweep()
    manifest = Manifest(
        made_at=moment.isoformat(),
        version=__version__,
        database=connection.vendor,
        migrations=database.migrations(),
        files=sorted(copies.kept.values()),
        secrets={name: sealed.fingerprint(path) for name, path in sealed.secret_files(root).items()},
        sealed=passphrase is not None,
        ledger=entries,
        tables=tables,
    )
    write(folder, manifest)
    size = sum(each.size for each in manifest.files)
    ledger.append("house.backed_up", {**told, "files": len(manifest.files), "bytes": size})
    return manifest


def _check(folder: Path, root: Path) -> None:
    if folder.resolve().is_relative_to(root.resolve()) or root.resolve().is_relative_to(folder.resolve()):
        raise HouseError(
            "backup.folder_inside",
            Text(
                "备份文件夹与数据目录互相包含。",
                "The backup's folder and the data folder contain one another.",
            ),
            Text("请写到别的磁盘或文件夹。", "Write it to another disk or folder."),
            str(folder),
        )
    if (folder / MANIFEST).exists() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / UNFINISHED).exists()
    ):
        raise HouseError(
            "backup.folder_taken",
            Text(
                "该文件夹里已有完成的备份或别的文件。",
                "The folder holds a finished backup or something else.",
            ),
            Text("请换一个新的文件夹。", "Name a new folder."),
            str(folder),
        )

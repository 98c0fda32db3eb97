"""What the exchange keeps of people beside the pool, and how it is removed when they are erased.

Files made of resources the person was in, what was said in corrections and explanations about them, the joining of their
account. Rows stay that say who did what and when: they hold an id and no value. Registered with `pool.erasing`.
"""

from __future__ import annotations

import shutil

from django.db import connection
from django.utils import timezone

from tongchou.pool import erasing
from tongchou.standards.text import Text

from . import erased_rows, exporting
from .models import Case, Correction, Explanation, Export, OwnFile

#: A digest that no number has.
_NOBODY = b""


def register() -> None:
    """Hook into erasures; at start."""
    erasing.register(
        "recipients",
        erased_rows.note,
        label=Text("告知收到记录的单位", "those told who received them"),
        order=8,
    )
    erasing.register("exports", erase_exports, label=Text("导出文件", "exported files"), order=70)
    erasing.register(
        "confided", erase_confided, label=Text("校核与说明的内容", "what was confided"), order=71
    )
    erasing.register("accounts", erase_bindings, label=Text("本人账号绑定", "joined accounts"), order=72)


def erase_exports(target: erasing.Target) -> int:
    """Files kept for their recipients that were made of any of the resources, finished or not. They can be made again."""
    removed = 0
    for export in Export.objects.filter(resource__code__in=target.resources):
        folder = exporting.folder_of(export.number)
        if folder.exists():
            shutil.rmtree(folder)
            removed += 1
        if export.state == Export.State.DONE:
            Export.objects.filter(pk=export.pk).update(state=Export.State.DELETED)
    return removed


def erase_confided(target: erasing.Target) -> int:
    """What was said and decided in corrections and explanations about the subject, and their open cases."""
    _overwrite()
    removed = (
        Correction.objects.filter(subject_id__in=target.ids).exclude(sealed=_NOBODY).update(sealed=_NOBODY)
    )
    removed += (
        Explanation.objects.filter(subject_id__in=target.ids).exclude(sealed=_NOBODY).update(sealed=_NOBODY)
    )
    Case.objects.filter(subject_id__in=target.ids, state=Case.State.OPEN).update(
        state=Case.State.CLOSED, closed_by="house", closed_at=timezone.now()
    )
    return removed


def erase_bindings(target: erasing.Target) -> int:
    """Whose account it was: the binding ends, and the digest of the number goes."""
    _overwrite()
    OwnFile.objects.filter(subject_id__in=target.ids, ended_at__isnull=True).update(
        ended_at=timezone.now(), ended_by="house"
    )
    return (
        OwnFile.objects.filter(subject_id__in=target.ids).exclude(id_digest=_NOBODY).update(id_digest=_NOBODY)
    )


def _overwrite() -> None:
    """SQLite overwrites on this connection what is changed from now on."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")

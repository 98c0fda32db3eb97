"""What those who hold subject ids here do when ids are merged or split.

Merged: nothing is rewritten. An id that was merged leads to the one it is now (`pool.queries.ids_of`), and should the
merge be undone, it means again whom it meant. Split: what was held under the id may be the other part's. An own file
follows the identity number that was checked, an open correction its record; a case cannot know which of the two was
meant, and is shown to the bureau.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from tongchou.pool import queries as pool
from tongchou.pool import turns
from tongchou.pool.models import SubjectTurn
from tongchou.pool.serving.digests import record_reference

from .models import Case, Correction, OwnFile

_OPEN = (Correction.State.WAITING, Correction.State.ESCALATED, Correction.State.REVIEW)


def register() -> None:
    """Have the exchange told; at start."""
    turns.register("exchange", hear)


def hear(some: Sequence[SubjectTurn]) -> None:
    """Follow splits with own files and open corrections, and mark open cases."""
    for turn in some:
        if turn.kind != SubjectTurn.Kind.SPLIT:
            continue
        _own_files(turn)
        _corrections(turn)
        _cases(turn)


def _own_files(turn: SubjectTurn) -> None:
    for held in OwnFile.objects.filter(subject_id=turn.subject_id, ended_at__isnull=True):
        if pool.find_digest(bytes(held.id_digest)) != [turn.other_id]:
            continue
        try:
            with transaction.atomic():
                OwnFile.objects.filter(pk=held.pk).update(subject_id=turn.other_id)
        except IntegrityError:
            continue  # another account stands for that person: none is shown until a window has looked


def _corrections(turn: SubjectTurn) -> None:
    found = Correction.objects.filter(subject_id=turn.subject_id, state__in=_OPEN).select_related("resource")
    document = pool.document(turn.other_id) if found.exists() else None
    there = {
        (version["resource"], record_reference(version["resource"], version["key"]))
        for version in (document or {"versions": []})["versions"]
    }
    for each in found:
        if (each.resource.code, each.record) in there:
            Correction.objects.filter(pk=each.pk).update(subject_id=turn.other_id)


def _cases(turn: SubjectTurn) -> None:
    for case in Case.objects.filter(subject_id=turn.subject_id, state=Case.State.OPEN):
        followed = Correction.objects.filter(number=case.origin, subject_id=turn.other_id).exists()
        if case.kind == "correction" and followed:
            Case.objects.filter(pk=case.pk).update(subject_id=turn.other_id)
        elif "split" not in case.unusual:
            case.unusual = [*case.unusual, "split"]
            case.save(update_fields=["unusual"])

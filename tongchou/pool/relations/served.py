"""Relations as they are asked for: one sealed document read from the store, and what it says on the day."""

from __future__ import annotations

from datetime import date, datetime

from ..serving import store as documents
from ..serving.sealing import unseal
from . import reading
from .reading import Relation
from .storing import store


def relations_of(subject_id: str, *, valid_on: date, known_at: datetime | None = None) -> list[Relation]:
    """The relations of a subject that held on `valid_on`, by what was known at `known_at` (None: by all we know now).

    An id that was merged leads to the one it is now. Empty when nothing is known of the subject. Ordered by kind,
    then by the other. Of a kind of which a subject has very many (the employees of a large company) the latest are
    answered; `counts_of` says how many there are. Raises HouseError "pool.document_damaged".
    """
    document = _document(subject_id)
    return reading.relations(document, valid_on, known_at) if document else []


def counts_of(subject_id: str) -> dict[str, int]:
    """{kind: how many relations of it were left out of the document}; empty when it holds them all."""
    document = _document(subject_id)
    return dict(document["left_out"]) if document else {}


def _document(subject_id: str) -> reading.Document | None:
    held = store().get(subject_id)
    if held is None:
        found = documents().document(subject_id)
        if found is None or found[0] == subject_id:
            return None
        subject_id = found[0]
        held = store().get(subject_id)
    return unseal(bound(subject_id), held) if held else None


def bound(subject_id: str) -> str:
    """What a sealed relations document is bound to: it must not pass for the subject's document of records."""
    return f"relations:{subject_id}"

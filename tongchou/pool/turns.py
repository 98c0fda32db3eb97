"""What became of subject ids in a run: noted, and told to everybody who holds ids.

A run that merges two subjects makes one id an alias of the other; one that splits a subject leaves the id with the
larger part. Both follow from what the run left in `issued`, so that a run that died after putting its links in force is
caught up with by the next: it notes what is not noted and tells what is not told. Rooms above register to be told
(`register`); being told the same again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone

from tongchou.standards import hooks

from . import issued, links
from .engine.connection import connect, quote, rows
from .models import Population, SubjectTurn

Hearer = Callable[[Sequence[SubjectTurn]], None]

_hearers: dict[str, Hearer] = {}
_AT_ONCE = 1_000

# Records whose subject is another than before: where they went is what became of the id they were under.
_TURNS = """SELECT CASE WHEN a.merged_into IS NULL THEN 'split' ELSE 'merged' END, m.before, m.after, count(*)
FROM read_parquet({moves}) m
LEFT JOIN read_parquet({aliases}) a ON a.subject_id = m.before AND a.merged_into = m.after
WHERE m.before IS NOT NULL AND m.after IS NOT NULL GROUP BY ALL ORDER BY 2, 3"""


def register(name: str, hearer: Hearer) -> None:
    """Have a room told of turns, in the transaction that notes they were told."""
    _hearers[name] = hearer


def tell(population: Population) -> tuple[int, int]:
    """Note what the links in force brought and tell what is untold; (ids merged, ids split) by these links.

    Documents must be served already: hearers look up which part a person is in. The caller holds the population's lock.
    """
    hooks.settle(__name__)
    note(population)
    while True:
        with transaction.atomic():
            waiting = SubjectTurn.objects.filter(population=population.code, told_at__isnull=True)
            some = list(waiting.order_by("pk")[:_AT_ONCE])
            if not some:
                break
            for hearer in _hearers.values():
                hearer(some)
            SubjectTurn.objects.filter(pk__in=[turn.pk for turn in some]).update(told_at=timezone.now())
    version = links.current(population.code)
    brought = SubjectTurn.objects.filter(population=population.code, version=version.number if version else 0)
    kinds = SubjectTurn.Kind
    return brought.filter(kind=kinds.MERGED).count(), brought.filter(kind=kinds.SPLIT).count()


def note(population: Population) -> None:
    """Note what the links in force brought, unless it is noted."""
    version = links.current(population.code)
    moves = issued.moves_of(population.code, version.number) if version else None
    if version is None or moves is None:
        return
    with connect() as db:
        found = rows(db, _TURNS.format(moves=quote(str(moves)), aliases=quote(str(version.parts["aliases"]))))
    SubjectTurn.objects.bulk_create(
        (
            SubjectTurn(
                population=population.code, version=version.number, kind=kind, subject_id=before,
                other_id=after, records=count, at=version.at,
            )
            for kind, before, after, count in found
        ),
        batch_size=_AT_ONCE, ignore_conflicts=True,
    )  # fmt: skip

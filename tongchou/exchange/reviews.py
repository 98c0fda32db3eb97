"""Review cases (核对): a steward judges whether two records are about one subject, or looks into the quality of a file.

Opening a pair to be judged opens a case for each of its subjects, under which the steward may read their files as far
as the grants for data quality go; the verdict closes them. To check one file, a steward opens a case by hand.
"""

from __future__ import annotations

import re

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.pool import links
from tongchou.pool.models import ReviewPair

from . import cases
from .actions.cases import close_case, open_case
from .models import Case

KIND = "review"


def origin_of(pair: ReviewPair) -> str:
    """What a case opened for a pair says it was opened from."""
    return f"pair {pair.pk}"


def case_for(by: Actor, pair: ReviewPair, subject_id: str) -> Case:
    """The live review case of the actor's organisation for one subject of a pair, opened if there is none."""
    found = Case.objects.filter(
        kind=KIND, organisation__code=by.organisation, origin=origin_of(pair), subject_id=subject_id,
        state=Case.State.OPEN, until__gte=timezone.localdate(),
    ).first()  # fmt: skip
    return found or open_case(by=by, kind=KIND, subject=subject_id, origin=origin_of(pair))


def close(by: Actor, pair: ReviewPair) -> int:
    """Close the pair's review cases of the actor's organisation; returns how many."""
    found = Case.objects.filter(
        kind=KIND, organisation__code=by.organisation, origin=origin_of(pair), state=Case.State.OPEN
    )
    refs = list(found.values_list("ref", flat=True))
    for ref in refs:
        close_case(by=by, ref=ref)
    return len(refs)


def confirms(origin: str, subject_id: str, organisation: str) -> bool:
    """Whether a pair that was found has a record of the subject (`cases.Kind.confirms`)."""
    said = re.fullmatch(r"pair (\d{1,12})", origin)
    pair = ReviewPair.objects.select_related("population").filter(pk=int(said[1])).first() if said else None
    if pair is None:
        return False
    ends = ((pair.left_resource, pair.left_key), (pair.right_resource, pair.right_key))
    held = [links.subject_of(pair.population.code, resource, key) for resource, key in ends]
    return any(each is not None and cases.is_same(each, subject_id) for each in held)

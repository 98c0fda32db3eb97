"""What a judged sample says about the links it was drawn from. Pure.

Every answer stands for record pairs: of a stratum of N with n draws answered, each draw for N/n. Pairs nobody could
decide are taken to be like the others of their stratum; `Assessment.worst` says what precision and recall were if all of
them were errors, so that a reader sees how much rests on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..linkage import probability
from . import statistics
from .frame import StratumFacts
from .groups import GROUPS
from .statistics import Estimate, Quality, Stratum

#: Bounds of the bands of the calibration, in bits.
BANDS = (-7.0, -5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 8.0, 12.0)


@dataclass(frozen=True)
class Answer:
    """What is known of one drawn pair. score: log2 odds of the records shown, by which the machine decided. same: what
    the reviewers said, None where they have not, or could not tell. asked: whether enough were asked.
    """

    stratum: int
    score: float
    times: int
    size: float
    groups: frozenset[str]
    same: bool | None
    asked: bool


@dataclass(frozen=True)
class StratumTold:
    """One stratum with its share of pairs that are one subject's; None while nobody answered."""

    facts: StratumFacts
    answered: int
    same: Estimate | None


@dataclass(frozen=True)
class Band:
    """One band of the calibration. stated: the mean probability the machine gave; observed: the share that was one
    subject's. Equal is well calibrated. n: how many drawn pairs fell into it.
    """

    stated: float
    observed: Estimate
    n: int


@dataclass(frozen=True)
class GroupTold:
    """Errors in one group of people. false_merges: share of its linked record pairs that are two people's;
    missed: share of its record pairs of one person that are left apart. None where nobody of the group was drawn.
    """

    code: str
    false_merges: Estimate | None
    missed: Estimate | None
    n: int


@dataclass(frozen=True)
class Assessment:
    """The whole. near_recall: recall among pairs that scored more than faintly, known more sharply. answered, unsure,
    waiting: drawn pairs decided, not to be decided, and not yet asked. worst: (precision, recall) if every pair nobody
    could decide were an error.
    """

    quality: Quality
    near_recall: Estimate | None
    worst: tuple[float, float] | None
    strata: tuple[StratumTold, ...]
    bands: tuple[Band, ...]
    groups: tuple[GroupTold, ...]
    answered: int
    unsure: int
    waiting: int


def assess(strata: Sequence[StratumFacts], answers: Sequence[Answer]) -> Assessment:
    """Estimates from the answers there are; those that need a stratum nobody answered in are None."""
    decided = [each for each in answers if each.same is not None]
    counted = {facts.number: _counted(facts, decided) for facts in strata}
    quality = statistics.quality(*_sides(strata, counted))
    unsure = [each for each in answers if each.same is None and each.asked]
    weighted = _weighted(strata, decided)
    return Assessment(
        quality=quality,
        near_recall=statistics.quality(*_sides([each for each in strata if not each.faint], counted)).recall,
        worst=_worst(strata, decided, unsure) if unsure else None,
        strata=tuple(
            StratumTold(
                facts,
                sum(each.stratum == facts.number for each in decided),
                _share_of(counted[facts.number]),
            )
            for facts in strata
            if facts.size
        ),
        bands=_bands(weighted),
        groups=tuple(_group(code, weighted, strata) for code in ("", *GROUPS)),
        answered=len(decided),
        unsure=len(unsure),
        waiting=len(answers) - len(decided) - len(unsure),
    )


def _counted(facts: StratumFacts, decided: Sequence[Answer]) -> Stratum:
    """The answers of one stratum as statistics take them."""
    mine = [each for each in decided if each.stratum == facts.number]
    weights = [each.times * (each.size if facts.census else 1.0) for each in mine]
    whole = sum(weights)
    if not whole:
        return Stratum(facts.size, 0, 0)
    hits = sum(weight for weight, each in zip(weights, mine, strict=True) if each.same)
    if facts.census and not facts.linked:
        # All pairs of files were taken, of unlike size: known once all are answered, else by effective number.
        complete = len(mine) == facts.units
        effective = whole**2 / sum(weight**2 for weight in weights)
        return Stratum(facts.size, effective, effective * hits / whole, effective if complete else None)
    return Stratum(facts.size, whole, hits, facts.size if facts.linked else None)


def _share_of(stratum: Stratum) -> Estimate | None:
    if not stratum.drawn:
        return None
    return statistics.exact(min(stratum.hits, stratum.drawn), stratum.drawn, population=stratum.finite)


def _sides(
    strata: Sequence[StratumFacts], counted: dict[int, Stratum]
) -> tuple[list[Stratum], list[Stratum]]:
    return (
        [counted[facts.number] for facts in strata if facts.linked],
        [counted[facts.number] for facts in strata if not facts.linked],
    )


def _weighted(strata: Sequence[StratumFacts], decided: Sequence[Answer]) -> list[tuple[float, Answer]]:
    """Each answer with the record pairs it stands for."""
    facts = {each.number: each for each in strata}
    own = [each.times * (each.size if facts[each.stratum].census else 1.0) for each in decided]
    totals: dict[int, float] = {}
    for weight, each in zip(own, decided, strict=True):
        totals[each.stratum] = totals.get(each.stratum, 0.0) + weight
    return [
        (facts[each.stratum].size * weight / totals[each.stratum], each)
        for weight, each in zip(own, decided, strict=True)
    ]


def _bands(weighted: Sequence[tuple[float, Answer]]) -> tuple[Band, ...]:
    bands = []
    for low, high in zip((None, *BANDS), (*BANDS, None), strict=True):
        mine = [
            (weight, each)
            for weight, each in weighted
            if (low is None or each.score >= low) and (high is None or each.score < high)
        ]
        observed = statistics.weighted_share((weight, bool(each.same)) for weight, each in mine)
        if observed is not None:
            stated = sum(weight * probability(each.score) for weight, each in mine)
            bands.append(Band(stated / sum(weight for weight, _ in mine), observed, len(mine)))
    return tuple(bands)


def _group(code: str, weighted: Sequence[tuple[float, Answer]], strata: Sequence[StratumFacts]) -> GroupTold:
    linked = {facts.number for facts in strata if facts.linked}
    mine = [(weight, each) for weight, each in weighted if not code or code in each.groups]
    wrong = statistics.weighted_share(
        (weight, not each.same) for weight, each in mine if each.stratum in linked
    )
    missed = statistics.weighted_share(
        (weight, each.stratum not in linked) for weight, each in mine if each.same
    )
    return GroupTold(code, wrong, missed, len(mine))


def _worst(
    strata: Sequence[StratumFacts], decided: Sequence[Answer], unsure: Sequence[Answer]
) -> tuple[float, float] | None:
    linked = {facts.number for facts in strata if facts.linked}
    errors = [
        Answer(each.stratum, each.score, each.times, each.size, each.groups, each.stratum not in linked, True)
        for each in unsure
    ]
    counted = {facts.number: _counted(facts, [*decided, *errors]) for facts in strata}
    found = statistics.quality(*_sides(strata, counted))
    if found.precision is None or found.recall is None:
        return None
    return found.precision.value, found.recall.value

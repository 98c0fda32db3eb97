"""Quality samples on record: asking for one, and closing the drawing. The seed is in the ledger."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from ..models import Population, ReviewSample
from ..published import Version
from ..quality import sampling
from ..quality.frame import Drawn

#: Pairs in a sample unless said otherwise: two people judge them in an afternoon each.
USUAL = 400
FEWEST, MOST = 20, 5_000


@action(permission="links.judge", event="links.sample_requested")
def request_sample(
    *, by: Actor, population: Population, wanted: int = USUAL, seed: int | None = None
) -> ReviewSample:
    """Ask for a sample of a population's links to measure them by; the worker draws it (`work.perform_next`).

    wanted: about how many pairs. seed: of the random numbers; None for one nobody can choose. Raises HouseError
    "pool.sample_size", "pool.sample_waiting" while another waits.
    """
    if not FEWEST <= wanted <= MOST:
        raise HouseError(
            "pool.sample_size",
            Text(f"样本量应在 {FEWEST} 到 {MOST} 对之间。", f"A sample has {FEWEST} to {MOST} pairs."),
            Text("请改用这个范围内的数。", "Choose a number in between."),
        )
    try:
        with transaction.atomic():
            sample = ReviewSample.objects.create(
                population=population, wanted=wanted, requested_by=by.username,
                seed=secrets.randbits(32) if seed is None else seed,
            )  # fmt: skip
    except IntegrityError:
        raise HouseError(
            "pool.sample_waiting",
            Text("该关联库已有一次抽样在等待。", "A sample of this population is already waiting."),
            Text("请等它抽取完成。", "Wait until it is drawn."),
            population.code,
        ) from None
    note(population=population.code, sample=sample.pk, seed=sample.seed, wanted=wanted)
    return sample


@action(permission="links.judge", event="links.sample_drawn")
def close_sample(
    *, by: Actor, sample: ReviewSample, drawn: Drawn, version: Version, groups: dict[int, frozenset[str]]
) -> ReviewSample:
    """Store what was drawn. drawn, version, groups: as `sampling.draw_from` gives them."""
    sampling.keep(sample, drawn, version, groups)
    note(
        population=sample.population.code, sample=sample.pk, run=sample.run.pk if sample.run else None,
        seed=sample.seed, version=version.number, pairs=len(drawn.draws),
        strata=[f"{each.number}:{each.units}:{each.drawn}" for each in drawn.strata],
    )  # fmt: skip
    return sample

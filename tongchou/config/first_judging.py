"""Two reviewers judge a quality sample of the links and the first pairs that wait, on the sample district's first day.

So its linkage report says how right the links are, with examples of errors and errors by group. The two know whom a record
is about, as people with the papers before them would: from the truth that lies apart, which nothing else reads. Like
people they cannot always tell, and now and then one of them is wrong; those pairs wait for a third.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tongchou.accounts.actor import Actor
from tongchou.accounts.queries import actor_of_username
from tongchou.pool.actions.judging import judge
from tongchou.pool.actions.quality import request_sample
from tongchou.pool.models import Population, ReviewPair, ReviewSample
from tongchou.pool.quality import queue
from tongchou.pool.work import draw_next

#: A sample of fewer people's links would say nothing.
LEAST_PEOPLE = 1_000
PAIRS, SEED = 240, 2026
#: Of the pairs that wait, they get this far with each kind; the rest waits for whoever looks.
WAITING_JUDGED = 20
REVIEWERS = ("steward", "steward_two")
#: The second reviewer cannot tell of one pair in so many, and errs in one in so many.
UNSURE_EVERY, WRONG_EVERY = 23, 67


def judge_links(folder: Path, *, least: int = LEAST_PEOPLE) -> int:
    """Draw a sample of the people's links and judge it, and the first of the pairs that wait; how many pairs.

    folder: of the sample, with its truth. 0 among fewer than `least` people, when the truth was put away, or when a
    sample was drawn before.
    """
    truth = folder / "truth" / "people.parquet"
    population = Population.objects.filter(code="people").first()
    if (
        population is None
        or not truth.is_file()
        or ReviewSample.objects.filter(population=population).exists()
    ):
        return 0
    with duckdb.connect() as database:
        found = database.execute(
            "SELECT resource, source_key, person FROM read_parquet(?)", [str(truth)]
        ).fetchall()
    about = {(resource, key): person for resource, key, person in found}
    if len(set(about.values())) < least:
        return 0
    by = [actor_of_username(name) for name in REVIEWERS]
    sample = request_sample(by=by[0], population=population, wanted=PAIRS, seed=SEED)
    draw_next(by=Actor.house("worker"))
    pairs = [
        *ReviewPair.objects.filter(sampled__sample=sample).distinct().order_by("pk"),
        *_waiting(population, by[0], ReviewPair.Kind.MERGED),
        *_waiting(population, by[0], ReviewPair.Kind.APART),
    ]
    for place, pair in enumerate(pairs, start=1):
        one, other = (
            about.get(end)
            for end in ((pair.left_resource, pair.left_key), (pair.right_resource, pair.right_key))
        )
        same = one is not None and one == other
        judge(by=by[0], pair=pair, verdict="same" if same else "different")
        judge(by=by[1], pair=pair, verdict=_second(place, same))
    return len(pairs)


def _waiting(population: Population, reviewer: Actor, kind: int) -> list[ReviewPair]:
    waiting = queue.waiting_for(reviewer.username, population.code)
    return list(waiting.filter(kind=kind, state=ReviewPair.State.OPEN)[:WAITING_JUDGED])


def _second(place: int, same: bool) -> str:
    if place % UNSURE_EVERY == 0:
        return "unsure"
    return "same" if same != (place % WRONG_EVERY == 0) else "different"

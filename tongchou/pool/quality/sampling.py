"""Drawing a sample from the links in force, and reading back what reviewers said of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils import timezone

from tongchou.accounts.sealing import seal, unseal
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import links
from ..engine.connection import connect
from ..folders import data_root
from ..identities import identities
from ..linkage import load_model
from ..models import LinkRun, ReviewPair, ReviewSample, SampledPair, Verdict
from ..plans import feeds_of
from ..published import Version
from . import agreeing
from .estimates import Answer
from .frame import Draw, Drawn, StratumFacts, draw
from .groups import GROUPS, groups_of

#: A set of groups is padded to so many bytes before it is sealed, so that its length says nothing.
_PADDED = 64


def draw_from(sample: ReviewSample) -> tuple[Drawn, Version, dict[int, frozenset[str]]]:
    """Draw what a sample asks for from the links in force: (the draws, the links' version, groups by place).

    Takes about as long as comparing all records once. Raises HouseError "pool.nothing_linked".
    """
    population = sample.population
    version = links.current(population.code)
    if version is None:
        raise HouseError(
            "pool.nothing_linked",
            Text("还没有关联结果。", "Nothing is linked yet."),
            Text("请先关联该库，再抽样。", "Link the population first, then draw a sample."),
            population.code,
        )
    with connect(data_root()) as db:
        records = identities(db, data_root(), feeds_of(population.code))
    table = pq.read_table(version.parts["links"], columns=["resource", "source_key", "subject_id"])
    drawn = draw(records, table, load_model(population.model), wanted=sample.wanted, seed=sample.seed)
    groups = _groups(records, drawn.draws, timezone.localdate()) if population.kind == "person" else {}
    return drawn, version, groups


def keep(sample: ReviewSample, drawn: Drawn, version: Version, groups: dict[int, frozenset[str]]) -> None:
    """Store what was drawn; the caller's transaction makes it all or nothing."""
    for place, each in enumerate(drawn.draws, start=1):
        pair, _ = ReviewPair.objects.get_or_create(
            population=sample.population, left_resource=each.left[0], left_key=each.left[1],
            right_resource=each.right[0], right_key=each.right[1],
            defaults={
                "score": each.score, "kind": ReviewPair.Kind.SAMPLED,
                "sentence_zh": each.sentence.zh, "sentence_en": each.sentence.en,
            },
        )  # fmt: skip
        SampledPair.objects.create(
            sample=sample, pair=pair, place=place, stratum=each.stratum, linked=each.linked,
            score=each.score, times=each.times, size=each.size,
            groups=seal(_bound(sample, place), _packed(groups.get(place, frozenset()))),
        )  # fmt: skip
    sample.strata = [
        {**asdict(each), "label": {"zh": each.label.zh, "en": each.label.en}} for each in drawn.strata
    ]
    sample.version = version.number
    sample.run = LinkRun.objects.filter(population=sample.population, state=LinkRun.State.DONE).first()
    sample.state, sample.drawn_at = ReviewSample.State.READY, timezone.now()
    sample.save()


def strata_of(sample: ReviewSample) -> list[StratumFacts]:
    """The strata as they were drawn from."""
    return [StratumFacts(**{**each, "label": Text.of(each["label"])}) for each in sample.strata]


def answers_of(sample: ReviewSample) -> list[Answer]:
    """What is known of every drawn pair: the verdict of most reviewers, once there is one.

    One reviewer's word counts until a second contradicts it; `statistics` on the screen says how many have two.
    """
    found = []
    for each, said in sampled(sample):
        outcome = agreeing.outcome(said)
        found.append(
            Answer(
                each.stratum, each.score, each.times, each.size, _groups_of(sample, each),
                {agreeing.SAME: True, agreeing.DIFFERENT: False}.get(outcome.verdict), outcome.stage == "undecided",
            )
        )  # fmt: skip
    return found


def sampled(sample: ReviewSample) -> Iterator[tuple[SampledPair, list[str]]]:
    """The pairs of a sample in the order of asking, each with the verdicts that stand on it."""
    standing = Verdict.objects.filter(pair__sampled__sample=sample, withdrawn_at__isnull=True).distinct()
    said: dict[int, list[str]] = {}
    for pair, word in standing.order_by("at", "pk").values_list("pair_id", "said"):
        said.setdefault(pair, []).append(word)
    for each in sample.pairs.select_related("pair"):
        yield each, said.get(each.pair.pk, [])


def _groups(records: pa.Table, draws: Iterable[Draw], on: date) -> dict[int, frozenset[str]]:
    """Groups of the people each draw is about, by its place."""
    places = [(place, *member) for place, each in enumerate(draws, start=1) for member in each.members]
    if not places:
        return {}
    at, resources, keys = zip(*places, strict=True)
    members = pa.table({"place": pa.array(at, pa.int64()), "resource": resources, "source_key": keys})
    said = [each for each in ("name", "id_number", "birth_date", "ethnicity") if each in records.column_names]
    with connect() as db:
        db.register("records", records)
        db.register("members", members)
        home = ""
        if "id_number" in said:
            found = db.execute(
                """SELECT substr(id_number, 1, 4) AS home FROM records WHERE length(id_number) = 18
                GROUP BY home ORDER BY count(*) DESC, home LIMIT 1"""
            ).fetchall()
            home = str(found[0][0]) if found else ""
        columns = "".join(f", r.{each}" for each in said)
        rows = db.sql(
            f"SELECT m.place{columns} FROM members m JOIN records r USING (resource, source_key) ORDER BY m.place"
        ).to_arrow_table()
    files: dict[int, list[dict[str, Any]]] = {}
    for row in rows.to_pylist():
        files.setdefault(row.pop("place"), []).append(row)
    return {place: groups_of(file, on, home) for place, file in files.items()}


def _bound(sample: ReviewSample, place: int) -> str:
    return f"sampled-groups:{sample.pk}:{place}"


def _packed(groups: frozenset[str]) -> bytes:
    return json.dumps(sorted(groups)).encode().ljust(_PADDED)


def _groups_of(sample: ReviewSample, each: SampledPair) -> frozenset[str]:
    told = json.loads(unseal(_bound(sample, each.place), bytes(each.groups)))
    return frozenset(word for word in told if word in GROUPS)

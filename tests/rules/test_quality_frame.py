"""Samples drawn from links whose truth is known; doubts worth a reviewer's time; groups; what verdicts amount to."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pytest

from bench.dirty_people import deliver
from bench.linkage import quality as measured
from bench.linkage import standardised
from tongchou.pool.linkage import LinkResult, link, load_model
from tongchou.pool.quality import agreeing, doubts, estimates, frame
from tongchou.pool.quality.groups import groups_of

Record = tuple[str, str]
SEEDS = 10


@lru_cache(maxsize=2)
def linked(profile: str) -> tuple[pa.Table, pa.Table, LinkResult, dict[Record, int], dict[str, float]]:
    """(records, links, the linkage's result, whom each record is about, precision and recall)."""
    records = standardised(deliver(800, 815, profile))
    result = link(records.drop_columns(["person"]), model=load_model("zh_people"))
    names = list(zip(records["resource"].to_pylist(), records["source_key"].to_pylist(), strict=True))
    person = dict(zip(names, records["person"].to_pylist(), strict=True))
    clusters = {(row["resource"], row["source_key"]): row["cluster"] for row in result.clusters.to_pylist()}
    links = pa.table(
        {
            "resource": result.clusters["resource"],
            "source_key": result.clusters["source_key"],
            "subject_id": result.clusters["cluster"].cast(pa.string()),
        }
    )
    return records.drop_columns(["person"]), links, result, person, measured(clusters, records)


def sample(profile: str, seed: int, wanted: int = 300) -> frame.Drawn:
    records, links, *_rest = linked(profile)
    return frame.draw(records, links, load_model("zh_people"), wanted=wanted, seed=seed)


def answers(drawn: frame.Drawn, person: dict[Record, int]) -> list[estimates.Answer]:
    """What reviewers who know the truth say."""
    return [
        estimates.Answer(each.stratum, each.score, each.times, each.size, frozenset(),
                         person[each.left] == person[each.right], True)
        for each in drawn.draws
    ]  # fmt: skip


def missed_within(profile: str) -> tuple[int, int]:
    """(found, missed) record pairs of one person, of those missed the ones the sample can reach: exact, by going
    through every pair of files the strata hold."""
    records, links, _result, person, _said = linked(profile)
    everything = frame.draw(records, links, load_model("zh_people"), wanted=1_000_000, seed=1)
    missed = sum(
        each.size for each in everything.draws if not each.linked and person[each.left] == person[each.right]
    )
    files = links.group_by("subject_id").aggregate([("source_key", "list"), ("resource", "list")])
    found = 0
    for row in files.to_pylist():
        who = [person[each] for each in zip(row["resource_list"], row["source_key_list"], strict=True)]
        found += sum(n * (n - 1) // 2 for n in np.unique(who, return_counts=True)[1].tolist())
    return found, int(missed)


def test_the_same_seed_draws_the_same_pairs_in_whatever_order_the_rows_come() -> None:
    records, links, *_rest = linked("harsh")
    shuffled = np.random.default_rng(5).permutation(records.num_rows)
    again = frame.draw(
        records.take(shuffled), links.take(shuffled[::-1]), load_model("zh_people"), wanted=300, seed=7
    )
    assert again == sample("harsh", 7)
    assert {(each.left, each.right) for each in again.draws} != {
        (each.left, each.right) for each in sample("harsh", 8).draws
    }


def test_the_strata_hold_every_linked_pair_once() -> None:
    _records, links, *_rest = linked("harsh")
    counts = np.array([each["counts"] for each in links["subject_id"].value_counts().to_pylist()])
    drawn = sample("harsh", 3)
    assert sum(each.size for each in drawn.strata if each.linked) == (counts * (counts - 1) // 2).sum()
    assert all(each.drawn <= each.units for each in drawn.strata if each.linked)
    assert sum(each.times for each in drawn.draws) == sum(each.drawn for each in drawn.strata)


@pytest.mark.parametrize("profile", ["harsh", "twins"])
def test_the_estimates_cover_what_is_true(profile: str) -> None:
    """Samples by many seeds, judged by the truth: the intervals hold the true precision and recall."""
    *_rest, person, truth = linked(profile)
    found, missed = missed_within(profile)
    recall = found / (found + missed)
    held = {"precision": 0, "recall": 0}
    middle = {"precision": 0.0, "recall": 0.0}
    for seed in range(SEEDS):
        drawn = sample(profile, seed)
        said = estimates.assess(drawn.strata, answers(drawn, person)).quality
        assert said.precision is not None
        assert said.recall is not None
        held["precision"] += said.precision.low <= truth["P"] <= said.precision.high
        held["recall"] += said.recall.low <= recall <= said.recall.high
        assert said.recall.high - said.recall.low < 0.25
        middle["precision"] += said.precision.value / SEEDS
        middle["recall"] += said.recall.value / SEEDS
    assert min(held.values()) >= SEEDS - 1, held
    assert middle["precision"] == pytest.approx(truth["P"], abs=0.01)
    assert middle["recall"] == pytest.approx(recall, abs=0.01)
    # What no key ever brought together is outside, and said to be; files that hold two people blur the rest a little.
    assert recall >= truth["R"] - 0.005


def test_a_file_that_swallowed_a_street_is_a_stratum_of_its_own() -> None:
    records, links, _result, person, _truth = linked("harsh")
    swallowed = pa.array(
        ["X" if at < 400 else each for at, each in enumerate(links["subject_id"].to_pylist())]
    )
    links = links.set_column(2, "subject_id", swallowed)
    drawn = frame.draw(records, links, load_model("zh_people"), wanted=300, seed=1)
    (giant,) = (each for each in drawn.strata if each.label.en.startswith("files of more") and each.size)
    assert giant.size == 400 * 399 / 2
    said = estimates.assess(drawn.strata, answers(drawn, person)).quality
    assert said.precision is not None
    assert said.precision.high < 0.3, "hardly a pair in it is one person's"


def test_partial_answers_still_estimate_and_the_undecided_are_told() -> None:
    *_rest, person, truth = linked("harsh")
    drawn = sample("harsh", 2)
    said = answers(drawn, person)
    half = [
        each
        if at % 2
        else estimates.Answer(each.stratum, each.score, each.times, each.size, each.groups, None, at % 4 == 0)
        for at, each in enumerate(said)
    ]
    found = estimates.assess(drawn.strata, half)
    assert found.quality.precision is not None
    assert found.quality.precision.low <= truth["P"] <= found.quality.precision.high
    assert found.answered + found.unsure + found.waiting == len(said)
    assert found.worst is not None
    assert found.worst[0] < found.quality.precision.value


def test_calibration_and_groups_rest_on_the_same_weights() -> None:
    *_rest, person, _truth = linked("twins")
    drawn = sample("twins", 4)
    grouped = [
        estimates.Answer(each.stratum, each.score, each.times, each.size,
                         frozenset({"child"} if at % 3 else ()), each.same, True)
        for at, each in enumerate(answers(drawn, person))
    ]  # fmt: skip
    found = estimates.assess(drawn.strata, grouped)
    everybody, *groups = found.groups
    assert everybody.false_merges is not None
    assert found.quality.precision is not None
    assert everybody.false_merges.value == pytest.approx(1 - found.quality.precision.value)
    assert everybody.missed is not None
    assert found.quality.recall is not None
    assert everybody.missed.value == pytest.approx(1 - found.quality.recall.value)
    assert {each.code: each.n for each in groups if each.n}.keys() == {"child"}
    assert [band.stated for band in found.bands] == sorted(band.stated for band in found.bands)
    assert sum(band.n for band in found.bands) == len(drawn.draws)


def test_doubtful_merges_come_first_and_carry_what_they_would_move() -> None:
    *_rest, result, person, _truth = linked("twins")
    found = list(doubts.found(result.edges, result.clusters))
    merged = [each for each in found if each.merged]
    assert merged
    assert [each.value for each in merged] == sorted((each.value for each in merged), reverse=True)
    wrong = [person[each.left] != person[each.right] for each in merged]
    best = len(wrong) // 4
    assert sum(wrong[:best]) / best >= sum(wrong[best:]) / len(wrong[best:]), (
        "the doubtful are wrong more often"
    )
    assert {each.left < each.right for each in found} == {True}
    sizes = {each["values"]: each["counts"] for each in result.clusters["cluster"].value_counts().to_pylist()}
    file_of = {(r["resource"], r["source_key"]): r["cluster"] for r in result.clusters.to_pylist()}
    for each in merged:
        assert 1 <= each.moves <= sizes[file_of[each.left]] // 2


def test_a_judged_join_is_not_doubted_again() -> None:
    edges, clusters = chain("judgement")
    assert [(each.left[1], each.right[1]) for each in doubts.found(edges, clusters)] == [("b", "c")]


def chain(how: str) -> tuple[pa.Table, pa.Table]:
    """a – b – c – d of which a–b came about as said and b–c hangs by one bit."""
    ends = [("a", "b", 1.0, how), ("b", "c", 1.0, "probability"), ("c", "d", 20.0, "number")]
    edges = pa.table(
        {
            "left_resource": ["r"] * 3, "left_key": [each[0] for each in ends],
            "right_resource": ["r"] * 3, "right_key": [each[1] for each in ends],
            "score": [each[2] for each in ends], "how": [each[3] for each in ends], "decision": ["link"] * 3,
            "sentence_zh": [""] * 3, "sentence_en": [""] * 3,
        }
    )  # fmt: skip
    clusters = pa.table({"resource": ["r"] * 4, "source_key": list("abcd"), "cluster": [0] * 4})
    return edges, clusters


def test_the_value_of_a_verdict_is_the_pairs_it_is_expected_to_put_right() -> None:
    one, two = doubts.found(*chain("probability"))
    assert (one.left[1], one.right[1], one.moves) == ("b", "c", 2)
    assert one.value == pytest.approx(2 * 2 / 3)  # one bit: wrong one time in three
    assert (two.left[1], two.moves) == ("a", 1)
    assert two.value == pytest.approx(1 * 3 / 3)


def test_bridges_are_told_from_joins_that_another_way_leads_around() -> None:
    def name(*letters: str) -> list[tuple[Record, Record]]:
        return [(("r", pair[0]), ("r", pair[1])) for pair in letters]

    found = doubts.bridges(name("ab", "bc", "ca", "cd", "de"))
    assert {left[1] + right[1]: sorted(sides) for (left, right), sides in found.items()} == {
        "cd": [2, 3],
        "de": [1, 4],
    }


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"name": "阿依古丽·买买提"}, {"minority"}),
        ({"name": "韦明", "ethnicity": "08"}, {"minority"}),
        ({"name": "王明", "ethnicity": "01"}, set()),
        ({"name": "王明", "id_number": "110101199001011237"}, {"migrant"}),
        ({"name": "王明", "id_number": "440604199001011237"}, set()),
        ({"birth_date": "2012-11-23"}, {"child"}),
        ({"birth_date": "2012-11-22"}, set()),
        ({"birth_date": "1966-11"}, set()),
        ({"birth_date": "1966-10"}, {"old"}),
        ({"birth_date": "1800"}, set()),
        ({"birth_date": "?", "name": None}, set()),
    ],
)
def test_groups_of_people(record: dict[str, str | None], expected: set[str]) -> None:
    assert groups_of([record], date(2026, 11, 22), "4406") == expected


def test_a_group_is_read_from_the_number_where_no_date_is_stated() -> None:
    file = [{"name": "李明"}, {"id_number": "440604201505011235"}]
    assert groups_of(file, date(2026, 11, 22), "4406") == {"child"}


@pytest.mark.parametrize(
    ("said", "stage", "verdict", "at_once", "agreed_only"),
    [
        ([], "open", "", "", ""),
        (["same"], "once", "same", "same", ""),
        (["unsure", "different"], "once", "different", "different", ""),
        (["same", "same"], "agreed", "same", "same", "same"),
        (["same", "different"], "disputed", "", "", ""),
        (["same", "different", "different"], "agreed", "different", "different", "different"),
        (["same", "different", "unsure"], "disputed", "", "", ""),
        (["unsure", "unsure"], "open", "", "", ""),
        (["unsure", "unsure", "unsure"], "undecided", "", "", ""),
        (["same", "same", "different", "different"], "disputed", "", "", ""),
    ],
)
def test_what_verdicts_amount_to(
    said: list[str], stage: str, verdict: str, at_once: str, agreed_only: str
) -> None:
    found = agreeing.outcome(said)
    assert (found.stage, found.verdict) == (stage, verdict)
    assert found.in_force(at_once=True) == at_once
    assert found.in_force(at_once=False) == agreed_only
    assert found.closed == (stage in ("agreed", "undecided"))

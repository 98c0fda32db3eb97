"""Training: proposed from the pool's own records, used only after another steward adopts it, and taken back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from bench.dirty_people import deliver as invented
from bench.linkage import standardised
from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor, NotAllowed
from tongchou.ledger import queries as ledger
from tongchou.pool import parameters, queries
from tongchou.pool.actions import training
from tongchou.pool.models import CandidateModel, LinkRun, Population
from tongchou.standards.errors import HouseError

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]
SOURCES = {
    "ps.residents": ("record_no", ("register", "school")), "hr.insured": ("insured_no", ("insurance", "clinic")),
}  # fmt: skip


def people() -> Population:
    return Population.objects.get(code="people")


def deliver_many(count: int) -> None:
    district.resources()
    rows = standardised(invented(count, 61, "mild")).to_pylist()
    for resource, (key, sources) in SOURCES.items():
        kept = [{**row, key: row["source_key"]} for row in rows if row["resource"] in sources]
        district.deliver(resource, kept, date(2026, 11, 1))


def proposal(verdict: str = "better", by: Actor | None = None) -> CandidateModel:
    model = parameters.parsed(people())
    model["columns"]["phone"]["bits"]["same"] += 1.0
    told: dict[str, Any] = {
        "verdict": verdict, "pairs": 1, "taught": 1, "bits": [],
        "people": {each: {"f1": 0.9, "precision": 0.9, "recall": 0.9} for each in ("before", "after")},
        "joins": {"clusters_before": 1, "clusters_after": 1, "only_before": 0, "only_after": 0},
    }  # fmt: skip
    return training.propose_model(by=by or Actor.house("tests"), population=people(), model=model, told=told)


def test_training_proposes_and_changes_nothing() -> None:
    deliver_many(2_500)
    before = parameters.parsed(people())
    candidate = training.train_model(by=Actor.house("tests"), population=people())
    assert candidate.state == CandidateModel.State.PROPOSED
    assert candidate.report["taught"] >= 300
    assert candidate.report["bits"]
    assert candidate.report["people"]["after"]["precision"] > 0.9
    assert candidate.parameters["columns"]["id_number"] == before["columns"]["id_number"]
    assert parameters.parsed(people()) == before
    assert parameters.name_of(people()) == "zh_people"


def test_too_few_records_teach_nothing() -> None:
    district.gather()
    with pytest.raises(HouseError, match=r"pool\.train_too_few"):
        training.train_model(by=Actor.house("tests"), population=people())


def test_only_a_population_of_people_is_trained() -> None:
    district.resources()
    firms = Population.objects.create(code="firms", kind="enterprise", model="zh_enterprises")
    with pytest.raises(HouseError, match=r"pool\.train_people_only"):
        training.train_model(by=Actor.house("tests"), population=firms)


def test_an_adopted_model_links_everything_again_and_can_be_withdrawn() -> None:
    steward = district.cast()["steward"]
    district.linked()
    candidate = training.adopt_model(by=steward, candidate=proposal(), reason="测评更好")
    assert parameters.model_of(people()).columns[4].bits["same"] != 0
    assert parameters.name_of(people()).startswith("zh_people+")
    assert queries.needs_linking(people())
    run = district.link_people()
    assert (run.extent, run.why_all) == (LinkRun.Extent.ALL, "model")
    assert not queries.needs_linking(people())
    training.withdraw_model(by=steward, candidate=candidate)
    assert parameters.name_of(people()) == "zh_people"
    assert queries.needs_linking(people())


def test_the_second_adopted_replaces_the_first_and_a_changed_pack_ends_both() -> None:
    steward = district.cast()["steward"]
    district.resources()
    first, second = proposal(), proposal("alike")
    training.adopt_model(by=steward, candidate=first)
    training.adopt_model(by=steward, candidate=second)
    first.refresh_from_db()
    assert first.state == CandidateModel.State.REPLACED
    assert parameters.adopted(people()) == second
    Population.objects.update(model="en_people")
    assert parameters.adopted(people()) is None
    third = proposal()
    Population.objects.update(model="zh_people")
    with pytest.raises(HouseError, match=r"pool\.candidate_stale"):
        training.adopt_model(by=steward, candidate=CandidateModel.objects.get(pk=third.pk))


def test_nobody_adopts_their_own_nor_twice_nor_without_the_right() -> None:
    cast = district.cast()
    district.resources()
    mine = proposal(by=cast["steward"])
    with pytest.raises(HouseError, match=r"pool\.own_candidate"):
        training.adopt_model(by=cast["steward"], candidate=mine)
    with pytest.raises(NotAllowed):
        training.adopt_model(by=cast["clerk"], candidate=mine)
    training.decline_model(by=cast["steward"], candidate=mine, reason="不用")
    with pytest.raises(HouseError, match=r"pool\.candidate_decided"):
        training.decline_model(by=cast["steward"], candidate=mine)
    with pytest.raises(HouseError, match=r"pool\.candidate_not_adopted"):
        training.withdraw_model(by=cast["steward"], candidate=mine)


def test_proposal_and_decision_are_on_the_ledger_without_values() -> None:
    steward = district.cast()["steward"]
    district.resources()
    training.adopt_model(by=steward, candidate=proposal())
    for kind in ("links.model_proposed", "links.model_adopted"):
        [entry] = ledger.entries(kind=kind)
        assert set(json.loads(bytes(entry.body))) >= {"population", "candidate", "digest", "verdict"}

"""Training on record: a candidate model is proposed from the pool's own records, and a steward adopts it or does not."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor, require
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import parameters
from ..engine.connection import connect
from ..folders import data_root
from ..identities import identities
from ..linkage.comparing import report
from ..linkage.training import train
from ..models import CandidateModel, Population
from ..plans import feeds_of
from .linkage import Progress


def train_model(*, by: Actor, population: Population, progress: Progress | None = None) -> CandidateModel:
    """Train on the population's records and propose what comes of it; nothing is linked otherwise by that.

    It takes minutes and must not hold a transaction so long: only the proposal is the action on record. Raises
    HouseError "pool.train_people_only", "pool.train_too_few", and NotAllowed before any record is read.
    """
    require(by, "links.judge")
    before = parameters.parsed(population)
    if population.kind != Population.Kind.PERSON or not any(
        entry.get("number") for entry in before["columns"].values()
    ):
        raise HouseError(
            "pool.train_people_only",
            Text(
                "只有以证件号识别的自然人库可以训练。",
                "Only populations of people with identity numbers can be trained.",
            ),
            Text("其他库请在模型文件中调整。", "Change the model file of others."),
            population.code,
        )
    with connect(data_root()) as db:
        records = identities(db, data_root(), feeds_of(population.code))
    found = train(records, before, progress=progress) if "id_number" in records.column_names else None
    if found is None:
        raise HouseError(
            "pool.train_too_few",
            Text("可供训练的记录太少。", "There are too few records to learn from."),
            Text(
                "需要至少数百人在两处以上留有有效证件号；请汇入更多资源后再试。",
                "Some hundred people must have a valid number in two places; gather more resources first.",
            ),
            population.code,
        )
    told = report(records, before, found.model) | {"pairs": found.pairs, "taught": found.taught}
    return propose_model(by=by, population=population, model=found.model, told=told)


train_model.action = {"permission": "links.judge", "event": "links.model_proposed"}  # type: ignore[attr-defined]


@action(permission="links.judge", event="links.model_proposed")
def propose_model(
    *, by: Actor, population: Population, model: dict[str, Any], told: dict[str, Any]
) -> CandidateModel:
    """Lay a trained model before the stewards. told: its report (`linkage.comparing.report`)."""
    candidate = CandidateModel.objects.create(
        population=population, based_on=population.model, parameters=model, report=told,
        digest=parameters.digest_of(model), trained_by=by.username,
    )  # fmt: skip
    note(population=population.code, candidate=candidate.pk, digest=candidate.digest, verdict=told["verdict"])
    return candidate


@action(permission="links.judge", event="links.model_adopted")
def adopt_model(*, by: Actor, candidate: CandidateModel, reason: str = "") -> CandidateModel:
    """Link with a candidate from the next run on, which goes over everything; the one in force is replaced.

    Raises HouseError "pool.candidate_decided", "pool.own_candidate" for whoever trained it, "pool.candidate_stale"
    when the pack names another model since.
    """
    note(**_named(candidate))
    _check_open(candidate)
    if candidate.trained_by == by.username:
        raise HouseError(
            "pool.own_candidate",
            Text("训练人不能采用自己训练的模型。", "Whoever trained a model does not adopt it."),
            Text("请由另一位数据管理员决定。", "Ask another steward to decide."),
        )
    if candidate.based_on != candidate.population.model:
        raise HouseError(
            "pool.candidate_stale",
            Text("数据包已改用另一模型，本待用模型不再适用。", "The pack names another model since."),
            Text("请重新训练。", "Train again."),
        )
    held = CandidateModel.objects.filter(population=candidate.population, state=CandidateModel.State.ADOPTED)
    held.update(state=CandidateModel.State.REPLACED)
    return _decided(by, candidate, CandidateModel.State.ADOPTED, reason)


@action(permission="links.judge", event="links.model_declined")
def decline_model(*, by: Actor, candidate: CandidateModel, reason: str = "") -> CandidateModel:
    """Not use a candidate. Raises HouseError "pool.candidate_decided"."""
    note(**_named(candidate))
    _check_open(candidate)
    return _decided(by, candidate, CandidateModel.State.DECLINED, reason)


@action(permission="links.judge", event="links.model_withdrawn")
def withdraw_model(*, by: Actor, candidate: CandidateModel, reason: str = "") -> CandidateModel:
    """Link with the pack's model again from the next run on. Raises HouseError "pool.candidate_not_adopted"."""
    note(**_named(candidate))
    if candidate.state != CandidateModel.State.ADOPTED:
        raise HouseError(
            "pool.candidate_not_adopted",
            Text("该模型未在使用。", "The model is not in use."),
            Text("无需停用。", "Nothing needs doing."),
        )
    return _decided(by, candidate, CandidateModel.State.REPLACED, reason)


def _check_open(candidate: CandidateModel) -> None:
    if candidate.state != CandidateModel.State.PROPOSED:
        raise HouseError(
            "pool.candidate_decided",
            Text("该待用模型已有决定。", "The candidate has been decided about."),
            Text("如需改变，请重新训练。", "Train again to change it."),
        )


def _decided(by: Actor, candidate: CandidateModel, state: str, reason: str) -> CandidateModel:
    with transaction.atomic():
        candidate.state, candidate.reason = state, reason.strip()[:200]
        candidate.decided_by, candidate.decided_at = by.username, timezone.now()
        candidate.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return candidate


def _named(candidate: CandidateModel) -> dict[str, Any]:
    return {
        "population": candidate.population.code, "candidate": candidate.pk, "digest": candidate.digest,
        "verdict": candidate.report["verdict"],
    }  # fmt: skip

"""Judging on record: a reviewer's verdict on a pair, taking one's own back, taking a judgement back, questioning a link."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from ..models import Judgement, Population, ReviewPair, Verdict
from ..quality import agreeing


@action(permission="links.judge", event="links.judged")
def judge(*, by: Actor, pair: ReviewPair, verdict: str, reason: str = "") -> Judgement | None:
    """Say that two records are, or are not, about one subject, or that one cannot tell; the worker links soon (`work`).

    verdict: "same", "different" or "unsure". One's earlier verdict on the pair is replaced, and kept as withdrawn. Returns
    the judgement now in force: the first reviewer's, unless the pair was drawn for a quality sample; the majority's once
    several have spoken; None where reviewers disagree or none could tell (`quality.agreeing`).
    Raises HouseError "pool.verdict_unknown".
    """
    note(**_named(pair))
    if verdict not in agreeing.VERDICTS:
        raise HouseError(
            "pool.verdict_unknown",
            Text(
                "判定只能是“同一主体”“不同主体”或“不能确定”。",
                'A verdict is "same", "different" or "unsure".',
            ),
            Text("请重新选择。", "Choose again."),
        )
    _lock(pair)
    _mine(by, pair).update(withdrawn_at=timezone.now())
    Verdict.objects.create(pair=pair, reviewer=by.username, said=verdict, reason=reason.strip()[:200])
    found = _outcome(pair)
    judgement = _follow(by, pair, found)
    # In a sample the ledger says that somebody spoke, and what was said once it is settled: the next reviewer can read it.
    if found.closed or pair.kind != ReviewPair.Kind.SAMPLED:
        note(verdict=found.verdict if found.closed else verdict)
    note(score=f"{pair.score:.2f}", stage=found.stage)
    return judgement


@action(permission="links.judge", event="links.verdict_withdrawn")
def withdraw_verdict(*, by: Actor, pair: ReviewPair) -> Judgement | None:
    """Take one's own verdict back: the pair is as it was before, with what others said. Returns the judgement in force.

    Raises HouseError "pool.no_verdict" when `by` has none standing on the pair.
    """
    note(**_named(pair))
    _lock(pair)
    if not _mine(by, pair).update(withdrawn_at=timezone.now()):
        raise HouseError(
            "pool.no_verdict",
            Text("您在这一对上没有可撤销的意见。", "You have no verdict on this pair to take back."),
            Text("请从列表打开您判定过的一对。", "Open a pair you judged from the list."),
        )
    found = _outcome(pair)
    note(stage=found.stage)
    return _follow(by, pair, found)


@action(permission="links.judge", event="links.judgement_withdrawn")
def withdraw_judgement(*, by: Actor, judgement: Judgement) -> Judgement:
    """Take a judgement back, with the verdicts that led to it: the pair is open again; the worker links soon, by score.

    Raises HouseError "pool.judgement_withdrawn" when it was taken back before.
    """
    pair = ReviewPair.objects.filter(**_ends(judgement)).first()
    note(**_named(judgement), **({"pair": pair.pk} if pair else {}), verdict=judgement.verdict)
    if judgement.withdrawn_at is not None:
        raise HouseError(
            "pool.judgement_withdrawn",
            Text("该判定已经撤回。", "The judgement was already withdrawn."),
            Text("无需再次操作。", "Nothing needs doing."),
        )
    _withdraw(by, judgement)
    if pair is not None:
        _lock(pair)
        pair.verdicts.filter(withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
        pair.state, pair.closed = ReviewPair.State.OPEN, False
        pair.save(update_fields=["state", "closed"])
    return judgement


@action(permission="links.judge", event="links.questioned")
def question_link(
    *, by: Actor, population: Population, left: tuple[str, str], right: tuple[str, str]
) -> ReviewPair:
    """Put two records of one file, or of two, before the reviewers, whatever the machine thinks of them.

    left, right: (resource, source key). A pair that is known is offered again first, with its history.
    Raises HouseError "pool.pair_of_one" when both are one record.
    """
    if left == right:
        raise HouseError(
            "pool.pair_of_one",
            Text("请选择两条不同的记录。", "Choose two different records."),
            Text("一条记录不必与自己比对。", "A record need not be compared with itself."),
        )
    first, second = sorted((left, right))
    pair, new = ReviewPair.objects.get_or_create(
        population=population, left_resource=first[0], left_key=first[1],
        right_resource=second[0], right_key=second[1],
        defaults={
            "score": 0.0, "kind": ReviewPair.Kind.QUESTIONED,
            "sentence_zh": "有人对这两条记录的关联提出疑问", "sentence_en": "somebody questions how these two records are linked",
        },
    )  # fmt: skip
    note(**_named(pair))
    if not new and pair.state in (ReviewPair.State.OPEN, ReviewPair.State.SETTLED):
        pair.kind, pair.state = ReviewPair.Kind.QUESTIONED, ReviewPair.State.OPEN
        pair.save(update_fields=["kind", "state"])
    return pair


def _lock(pair: ReviewPair) -> None:
    """Hold the pair for this transaction, and read it anew: two reviewers may speak at one moment."""
    ReviewPair.objects.select_for_update().get(pk=pair.pk)
    pair.refresh_from_db(fields=["state", "closed", "kind"])


def _mine(by: Actor, pair: ReviewPair) -> Any:
    return pair.verdicts.filter(reviewer=by.username, withdrawn_at__isnull=True)


def _outcome(pair: ReviewPair) -> agreeing.Outcome:
    standing = pair.verdicts.filter(withdrawn_at__isnull=True)
    return agreeing.outcome(list(standing.values_list("said", flat=True)))


def _follow(by: Actor, pair: ReviewPair, found: agreeing.Outcome) -> Judgement | None:
    """Put in force what the verdicts amount to, and nothing else."""
    wanted = found.in_force(at_once=pair.kind != ReviewPair.Kind.SAMPLED)
    standing = Judgement.objects.filter(**_ends(pair), withdrawn_at__isnull=True).first()
    if (
        standing is not None
        and not pair.verdicts.filter(said=standing.verdict).exists()
        and not found.opinions
    ):
        return standing  # it came about without verdicts, and nobody has contradicted it
    if standing is not None and standing.verdict != wanted:
        _withdraw(by, standing)
        standing = None
    if wanted and standing is None:
        said = pair.verdicts.filter(withdrawn_at__isnull=True, said=wanted)[0]
        standing = Judgement.objects.create(
            population=pair.population, left_resource=pair.left_resource, left_key=pair.left_key,
            right_resource=pair.right_resource, right_key=pair.right_key,
            verdict=wanted, reason=said.reason, judged_by=said.reviewer,
        )  # fmt: skip
    states = {"disputed": ReviewPair.State.DISPUTED, "undecided": ReviewPair.State.UNDECIDED}
    pair.state = wanted or states.get(found.stage, ReviewPair.State.OPEN)
    pair.closed = found.closed
    pair.save(update_fields=["state", "closed"])
    return standing


def _withdraw(by: Actor, judgement: Judgement) -> None:
    judgement.withdrawn_by, judgement.withdrawn_at = by.username, timezone.now()
    judgement.save(update_fields=["withdrawn_by", "withdrawn_at"])


def _ends(pair: ReviewPair | Judgement) -> dict[str, Any]:
    return {
        "population": pair.population,
        "left_resource": pair.left_resource,
        "left_key": pair.left_key,
        "right_resource": pair.right_resource,
        "right_key": pair.right_key,
    }


def _named(pair: ReviewPair | Judgement) -> dict[str, Any]:
    # Source keys are the departments' own record numbers; where a department uses a citizen's number as its key
    # the ledger must not hold it, so the pair is named by its resources and our own number for it.
    named = {
        "population": pair.population.code,
        "left_resource": pair.left_resource,
        "right_resource": pair.right_resource,
    }
    return {**named, "pair": pair.pk} if isinstance(pair, ReviewPair) else named

"""Linking on record: asking for a run, closing it, judging pairs and taking a judgement back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import links
from ..models import Judgement, LinkRun, Population, ReviewPair

_BATCH = 2_000
#: The state of a pair and the verdict that led to it are the same word.
_JUDGED = (ReviewPair.State.SAME, ReviewPair.State.DIFFERENT)

PairKey = tuple[str, str, str, str]
#: (phase, done, total); total 0 when it is not known.
Progress = Callable[[str, int, int], None]


def link(
    *, by: Actor, population: Population, recount: bool = False, progress: Progress | None = None
) -> LinkRun:
    """Link a population now and wait for it: `request_link`, the run itself (`linking`), `close_link`.

    The run takes minutes and must not hold a transaction so long, so the two ends of it are the actions on record.
    recount: go over all records and count anew what is common, though only some changed. progress: called with
    (phase, done, total). Raises HouseError as `request_link` does, and what the run raises.
    """
    from .. import linking

    linking.bury_dead()
    # A run somebody asked for and nobody has begun (a killed command's, or the worker's next) is as good as ours.
    run = population.runs.filter(state=LinkRun.State.WAITING).first() if by.may("links.judge") else None
    if run is not None and recount:
        run.recount = True
        run.save(update_fields=["recount"])
    run = run or request_link(by=by, population=population, recount=recount)
    return linking.perform(by=by, run=run, progress=progress)


link.action = {"permission": "links.judge", "event": "links.requested"}  # type: ignore[attr-defined]


@action(permission="links.judge", event="links.requested")
def request_link(*, by: Actor, population: Population, recount: bool = False) -> LinkRun:
    """Ask for a population to be linked; the worker (`work.perform_next`) does it.

    recount: go over all records and count anew what is common, though only some changed.

    Raises HouseError "pool.linking_already" while a run of the population waits or runs.
    """
    try:
        with transaction.atomic():
            run = LinkRun.objects.create(population=population, requested_by=by.username, recount=recount)
    except IntegrityError:
        raise HouseError(
            "pool.linking_already",
            Text(
                "该关联库已有一次关联在等待或进行。",
                "A run of this population is already waiting or running.",
            ),
            Text(
                "请等它完成，结果会包含此前的全部数据与判定。",
                "Wait for it: it takes in all data and judgements so far.",
            ),
            population.code,
        ) from None
    note(population=population.code, run=run.pk)
    return run


@action(permission="links.judge", event="links.linked")
def close_link(
    *, by: Actor, run: LinkRun, facts: dict[str, Any], pairs: Iterable[tuple[PairKey, float, str, str]]
) -> LinkRun:
    """Close a run whose links are published: its counts, and the pairs that are now for a steward to judge.

    facts: records, subjects, changed, version, extent, why_all, records_changed, records_decided. pairs: ((left
    resource, left key, right resource, right key), score, sentence in Chinese, in English). Judged pairs stay as
    judged; open pairs that the run no longer finds are settled; settled ones that came back are open again.
    """
    run.pairs_to_judge = _store_pairs(run.population, pairs)
    run.records, run.subjects, run.changed = facts["records"], facts["subjects"], facts["changed"]
    run.extent, run.why_all = facts["extent"], facts["why_all"]
    run.records_changed, run.records_decided = facts["records_changed"], facts["records_decided"]
    run.state, run.phase, run.finished_at = LinkRun.State.DONE, "", timezone.now()
    run.save()
    note(
        population=run.population.code, run=run.pk, records=run.records, subjects=run.subjects,
        changed=run.changed, pairs_to_judge=run.pairs_to_judge, version=facts["version"],
        extent=run.extent, decided=run.records_decided,
    )  # fmt: skip
    return run


@action(permission="links.judge", event="links.judged")
def judge(*, by: Actor, pair: ReviewPair, verdict: str, reason: str = "") -> Judgement:
    """Say that two records are, or are not, about one subject; the worker links soon (`work`).

    verdict: "same" or "different". A standing judgement on the pair is replaced, and kept as withdrawn.
    Raises HouseError "pool.verdict_unknown".
    """
    note(**_named(pair))
    if verdict not in Judgement.Verdict.values:
        raise HouseError(
            "pool.verdict_unknown",
            Text("判定只能是“同一主体”或“不同主体”。", 'A verdict is "same" or "different".'),
            Text("请重新选择。", "Choose again."),
        )
    _withdraw_standing(by, pair)
    judgement = Judgement.objects.create(
        population=pair.population, left_resource=pair.left_resource, left_key=pair.left_key,
        right_resource=pair.right_resource, right_key=pair.right_key,
        verdict=verdict, reason=reason.strip()[:200], judged_by=by.username,
    )  # fmt: skip
    pair.state = verdict
    pair.save(update_fields=["state"])
    note(verdict=verdict, score=f"{pair.score:.2f}")
    return judgement


@action(permission="links.judge", event="links.judgement_withdrawn")
def withdraw_judgement(*, by: Actor, judgement: Judgement) -> Judgement:
    """Take a judgement back: the pair is open again; the worker links soon, by score.

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
    judgement.withdrawn_by, judgement.withdrawn_at = by.username, timezone.now()
    judgement.save(update_fields=["withdrawn_by", "withdrawn_at"])
    if pair is not None:
        pair.state = ReviewPair.State.OPEN
        pair.save(update_fields=["state"])
    return judgement


@action(permission="links.judge", event="links.exported")
def export_links(
    *, by: Actor, file: Path, populations: Sequence[str] = (), resources: Sequence[str] = ()
) -> int:
    """Write resource, source key and subject id of every linked record to a CSV (.csv, .csv.gz) or Parquet file.

    populations, resources: only these; all when empty. Returns the rows. Raises HouseError "pool.export_format",
    "pool.nothing_linked".
    """
    chosen = list(populations) or list(Population.objects.values_list("code", flat=True))
    note(populations=chosen, resources=list(resources))
    rows = links.export(chosen, list(resources), file)
    note(rows=rows)
    return rows


def _withdraw_standing(by: Actor, pair: ReviewPair) -> None:
    standing = Judgement.objects.filter(**_ends(pair), withdrawn_at__isnull=True)
    standing.update(withdrawn_by=by.username, withdrawn_at=timezone.now())


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


def _store_pairs(population: Population, pairs: Iterable[tuple[PairKey, float, str, str]]) -> int:
    """Lay the pairs of a run over the stored ones; returns how many are open."""
    stored = {
        (each.left_resource, each.left_key, each.right_resource, each.right_key): each
        for each in ReviewPair.objects.filter(population=population).iterator(_BATCH)
    }
    added, altered, found = [], [], set()
    for key, score, zh, en in pairs:
        found.add(key)
        known = stored.get(key)
        if known is None:
            added.append(
                ReviewPair(
                    population=population, left_resource=key[0], left_key=key[1], right_resource=key[2],
                    right_key=key[3], score=score, sentence_zh=zh, sentence_en=en,
                )
            )  # fmt: skip
        elif known.state not in _JUDGED:
            known.score, known.sentence_zh, known.sentence_en = score, zh, en
            known.state = ReviewPair.State.OPEN
            altered.append(known)
    for key, known in stored.items():
        if key not in found and known.state == ReviewPair.State.OPEN:
            known.state = ReviewPair.State.SETTLED
            altered.append(known)
    ReviewPair.objects.bulk_create(added, batch_size=_BATCH)
    ReviewPair.objects.bulk_update(altered, ["score", "sentence_zh", "sentence_en", "state"], batch_size=500)
    return ReviewPair.objects.filter(population=population, state=ReviewPair.State.OPEN).count()

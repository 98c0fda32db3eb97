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
from ..models import LinkRun, Population, ReviewPair
from ..plans import feeds_of
from ..quality.doubts import Doubt
from .judging import judge as judge
from .judging import withdraw_judgement as withdraw_judgement

_BATCH = 2_000
#: What people have said of a pair stands whatever a run finds.
_STANDING = (
    ReviewPair.State.SAME, ReviewPair.State.DIFFERENT, ReviewPair.State.DISPUTED, ReviewPair.State.UNDECIDED,
)  # fmt: skip

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
    *,
    by: Actor,
    run: LinkRun,
    facts: dict[str, Any],
    pairs: Iterable[Doubt],
    report: dict[str, Any] | None = None,
) -> LinkRun:
    """Close a run whose links are published: its counts, and the pairs that are now for a steward to judge.

    facts: records, subjects, changed, version, extent, why_all, records_changed, records_decided, merged, split.
    pairs: what is left to judge (`quality.doubts`). report: what the links look like (`quality.describing`). Judged
    pairs stay as judged; open pairs that the run no longer finds are settled; settled ones that came back are open
    again.
    """
    run.pairs_to_judge = _store_pairs(run.population, pairs)
    run.records, run.subjects, run.changed = facts["records"], facts["subjects"], facts["changed"]
    run.extent, run.why_all = facts["extent"], facts["why_all"]
    run.records_changed, run.records_decided = facts["records_changed"], facts["records_decided"]
    run.merged, run.split = facts["merged"], facts["split"]
    run.state, run.phase, run.finished_at = LinkRun.State.DONE, "", timezone.now()
    run.report = report or {}
    run.save()
    note(
        population=run.population.code, run=run.pk, records=run.records, subjects=run.subjects,
        changed=run.changed, pairs_to_judge=run.pairs_to_judge, version=facts["version"],
        extent=run.extent, decided=run.records_decided, merged=run.merged, split=run.split,
    )  # fmt: skip
    return run


@action(permission="links.judge", event="links.exported")
def export_links(
    *, by: Actor, file: Path, populations: Sequence[str] = (), resources: Sequence[str] = ()
) -> int:
    """Write resource, source key and subject id of every linked record to a CSV (.csv, .csv.gz) or Parquet file.

    populations, resources: only these. Without populations each record stands in it once, with the subject it is about;
    named, a population of places also tells at which place a record about somebody has its address. Returns the rows.
    Raises HouseError "pool.export_format",
    "pool.nothing_linked".
    """
    chosen = list(populations) or list(Population.objects.values_list("code", flat=True))
    note(populations=chosen, resources=list(resources))
    if populations:
        wanted: dict[str, list[str] | None] = {code: list(resources) or None for code in chosen}
    else:
        own = {code: [each.resource for each in feeds_of(code) if not each.address_only] for code in chosen}
        wanted = {code: [r for r in found if not resources or r in resources] for code, found in own.items()}
    rows = links.export(wanted, file)
    note(rows=rows)
    return rows


def _store_pairs(population: Population, pairs: Iterable[Doubt]) -> int:
    """Lay the pairs of a run over the stored ones; returns how many are open."""
    stored = {
        (each.left_resource, each.left_key, each.right_resource, each.right_key): each
        for each in ReviewPair.objects.filter(population=population).iterator(_BATCH)
    }
    kinds = ReviewPair.Kind
    added, altered, found = [], [], set()
    for doubt in pairs:
        key = (*doubt.left, *doubt.right)
        found.add(key)
        told = {
            "score": doubt.score, "sentence_zh": doubt.sentence_zh, "sentence_en": doubt.sentence_en,
            "kind": kinds.MERGED if doubt.merged else kinds.APART, "value": doubt.value, "moves": doubt.moves,
        }  # fmt: skip
        known = stored.get(key)
        if known is None:
            added.append(
                ReviewPair(
                    population=population, left_resource=key[0], left_key=key[1], right_resource=key[2],
                    right_key=key[3], **told,
                )
            )  # fmt: skip
        elif known.state not in _STANDING and known.kind != kinds.QUESTIONED:
            for name, value in told.items():
                setattr(known, name, value)
            known.state = ReviewPair.State.OPEN
            altered.append(known)
    for key, known in stored.items():
        derived = known.kind in (kinds.MERGED, kinds.APART)
        if key not in found and derived and known.state == ReviewPair.State.OPEN:
            known.state = ReviewPair.State.SETTLED
            altered.append(known)
    ReviewPair.objects.bulk_create(added, batch_size=_BATCH)
    ReviewPair.objects.bulk_update(
        altered, ["score", "sentence_zh", "sentence_en", "kind", "value", "moves", "state"], batch_size=500
    )
    open_pairs = ReviewPair.objects.filter(population=population, state=ReviewPair.State.OPEN)
    return open_pairs.exclude(kind=kinds.SAMPLED).count()

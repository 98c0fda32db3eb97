"""The way of a link run: records → linkage → stable ids → published links → base library → serving and search
index → record.

Everything before publishing can be lost without a trace; once links are published, the rest is repeatable, and a
run that died there is finished by the next one.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import base, corrected_numbers, derived, links, linkstates, moved, parameters, turns
from .actions.linkage import Progress, close_link
from .extent import Linked, linked
from .folders import data_root
from .linkage import Judgement as StoredJudgement
from .linkage import LinkResult
from .logs import latest_delivery
from .models import Judgement, LinkRun, Population
from .plans import feeds_of
from .quality import describing, doubts
from .search import making as search
from .serving.refresh import refresh
from .subjects import PREFIXES, assign

PHASES: dict[str, Text] = {
    "read": Text("读取记录", "Reading records"),
    "link": Text("比对", "Comparing"),
    "assign": Text("归并主体", "Assigning subjects"),
    "base": Text("更新基础库", "Base library"),
    "serve": Text("更新服务索引", "Serving index"),
    "search": Text("更新检索索引", "Search index"),
    "derive": Text("更新关系与主题表", "Relations and themes"),
    "close": Text("登记", "Closing"),
}

_WRITE_EVERY_S = 0.5


def bury_dead() -> int:
    """Mark runs whose process died as failed, so that a new one can start; returns how many.

    A run that lives holds its population's lock, which the operating system takes back from the dead.
    """
    buried = 0
    running = LinkRun.objects.filter(state=LinkRun.State.RUNNING)
    for code in sorted(set(running.values_list("population__code", flat=True))):
        try:
            with links.changing(code):
                buried += running.filter(population__code=code).update(
                    state=LinkRun.State.FAILED,
                    finished_at=timezone.now(),
                    error={
                        "code": "pool.run_died",
                        "zh": "关联进程中途结束，已发布的结果不受影响。",
                        "en": "Its process ended half-way; what was published is untouched.",
                    },
                )
        except HouseError:
            continue  # it lives
    return buried


def perform(*, by: Actor, run: LinkRun, progress: Progress | None = None) -> LinkRun:
    """Do one run that waits. If it fails, the run says so and the links and the index answer as before.

    Raises HouseError "pool.linking_already" when another process works on the population or took this run.
    """
    report = _Report(run, progress)
    with links.changing(run.population.code):
        taken = LinkRun.objects.filter(pk=run.pk, state=LinkRun.State.WAITING).update(
            state=LinkRun.State.RUNNING, heartbeat_at=timezone.now()
        )
        if not taken:
            raise links.busy(run.population.code)
        try:
            facts, result = _walk(run, report)
            report("close", 0, 0)
            return close_link(
                by=by, run=run, facts=facts, pairs=doubts.found(_to_judge(result), result.clusters, data_root()),
                report=describing.describe(_published(run.population)),
            )  # fmt: skip
        except BaseException as error:
            told = (
                {"code": error.code, "zh": error.what.zh, "en": error.what.en}
                if isinstance(error, HouseError)
                else {"code": "pool.run_failed", "kind": type(error).__name__}
            )
            LinkRun.objects.filter(pk=run.pk).update(
                state=LinkRun.State.FAILED, finished_at=timezone.now(), error=told
            )
            raise


def rebuild_serving(*, population: Population, progress: Progress | None = None) -> int:
    """Rebuild the serving and search index of a population from its logs and published links; returns its documents."""
    feeds = feeds_of(population.code)
    with links.changing(population.code):
        served = refresh(
            population.code, population.kind, feeds, None, everything=True,
            progress=(lambda done, total: progress("serve", done, total)) if progress else None,
        )  # fmt: skip
        search.follow(
            population.code, population.kind, feeds, everything=True,
            progress=(lambda done, total: progress("search", done, total)) if progress else None,
        )  # fmt: skip
    derived.follow(population)
    return served


def _walk(run: LinkRun, report: Progress) -> tuple[dict[str, Any], LinkResult]:
    population = run.population
    feeds = feeds_of(population.code)
    turns.note(population)  # what a run that died did not come to note
    at = datetime.now(UTC)
    made = made_of(population)
    model = parameters.model_of(population)
    found = linked(
        population.code, feeds, model, standing_judgements(population), recount=run.recount, report=report
    )
    result = found.result
    report("assign", 0, found.decided)
    previous, aliases = links.tables(population.code)
    left: list[str] = []
    if population.kind == Population.Kind.PLACE:
        previous, left = moved.without_moved(data_root(), feeds, previous, links.current(population.code))
    assignment = assign(
        _to_assign(population, found), result.edges, previous, aliases,
        prefix=PREFIXES[population.kind], at=at, data_root=data_root(), some=found.some,
    )  # fmt: skip
    number = links.next_number(population.code)
    linkstates.keep(population.code, number, found.state, model, feeds, found.seen)
    version = links.publish(population.code, assignment, at, made)
    linkstates.sweep(population.code, version.number)
    report("base", 0, 0)
    base.derive(population, feeds, timezone.localdate(), _with(assignment.changed, left))
    report("serve", 0, 0)
    changed = refresh(
        population.code, population.kind, feeds, _with(assignment.changed, left),
        progress=lambda done, total: report("serve", done, total),
    )  # fmt: skip
    search.follow(
        population.code, population.kind, feeds, _with(assignment.changed, left),
        progress=lambda done, total: report("search", done, total),
    )  # fmt: skip
    derived.follow(population, progress=lambda done, total: report("derive", done, total))
    merged, split = turns.tell(population)
    subjects = len(assignment.links.column("subject_id").unique())
    return {
        "records": result.clusters.num_rows, "subjects": subjects, "changed": changed, "version": version.number,
        "extent": found.extent, "why_all": found.why_all, "records_changed": found.changed,
        "records_decided": found.decided, "merged": merged, "split": split,
    }, result  # fmt: skip


def _to_assign(population: Population, found: Linked) -> pa.Table:
    """The clusters that are to have subjects: those decided about.

    Of a population of places only records that say where: 不详 is no place, and who writes it lives at none.
    """
    result = found.result
    wanted = np.ones(result.clusters.num_rows, bool) if result.decided is None else result.decided
    if population.kind == Population.Kind.PLACE:
        wanted = wanted & found.state.speaking()
    return result.clusters.filter(pa.array(wanted))


def _with(changed: pa.Table, more: list[str]) -> pa.Table:
    """The subjects whose file must be rewritten, and those that records left."""
    if not more:
        return changed
    every = sorted({*changed.column("subject_id").to_pylist(), *more})
    return pa.table({"subject_id": pa.array(every, pa.string())})


def made_of(population: Population) -> dict[str, Any]:
    """What a run's links are made of: the latest delivery of each resource, the model, the judgements in force."""
    return {
        "deliveries": {feed.resource: latest_delivery(feed.resource) for feed in feeds_of(population.code)},
        "model": parameters.name_of(population),
        "judgements": judgements_in_force(population),
    }


def judgements_in_force(population: Population) -> list[int]:
    """The numbers of the judgements that were not withdrawn, in order."""
    standing = Judgement.objects.filter(population=population, withdrawn_at__isnull=True)
    return list(standing.order_by("pk").values_list("pk", flat=True))


def standing_judgements(population: Population) -> list[StoredJudgement]:
    """The judgements that were not withdrawn, as the linkage takes them, and what corrected numbers say."""
    found = Judgement.objects.filter(population=population, withdrawn_at__isnull=True).order_by(
        "judged_at", "pk"
    )
    return corrected_numbers.judgements(data_root(), feeds_of(population.code)) + [
        StoredJudgement(
            left=(each.left_resource, each.left_key),
            right=(each.right_resource, each.right_key),
            verdict="same" if each.verdict == "same" else "different",
            by=each.judged_by,
            at=each.judged_at.isoformat(),
        )
        for each in found
    ]


def _to_judge(result: LinkResult) -> pa.Table:
    """The edges there may be something to judge about, whether this run decided about them or one before."""
    assert result.state is not None
    review = result.edges.filter(pc.equal(result.edges["decision"], "review"))
    return pa.concat_tables([review, result.state.doubtful(doubts.DOUBTFUL)])


def _published(population: Population) -> Path:
    version = links.current(population.code)
    if version is None:
        raise RuntimeError("a run that published its links finds none")
    return version.parts["links"]


class _Report:
    """Progress to the caller at once, and to the run's row now and then."""

    def __init__(self, run: LinkRun, progress: Progress | None) -> None:
        self.run, self.progress, self.written_at, self.phase = run, progress, 0.0, ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(phase, done, total)
        now = time.monotonic()
        if phase == self.phase and now - self.written_at < _WRITE_EVERY_S:
            return
        self.phase, self.written_at = phase, now
        LinkRun.objects.filter(pk=self.run.pk).update(
            state=LinkRun.State.RUNNING, phase=phase, done=done, total=total, heartbeat_at=timezone.now()
        )

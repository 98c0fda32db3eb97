"""How far a link run goes: over what changed since the last one where it can, over everything where it must."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import linkstates
from .engine.connection import connect
from .folders import data_root
from .identities import identities
from .linkage import Judgement, LinkageModel, LinkResult, link, relink
from .linkage.state import State
from .linkage.stored import NoState
from .links import current
from .models import LinkRun
from .plans import Feed
from .touched import newest

log = logging.getLogger(__name__)

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Linked:
    """result: of the linkage. extent, why_all: as the run's row says them. changed: records that were read as changed.
    decided: how many were decided about. seen: per resource the latest instant read.
    """

    result: LinkResult
    extent: str
    why_all: str
    changed: int
    decided: int
    seen: dict[str, str]

    @property
    def some(self) -> bool:
        """Whether only some records were decided about."""
        return self.extent == LinkRun.Extent.CHANGES

    @property
    def state(self) -> State:
        """What the next run goes on from."""
        assert self.result.state is not None
        return self.result.state


def linked(
    population: str,
    feeds: Sequence[Feed],
    model: LinkageModel,
    judgements: Sequence[Judgement],
    *,
    recount: bool,
    report: Report,
) -> Linked:
    """Link a population. recount: over everything, whatever could be gone on from."""
    version = current(population)
    why = "asked" if recount else "first"
    if version is not None and not recount:
        try:
            return _changes(population, version.number, feeds, model, judgements, report)
        except NoState as reason:
            why = reason.code
            log.warning("links of %s: everything is gone over: %s", population, linkstates.WHY_ALL[why].en)
    report("read", 0, 0)
    seen = newest(feeds)
    with connect(data_root()) as db:
        records = identities(db, data_root(), feeds)
    report("link", 0, records.num_rows)
    result = link(
        records,
        model=model,
        judgements=judgements,
        progress=lambda step, done, total: report("link", done, total),
    )
    return Linked(result, LinkRun.Extent.ALL, why, records.num_rows, records.num_rows, seen)


def _changes(
    population: str,
    number: int,
    feeds: Sequence[Feed],
    model: LinkageModel,
    judgements: Sequence[Judgement],
    report: Report,
) -> Linked:
    report("read", 0, 0)
    found = linkstates.basis(population, number, model, feeds)
    report("link", 0, found.records.num_rows)
    result = relink(
        found.state, found.records, model=model, judgements=judgements,
        progress=lambda step, done, total: report("link", done, total),
    )  # fmt: skip
    linkstates.check(found.there, result.state)
    decided = result.counts["decided"]
    return Linked(result, LinkRun.Extent.CHANGES, "", found.records.num_rows, decided, found.seen)

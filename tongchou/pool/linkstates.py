"""What a link run knew, kept for the next: a state per version of the links, and whether it can be gone on from.

A state is written before its links are put in force and bears their number; a run that dies in between leaves a
state nobody asks for. When there is none, or it does not fit, a run goes over everything and says why.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from tongchou.standards.text import Text

from .engine.connection import connect, one
from .folders import data_root, states_folder
from .identities import changed_identities, columns_of, counted
from .linkage import LinkageModel, State, stored
from .linkage.stored import NoState
from .plans import Feed
from .touched import newest

#: Why a run went over all records.
WHY_ALL: dict[str, Text] = {
    "asked": Text("按要求全量", "asked for"),
    "first": Text("首次关联", "the first run"),
    "missing": Text("没有上次的中间状态", "what the last run knew is missing"),
    "damaged": Text("上次的中间状态已损坏", "what the last run knew is damaged"),
    "form": Text("中间状态的格式已变", "what the last run knew is written in another form"),
    "model": Text("关联模型或程序已变", "the model or the program changed"),
    "feeds": Text("供数资源或字段已变", "resources or their fields changed"),
    "records": Text("记录库与上次不符", "the logs hold other records than the last run knew"),
    "much": Text("变化太多", "too much changed"),
    "grown": Text("记录总数变化太大，须重新普查", "the population grew so that it must be counted again"),
}

#: From this share of changed records on, going over all costs less.
MUCH = 0.2
#: When there are so many more, or fewer, records than were counted, what is common is counted again.
GROWN = 0.25


class Basis(NamedTuple):
    """What a run over changes goes on from. records: those that changed; there: how many the logs hold in all; seen:
    per resource the latest instant read.
    """

    state: State
    records: pa.Table
    there: int
    seen: dict[str, str]


def basis(population: str, number: int, model: LinkageModel, feeds: Sequence[Feed]) -> Basis:
    """The state of the links of that number, and what the logs hold since. Raises NoState with a code of `WHY_ALL`."""
    folder = states_folder(population) / f"{number:06d}"
    facts = stored.facts(folder)
    if facts.get("feeds") != shape(feeds):
        raise NoState("feeds")
    seen = newest(feeds)
    with connect(data_root()) as db:
        records = changed_identities(db, data_root(), feeds, facts["seen"])
        there = one(db, counted(data_root(), feeds))[0]
    known = int(facts["records"])
    if records.num_rows > MUCH * max(known, 1):
        raise NoState("much")
    if abs(there - int(facts["census"])) > GROWN * max(int(facts["census"]), 1):
        raise NoState("grown")
    return Basis(stored.read(folder, model).state, records, int(there), seen)


def check(there: int, state: State | None) -> None:
    """Raise NoState "records" unless the state holds as many records as the logs."""
    if state is None or there != state.everyone.size:
        raise NoState("records")


def keep(
    population: str,
    number: int,
    state: State,
    model: LinkageModel,
    feeds: Sequence[Feed],
    seen: dict[str, str],
) -> None:
    """Write the state that belongs to the links which will bear this number."""
    folder = states_folder(population) / f"{number:06d}"
    shutil.rmtree(folder, ignore_errors=True)
    census = state.everyone.census
    facts = {
        "feeds": shape(feeds), "seen": seen, "records": state.everyone.size, "census": census.records if census else 0,
    }  # fmt: skip
    stored.write(folder, state, model, facts)


def sweep(population: str, number: int) -> None:
    """Remove every state but that of the links of this number."""
    for folder in states_folder(population).glob("*"):
        if folder.name != f"{number:06d}":
            shutil.rmtree(folder, ignore_errors=True)


def drop(population: str) -> None:
    """Forget what was known (after an erasure, of which it would keep traces): the next run goes over everything."""
    shutil.rmtree(states_folder(population), ignore_errors=True)


def shape(feeds: Sequence[Feed]) -> str:
    """A digest of which resources and fields are compared."""
    told = [columns_of(feeds), [[feed.resource, sorted(feed.by_attribute().items())] for feed in feeds]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()

"""The index files of one population: generations, of which `CURRENT` names the one in force; read by many processes.

A generation is a folder of shards (`shards`) and `STATE.json`, which says what they stand for. It never changes once it is
in force: whoever has something to change begins the next one, which shares the files of the shards that stay (second
names of the same files), and puts it in force when all is done. An update that is killed is no update, and the next one
knows what it has missed.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import tantivy
from tantivy import Occur, Query

from ..folders import pool_root
from . import shards
from .asked import Sought
from .shards import SCHEMA, id_of

#: Another form of the index: what was made by an older one is made anew.
FORM = 2
#: How often reading begins again because the generation was replaced meanwhile.
_TRIES = 3
_lock = Lock()


@dataclass(frozen=True)
class State:
    """What an index stands for. links: the number of the published links; seen: {resource: latest instant in its log};
    shape: digest of what it was made of; letter: with which its subjects' ids begin; shards: how many there are."""

    links: int
    seen: dict[str, str]
    shape: str
    letter: str
    shards: int = 1
    form: int = FORM


@dataclass(frozen=True)
class _Opened:
    """A generation as this process reads it. stamp: its name, and when its state was written."""

    stamp: tuple[str, int]
    searchers: tuple[Any, ...]
    state: State


_opened: dict[Path, _Opened] = {}


def folder_of(population: str) -> Path:
    """Where the index of a population lies."""
    return pool_root() / "search" / population


def _current(folder: Path) -> Path | None:
    try:
        return folder / (folder / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def _open(folder: Path) -> _Opened | None:
    """The generation in force; None before the first, or when its files are damaged."""
    for _ in range(_TRIES):
        generation = _current(folder)
        if generation is None:
            return None
        try:
            stamp = (generation.name, os.stat(generation / "STATE.json").st_mtime_ns)
            held = _opened.get(folder)
            if held is not None and held.stamp == stamp:
                return held
            return _opened_now(folder, generation, stamp)
        except (OSError, ValueError, TypeError):
            continue  # replaced while it was opened, or damaged
    return None


def _opened_now(folder: Path, generation: Path, stamp: tuple[str, int]) -> _Opened | None:
    told = json.loads((generation / "STATE.json").read_text(encoding="utf-8"))
    if told.get("form") != FORM:
        return None
    state = State(**told)
    with _lock:
        found = []
        for shard in range(state.shards):
            index = tantivy.Index.open(str(shard_folder(generation, shard)))
            index.reload()
            found.append(index.searcher())
        made = _opened[folder] = _Opened(stamp, tuple(found), state)
    return made


def shard_folder(generation: Path, shard: int) -> Path:
    """Where a shard of a generation lies."""
    return generation / f"{shard:02}"


def state(population: str) -> State | None:
    """What the index of a population stands for; None when there is none that can be read."""
    held = _open(folder_of(population))
    return held.state if held else None


def is_behind(population: str, links: int) -> bool:
    """Whether the index does not stand for these published links."""
    held = state(population)
    return held is None or held.links != links


def size_bytes(population: str) -> int:
    """How much room the index in force takes on disk."""
    generation = _current(folder_of(population))
    return sum(each.stat().st_size for each in generation.rglob("*") if each.is_file()) if generation else 0


def find(
    population: str, sought: Sequence[Sought], where: Sequence[str], limit: int, key: Any
) -> list[tuple[float, str]]:
    """(weight, subject id) of at most `limit` proposals, heaviest first; a subject may come more than once.

    where: the fields the searcher may use, as "resource.field"; key: feature → token. Nothing when there is no index.
    """
    held = _open(folder_of(population))
    if held is None or not where:
        return []
    ways = [(Occur.Should, _way(each, key)) for each in sought if each.any]
    if not ways:
        return []
    allowed = Query.boolean_query([(Occur.Should, _term("where", each)) for each in where])
    query = Query.boolean_query(
        [(Occur.Must, Query.boolean_query(ways)), (Occur.Must, Query.const_score_query(allowed, 0.0))]
    )
    found: list[tuple[float, str]] = []
    for searcher in held.searchers:
        hits = searcher.search(query, limit, count=False).hits
        numbers = searcher.fast_field_values("subject", [address for _, address in hits])
        found += [
            (float(weight), id_of(held.state.letter, number))
            for (weight, _), number in zip(hits, numbers, strict=True)
            if number is not None
        ]
    found.sort(key=lambda each: (-each[0], each[1]))
    return found[:limit]


def _term(name: str, value: str) -> Any:
    return Query.term_query(SCHEMA, name, value, "basic")


def _way(sought: Sought, key: Any) -> Any:
    some = [
        (Occur.Should, Query.const_score_query(_term("token", key(each)), weight))
        for each, weight in sought.any
    ]
    if len(some) == 1 and not sought.must:
        return some[0][1]
    one_of = Query.boolean_query(some, minimum_number_should_match=max(1, min(sought.least, len(some))))
    if not sought.must:
        return one_of
    needed = [(Occur.Must, Query.const_score_query(_term("token", key(each)), 0.0)) for each in sought.must]
    return Query.boolean_query([*needed, (Occur.Must, one_of)])


class Generation:
    """A generation that is being made. Nothing of it is seen before `finish`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / uuid.uuid4().hex[:12]
        self._path.mkdir(parents=True)

    def shard(self, shard: int) -> Path:
        """Where a shard is to be written."""
        return shard_folder(self._path, shard)

    def take_over(self, kept: Collection[int]) -> None:
        """Share the files of these shards with the generation in force."""
        before = _current(self._folder)
        if before is None:
            raise FileNotFoundError(self._folder)
        for each in kept:
            new = self.shard(each)
            new.mkdir()
            for file in shard_folder(before, each).iterdir():
                if file.suffix == ".lock":
                    continue
                try:
                    os.link(file, new / file.name)
                except OSError:  # a disk that knows no second names
                    shutil.copy2(file, new / file.name)

    def finish(self, state: State) -> None:
        """Put it in force, with what it stands for, and sweep the one before away, with all that was in it."""
        # Files that were taken over are never changed, only left: tantivy writes new ones and renames them.
        (self._path / "STATE.json").write_text(json.dumps(asdict(state)), encoding="utf-8")
        for file in self._path.rglob("*"):
            if file.is_dir() or file.stat().st_nlink == 1:
                _sync(file)
        _sync(self._path)
        before = _current(self._folder)
        pointer = self._folder / f".CURRENT.{os.getpid()}"
        pointer.write_text(self._path.name, encoding="ascii")
        _sync(pointer)
        os.replace(pointer, self._folder / "CURRENT")
        _sync(self._folder)
        # Whoever reads the generation before keeps its files open until the next question.
        if before is not None:
            shutil.rmtree(before, ignore_errors=True)

    def drop(self) -> None:
        """Leave the index as it was."""
        shutil.rmtree(self._path, ignore_errors=True)


@contextmanager
def next_generation(population: str) -> Iterator[Generation]:
    """The next generation of a population's index, dropped when what is done with it fails. The caller holds the
    population's lock."""
    folder = folder_of(population)
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.iterdir():  # what a killed run left
        if each.is_dir() and each != _current(folder):
            shutil.rmtree(each, ignore_errors=True)
    generation = Generation(folder)
    try:
        yield generation
    except BaseException:
        generation.drop()
        raise


def shards_of(subject_ids: Sequence[str], count: int) -> dict[int, list[str]]:
    """The subjects by the shard they are in, of so many shards."""
    found: dict[int, list[str]] = {}
    for each in subject_ids:
        found.setdefault(shards.shard_of(each, count), []).append(each)
    return found


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

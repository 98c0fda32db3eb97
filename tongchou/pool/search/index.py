"""The index files of one population: made whole and swapped in, or followed change by change; read by many processes.

A population's folder holds generations, and `CURRENT` names the one in force. An index document says by what one value
of one subject can be found and in which fields of which resources it stands:

    token     keyed features of the value (and, of a name, of what narrows it)
    where     "resource.field" of every record that says so: the searcher's grants become a filter over it
    subject   the subject's id, as a number

What the index stands for (`State`) lies in it as one more document and is committed together with the rest: an update
that is killed is no update, and the next one knows what it has missed.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import tantivy
from tantivy import Document, Occur, Query

from ..folders import pool_root
from .asked import Sought

#: Another form of the index documents: what was made by an older one is made anew.
FORM = 1
_HEAP_BYTES = 96_000_000
#: Subjects whose entries are taken out by one query.
_AT_ONCE = 1000
_STATE = "state"
_lock = Lock()


@dataclass(frozen=True)
class State:
    """What an index stands for. links: the number of the published links; seen: {resource: latest instant in its log};
    shape: digest of what it was made of; letter: with which its subjects' ids begin; whole: False when it must be made
    anew (somebody was erased)."""

    links: int
    seen: dict[str, str]
    shape: str
    letter: str
    form: int = FORM
    whole: bool = True


@dataclass(frozen=True)
class Entry:
    """One value of one subject: its tokens (between blanks), and the fields that hold it."""

    subject_id: str
    tokens: str
    where: Sequence[str]


@dataclass(frozen=True)
class _Opened:
    """An index as this process reads it. stamp: of the commit it was opened at."""

    index: Any
    searcher: Any
    stamp: tuple[str, int]
    state: State


_opened: dict[Path, _Opened] = {}


def schema() -> Any:
    """The fields of an index document."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("token", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("where", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("subject", indexed=True, fast=True)
    builder.add_text_field(_STATE, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("said", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


_SCHEMA = schema()
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PLACE = {each: place for place, each in enumerate(_ALPHABET)}
_ID_LENGTH = 12


def number_of(subject_id: str) -> int:
    """The sixty bits of a subject's id, without its letter."""
    number = 0
    for each in subject_id[1:]:
        number = number << 5 | _PLACE[each]
    return number


def id_of(letter: str, number: int) -> str:
    """The id whose `number_of` this is."""
    return letter + "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_ID_LENGTH)))


def folder_of(population: str) -> Path:
    """Where the index of a population lies."""
    return pool_root() / "search" / population


def _current(folder: Path) -> Path | None:
    try:
        return folder / (folder / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def _open(folder: Path) -> _Opened | None:
    """The index in force, as of its last commit; None before the first, or when its files are damaged."""
    generation = _current(folder)
    if generation is None:
        return None
    try:
        stamp = (generation.name, os.stat(generation / "meta.json").st_mtime_ns)
        held = _opened.get(folder)
        if held is not None and held.stamp == stamp:
            return held
        with _lock:
            index = (
                held.index
                if held is not None and held.stamp[0] == stamp[0]
                else tantivy.Index.open(str(generation))
            )
            index.reload()
            searcher = index.searcher()
            state = _state(searcher)
            if state is None:
                return None
            made = _opened[folder] = _Opened(index, searcher, stamp, state)
        return made
    except (OSError, ValueError):
        return None


def _state(searcher: Any) -> State | None:
    found = searcher.search(Query.term_query(_SCHEMA, _STATE, _STATE, "basic"), 1, count=False).hits
    if not found:
        return None
    told = json.loads(searcher.doc(found[0][1]).get_first("said"))
    return State(**told) if told.get("form") == FORM else None


def state(population: str) -> State | None:
    """What the index of a population stands for; None when there is none that can be read."""
    held = _open(folder_of(population))
    return held.state if held else None


def is_behind(population: str, links: int) -> bool:
    """Whether the index does not stand for these published links, or must be made anew."""
    held = state(population)
    return held is None or held.links != links or not held.whole


def size_bytes(population: str) -> int:
    """How much room the index in force takes on disk."""
    generation = _current(folder_of(population))
    return sum(each.stat().st_size for each in generation.iterdir()) if generation else 0


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
    hits = held.searcher.search(query, limit, count=False).hits
    numbers = held.searcher.fast_field_values("subject", [address for _, address in hits])
    return [
        (float(weight), id_of(held.state.letter, number))
        for (weight, _), number in zip(hits, numbers, strict=True)
        if number is not None
    ]


def _term(name: str, value: str) -> Any:
    return Query.term_query(_SCHEMA, name, value, "basic")


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


class Writing:
    """An open update of an index. Nothing of it is seen before `finish`; dropped without it, it never was."""

    def __init__(self, folder: Path, generation: Path, *, fresh: bool) -> None:
        self.folder, self.generation, self.fresh = folder, generation, fresh
        if fresh:
            generation.mkdir(parents=True)
        self.index = tantivy.Index(_SCHEMA, path=str(generation))
        self.writer = self.index.writer(heap_size=_HEAP_BYTES, num_threads=1)

    def remove(self, subject_ids: Iterable[str]) -> None:
        """Forget all entries of these subjects."""
        numbers = [number_of(each) for each in subject_ids]
        for start in range(0, len(numbers), _AT_ONCE):
            some = Query.term_set_query(_SCHEMA, "subject", numbers[start : start + _AT_ONCE])
            self.writer.delete_documents_by_query(some)

    def add(self, entry: Entry) -> None:
        """Add one value of one subject."""
        document = Document()
        document.add_text("token", entry.tokens)
        for each in entry.where:
            document.add_text("where", each)
        document.add_unsigned("subject", number_of(entry.subject_id))
        self.writer.add_document(document)

    def finish(self, state: State) -> None:
        """Commit, with what the index now stands for; a new generation is put in force."""
        self.writer.delete_documents_by_term(_STATE, _STATE)
        document = Document()
        document.add_text(_STATE, _STATE)
        document.add_text("said", json.dumps(asdict(state)))
        self.writer.add_document(document)
        self.writer.commit()
        self.writer.wait_merging_threads()
        if self.fresh:
            _put_in_force(self.folder, self.generation)

    def drop(self) -> None:
        """Leave the index as it was."""
        self.writer.rollback()
        if self.fresh:
            shutil.rmtree(self.generation, ignore_errors=True)


def begin_anew(population: str) -> Writing:
    """A new generation of a population's index. The caller holds the population's lock."""
    folder = folder_of(population)
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.iterdir():  # what a killed run left
        if each.is_dir() and each != _current(folder):
            shutil.rmtree(each, ignore_errors=True)
    return Writing(folder, folder / uuid.uuid4().hex[:12], fresh=True)


def go_on(population: str) -> Writing:
    """An update of the generation in force. The caller holds the population's lock, and has asked for its `state`."""
    folder = folder_of(population)
    generation = _current(folder)
    if generation is None:
        raise FileNotFoundError(folder)
    return Writing(folder, generation, fresh=False)


def _put_in_force(folder: Path, generation: Path) -> None:
    before = _current(folder)
    for each in generation.iterdir():
        _sync(each)
    pointer = folder / f".CURRENT.{os.getpid()}"
    pointer.write_text(generation.name, encoding="ascii")
    _sync(pointer)
    os.replace(pointer, folder / "CURRENT")
    _sync(folder)
    # Whoever reads the generation before keeps its files open; it is swept away at once, with all that was in it.
    if before is not None and before != generation:
        shutil.rmtree(before, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

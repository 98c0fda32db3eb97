"""The parts of a delivery, worked on side by side and finished in order.

While one part is checked the next is read and standardised and the one before is written, so that a load
keeps every core busy from its first row to its last. What must be in order is done by the caller's thread,
part after part: which bit of `_failures` a rule gets, the notes by which a killed load goes on, and what
`Progress` says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from queue import SimpleQueue
from typing import NamedTuple

from .phases import check, correct, divide, forget, quality, read, resemble, shape, standardise
from .phases.staging import PartNote
from .phases.work import Progress, Work
from .sources import Position, Reading

AT_ONCE = 2
"""Parts being checked at once, and as many being written: enough that none waits for another, while a
load's memory stays some parts large however many cores there are."""


class _Ready(NamedTuple):
    """A part that was checked, what became of the standing corrections in it, the rows that go no further, and what its
    columns look like."""

    divided: divide.Divided
    corrections: dict[str, str]
    forgotten: list[int]
    shapes: dict[str, dict[str, int]]


class _Checking(NamedTuple):
    """A part under way: `said` brings what it has to tell, and None when it is ready."""

    number: int
    part: read.Part
    said: SimpleQueue[Progress | None]
    ready: Future[_Ready]


class _Writing(NamedTuple):
    note: PartNote
    written: Future[int]


def finished(work: Work, reading: Reading, before: list[PartNote], today: date) -> Iterator[PartNote]:
    """Work through the parts that `before` does not hold yet. A part is yielded when its rows are on disk
    and its note says so."""
    limits = quality.Limits(
        {each: limit for each, (limit, _) in before[0].distinct.items()} if before else {}
    )
    start = Position(*before[-1].end) if before else None
    checking: deque[_Checking] = deque()
    writing: deque[_Writing] = deque()
    with (
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="part") as workers,
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="write") as writers,
    ):
        for index, part in enumerate(read.parts(reading.batches, start), start=len(before)):
            work.tell(Progress("read", part.done, reading.size, reading.unit))
            said: SimpleQueue[Progress | None] = SimpleQueue()
            ready = workers.submit(_divided, work, reading, part, index, limits, today, said)
            checking.append(_Checking(index, part, said, ready))
            if len(checking) == AT_ONCE:
                writing.append(_written(work, checking.popleft(), writers))
            if len(writing) == AT_ONCE:
                yield _noted(work, writing.popleft(), reading)
        while checking:
            writing.append(_written(work, checking.popleft(), writers))
        while writing:
            yield _noted(work, writing.popleft(), reading)


def _divided(
    work: Work,
    reading: Reading,
    part: read.Part,
    index: int,
    limits: quality.Limits,
    today: date,
    said: SimpleQueue[Progress | None],
) -> _Ready:
    """One part through shape, standardise, correct, check and divide, in a thread of its own."""
    try:
        shaped = shape.shaped(work, part.table)
        said.put(Progress("shape", part.done, reading.size, reading.unit))
        columns = standardise.columns(work, shaped, today, _damaged(work, part))
        said.put(Progress("standardise", part.done, reading.size, reading.unit))
        columns, corrections = correct.corrected(work, columns)
        said.put(Progress("correct", index, index + 1, "parts"))
        checked = check.checked(work, shaped, columns)
        said.put(Progress("check", index, index + 1, "parts"))
        left = forget.without_forgotten(work, checked, part.refused)
        said.put(Progress("forget", index, index + 1, "parts"))
        divided = divide.divided(work, left.part, limits, index, left.refused)
        return _Ready(divided, corrections, left.rows, resemble.measured(work, shaped))
    finally:
        said.put(None)


def _written(work: Work, begun: _Checking, writers: ThreadPoolExecutor) -> _Writing:
    """The note of a part, when it is ready, and the writing of its rows, begun."""
    while (told := begun.said.get()) is not None:
        work.tell(told)
    done, corrections, forgotten, shapes = begun.ready.result()
    part = begun.part
    table = divide.as_logged(work, done)
    note = PartNote(
        index=begun.number,
        start=(part.start.offset, part.start.row) if part.start else None,
        end=(part.end.offset, part.end.row),
        done=part.done,
        read=done.rows + done.refused,
        kept=table.num_rows,
        held=done.held,
        empty=done.quality["empty"],
        failed=done.quality["failed"],
        distinct=done.quality["distinct"],
        rules=list(work.rules),
        corrections=corrections,
        shapes=shapes,
        forgotten=forgotten,
    )
    return _Writing(note, writers.submit(divide.write, table, done.few, work.staging.kept(begun.number)))


def _noted(work: Work, part: _Writing, reading: Reading) -> PartNote:
    """A part whose rows are on disk counts from now on."""
    part.written.result()
    work.staging.finish(part.note)
    work.tell(Progress("divide", part.note.done, reading.size, reading.unit))
    return part.note


def _damaged(work: Work, part: read.Part) -> dict[str, dict[int, str]]:
    """The cells of a part the reader knows to be lost: per field the rule by row number."""
    found: dict[str, dict[int, str]] = {}
    for name, index in work.assigned.items():
        for flag in part.flags:
            if flag.column == index:
                found.setdefault(name, {})[flag.row] = flag.rule
    return found

"""Verification from the database: re-hashes every stored body and holds it against order, tree and signed
heads.

Reads only, in batches, beside running writers: what is checked is the ledger up to the last head at the
start; later entries are re-hashed as waiting. On 2 cores it is bound by the reading and by SHA-256 (see
bench/ledger.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from hashlib import sha256

from django.db import DatabaseError, connections, transaction
from django.db.models import Max, Min

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import witnesses
from .canonical import AT, KIND, canonical, leaf_of
from .findings import Finding, Report, TreeCheck
from .models import Entry, Head, SplitView, Stream, Tile
from .notes import BadNote, Checkpoint, VerifierKey, open_checkpoint
from .sequencer import alias, key_folder
from .stored import (
    Row,
    Stretch,
    as_bytes,
    stored_heads,
    stored_leaves,
    stored_rows,
    stretches,
)
from .witnessing import Demand, WitnessCheck

MOST_ALARMS = 100

NO_WITNESS = Text(
    "提示：若有人同时改动数据库与密钥目录，只有见证方或另行保存的树头（--head）才能发现。",
    "Note: who changes the database and the key folder together is found only by a witness or with a head kept "
    "elsewhere (--head).",
)


FALSE = b"\xff"
"""Hashed in place of what is not an instant or a kind, which might be split from the body in another way."""


Progress = Callable[[int, int], None]
"""progress(done, total): entries re-hashed so far, of how many."""


def verify(
    *,
    trusted: Sequence[Checkpoint] = (),
    keys: Sequence[VerifierKey] | None = None,
    demand: Demand | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check the whole ledger in the database.

    trusted: heads known from elsewhere, already checked against a key (`notes.open_checkpoint`), which must
    be part of this ledger; the last one this installation signed, kept in its key folder, always is. keys: the
    public keys to believe; by default those of this installation's `ledger.pub`. demand: which witnesses must
    have signed; by default as the settings say.
    """
    started = time.perf_counter()
    database = alias()
    folder = key_folder()
    believed = list(folder.trusted() if keys is None else keys)
    wanted = witnesses.demand() if demand is None else demand
    early: list[Finding] = []
    kept = None
    try:
        kept = folder.last_head()
    except HouseError as damaged:
        early.append(Finding("file", detail=damaged.where))

    def work() -> Report:
        held = [*trusted, *([kept] if kept else [])]
        return _verify(database, believed, held, wanted, early, progress or (lambda done, total: None))

    try:
        report = work()
    except DatabaseError:
        connection = connections[database]
        if connection.vendor != "sqlite":
            raise
        # SQLite stores bytes that are no text in text columns, and its driver then refuses to read the row.
        connection.ensure_connection()
        strict = connection.connection.text_factory
        connection.connection.text_factory = lambda raw: raw.decode(errors="replace")
        try:
            report = work()
        finally:
            connection.connection.text_factory = strict
    if not trusted and not report.witnessed:
        report.notes.append(NO_WITNESS)
    report.seconds = time.perf_counter() - started
    return report


def _verify(
    database: str,
    keys: list[VerifierKey],
    trusted: Sequence[Checkpoint],
    demand: Demand,
    early: Sequence[Finding],
    progress: Progress,
) -> Report:
    report = Report(keys=[str(key) for key in keys])
    for finding in early:
        report.add(finding)
    witnessed = WitnessCheck(demand, report)
    last = Head.objects.using(database).order_by("-number").first()
    last_number, size = (last.number, max(0, last.size)) if last else (0, 0)
    heads = stored_heads(database, last_number)
    check = TreeCheck(report, heads, keys, trusted, _nodes(database), witnessed.head)
    sequenced = _check_tree(database, check, report, size, progress)
    placed = not any(finding.kind == "order" for finding in report.findings)
    if placed:
        _check_streams(database, sequenced, report)
    check.finish(complete=placed)
    witnessed.finish()
    _check_alarms(database, report)
    return report


def _check_alarms(database: str, report: Report) -> None:
    """What witnesses hold against the ledger: signatures on heads that are gone, heads that never fitted."""
    for size in witnesses.orphans(database):
        report.add(Finding("cut", size=size, detail="a witness signed a head that is not there"))
    for alarm in SplitView.objects.using(database).order_by("pk")[:MOST_ALARMS]:
        try:
            shown = open_checkpoint(alarm.note, key_folder().trusted())
        except BadNote:
            report.add(Finding("split", size=alarm.size, detail=f"the alarm of {alarm.witness} was altered"))
            continue
        if not witnesses.belongs(shown):
            report.add(Finding("split", size=shown.size, detail=f"shown by {alarm.witness}"))


def _nodes(database: str):  # type: ignore[no-untyped-def]
    """Reads single hashes of the upper levels; the tile is kept until another is asked for."""
    kept: dict[int, tuple[int, bytes]] = {}

    def node(level: int, index: int) -> bytes | None:
        number, place = divmod(index, 256)
        if kept.get(level, (None,))[0] != number:
            found = (
                Tile.objects.using(database)
                .filter(level=level, number=number)
                .values_list("hashes", flat=True)
            )
            kept[level] = number, as_bytes(next(iter(found), b""))
        return kept[level][1][32 * place : 32 * place + 32] or b"?"

    return node


def _check_tree(
    database: str, check: TreeCheck, report: Report, size: int, progress: Progress
) -> dict[str, int]:
    """Every leaf up to `size`; returns how many entries of each stream are in the tree."""
    sequenced: dict[str, int] = {}
    kinds: dict[object, bytes] = {}
    connection = connections[database]
    # SQLite's readers need no transaction, and a long one would keep its write-ahead log growing.
    with transaction.atomic(using=database) if connection.vendor == "postgresql" else nullcontext():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # The join of `stored_rows` walks along the order; other joins would compare every pair of it.
                cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        for batch in stretches(database, size, report):
            rows = stored_rows(database, batch)
            start, stop = batch[0].first_index, batch[-1].first_index + batch[-1].length
            leaves = stored_leaves(database, start, stop)
            if len(leaves) < 32 * (stop - start):
                index = start + len(leaves) // 32
                report.add(Finding("tree", index=index, detail="stored leaf hashes are missing"))
            used = 0
            for run in batch:
                sequenced[run.stream] = run.first_seq + run.length - 1
                matched, used = _match(run, rows, used)
                place = 32 * (run.first_index - start)
                _check_run(run, matched, leaves[place : place + 32 * run.length], kinds, check, report)
            report.entries += len(rows)
            progress(check.size, size)
    return sequenced


def _match(run: Stretch, rows: list[Row], used: int) -> tuple[Sequence[Row | None], int]:
    """The rows of one run, None where one is missing, out of its batch's, of which `used` are used up."""
    part = rows[used : used + run.length]
    last = run.first_seq + run.length - 1
    if len(part) == run.length and part[-1][:2] == (run.stream, last):
        # Rows come in order and without doubles; where a constraint was dropped and they do not, their own
        # numbers go into their hashes, which then differ.
        return part, used + run.length
    found: dict[int, Row] = {}
    while used < len(rows) and rows[used][0] == run.stream and run.first_seq <= rows[used][1] <= last:
        found[rows[used][1]] = rows[used]
        used += 1
    return [found.get(seq) for seq in range(run.first_seq, last + 1)], used


def _check_run(
    run: Stretch,
    rows: Sequence[Row | None],
    leaves: bytes,
    kinds: dict[object, bytes],
    check: TreeCheck,
    report: Report,
) -> None:
    """Hash the stored bodies of one run and hand them to the tree."""
    computed = [_hash(row, kinds) if row is not None else b"" for row in rows]
    sound = b"".join(computed) == leaves
    if sound:
        check.take(leaves)
    for place, row in enumerate(rows):
        seq, index = run.first_seq + place, run.first_index + place
        expected = leaves[32 * place : 32 * place + 32] or None
        if row is None:
            report.add(Finding("missing", run.stream, seq, index))
            check.skip(expected)
            continue
        if computed[place] == expected:
            if row[5] != expected and as_bytes(row[5]) != expected:
                report.add(Finding("altered", run.stream, seq, index, detail="only the stored leaf hash"))
            elif not _names_subject(str(row[6]), as_bytes(row[4])):
                report.add(Finding("subject", run.stream, seq, index))
        if not sound:
            check.add(run.stream, seq, computed[place], expected)


def _hash(row: Row, kinds: dict[object, bytes]) -> bytes:
    """The leaf of an entry as it is stored, with its own stream and number. `kinds`: those seen before."""
    stream, seq, at, kind, body, _, _ = row
    word = kinds.get(kind)
    if word is None:
        word = kinds[kind] = kind.encode() if KIND.fullmatch(str(kind)) else FALSE
    return sha256(
        b'\0{"at":"%b","body":%b,"kind":"%b","seq":%d,"stream":"%b"}'
        % (
            at.encode() if AT.fullmatch(str(at)) else FALSE,
            body if type(body) is bytes else as_bytes(body),
            word,
            seq,
            stream.encode(),
        )
    ).digest()


def _names_subject(subject_id: str, body: bytes) -> bool:
    """Whether the searchable subject is the body's. Quotation marks inside a JSON text are escaped, so this
    is exact.
    """
    if subject_id:
        # The plain spelling first: it is the usual one, and quick.
        plain = b'"subject_id":"%b"' % subject_id.encode(errors="replace")
        return plain in body or b'"subject_id":' + canonical(subject_id) in body
    return b'"subject_id":"' not in body or b'"subject_id":""' in body


def _check_streams(database: str, sequenced: dict[str, int], report: Report) -> None:
    """Density of every stream, and the entries no head covers yet."""
    # Read before and after the counts, so that what writers add meanwhile is not taken for tampering.
    before = dict(Stream.objects.using(database).values_list("name", "sequenced"))
    ends = {
        name: (low, high)
        for name, low, high in Entry.objects.using(database)
        .order_by()
        .values("stream")
        .annotate(low=Min("seq"), high=Max("seq"))
        .values_list("stream", "low", "high")
    }
    after = set(Stream.objects.using(database).values_list("name", flat=True))
    for name in sorted(ends):
        low, high = ends[name]
        if name not in after:
            report.add(Finding("surplus", name, low, detail="the stream was never opened"))
        elif low < 1:
            report.add(Finding("surplus", name, low))
        if high > sequenced.get(name, 0):
            _check_waiting(database, name, sequenced.get(name, 0), report)
    for name, said in before.items():
        there = max(sequenced.get(name, 0), ends.get(name, (0, 0))[1])
        if said > there:
            report.add(
                Finding("missing", name, there + 1, detail=f"{said} entries of this stream were in the tree")
            )
    with connections[database].cursor() as cursor:
        # One statement, so that a round of the sequencer cannot fall between its halves.
        cursor.execute(
            "SELECT (SELECT max(size) FROM ledger_head), (SELECT max(first_index + length) FROM ledger_run)"
        )
        size, end = cursor.fetchone()
    if (end or 0) > (size or 0):
        report.add(Finding("head", size=size or 0, detail=f"the order goes on to {end}: a head was removed"))


def _check_waiting(database: str, name: str, done: int, report: Report) -> None:
    expected = done + 1
    waiting = Entry.objects.using(database).filter(stream=name, seq__gt=done).order_by("seq")
    for entry in waiting.iterator(chunk_size=5000):
        for seq in range(expected, min(entry.seq, expected + 100)):
            report.add(Finding("missing", name, seq))
        expected = entry.seq + 1
        report.waiting += 1
        report.entries += 1
        if leaf_of(name, entry.seq, entry.at, entry.kind, as_bytes(entry.body)) != as_bytes(entry.leaf):
            report.add(Finding("altered", name, entry.seq))

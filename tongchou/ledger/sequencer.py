"""The sequencer: puts new entries into the tree and signs the head. Any process may run it; one does at a
time.

A round is one transaction: take the lock, read what is new in each stream, hash the stored bodies (not the
stored leaf hashes), extend the tiles, note the order, sign the root. A crash anywhere leaves the tree as it
was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections, router, transaction
from django.db.models import F, Q
from django.utils import timezone

from tongchou.standards.errors import HouseError

from .canonical import leaf_of
from .errors import problem
from .keys import KeyFolder
from .models import Head, Run, Sequencing, Stream, Tile
from .notes import Checkpoint, signed
from .signatures import HEAD_KINDS
from .tree import EMPTY_ROOT, DamagedTree, GrowingTiles, Tiles, root_at

LEAVES_PER_ROUND = 8192
"""Bounds how long a round holds SQLite's write lock (about a tenth of a second)."""

STREAM_RETIRED_AFTER_HOURS = 48
"""Far beyond the hours after which writers leave an idle stream, and beyond any transaction's length."""


@dataclass(frozen=True)
class Sequenced:
    """What a call did: entries added, and the tree's size, root and head now (None while it is empty)."""

    added: int
    size: int
    root: bytes
    note: str | None


def alias() -> str:
    """The database the ledger is in."""
    return router.db_for_write(Head)


def key_folder() -> KeyFolder:
    """The key files of this installation, with the kinds of signature its setting names."""
    codes = getattr(settings, "TONGCHOU_LEDGER_SIGNATURE", ("ed25519",))
    return KeyFolder(
        Path(settings.TONGCHOU_DATA) / "keys", [kind for kind in HEAD_KINDS if kind.code in codes]
    )


def stored_tiles(database: str) -> Tiles:
    """The tiles as stored, each read once; an absent tile is empty."""
    kept: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        if (level, number) not in kept:
            found = (
                Tile.objects.using(database)
                .filter(level=level, number=number)
                .values_list("hashes", flat=True)
            )
            kept[level, number] = bytes(next(iter(found), b""))
        return kept[level, number]

    return read


def sequence(*, include_retired: bool = False) -> Sequenced:
    """Bring every committed entry into the tree and sign; several rounds when there is much.

    include_retired: ask also the streams that have been idle for days. Raises HouseError when the stored tree
    does not fit its last signed head (`ledger.damaged`), or when the key is missing; nothing is signed then.
    """
    database = alias()
    added = 0
    # Asked without the lock, so that the worker's look every second costs the writers nothing.
    while _waiting(database, include_retired):
        done = _round(include_retired)
        added += done.added
        if done.added and done.note:
            # After the commit: a head that was never committed must not be kept. One that was, but is not kept
            # because the process died here, is kept with the next.
            key_folder().keep_head(done.note)
        if done.added < LEAVES_PER_ROUND:
            _retire(database)
            return Sequenced(added, done.size, done.root, done.note)
    _retire(database)
    last = Head.objects.using(database).order_by("-number").first()
    if last is None:
        return Sequenced(added, 0, EMPTY_ROOT, None)
    return Sequenced(added, last.size, bytes(last.root), last.note)


def _round(include_retired: bool) -> Sequenced:
    database = alias()
    with transaction.atomic(using=database, durable=True):
        _take_lock(database)
        last = Head.objects.using(database).order_by("-number").first()
        size = last.size if last else 0
        tiles = GrowingTiles(size, stored_tiles(database))
        keys = key_folder()
        _check_edge(last, tiles)
        _check_not_cut(last, tiles, keys)
        runs, moved = _extend(database, tiles, include_retired)
        if not runs:
            return Sequenced(0, size, root_at(size, tiles), last.note if last else None)
        signers = keys.signers(create=last is None)
        root = root_at(tiles.size, tiles)
        note = signed(Checkpoint(signers[0].verifier.name, tiles.size, root).text(), signers)
        now = timezone.now()
        Tile.objects.using(database).bulk_create(
            [
                Tile(level=level, number=number, hashes=bytes(tile))
                for (level, number), tile in tiles.changed.items()
            ],
            update_conflicts=True,
            unique_fields=["level", "number"],
            update_fields=["hashes"],
            batch_size=100,
        )
        Run.objects.using(database).bulk_create(runs, batch_size=100)
        for name, sequenced in moved.items():
            Stream.objects.using(database).filter(name=name).update(
                sequenced=sequenced, sequenced_at=now, retired=False
            )
        Head.objects.using(database).create(
            number=(last.number if last else 0) + 1, size=tiles.size, root=root, note=note, signed_at=now
        )
        return Sequenced(tiles.size - size, tiles.size, root, note)


def _take_lock(database: str) -> None:
    # The update waits for any other sequencer, on PostgreSQL by the row and on SQLite by the write lock.
    if not Sequencing.objects.using(database).filter(pk=1).update(turn=F("turn") + 1):
        Sequencing.objects.using(database).bulk_create([Sequencing(pk=1)], ignore_conflicts=True)
        Sequencing.objects.using(database).filter(pk=1).update(turn=F("turn") + 1)


def _check_edge(last: Head | None, tiles: Tiles) -> None:
    """Never sign on top of something altered: the stored tiles must give the root of the last head."""
    try:
        fits = last is None or root_at(last.size, tiles) == bytes(last.root)
    except DamagedTree:
        fits = False
    if not fits:
        raise _damaged(f"head {last.number if last else 0}")


def _check_not_cut(last: Head | None, tiles: GrowingTiles, keys: KeyFolder) -> None:
    """Never sign below or beside the last head that was signed, which is kept outside the database."""
    kept = keys.last_head()
    if kept is None or (last is not None and kept.size == last.size and kept.root == bytes(last.root)):
        return
    size = last.size if last is not None else 0
    try:
        grown = kept.size <= size and root_at(kept.size, tiles) == kept.root
    except DamagedTree:
        grown = False
    if not grown:
        raise problem(
            "cut",
            f"账本比最近一次签名的树头少或不同：曾签名 {kept.size} 条，现有 {size} 条。已停止签名。",
            f"The ledger is less than, or differs from, its last signed head: {kept.size} entries were signed, "
            f"{size} are here. Nothing more is signed.",
            "请运行 tongchou ledger verify，并恢复最新的备份；监督方确认接受损失后，运行 tongchou ledger accept-loss。",
            "Run tongchou ledger verify and restore the newest backup; when the auditor accepts the loss, run "
            "tongchou ledger accept-loss.",
            f"{size} < {kept.size}" if size < kept.size else str(kept.size),
        )


def accept_loss() -> tuple[int, int]:
    """Go on from what the database holds, though a larger head had been signed; returns both sizes.

    For after a restored backup. Whoever kept the larger head, a witness for one, still sees the loss.
    """
    keys = key_folder()
    last = Head.objects.using(alias()).order_by("-number").first()
    try:
        kept = keys.last_head()
    except HouseError:
        kept = None
    if last is None:
        keys.head.unlink(missing_ok=True)
    else:
        keys.keep_head(last.note, even_smaller=True)
    return (kept.size if kept else 0), (last.size if last else 0)


def _damaged(where: str) -> Exception:
    return problem(
        "damaged",
        "账本的树与最近一次签名的树头不符，已停止签名。",
        "The stored tree does not fit its last signed head; nothing more is signed.",
        "请运行 tongchou ledger verify 找出被改动的行，并从备份恢复。",
        "Run tongchou ledger verify to find what was altered, and restore it from the backup.",
        where,
    )


def _waiting(database: str, include_retired: bool) -> list[tuple[str, int]]:
    """The streams that have more entries than are in the tree, and how many are, by name."""
    live = "" if include_retired else "WHERE NOT retired"
    with connections[database].cursor() as cursor:
        # One look into the index per stream, however large the table of entries is.
        cursor.execute(
            f"""SELECT name, sequenced FROM (
                  SELECT name, sequenced, (SELECT max(seq) FROM ledger_entry WHERE stream = name) AS last
                  FROM ledger_stream {live}) AS streams
                WHERE last > sequenced ORDER BY name"""
        )
        found: list[tuple[str, int]] = cursor.fetchall()
    return found


def _extend(database: str, tiles: GrowingTiles, include_retired: bool) -> tuple[list[Run], dict[str, int]]:
    """Add what is new, streams in the order of their names, each in the order of its numbers."""
    runs: list[Run] = []
    moved: dict[str, int] = {}
    room = LEAVES_PER_ROUND
    with connections[database].cursor() as cursor:
        for name, sequenced in _waiting(database, include_retired):
            if not room:
                break
            cursor.execute(
                """SELECT seq, at, kind, body, leaf FROM ledger_entry
                   WHERE stream = %s AND seq > %s ORDER BY seq LIMIT %s""",
                [name, sequenced, room],
            )
            first_index, length = tiles.size, 0
            try:
                for seq, at, kind, body, leaf in cursor.fetchall():
                    hashed = leaf_of(name, seq, at, kind, bytes(body))
                    # A gap or a body that does not fit its leaf was not written by us: the stream waits here
                    # until someone has looked; `verify` names the row.
                    if seq != sequenced + length + 1 or hashed != bytes(leaf):
                        break
                    tiles.add(hashed)
                    length += 1
            except DamagedTree as damaged:
                raise _damaged(str(damaged)) from damaged
            if length:
                runs.append(Run(first_index=first_index, length=length, stream=name, first_seq=sequenced + 1))
                moved[name] = sequenced + length
                room -= length
    return runs, moved


def _retire(database: str) -> None:
    before = timezone.now() - timedelta(hours=STREAM_RETIRED_AFTER_HOURS)
    idle = Stream.objects.using(database).filter(
        Q(sequenced_at__lt=before) | Q(sequenced_at=None, opened_at__lt=before), retired=False
    )
    if idle.exists():
        idle.update(retired=True)

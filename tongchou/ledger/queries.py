"""Reads: entries for screens, heads, receipts and proofs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from . import witnesses
from .canonical import envelope
from .errors import problem
from .models import Entry, Head, Run
from .notes import Checkpoint, parse_checkpoint
from .proofs import Growth
from .receipts import Receipt
from .sequencer import LEAVES_PER_ROUND, alias, sequence, stored_tiles
from .tiles import Place, bundle, width_in
from .tree import TILE_WIDTH, consistency_proof, inclusion_proof


@dataclass(frozen=True)
class Trace:
    """An entry for reading: as `Entry`, with the body taken apart."""

    stream: str
    seq: int
    at: str
    kind: str
    body: Mapping[str, Any]


def entries(*, kind: str = "", subject_id: str = "", since: str = "", until: str = "") -> QuerySet[Entry]:
    """Entries, newest first, to be sliced by the caller. `since` ≤ at < `until`, as instants the ledger
    writes.
    """
    found = Entry.objects.using(alias()).order_by("-at", "-id")
    if subject_id:
        found = found.filter(subject_id=subject_id)
    if kind:
        found = found.filter(kind=kind)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    return found


def trace(entry: Entry) -> Trace:
    """The entry with its body as a mapping."""
    return Trace(entry.stream, entry.seq, entry.at, entry.kind, json.loads(bytes(entry.body)))


def head() -> Checkpoint | None:
    """The latest signed head with its witnesses' signatures, None before the first."""
    last = Head.objects.using(alias()).order_by("-number").first()
    return parse_checkpoint(_noted(last)) if last else None


def head_at(size: int) -> Checkpoint | None:
    """The head of `size` leaves with its witnesses' signatures, None where none was signed."""
    found = Head.objects.using(alias()).filter(size=size).first()
    return parse_checkpoint(_noted(found)) if found else None


def _noted(head: Head) -> str:
    return head.note + "".join(witnesses.lines_of(alias(), [head.size]).get(head.size, ()))


def index_of(stream: str, seq: int) -> int | None:
    """The entry's place in the tree; None while it waits for the sequencer."""
    run = Run.objects.using(alias()).filter(stream=stream, first_seq__lte=seq).order_by("-first_seq").first()
    if run is None or seq >= run.first_seq + run.length:
        return None
    return run.first_index + seq - run.first_seq


def receipt(stream: str, seq: int, *, sequence_now: bool = True) -> Receipt:
    """The receipt of an entry, against the newest head that a witness signed, or else the latest.

    An entry that waits for the sequencer is sequenced first, unless sequence_now is False. Raises HouseError
    `ledger.entry_unknown` or `ledger.entry_waiting`.
    """
    entry = Entry.objects.using(alias()).filter(stream=stream, seq=seq).first()
    if entry is None:
        raise problem(
            "entry_unknown",
            "账本中没有这一条。",
            "The ledger has no such entry.",
            "请核对流编号与序号。",
            "Check the stream and the number.",
            f"{stream}/{seq}",
        )
    index = index_of(stream, seq)
    if index is None and sequence_now:
        sequence(include_retired=True)
        index = index_of(stream, seq)
    last = Head.objects.using(alias()).order_by("-number").first()
    if index is None or last is None or index >= last.size:
        raise problem(
            "entry_waiting",
            "该条已入账，尚未进入签名的树头。",
            "The entry is recorded but no signed head contains it yet.",
            "请稍后再取回执；若持续如此，请运行 tongchou ledger verify。",
            "Ask again in a moment; if it stays so, run tongchou ledger verify.",
            f"{stream}/{seq}",
        )
    # A head that a witness signed is worth more to the holder than the newest.
    under = witnesses.newest_witnessed(at_least=index + 1) or last
    path = inclusion_proof(index, under.size, stored_tiles(alias()))
    return Receipt(stream, seq, entry.at, entry.kind, bytes(entry.body), index, tuple(path), _noted(under))


def consistency(old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old` leaves, both no larger than the last
    head.
    """
    last = Head.objects.using(alias()).order_by("-number").first()
    if last is None or not 0 < old <= new <= last.size:
        raise problem(
            "head_unknown",
            "没有这样规模的树头。",
            "There is no tree of that size.",
            "规模须在 1 与当前规模之间，且旧的不大于新的。",
            "Sizes lie between 1 and the current size, the old one not above the new one.",
            f"{old}–{new}",
        )
    return consistency_proof(old, new, stored_tiles(alias()))


def growth(old: int, new: int) -> Growth:
    """The consistency proof between two signed heads, by their sizes. Raises HouseError `ledger.head_unknown`."""
    path = tuple(consistency(old, new))
    heads = head_at(old), head_at(new)
    if heads[0] is None or heads[1] is None:
        missing = old if heads[0] is None else new
        raise problem(
            "head_unknown",
            f"没有 {missing} 条的签名树头。",
            f"No head of {missing} entries was signed.",
            "请在“树头”页查看有哪些树头。",
            "See on the page of heads which there are.",
            str(missing),
        )
    return Growth(heads[0].note, heads[1].note, path)


def tile(place: Place) -> bytes | None:
    """The bytes of a tile, or of a bundle of entries, None where the tree under the latest head has none."""
    last = Head.objects.using(alias()).order_by("-number").first()
    if last is None or place.width > width_in(place.level or 0, place.number, last.size):
        return None
    if place.level is None:
        first = place.number * TILE_WIDTH
        return bundle(envelopes(first, first + place.width))
    hashes = stored_tiles(alias())(place.level, place.number)[: 32 * place.width]
    return hashes if len(hashes) == 32 * place.width else None


def envelopes(start: int, stop: int) -> Iterator[bytes]:
    """The entries that are leaves start … stop−1, as the bytes that are hashed, sound or not."""
    runs = list(
        Run.objects.using(alias())
        .filter(first_index__gt=start - LEAVES_PER_ROUND - 1, first_index__lt=stop)
        .filter(first_index__gt=start - F("length"))
        .order_by("first_index")
        .values_list("first_index", "length", "stream", "first_seq")
    )
    for first_index, length, stream, first_seq in runs:
        low, high = max(start, first_index), min(stop, first_index + length)
        found = Entry.objects.using(alias()).filter(
            stream=stream, seq__gte=first_seq + low - first_index, seq__lt=first_seq + high - first_index
        )
        for each in found.order_by("seq"):
            yield envelope(each.stream, each.seq, each.at, each.kind, bytes(each.body))

"""An exported copy of the ledger and its verification: the standard library and `cryptography` only, no
database.

entries/000000.jsonl.gz …   one entry a line, exactly the bytes that were hashed, in the order of the tree
order.jsonl.gz              [first index, length, stream, first seq]: which entries the leaves are
leaves.bin                  the tree's leaf hashes, 32 bytes each, so that a false line can be named
heads.jsonl                 every signed head, with the signatures of its witnesses
keys.txt                    the public keys; compare them with those published elsewhere
witnesses.txt               the witnesses' public keys, likewise
"""

from __future__ import annotations

import gzip
import json
import time
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tongchou.standards.text import Text

from .canonical import LARGEST_ENVELOPE_BYTES, split
from .errors import problem
from .findings import Finding, Report, StoredHead, TreeCheck
from .notes import BadNote, Checkpoint, VerifierKey, parse_checkpoint, parse_keys
from .witnessing import Demand, WitnessCheck

ENTRIES, ORDER, LEAVES, HEADS = "entries", "order.jsonl.gz", "leaves.bin", "heads.jsonl"
FORMAT = "tongchou.ledger.export/1"
KEYS, WITNESSES, README, MANIFEST = "keys.txt", "witnesses.txt", "README.txt", "manifest.json"
ENTRIES_PER_FILE = 200_000

KEY_CAME_ALONG = Text(
    "提示：公钥取自副本自身，请与另行公布的公钥核对，或用 --key 指定。",
    "Note: the public key came with the copy; compare it with the published one, or give it with --key.",
)
README_TEXT = """存证账本副本 · A copy of the ledger

校验（不需要数据库）· To check it, with no database:
    python -m tongchou.ledger verify-export DIR --key ledger.pub

每行一条，叶 = SHA-256(0x00 ‖ 该行，不含换行)；树与证明见 RFC 6962、RFC 9162；树头为 C2SP checkpoint。
One entry a line; leaf = SHA-256(0x00 ‖ the line without its line feed); tree and proofs after RFC 6962 and
RFC 9162; heads are C2SP checkpoints signed with Ed25519 or SM2, and by their witnesses. Lines are in the order of the tree.
"""


@dataclass(frozen=True)
class Manifest:
    """What a copy holds: the size of the tree, how many heads, how many entries were written."""

    size: int
    heads: int
    entries: int

    def text(self) -> str:
        """The manifest's file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


class Line(NamedTuple):
    """A line of the copy: its leaf hash, which entry it says it is, and that entry's index in the order, if
    any.
    """

    computed: bytes
    stream: str
    seq: int
    leaf_index: int | None


class _Order:
    """The order of the tree: where each entry of a stream stands."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.size = 0
        self._streams: dict[str, tuple[list[int], list[int], list[int]]] = {}
        self._indexes: list[int] = []
        self._runs: list[tuple[str, int]] = []
        try:
            with gzip.open(folder / ORDER, "rt", encoding="ascii") as lines:
                for line in lines:
                    first_index, length, stream, first_seq = json.loads(line)
                    firsts, lengths, indexes = self._streams.setdefault(stream, ([], [], []))
                    next_seq = firsts[-1] + lengths[-1] if firsts else 1
                    if first_index != self.size or first_seq != next_seq or length < 1:
                        report.add(Finding("order", stream, first_seq, self.size))
                        return
                    firsts.append(first_seq)
                    lengths.append(length)
                    indexes.append(first_index)
                    self._indexes.append(first_index)
                    self._runs.append((stream, first_seq))
                    self.size += length
        except (OSError, EOFError, zlib.error, ValueError, TypeError) as failure:
            report.add(Finding("file", detail=f"{ORDER}: {type(failure).__name__}"))

    def index_of(self, stream: str, seq: int) -> int | None:
        """The leaf index of an entry."""
        firsts, lengths, indexes = self._streams.get(stream, ([], [], []))
        at = bisect_right(firsts, seq) - 1
        return indexes[at] + seq - firsts[at] if at >= 0 and seq < firsts[at] + lengths[at] else None

    def entry_at(self, index: int) -> tuple[str, int]:
        """The entry that is leaf `index`."""
        at = bisect_right(self._indexes, index) - 1
        stream, first_seq = self._runs[at]
        return stream, first_seq + index - self._indexes[at]


def verify_export(
    folder: Path,
    *,
    keys: Sequence[VerifierKey] | None = None,
    trusted: Sequence[Checkpoint] = (),
    witnesses: Sequence[VerifierKey] | None = None,
    quorum: int = 0,
) -> Report:
    """Check an exported copy: every line re-hashed, order, tree, heads and signatures.

    keys: the public keys to believe, by default those in the copy itself, which the report then says.
    trusted: heads known from elsewhere, already checked. witnesses: those to believe, by default those in the
    copy; quorum: how many of them must have signed a head. Raises HouseError `ledger.no_export` when the folder
    holds no copy.
    """
    started = time.perf_counter()
    if not (folder / MANIFEST).is_file() or not (folder / ENTRIES).is_dir():
        raise problem(
            "no_export",
            "该目录不是账本副本。",
            "The folder holds no copy of a ledger.",
            "请指定 tongchou ledger export 写出的目录。",
            "Name the folder that tongchou ledger export wrote.",
            str(folder),
        )
    report = Report()
    believed: list[VerifierKey] = list(keys or [])
    if keys is None:
        report.notes.append(KEY_CAME_ALONG)
        try:
            believed = parse_keys((folder / KEYS).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, BadNote) as failure:
            report.add(Finding("file", detail=f"{KEYS}: {type(failure).__name__}"))
    report.keys = [str(key) for key in believed]
    if witnesses is None:
        witnesses = _witnesses(folder, report)
    order = _Order(folder, report)
    witnessed = WitnessCheck(Demand(tuple(witnesses), quorum), report)
    check = TreeCheck(report, _heads(folder, report), believed, trusted, opened=witnessed.head)
    if not report.heads:
        report.add(Finding("head", detail="the copy has no head"))
    try:
        if (folder / LEAVES).stat().st_size != 32 * order.size:
            report.add(Finding("file", detail=f"{LEAVES} does not hold {order.size} hashes"))
        with (folder / LEAVES).open("rb") as leaves:
            _check_lines(_lines(folder, order, report), order, leaves, check, report)
    except OSError as failure:
        report.add(Finding("file", detail=f"{LEAVES}: {type(failure).__name__}"))
    _check_manifest(folder, report, order.size)
    check.finish()
    witnessed.finish()
    report.seconds = time.perf_counter() - started
    return report


def _witnesses(folder: Path, report: Report) -> list[VerifierKey]:
    try:
        return parse_keys((folder / WITNESSES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, BadNote) as failure:
        report.add(Finding("file", detail=f"{WITNESSES}: {type(failure).__name__}"))
        return []


def last_head(folder: Path) -> str:
    """The note of the last head of a copy, unchecked; empty when there is none."""
    note = ""
    for head in _heads(folder, Report()):
        note = head.note
    return note


def _check_manifest(folder: Path, report: Report, order_size: int) -> None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        said = (manifest["format"], manifest["size"], manifest["heads"], manifest["entries"])
    except (OSError, ValueError, KeyError, TypeError) as failure:
        report.add(Finding("file", detail=f"{MANIFEST}: {type(failure).__name__}"))
        return
    found = (FORMAT, order_size, report.heads, report.entries)
    if said != found:
        report.add(Finding("file", detail=f"{MANIFEST} says {said}; the copy is {found}"))


def _heads(folder: Path, report: Report) -> Iterator[StoredHead]:
    try:
        with (folder / HEADS).open(encoding="utf-8") as lines:
            for line in lines:
                data = json.loads(line)
                checkpoint = parse_checkpoint(data["head"])
                yield StoredHead(int(data["number"]), checkpoint.size, checkpoint.root, data["head"])
    except (OSError, ValueError, KeyError, TypeError) as failure:
        report.add(Finding("file", detail=f"{HEADS}: {type(failure).__name__}"))


def _lines(folder: Path, order: _Order, report: Report) -> Iterator[Line]:
    for path in sorted((folder / ENTRIES).glob("*.jsonl.gz")):
        try:
            with gzip.open(path, "rb") as lines:
                while line := lines.readline(LARGEST_ENVELOPE_BYTES + 2):
                    data = line.removesuffix(b"\n")
                    parts = split(data)
                    report.entries += 1
                    stream, seq = (parts.stream, parts.seq) if parts else ("?", 0)
                    yield Line(sha256(b"\x00" + data).digest(), stream, seq, order.index_of(stream, seq))
        except (OSError, EOFError, zlib.error) as failure:
            report.add(Finding("file", detail=f"{path.name}: {type(failure).__name__}"))


def _check_lines(
    lines: Iterator[Line], order: _Order, leaves: BinaryIO, check: TreeCheck, report: Report
) -> None:
    """Match lines with places. A line out of place is looked at with the one after it, to tell a swapped line
    from a removed and from an added one; the tree goes on with the leaf hashes, which the heads then confirm
    or
    refute.
    """
    absent: list[tuple[int, int]] = []
    displaced: list[tuple[Line, int]] = []

    def leave_out(until: int) -> None:
        absent.append((check.size, until))
        while check.size < until:
            check.skip(leaves.read(32) or None)

    line = next(lines, None)
    while line is not None:
        following = next(lines, None)
        place = check.size
        if line.leaf_index == place:
            check.add(line.stream, line.seq, line.computed, leaves.read(32) or None)
        elif place < order.size and following is not None and following.leaf_index == place + 1:
            displaced.append((line, place))
            leave_out(place + 1)
        elif (
            line.leaf_index is None
            or line.leaf_index < place
            or (following is not None and following.leaf_index == place)
        ):
            displaced.append((line, place))
        else:
            leave_out(line.leaf_index)
            check.add(line.stream, line.seq, line.computed, leaves.read(32) or None)
        line = following
    if check.size < order.size:
        leave_out(order.size)
    _name_misplaced(absent, displaced, order, leaves, report)


def _name_misplaced(
    absent: list[tuple[int, int]],
    displaced: list[tuple[Line, int]],
    order: _Order,
    leaves: BinaryIO,
    report: Report,
) -> None:
    starts = [start for start, _ in absent]
    found: set[int] = set()
    for line, place in displaced:
        at = bisect_right(starts, line.leaf_index) - 1 if line.leaf_index is not None else -1
        if line.leaf_index is None or at < 0 or line.leaf_index >= absent[at][1] or line.leaf_index in found:
            report.add(Finding("surplus", line.stream, line.seq, place))
            continue
        found.add(line.leaf_index)
        leaves.seek(32 * line.leaf_index)
        kind = "reordered" if leaves.read(32) == line.computed else "altered"
        report.add(Finding(kind, line.stream, line.seq, line.leaf_index, detail=f"found at {place}"))
    shown = 0
    for start, stop in absent:
        for index in range(start, stop):
            if index in found:
                continue
            shown += 1
            if shown > 1000:
                report.found += stop - index
                break
            report.add(Finding("missing", *order.entry_at(index), index))

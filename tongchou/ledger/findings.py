"""What a verification finds, and the part of it that needs neither database nor files: leaves against signed
heads.

Pure. `verification` feeds it from the tables, `exported` from a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from tongchou.standards.text import Text

from .notes import BadNote, Checkpoint, VerifierKey, open_checkpoint
from .tree import TILE_WIDTH, Frontier

MOST_FINDINGS = 1000
"""Kept in a report; more are only counted."""

WHAT: dict[str, Text] = {
    "altered": Text("该条内容与存证不符（被改动）", "the entry is not the one that was recorded (altered)"),
    "missing": Text("该条缺失", "the entry is missing"),
    "reordered": Text("该条不在原来的位置（顺序被改动）", "the entry stands in another's place (reordered)"),
    "surplus": Text("该条不属于账本（多出）", "the entry does not belong to the ledger (surplus)"),
    "subject": Text("检索用主体与正文不符", "the searchable subject is not the one in the body"),
    "order": Text("顺序表被改动", "the table of the order was altered"),
    "tree": Text(
        "树的中间值被改动（条目本身完好）", "a stored hash of the tree was altered (the entries are sound)"
    ),
    "root": Text("条目算出的根与已签名的树头不符", "the entries do not give the root that was signed"),
    "signature": Text("树头的签名无效", "the head's signature is not valid"),
    "head": Text("树头缺失或被改动", "a head is missing or was altered"),
    "cut": Text("账本尾部被截去", "the end of the ledger was cut off"),
    "witness": Text("见证签名不足或不符", "witnesses' signatures are missing or wrong"),
    "split": Text(
        "见证方持有本账本签名、但与现有内容不符的树头（分叉）",
        "a witness holds a head this ledger signed that does not belong to it (split view)",
    ),
    "file": Text("文件无法读取或不完整", "a file cannot be read or is incomplete"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: which row (stream, seq, leaf index) or head (its size), and what about it."""

    kind: str
    stream: str = ""
    seq: int | None = None
    index: int | None = None
    size: int | None = None
    detail: str = ""

    def say(self, language: str) -> str:
        """One line for a person."""
        zh = not language.lower().startswith("en")
        parts = []
        if self.stream:
            where = f"流 {self.stream} 第 {self.seq} 条" if zh else f"stream {self.stream} seq {self.seq}"
            parts.append(where)
        if self.index is not None:
            parts.append(f"序号 {self.index}" if zh else f"index {self.index}")
        if self.size is not None:
            parts.append(f"树头 {self.size}" if zh else f"head of size {self.size}")
        place = ("，" if zh else ", ").join(parts) + ("：" if zh else ": ") if parts else ""
        detail = (f"（{self.detail}）" if zh else f" ({self.detail})") if self.detail else ""
        return f"{place}{WHAT[self.kind].say(language)}{detail}"


@dataclass
class Report:
    """The outcome of a verification.

    entries: bodies re-hashed. size, root: of the last head that was checked. waiting: committed entries no
    head covers yet. witnessed: the size of the newest head that enough witnesses signed, of `witnesses` known.
    findings: in the order of the tree, at most MOST_FINDINGS of `found`. notes: what the
    reader should know.
    """

    entries: int = 0
    size: int = 0
    root: str = ""
    heads: int = 0
    keys: list[str] = field(default_factory=list)
    waiting: int = 0
    witnessed: int = 0
    witnesses: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.found == 0

    @property
    def first(self) -> Finding | None:
        """The first thing that is wrong."""
        return self.findings[0] if self.findings else None

    def add(self, finding: Finding) -> None:
        """Count a finding and keep it while there is room."""
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)

    def sort(self) -> None:
        """Rows in the order of the tree; a row's own fault before the head that shows it."""
        last = 2**63
        self.findings.sort(
            key=lambda one: (
                one.index if one.index is not None else one.size if one.size is not None else last,
                one.index is None,
            )
        )

    def lines(self, language: str = "zh") -> list[str]:
        """The report for a terminal."""
        zh = not language.lower().startswith("en")
        rate = round(self.entries / self.seconds) if self.seconds > 0 else 0
        numbers = {"entries": self.entries, "rate": rate, "heads": self.heads, "waiting": self.waiting}
        out = [
            Text(
                "重算正文 {entries:,} 条（每秒 {rate:,} 条），树头 {heads:,} 个，未入树 {waiting:,} 条。",
                "{entries:,} bodies re-hashed ({rate:,}/s), {heads:,} heads, {waiting:,} entries waiting.",
            )
            .fill(**numbers)
            .say(language)
        ]
        if self.root:
            out.append(f"{'规模' if zh else 'size'} {self.size:,}  {'根' if zh else 'root'} {self.root}")
        if self.witnesses:
            text = Text(
                "见证方 {n} 个，足数见证签名的最新树头 {size:,} 条。",
                "{n} witnesses known; the newest head that enough of them signed has {size:,} entries.",
            )
            out.append(text.fill(n=self.witnesses, size=self.witnessed).say(language))
        out += [finding.say(language) for finding in self.findings]
        if self.found > len(self.findings):
            rest = self.found - len(self.findings)
            out.append(f"……另有 {rest:,} 处" if zh else f"… and {rest:,} more")
        out += [note.say(language) for note in self.notes]
        verdict = (
            ("账本完好。", "The ledger is sound.")
            if self.ok
            else (f"发现 {self.found:,} 处问题。", f"{self.found:,} things are wrong.")
        )
        return [*out, verdict[0] if zh else verdict[1]]

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "size": self.size,
            "root": self.root,
            "heads": self.heads,
            "keys": self.keys,
            "waiting": self.waiting,
            "witnessed": self.witnessed,
            "witnesses": self.witnesses,
            "found": self.found,
            "findings": [asdict(finding) for finding in self.findings],
            "notes": [note.en for note in self.notes],
            "seconds": round(self.seconds, 3),
        }


class StoredHead(NamedTuple):
    """A head as stored: its number (from 1, dense), the columns beside the note, and the note."""

    number: int
    size: int
    root: bytes
    note: str


class Difference(NamedTuple):
    """An entry whose hash is not the one the tree holds at its index."""

    leaf_index: int
    stream: str
    seq: int
    computed: bytes
    expected: bytes


class TreeCheck:
    """Takes the leaves one after the other and holds them against the stored tree and every signed head.

    heads: in ascending order. node: the stored root of the subtree (tile level, index), None where there is
    none. opened: told of each head whose signature holds. Where an entry's hash differs from the stored leaf,
    both trees are followed until the next head tells which of the two was signed: either the entry was altered,
    or the stored hash was.
    """

    def __init__(
        self,
        report: Report,
        heads: Iterable[StoredHead],
        keys: Sequence[VerifierKey],
        trusted: Sequence[Checkpoint] = (),
        node: Callable[[int, int], bytes | None] | None = None,
        opened: Callable[[str], None] | None = None,
    ) -> None:
        self._report = report
        self._keys = keys
        self._node = node
        self._opened = opened
        self._heads: Iterator[StoredHead] = iter(heads)
        self._trusted = sorted(trusted, key=lambda one: one.size)
        self._stored = Frontier()
        self._computed: Frontier | None = None
        self._open: list[Difference] = []
        self._altered: list[Difference] = []
        self._root_failed = False
        self._last_number = 0
        self._head: StoredHead | None = None
        self._next_head()
        self._stop = self._next_stop()
        self.at_stop()

    @property
    def size(self) -> int:
        """How many leaves have been taken."""
        return self._stored.size

    def add(self, stream: str, seq: int, computed: bytes, expected: bytes | None) -> None:
        """Take the next leaf: what its stored body hashes to, and what the stored tree holds there, if
        anything.
        """
        if expected is None:
            expected = computed
        elif computed != expected:
            self._open.append(Difference(self._stored.size, stream, seq, computed, expected))
            if self._computed is None:
                self._computed = self._stored.copy()
        self._take(expected, computed)

    def take(self, leaves: bytes) -> None:
        """Take concatenated leaves whose stored bodies hash to what the stored tree holds."""
        at = 0
        while at < len(leaves):
            stored = self._stored
            until_stop = self._stop - stored.size if self._stop > stored.size else TILE_WIDTH
            whole = not stored.size % TILE_WIDTH and len(leaves) - at >= 32 * TILE_WIDTH <= 32 * until_stop
            if whole and self._computed is None:
                stored.add_tile(leaves[at : at + 32 * TILE_WIDTH])
                at += 32 * TILE_WIDTH
                self._after()
            else:
                leaf = leaves[at : at + 32]
                self._take(leaf, leaf)
                at += 32

    def skip(self, expected: bytes | None) -> None:
        """Take the place of an entry that is not there (reported by the caller) as the stored tree has it."""
        known = expected if expected is not None else bytes(32)
        self._take(known, known)

    def _take(self, expected: bytes, computed: bytes) -> None:
        stored = self._stored
        stored.add(expected)
        if self._computed is not None:
            self._computed.add(computed)
        self._after()

    def _after(self) -> None:
        if self._stored.finished:
            self._check_nodes()
        if self._stored.size == self._stop:
            self.at_stop()

    def _check_nodes(self) -> None:
        for level, hashed in self._stored.finished:
            index = (self._stored.size >> (8 * level)) - 1
            if (
                self._node is not None
                and self._computed is None
                and self._node(level, index) not in (None, hashed)
            ):
                self._report.add(
                    Finding(
                        "tree",
                        index=index << (8 * level),
                        detail=f"tile {level}/{index // 256}, place {index % 256}",
                    )
                )
        self._stored.finished.clear()

    def _next_head(self) -> None:
        self._head = next(self._heads, None)
        if self._head is None:
            return
        head = self._head
        self._report.heads += 1
        if head.number != self._last_number + 1:
            self._report.add(
                Finding("head", size=head.size, detail=f"number {head.number} follows {self._last_number}")
            )
        self._last_number = head.number
        try:
            checkpoint = open_checkpoint(head.note, self._keys)
        except BadNote as bad:
            self._report.add(Finding("signature", size=head.size, detail=str(bad)))
            return
        if self._opened is not None:
            self._opened(head.note)
        if checkpoint.size != head.size or checkpoint.root != head.root:
            self._report.add(
                Finding("head", size=head.size, detail="the columns differ from the signed note")
            )
            self._head = head._replace(root=checkpoint.root)

    def _next_stop(self) -> int:
        sizes = [self._head.size] if self._head else []
        if self._trusted:
            sizes.append(self._trusted[0].size)
        return min(sizes, default=-1)

    def at_stop(self) -> None:
        """Hold the tree so far against the heads of this size."""
        while self._stop == self._stored.size:
            while self._trusted and self._trusted[0].size == self._stop:
                self._against(self._trusted.pop(0).root, "the head that was brought along")
            while self._head and self._head.size == self._stop:
                self._against(self._head.root, "")
                self._report.size, self._report.root = self._head.size, self._head.root.hex()
                self._next_head()
                if self._head and self._head.size < self._stop:
                    self._report.add(
                        Finding("head", size=self._head.size, detail="smaller than the head before it")
                    )
                    self._head = None
            self._stop = self._next_stop()

    def _against(self, root: bytes, detail: str) -> None:
        if self._stored.root() == root:
            self._altered += self._open
        elif self._computed is not None and self._computed.root() == root:
            for one in self._open:
                self._report.add(Finding("tree", index=one.leaf_index, detail="the stored leaf hash"))
            self._stored = self._computed
            self._stored.finished.clear()
        else:
            self._altered += self._open
            if not self._root_failed or detail:
                self._report.add(Finding("root", size=self._stored.size, detail=detail))
            self._root_failed = True
        self._open, self._computed = [], None

    def finish(self, *, complete: bool = True) -> None:
        """After the last leaf: name what was altered or reordered, and what a head covers but nobody has.

        complete: False when the caller had to stop early, so that what follows is not known to be missing.
        """
        self._altered += self._open
        elsewhere = {one.computed for one in self._altered}
        for one in self._altered:
            kind = "reordered" if one.expected in elsewhere else "altered"
            self._report.add(Finding(kind, one.stream, one.seq, one.leaf_index))
        missing = [head.size for head in (self._head, *self._heads) if head and head.size > self.size]
        if missing and complete:
            self._report.add(
                Finding(
                    "cut",
                    index=self.size,
                    size=missing[-1],
                    detail=f"{self.size} of {missing[-1]} entries are there",
                )
            )
        for checkpoint in self._trusted:
            if checkpoint.size > self.size and complete and checkpoint.size not in missing[-1:]:
                self._report.add(
                    Finding(
                        "cut",
                        index=self.size,
                        size=checkpoint.size,
                        detail=f"a trusted head covers {checkpoint.size}, here are {self.size}",
                    )
                )
        self._report.sort()

"""What a witness does, and what its signatures are worth: the pure half.

A witness keeps the last head it signed. It signs a newer one only when a consistency proof shows that the old
tree is its beginning (C2SP tlog-witness), by a cosignature with the time (C2SP tlog-cosignature). Then nobody
can show two different ledgers to two people without a witness having refused one of them.

`Demand` is the other side: which witnesses a verification knows, and how many of them it wants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tongchou.standards.errors import HouseError

from .errors import problem
from .findings import Finding, Report
from .notes import (
    BadNote,
    Checkpoint,
    Signer,
    VerifierKey,
    open_checkpoint,
    parse_checkpoint,
    split_note,
)
from .signatures import COSIGNATURE
from .tree import EMPTY_ROOT, verify_consistency

MOST_PROOF_LINES = 63
"""A consistency proof between trees below 2^63 leaves is no longer (C2SP tlog-witness)."""


class SplitView(HouseError):
    """The head does not grow from the one seen last: the ledger was cut, rewritten, or shown in two versions.

    seen, shown: the two notes, which together are the proof.
    """

    def __init__(self, seen: Checkpoint, shown: Checkpoint) -> None:
        told = problem(
            "split_view",
            f"警报：账本出示的树头（{shown.size} 条）不是上次见证的树头（{seen.size} 条）的延续，不予见证。",
            f"ALARM: the head shown ({shown.size} entries) does not grow from the one witnessed before "
            f"({seen.size} entries). It is not signed.",
            "请保留两份树头作为证据，立即通知监督方与账本管理方。",
            "Keep both heads as evidence and tell the auditor and the ledger's keepers at once.",
            f"{seen.size} → {shown.size}",
        )
        super().__init__(told.code, told.what, told.next, told.where)
        self.seen, self.shown = seen, shown


def consider(
    note: str,
    *,
    seen: str | None,
    proof: Sequence[bytes],
    log_keys: Sequence[VerifierKey],
    signer: Signer,
    now: int,
) -> str:
    """The note with the witness's cosignature added, if it may be signed.

    note: the log's present checkpoint. seen: the note signed last, None at the first. proof: the consistency
    proof from `seen` to `note`, empty where there is nothing to prove. now: POSIX seconds. Raises HouseError
    `ledger.head_unsigned`, `ledger.another_log`, SplitView.
    """
    shown = _opened(note, log_keys)
    if seen is not None:
        before = _opened(seen, log_keys)
        if before.origin != shown.origin:
            raise problem(
                "another_log",
                "该树头属于另一个账本。",
                "The head belongs to another ledger.",
                "每个账本须用单独的状态目录。",
                "Use a state folder of its own for each ledger.",
                shown.origin,
            )
        if shown.size < before.size or (shown.size == before.size and shown.root != before.root):
            raise SplitView(before, shown)
        if before.size and not verify_consistency(before.size, shown.size, before.root, shown.root, proof):
            raise SplitView(before, shown)
        if not before.size and proof:
            raise SplitView(before, shown)
    elif not shown.size and shown.root != EMPTY_ROOT:
        raise SplitView(shown, shown)
    text, lines = split_note(note)
    others = [line.line for line in lines if line.key_id.hex() != signer.verifier.id]
    return f"{text}\n{''.join(others)}{signer.line(text, moment=now)}"


def _opened(note: str, keys: Sequence[VerifierKey]) -> Checkpoint:
    try:
        return open_checkpoint(note, keys)
    except BadNote as bad:
        raise problem(
            "head_unsigned",
            "树头不是由该账本的公钥签名的。",
            "The head is not signed with the ledger's public key.",
            "请核对地址与公钥；若账本更换了密钥，请向其索取新的 ledger.pub。",
            "Check the address and the key; if the ledger changed its key, get its new ledger.pub.",
            str(bad),
        ) from None


@dataclass(frozen=True)
class Cosigned:
    """A witness's valid signature on a head. moment: the time it states. line: as it stands in the note."""

    key: VerifierKey
    moment: int
    line: str

    @property
    def at(self) -> datetime:
        """The stated time."""
        return datetime.fromtimestamp(min(self.moment, 253402300799), UTC)


def cosignatures(note: str, witnesses: Sequence[VerifierKey]) -> tuple[list[Cosigned], list[str]]:
    """The valid signatures of known witnesses on a note, the latest of each, and the names of those that are wrong.

    Raises BadNote when the note is malformed.
    """
    text, lines = split_note(note)
    known = {(key.name, bytes.fromhex(key.id)): key for key in witnesses if key.kind is COSIGNATURE}
    found: dict[VerifierKey, Cosigned] = {}
    wrong: list[str] = []
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if not key.holds(text, line.signature):
            wrong.append(line.name)
        elif key not in found or found[key].moment < line.moment:
            found[key] = Cosigned(key, line.moment, line.line)
    return list(found.values()), wrong


@dataclass(frozen=True)
class Demand:
    """Which witnesses' signatures count, and how many different ones a head needs; 0: none is asked for.

    newest_within_s: the newest head so signed may be older than the newest head of all by at most so many
    seconds at `now` (POSIX seconds); None: any age will do, as for a copy.
    """

    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    newest_within_s: float | None = None
    now: float = 0.0


class WitnessCheck:
    """Takes the heads of a verification one after the other and judges their cosignatures."""

    def __init__(self, demand: Demand, report: Report) -> None:
        self._demand, self._report = demand, report
        self._newest: tuple[int, int] | None = None
        self._best = 0
        self._last_size = 0

    def head(self, note: str) -> None:
        """The next head, as stored with its cosignatures, already found to be signed by the log."""
        try:
            size = parse_checkpoint(note).size
            held, wrong = cosignatures(note, self._demand.witnesses)
        except BadNote as bad:
            self._report.add(Finding("witness", detail=str(bad)))
            return
        self._last_size = size
        for name in wrong:
            self._report.add(Finding("witness", size=size, detail=f"the signature of {name} is wrong"))
        names = {one.key.name for one in held}
        self._best = max(self._best, len(names))
        if held and len(names) >= max(1, self._demand.quorum):
            moments = sorted((one.moment for one in held), reverse=True)
            self._newest = size, moments[max(1, self._demand.quorum) - 1]
            self._report.witnessed = size

    def finish(self) -> None:
        """After the last head: whether enough witnesses stand behind the ledger."""
        demand = self._demand
        self._report.witnesses = len({key.name for key in demand.witnesses})
        if not demand.quorum or not self._last_size:
            return
        wanted = f"{demand.quorum} of {self._report.witnesses} witnesses are demanded"
        if self._newest is None:
            self._report.add(
                Finding("witness", size=self._last_size, detail=f"{wanted}, the best head has {self._best}")
            )
            return
        size, moment = self._newest
        late_s = demand.now - moment
        if size < self._last_size and demand.newest_within_s is not None and late_s > demand.newest_within_s:
            detail = f"{wanted}; none of the heads after {size}, signed {late_s / 3600:.0f} h ago, has them"
            self._report.add(Finding("witness", size=self._last_size, detail=detail))

"""存证账本 · the append-only record of who did what and who looked at what, which nobody can alter unnoticed.

Terms
    entry     one event: (stream, seq, at, kind, body). `kind` is a code of the published vocabulary
              (`events`), `body` canonical JSON, stored as exactly the bytes that were hashed. It names
              organisations, users, resources, fields, purposes, cases, subject ids, never a personal value.
    stream    a dense row of numbers 1, 2, 3 … that one writer fills. Many writers, no shared counter.
    leaf      SHA-256(0x00 ‖ canonical envelope), the entry's place in the Merkle tree (RFC 6962, RFC 9162).
    run       that entries a…b of a stream hold the leaves i…j: the order of the tree, set by the sequencer.
    tile      256 neighbouring hashes of one level of the tree (the layout of C2SP tlog-tiles), so that a
              proof reads a handful of rows however large the tree is.
    head      the size and root of the tree, signed (a C2SP checkpoint). A receipt (存证回执) is an entry, its
              inclusion proof and a head, and can be checked without us.

Invariants
    Every stream is dense; an entry never changes; the tree only grows; every head is signed over a tree that
    contains the tree of every earlier head. Whoever breaks one of these is found by `verification.verify`.
    An access is answered only after its entry is committed: `journal.append` returns then, or raises.

Where to start reading
    `journal` (the two ways to write), `sequencer`, `verification`. `canonical`, `tree`, `notes`, `receipts`,
    `findings` and `exported` are pure, so that an auditor can check an exported copy with nothing of ours
    running: `python -m tongchou.ledger verify-export DIR`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .journal import Position, append, record

__all__ = ["Position", "append", "record"]


def __getattr__(name: str) -> Any:
    """`ledger.record` and `ledger.append`, loaded at first use: the pure half of this room must work without
    Django.
    """
    if name in __all__:
        from . import journal

        return getattr(journal, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

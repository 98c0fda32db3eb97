"""Documents that prove something about the ledger without us: that it only grew, and what happened to one thing.

Pure. `Growth` is a consistency proof between two signed heads; `Proof` holds the entries that concern one
subject, grant or case, all against one signed head. Neither holds a personal value.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import problem
from .notes import BadNote, Checkpoint, VerifierKey, open_checkpoint
from .receipts import Receipt, verify_receipt
from .tree import verify_consistency

GROWTH_FORMAT = "tongchou.ledger.consistency/1"
PROOF_FORMAT = "tongchou.ledger.proof/1"

COMPLETENESS = {
    "zh": "本证明说明所列各条都在账本中、未被改动；是否还有别的条目，须核验整本账本（tongchou ledger verify）。",
    "en": "This proves that each entry listed is in the ledger, unaltered. Whether there are others is shown only by "
    "verifying the whole ledger (tongchou ledger verify).",
}


@dataclass(frozen=True)
class Growth:
    """That the tree under the head `new` begins with the tree under the head `old`; both are signed notes."""

    old: str
    new: str
    path: tuple[bytes, ...]

    def as_json(self) -> dict[str, Any]:
        """The proof as a JSON document."""
        return {
            "format": GROWTH_FORMAT,
            "old": self.old,
            "new": self.new,
            "proof": [base64.b64encode(step).decode() for step in self.path],
        }

    @classmethod
    def parse(cls, document: str | bytes) -> Growth:
        """Read such a document. Raises HouseError `ledger.proof_malformed`."""
        try:
            data = json.loads(document)
            if data["format"] != GROWTH_FORMAT or not isinstance(data["old"] + data["new"], str):
                raise ValueError("another format")
            path = tuple(base64.b64decode(step, validate=True) for step in data["proof"])
            return cls(data["old"], data["new"], path)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _malformed() from None


def verify_growth(document: str | bytes, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, Checkpoint]:
    """Check a consistency proof with the ledger's public keys alone; returns the two heads.

    Raises HouseError: `ledger.proof_malformed`, `ledger.proof_unsigned`, `ledger.proof_false`.
    """
    growth = Growth.parse(document)
    try:
        old, new = open_checkpoint(growth.old, keys), open_checkpoint(growth.new, keys)
    except BadNote as bad:
        raise problem(
            "proof_unsigned",
            "证明中的树头不是由该公钥签名的。",
            "A head of the proof is not signed with this public key.",
            "请核对公钥是否取自账本的公布处。",
            "Check that the public key is the one the ledger publishes.",
            str(bad),
        ) from None
    if old.origin != new.origin or not verify_consistency(
        old.size, new.size, old.root, new.root, growth.path
    ):
        raise problem(
            "proof_false",
            "证明不成立：新树头不包含旧树头的账本。",
            "The proof does not hold: the newer head does not contain the older one's ledger.",
            "请保留两份树头作为证据，并核验账本。",
            "Keep both heads as evidence, and verify the ledger.",
            f"{old.size} → {new.size}",
        )
    return old, new


@dataclass(frozen=True)
class Proof:
    """What happened: entries with their inclusion proofs, all against the head `note`.

    about: what was asked for, e.g. {"subject": "PA2H2O4LH7MJF"}. made_at: when, as the server says.
    """

    about: Mapping[str, str]
    made_at: str
    note: str
    entries: tuple[Receipt, ...]

    def as_json(self) -> dict[str, Any]:
        """The proof as a JSON document."""
        told = [one.as_json() for one in self.entries]
        return {
            "format": PROOF_FORMAT,
            "about": dict(self.about),
            "made_at": self.made_at,
            "says": COMPLETENESS,
            "head": self.note,
            "entries": [{key: one[key] for key in ("entry", "leaf", "index", "proof")} for one in told],
        }

    @classmethod
    def parse(cls, document: str | bytes) -> Proof:
        """Read such a document. Raises HouseError `ledger.proof_malformed` or what `Receipt.parse` raises."""
        try:
            data = json.loads(document)
            about, made_at, note = data["about"], data["made_at"], data["head"]
            if data["format"] != PROOF_FORMAT or not isinstance(note, str) or not isinstance(made_at, str):
                raise ValueError("another format")
            if not all(isinstance(one, str) for pair in about.items() for one in pair):
                raise ValueError("a field has the wrong type")
            entries = tuple(Receipt.of_parts(one, note) for one in data["entries"])
            return cls(about, made_at, note, entries)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise _malformed() from None


def verify_proof(document: str | bytes, keys: Sequence[VerifierKey]) -> tuple[Proof, Checkpoint]:
    """Check every entry of a proof with the ledger's public keys alone; returns it and its head.

    Raises HouseError: `ledger.proof_malformed`, and what `verify_receipt` raises, naming the first false entry;
    `ledger.proof_false` when an entry does not concern what the proof is about.
    """
    proof = Proof.parse(document)
    if not proof.entries:
        raise _malformed()
    for one in proof.entries:
        checkpoint = verify_receipt(one, list(keys))
        if not concerns(json.loads(one.body), proof.about):
            raise problem(
                "proof_false",
                "证明中有一条与所查对象无关。",
                "An entry of the proof does not concern what it is about.",
                "请向账本管理方索取新的证明。",
                "Ask the ledger for a new proof.",
                f"{one.stream}/{one.seq}",
            )
    return proof, checkpoint


ABOUT: dict[str, tuple[str, ...]] = {
    "subject": ("subject_id", "other_subject_id"),
    "grant": ("grant", "grants"),
    "case": ("case_ref", "case"),
    "user": ("user",),
    "organisation": ("organisation",),
    "outcome": ("outcome",),
}
"""What entries may be looked for by, and the keys of a body that say it; lists count by each of their items."""


def concerns(body: Mapping[str, Any], about: Mapping[str, str]) -> bool:
    """Whether an entry's body names everything in `about` (keys of ABOUT; others never match)."""
    for what, value in about.items():
        held = [body.get(key) for key in ABOUT.get(what, ())]
        if not any(value == one or (isinstance(one, list) and value in one) for one in held):
            return False
    return True


def _malformed() -> Exception:
    return problem(
        "proof_malformed",
        "这不是一份完整的账本证明。",
        "This is not a complete proof of the ledger.",
        "请使用原始文件，不要改动其内容。",
        "Use the original file as it was handed out.",
    )

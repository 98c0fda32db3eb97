"""Receipts (存证回执): an entry with the proof that a signed head contains it, checkable without us.

Pure. `queries.receipt` makes them. A receipt holds no personal value, as entries do not, and may be handed
out.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from .canonical import canonical, leaf_of
from .errors import problem
from .notes import BadNote, Checkpoint, VerifierKey, open_checkpoint, parse_keys
from .tree import verify_inclusion

FORMAT = "tongchou.ledger.receipt/1"


@dataclass(frozen=True)
class Receipt:
    """The entry's parts (body as canonical JSON bytes), its leaf index, the audit path and the signed head's
    note.
    """

    stream: str
    seq: int
    at: str
    kind: str
    body: bytes
    index: int
    path: tuple[bytes, ...]
    note: str

    @property
    def leaf(self) -> bytes:
        """The entry's leaf hash."""
        return leaf_of(self.stream, self.seq, self.at, self.kind, self.body)

    def as_json(self) -> dict[str, Any]:
        """The receipt as a JSON document."""
        return {
            "format": FORMAT,
            "entry": {
                "stream": self.stream,
                "seq": self.seq,
                "at": self.at,
                "kind": self.kind,
                "body": json.loads(self.body),
            },
            "leaf": self.leaf.hex(),
            "index": self.index,
            "proof": [base64.b64encode(step).decode() for step in self.path],
            "head": self.note,
        }

    @classmethod
    def parse(cls, document: str | bytes | dict[str, Any]) -> Receipt:
        """Read a receipt document. Raises HouseError `ledger.receipt_malformed`."""
        try:
            data = json.loads(document) if isinstance(document, str | bytes) else document
            if data["format"] != FORMAT:
                raise ValueError("another format")
            return cls.of_parts(data, data["head"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise problem(
                "receipt_malformed",
                "这不是一份完整的存证回执。",
                "This is not a complete receipt of the ledger.",
                "请使用原始文件，不要改动其内容。",
                "Use the original file as it was handed out.",
            ) from None

    @classmethod
    def of_parts(cls, data: dict[str, Any], note: str) -> Receipt:
        """A receipt out of {entry, index, proof} and the head's note.

        Raises ValueError, KeyError or TypeError when they are not of the form.
        """
        entry = data["entry"]
        seq, index = entry["seq"], data["index"]
        texts = (entry["stream"], entry["at"], entry["kind"], note)
        if type(seq) is not int or type(index) is not int or not all(isinstance(one, str) for one in texts):
            raise ValueError("a field has the wrong type")
        path = tuple(base64.b64decode(step, validate=True) for step in data["proof"])
        return cls(texts[0], seq, texts[1], texts[2], canonical(entry["body"]), index, path, note)


def verify_receipt(
    receipt: Receipt | str | bytes | dict[str, Any], public_key: str | list[VerifierKey]
) -> Checkpoint:
    """Check a receipt with the ledger's public key (the text of `ledger.pub`) and nothing else.

    Returns the head that contains the entry. Raises HouseError: `ledger.receipt_malformed`,
    `ledger.receipt_unsigned` (the head is not signed by this key), `ledger.receipt_false` (the entry or the
    proof does not belong to the head).
    """
    held = receipt if isinstance(receipt, Receipt) else Receipt.parse(receipt)
    try:
        keys = parse_keys(public_key) if isinstance(public_key, str) else public_key
        checkpoint = open_checkpoint(held.note, keys)
    except BadNote as bad:
        raise problem(
            "receipt_unsigned",
            "回执中的树头不是由该公钥签名的。",
            "The receipt's head is not signed with this public key.",
            "请核对公钥是否取自账本的公布处。",
            "Check that the public key is the one the ledger publishes.",
            str(bad),
        ) from None
    if not verify_inclusion(held.leaf, held.index, checkpoint.size, held.path, checkpoint.root):
        raise problem(
            "receipt_false",
            "回执与签名的树头不符：内容或证明被改动。",
            "The receipt does not fit its signed head: the entry or the proof was altered.",
            "请向账本管理方索取该条的新回执。",
            "Ask the ledger for a new receipt of this entry.",
            f"{held.stream}/{held.seq}",
        )
    return checkpoint

"""Signed heads as text anyone can check: C2SP signed notes holding C2SP tlog checkpoints.

    tongchou/3f9a1c22                                    the log's name (origin)
    1048576                                              the tree's size
    rK2O…=                                               the root, base64

    — tongchou/3f9a1c22 Ab34…                            name, base64(4-byte key id ‖ signature)
    — witness.example/audit Cd56…                        a witness: key id ‖ 8-byte time ‖ signature

Keys are written as the note format writes them: a public one `name+id+base64(type ‖ key)`, a private one
`PRIVATE+KEY+name+id+base64(type ‖ secret)`. Source: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from . import signatures
from .signatures import COSIGNATURE, ED25519, HEAD_KINDS, Kind, Uncheckable

_NAME = re.compile(r"[^\s+]+")
_DASH = "\N{EM DASH} "
MOST_SIGNATURES = 64
"""A note with more lines of signatures is refused; C2SP wants at least 16 to be taken."""


class BadNote(ValueError):
    """Not a well-formed key, note or checkpoint. The message says what is wrong."""


def key_id(name: str, public: bytes, kind: Kind = ED25519) -> bytes:
    """The four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + kind.prefix + public).digest()[:4]


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name of the log or witness. `public` is the raw key, without its type."""

    name: str
    public: bytes
    kind: Kind = ED25519

    @property
    def id(self) -> str:
        """The key id as eight hexadecimal digits."""
        return key_id(self.name, self.public, self.kind).hex()

    def __str__(self) -> str:
        return f"{self.name}+{self.id}+{base64.b64encode(self.kind.prefix + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read `name+id+base64`. Raises BadNote."""
        name, plus, rest = text.strip().partition("+")
        given_id, second_plus, encoded = rest.partition("+")
        found = signatures.kind_of(_base64(encoded))
        if not (plus and second_plus and _NAME.fullmatch(name)) or found is None:
            raise BadNote("not a public key of the form name+id+base64, Ed25519 or SM2")
        key = cls(name, found[1], found[0])
        if len(key.public) != key.kind.public_bytes:
            raise BadNote(f"a public key of kind {key.kind.code} has {key.kind.public_bytes} bytes")
        if key.id != given_id:
            raise BadNote(f"the key's id should be {key.id}")
        return key

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (as in a note, after the key id) is this key's over `text`. Raises Uncheckable."""
        message = text.encode()
        if self.kind is COSIGNATURE:
            moment, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            if not 0 < moment < 2**63:
                return False
            message = cosigned_message(text, moment)
        return signatures.holds(self.kind, self.public, message, signature)


def cosigned_message(text: str, moment: int) -> bytes:
    """What a witness signs: the time (POSIX seconds) and the checkpoint's text (C2SP tlog-cosignature)."""
    return f"cosignature/v1\ntime {moment}\n{text}".encode()


class Signer:
    """A private key with the name of the log or witness."""

    def __init__(self, name: str, secret: bytes, kind: Kind = ED25519) -> None:
        self._secret = secret
        self.verifier = VerifierKey(name, signatures.public_of(kind, secret), kind)

    @classmethod
    def generate(cls, name: str | None = None, kind: Kind = ED25519) -> Signer:
        """A new key; the name defaults to "tongchou/" and eight digits of the public key's digest."""
        secret = signatures.generate(kind)
        digest = hashlib.sha256(signatures.public_of(kind, secret)).hexdigest()
        return cls(name or f"tongchou/{digest[:8]}", secret, kind)

    def encoded(self) -> str:
        """The private key as text; for its file only."""
        key = self.verifier
        return f"PRIVATE+KEY+{key.name}+{key.id}+{base64.b64encode(key.kind.prefix + self._secret).decode()}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read what `encoded` wrote. Raises BadNote, whose message never quotes the key, and Uncheckable."""
        parts = text.strip().split("+", 4)
        found = signatures.kind_of(_base64(parts[4])) if len(parts) == 5 else None
        if parts[:2] != ["PRIVATE", "KEY"] or found is None or len(found[1]) != 32:
            raise BadNote("not a private key of the form PRIVATE+KEY+name+id+base64")
        try:
            signer = cls(parts[2], found[1], found[0])
        except ValueError:
            raise BadNote("the private key is none of its kind") from None
        if signer.verifier.id != parts[3]:
            raise BadNote("the private key's id does not fit the key")
        return signer

    def line(self, text: str, *, moment: int = 0) -> str:
        """The signature's line over `text`, which ends with a line feed. moment: a witness's time."""
        key = self.verifier
        message, time = text.encode(), b""
        if key.kind is COSIGNATURE:
            message, time = cosigned_message(text, moment), moment.to_bytes(8, "big")
        signature = key_id(key.name, key.public, key.kind) + time
        signature += signatures.sign(key.kind, self._secret, message)
        return f"{_DASH}{key.name} {base64.b64encode(signature).decode()}\n"

    def sign(self, text: str) -> str:
        """The signed note over `text`, which ends with a line feed."""
        return f"{text}\n{self.line(text)}"


def signed(text: str, signers: Sequence[Signer]) -> str:
    """The note over `text` with a signature of each."""
    return f"{text}\n" + "".join(signer.line(text) for signer in signers)


@dataclass(frozen=True)
class Checkpoint:
    """What a head says: which log, how many leaves, which root. `note`: the signed text it is from."""

    origin: str
    size: int
    root: bytes
    note: str = ""

    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class SignatureLine(NamedTuple):
    """One line of signature of a note: name, key id, what follows it, and the line as it stands."""

    name: str
    key_id: bytes
    signature: bytes
    line: str

    @property
    def moment(self) -> int:
        """The time a witness states (POSIX seconds); meaningless in other kinds."""
        return int.from_bytes(self.signature[:8], "big")


def split_note(note: str) -> tuple[str, list[SignatureLine]]:
    """The text of a signed note and its signatures, unchecked. Raises BadNote when it is malformed."""
    text, blank, block = note.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise BadNote("not a signed note: no blank line before the signatures")
    lines = block[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote(f"a note with more than {MOST_SIGNATURES} signatures")
    found = []
    for line in lines:
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        data = _base64(encoded)
        if not line.startswith(_DASH) or not space or len(data) < 5:
            raise BadNote("not a signed note: a signature line is malformed")
        found.append(SignatureLine(name, data[:4], data[4:], line + "\n"))
    return text + "\n", found


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, list[VerifierKey]]:
    """The text of a signed note and the keys among `keys` that signed it.

    Raises BadNote when it is malformed, or when a signature that names one of the keys is wrong. Where the
    library for a key's kind is missing, its signatures count as those of an unknown key; when that leaves
    none, Uncheckable is raised.
    """
    text, lines = split_note(note)
    known = {(key.name, bytes.fromhex(key.id)): key for key in keys}
    signed_by: list[VerifierKey] = []
    unchecked: Uncheckable | None = None
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        try:
            held = key.holds(text, line.signature)
        except Uncheckable as missing:
            unchecked = missing
            continue
        if not held:
            raise BadNote(f"the signature of {line.name} is wrong")
        signed_by.append(key)
    if unchecked is not None and not signed_by:
        raise unchecked
    return text, signed_by


def parse_checkpoint(note: str) -> Checkpoint:
    """The checkpoint in a signed note, without checking its signatures. Raises BadNote."""
    lines = note.rpartition("\n\n")[0].split("\n")
    if len(lines) < 3 or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise BadNote("not a checkpoint: name, size and root are expected on three lines")
    root = _base64(lines[2])
    if len(root) != 32:
        raise BadNote("not a checkpoint: the root is not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint in `note`, signed by the log's own key, one of `keys`. Raises BadNote otherwise."""
    checkpoint = parse_checkpoint(note)
    try:
        _, signed_by = open_note(note, [key for key in keys if key.kind in HEAD_KINDS])
    except Uncheckable as missing:
        raise BadNote(str(missing)) from None
    if not any(key.name == checkpoint.origin for key in signed_by):
        raise BadNote("the head is not signed by a known key of this ledger")
    return checkpoint


def parse_keys(text: str) -> list[VerifierKey]:
    """One key per line; blank lines and lines beginning with # are skipped. Raises BadNote."""
    lines = (line.strip() for line in text.splitlines())
    return [VerifierKey.parse(line) for line in lines if line and not line.startswith("#")]


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""

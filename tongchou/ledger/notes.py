"""Signed heads as text anyone can check: C2SP signed notes with Ed25519, holding C2SP tlog checkpoints.

    tongchou/3f9a1c22                                    the log's name (origin)
    1048576                                              the tree's size
    rK2O…=                                               the root, base64

    — tongchou/3f9a1c22 Ab34…                            name, base64(4-byte key id ‖ 64-byte signature)

Keys are written as the note format writes them: a public one `name+id+base64(0x01 ‖ key)`, a private one
`PRIVATE+KEY+name+id+base64(0x01 ‖ seed)`. Source: C2SP signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+")
_DASH = "\N{EM DASH} "


class BadNote(ValueError):
    """Not a well-formed key, note or checkpoint. The message says what is wrong."""


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the log's name. `public` is the raw 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> str:
        """The key id as eight hexadecimal digits."""
        return key_id(self.name, self.public).hex()

    def __str__(self) -> str:
        return f"{self.name}+{self.id}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read `name+id+base64`. Raises BadNote."""
        name, plus, rest = text.strip().partition("+")
        given_id, second_plus, encoded = rest.partition("+")
        data = _base64(encoded)
        if not (plus and second_plus and _NAME.fullmatch(name)) or len(data) != 33 or data[:1] != _ED25519:
            raise BadNote("not an Ed25519 key of the form name+id+base64")
        key = cls(name, data[1:])
        if key.id != given_id:
            raise BadNote(f"the key's id should be {key.id}")
        return key

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key with the log's name."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.verifier = VerifierKey(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str | None = None) -> Signer:
        """A new key; the name defaults to "tongchou/" and eight digits of the public key's digest."""
        key = Ed25519PrivateKey.generate()
        digest = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()
        return cls(name or f"tongchou/{digest[:8]}", key.private_bytes_raw())

    def encoded(self) -> str:
        """The private key as text; for its file only."""
        key = self.verifier
        return f"PRIVATE+KEY+{key.name}+{key.id}+{base64.b64encode(_ED25519 + self._seed).decode()}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read what `encoded` wrote. Raises BadNote, whose message never quotes the key."""
        parts = text.strip().split("+", 4)
        data = _base64(parts[4]) if len(parts) == 5 else b""
        if parts[:2] != ["PRIVATE", "KEY"] or len(data) != 33 or data[:1] != _ED25519:
            raise BadNote("not an Ed25519 private key of the form PRIVATE+KEY+name+id+base64")
        signer = cls(parts[2], data[1:])
        if signer.verifier.id != parts[3]:
            raise BadNote("the private key's id does not fit the key")
        return signer

    def sign(self, text: str) -> str:
        """The signed note over `text`, which ends with a line feed."""
        name = self.verifier.name
        signature = key_id(name, self.verifier.public) + self._key.sign(text.encode())
        return f"{text}\n{_DASH}{name} {base64.b64encode(signature).decode()}\n"


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


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, list[VerifierKey]]:
    """The text of a signed note and the keys among `keys` that signed it.

    Raises BadNote when it is malformed, or when a signature that names one of the keys is wrong.
    """
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise BadNote("not a signed note: no blank line before the signatures")
    text += "\n"
    known = {(key.name, bytes.fromhex(key.id)): key for key in keys}
    signed_by: list[VerifierKey] = []
    for line in signatures[:-1].split("\n"):
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        data = _base64(encoded)
        if not line.startswith(_DASH) or not space or len(data) < 5:
            raise BadNote("not a signed note: a signature line is malformed")
        key = known.get((name, data[:4]))
        if key is None:
            continue
        if not key.holds(text, data[4:]):
            raise BadNote(f"the signature of {name} is wrong")
        signed_by.append(key)
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
    _, signed_by = open_note(note, keys)
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

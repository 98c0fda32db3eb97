"""The kinds of signature a head may bear: Ed25519, a witness's cosignature, and SM2 with SM3 as a profile.

Pure. Which kind a key is, its first bytes say (C2SP signed-note, "signature types"): 0x01 Ed25519 over the
note's text; 0x04 a witness's Ed25519 over the text and the time (C2SP tlog-cosignature); 0xff and a name for
kinds that have no byte of their own, here SM2.

SM2 after GB/T 32918.2, digest SM3 (GB/T 32905), signer's identity "1234567812345678" and the signature as a
DER sequence of r and s (GM/T 0009), so that any implementation of the standards can check it. It is done by
the library tongsuopy (extra `sm`), which is imported only where an SM2 key is met.
"""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LIBRARY = "tongsuopy"


class Kind(NamedTuple):
    """code: as settings and file names say it; prefix: its type bytes; public_bytes: a public key's length."""

    code: str
    prefix: bytes
    public_bytes: int


ED25519 = Kind("ed25519", b"\x01", 32)
COSIGNATURE = Kind("cosignature", b"\x04", 32)
SM2 = Kind("sm2", b"\xfftongchou/sm2-sm3/", 65)
KINDS = (ED25519, COSIGNATURE, SM2)
HEAD_KINDS = (ED25519, SM2)
"""With which a log signs its own heads."""


class Uncheckable(RuntimeError):
    """The library that this kind of signature needs is not installed."""


def kind_of(data: bytes) -> tuple[Kind, bytes] | None:
    """The kind and the key's own bytes out of `prefix ‖ key`, None when it is none of KINDS."""
    for kind in KINDS:
        rest = data[len(kind.prefix) :]
        if data.startswith(kind.prefix) and rest:
            return kind, rest
    return None


def available(kind: Kind) -> bool:
    """Whether signatures of this kind can be made and checked here."""
    return kind is not SM2 or importlib.util.find_spec(LIBRARY) is not None


def generate(kind: Kind) -> bytes:
    """A new private key: 32 bytes."""
    if kind is SM2:
        ec = _sm2().ec
        return int(ec.generate_private_key(ec.SM2()).private_numbers().private_value).to_bytes(32, "big")
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_of(kind: Kind, secret: bytes) -> bytes:
    """The public key of a private one. Raises ValueError when `secret` is none."""
    if kind is SM2:
        sm2 = _sm2()
        numbers = sm2.ec.derive_private_key(int.from_bytes(secret, "big"), sm2.ec.SM2()).public_key()
        point = numbers.public_numbers()
        return b"\x04" + int(point.x).to_bytes(32, "big") + int(point.y).to_bytes(32, "big")
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def sign(kind: Kind, secret: bytes, message: bytes) -> bytes:
    """The bare signature over `message`."""
    if kind is SM2:
        sm2 = _sm2()
        key = sm2.ec.derive_private_key(int.from_bytes(secret, "big"), sm2.ec.SM2())
        return bytes(key.sign(message, sm2.ec.ECDSA(sm2.hashes.SM3())))
    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def holds(kind: Kind, public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the bare signature of `public`'s owner over `message`. Raises Uncheckable."""
    if kind is not SM2:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True
    sm2 = _sm2()
    refused = (sm2.exceptions.InvalidSignature, sm2.exceptions.InternalError, ValueError, TypeError)
    try:
        # tongsuopy names the algorithm of every elliptic curve ECDSA; on this curve it signs by SM2.
        key = sm2.ec.EllipticCurvePublicKey.from_encoded_point(sm2.ec.SM2(), public)
        key.verify(signature, message, sm2.ec.ECDSA(sm2.hashes.SM3()))
    except refused:
        return False
    return True


class _Library(NamedTuple):
    ec: Any
    hashes: ModuleType
    exceptions: ModuleType


def _sm2() -> _Library:
    if not available(SM2):
        raise Uncheckable(f"SM2 signatures need the library {LIBRARY} (pip install 'tongchou[sm]')")
    from tongsuopy.crypto import exceptions, hashes
    from tongsuopy.crypto.asymciphers import ec

    return _Library(ec, hashes, exceptions)

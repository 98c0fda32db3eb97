"""Signed requests: RFC 9421 (HTTP Message Signatures) with RFC 9530 (Content-Digest). Pure.

A request bears one signature, with the algorithm hmac-sha256 or ed25519. It must cover "@method", "@path", "@query" and,
where there is a body, "content-digest"; it may cover "@authority" and header fields besides. Its parameters are created,
keyid, nonce and, if wanted, alg, expires and tag. `signature_base` makes the text that is signed:

    "@method": POST
    "@path": /exchange/query
    "@query": ?
    "content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:
    "@signature-params": ("@method" "@path" "@query" "content-digest");created=1795325400;keyid="k-…";nonce="…"

Parameters and components are taken as they were written (RFC 9421 lets the signer order them), but only in the one
spelling that a strict serialisation gives; whatever else is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

HMAC, ED25519 = "hmac-sha256", "ed25519"

#: Seconds that a signature may be old, and that the signer's clock may be ahead.
WINDOW_S, AHEAD_S = 120, 30

REQUIRED = ("@method", "@path", "@query")
DIGEST = "content-digest"

_INPUT = re.compile(
    r'([a-z*][a-z0-9_.*-]{0,31})=(\(("[a-z0-9@_-]{1,64}"(?: "[a-z0-9@_-]{1,64}"){0,15})\)'
    r'((?:;[a-z]{3,8}=(?:[0-9]{1,15}|"[\x20\x21\x23-\x5b\x5d-\x7e]{0,128}")){1,8}))'
)
_PARAMETER = re.compile(r';([a-z]+)=(?:([0-9]+)|"([^"]*)")')
_SIGNATURE = re.compile(r"([a-z*][a-z0-9_.*-]{0,31})=:([A-Za-z0-9+/]{20,700}={0,2}):")
_NONCE = re.compile(r"[A-Za-z0-9_.~+/=-]{16,64}")
_DIGEST_MEMBER = re.compile(r"([a-z0-9-]{1,20})=:([A-Za-z0-9+/]{1,200}={0,2}):")
_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


class Refusal(Exception):
    """Why a request is not accepted: `why` goes on record, and never into the answer."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Signature(NamedTuple):
    """A signature as it was sent. params: the text that is signed as "@signature-params"."""

    components: tuple[str, ...]
    params: str
    key_id: str
    created: int
    expires: int | None
    nonce: str
    algorithm: str
    value: bytes


@dataclass(frozen=True)
class Message:
    """What of a request can be signed. headers: by their names in small letters; query: without the question mark."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def parsed(inputs: str, signatures: str) -> Signature:
    """The signature of the two header fields. Raises Refusal "unreadable" or "incomplete"."""
    found, sent = _INPUT.fullmatch(inputs), _SIGNATURE.fullmatch(signatures)
    if found is None or sent is None or found[1] != sent[1]:
        raise Refusal("unreadable")
    parameters: dict[str, str] = {}
    for name, number, text in _PARAMETER.findall(found[4]):
        wants_number = name in ("created", "expires")
        if name in parameters or wants_number != bool(number):
            raise Refusal("unreadable")
        parameters[name] = number or text
    if not parameters.keys() <= {"created", "expires", "keyid", "nonce", "alg", "tag"}:
        raise Refusal("unreadable")
    if not parameters.keys() >= {"created", "keyid", "nonce"} or not _NONCE.fullmatch(parameters["nonce"]):
        raise Refusal("incomplete")
    try:
        value = base64.b64decode(sent[2], validate=True)
    except binascii.Error:
        raise Refusal("unreadable") from None
    return Signature(
        components=_components(found[3]),
        params=found[2],
        key_id=parameters["keyid"],
        created=int(parameters["created"]),
        expires=int(parameters["expires"]) if "expires" in parameters else None,
        nonce=parameters["nonce"],
        algorithm=parameters.get("alg", ""),
        value=value,
    )


@lru_cache(maxsize=256)
def _components(text: str) -> tuple[str, ...]:
    names = tuple(part.strip('"') for part in text.split(" "))
    if len(set(names)) != len(names) or not set(REQUIRED) <= set(names):
        raise Refusal("uncovered")
    return names


def check_window(signature: Signature, now: float) -> None:
    """Raise Refusal "clock" for a signature that is too old, of the future, or past its own end."""
    if not now - WINDOW_S <= signature.created <= now + AHEAD_S or (
        signature.expires is not None and signature.expires < now
    ):
        raise Refusal("clock")


def forgotten_at(signature: Signature) -> int:
    """When the nonce need not be remembered any more, in seconds since 1970."""
    return signature.created + WINDOW_S + 1


def check_digest(message: Message, components: Sequence[str]) -> None:
    """Raise Refusal "digest" unless the body is the one that is signed. A request without a body needs no digest."""
    said = message.headers.get(DIGEST)
    if said is None:
        if message.body or DIGEST in components:
            raise Refusal("digest")
        return
    if DIGEST not in components:
        raise Refusal("uncovered")
    known = 0
    for member in said.split(","):
        found = _DIGEST_MEMBER.fullmatch(member.strip())
        if found is None:
            raise Refusal("digest")
        hashed = _HASHES.get(found[1])
        if hashed is None:
            continue
        known += 1
        if not hmac.compare_digest(base64.b64encode(hashed(message.body).digest()), found[2].encode()):
            raise Refusal("digest")
    if not known:
        raise Refusal("digest")


def signature_base(message: Message, components: Sequence[str], params: str) -> bytes:
    """The text that is signed. Raises Refusal "uncovered" for a component that is not there."""
    lines = []
    for name in components:
        value: str | None
        if name == "@method":
            value = message.method
        elif name == "@path":
            value = message.path
        elif name == "@query":
            value = "?" + message.query
        elif name == "@authority":
            value = message.headers.get("host", "").lower() or None
        elif name.startswith("@"):
            value = None
        else:
            value = message.headers.get(name)
        if value is None:
            raise Refusal("uncovered")
        lines.append(f'"{name}": {value}')
    lines.append(f'"@signature-params": {params}')
    return "\n".join(lines).encode()


def check_signature(signature: Signature, base: bytes, method: str, key: bytes) -> None:
    """Raise Refusal "forged" unless the signature is the key's; "algorithm" when it names another one."""
    if signature.algorithm not in ("", method):
        raise Refusal("algorithm")
    if method == HMAC:
        if not hmac.compare_digest(hmac.digest(key, base, "sha256"), signature.value):
            raise Refusal("forged")
        return
    try:
        _public(key).verify(signature.value, base)
    except InvalidSignature:
        raise Refusal("forged") from None


def check_as_if(signature: Signature, base: bytes) -> None:
    """Take the time a check takes, against a key nobody holds, so that the time does not tell which keys exist."""
    method = ED25519 if len(signature.value) == 64 else HMAC
    try:
        check_signature(signature, base, method, _NOBODY[method])
    except Refusal:
        return


@lru_cache(maxsize=4096)
def _public(key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key)


_NOBODY = {
    HMAC: hashlib.sha256(b"nobody").digest(),
    ED25519: Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"nobody").digest())
    .public_key()
    .public_bytes_raw(),
}


def content_digest(body: bytes) -> str:
    """The Content-Digest field of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


Signer = Callable[[bytes], bytes]


def signer(method: str, key: bytes) -> Signer:
    """Signs with a shared secret, or with the 32 bytes of an Ed25519 private key."""
    if method == HMAC:
        return lambda base: hmac.digest(key, base, "sha256")
    private = Ed25519PrivateKey.from_private_bytes(key)
    return private.sign


def signed_headers(
    *,
    method: str,
    path: str,
    query: str = "",
    body: bytes,
    key_id: str,
    sign: Signer,
    created: int,
    nonce: str,
) -> dict[str, str]:
    """The header fields that make a request a signed one; for clients, tests and the command line."""
    headers: dict[str, str] = {DIGEST: content_digest(body)} if body else {}
    components = (*REQUIRED, DIGEST) if body else REQUIRED
    named = " ".join(f'"{name}"' for name in components)
    params = f'({named});created={created};keyid="{key_id}";nonce="{nonce}"'
    base = signature_base(Message(method, path, query, headers, body), components, params)
    signature = base64.b64encode(sign(base)).decode()
    return {**headers, "signature-input": f"sig={params}", "signature": f"sig=:{signature}:"}

"""The door: whose a request is, and the record of those who are not let in.

Whatever is wrong with a signature, the answer is the same and takes as long; what it was goes on record. So that
nobody fills the ledger by knocking, refusals are recorded one by one up to a rate, and together beyond it.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from datetime import date

from tongchou.accounts.actor import NotAllowed, require

from .. import uses
from ..quotas import Claim
from ..rulebook import KeyOnFile, Rulebook
from ..uses import Nonce, Use
from . import signatures
from .signatures import Message, Refusal, Signature

#: Refusals of strangers recorded one by one in a minute, by each process.
RECORDED_A_MINUTE = 600

EVENT = "gateway.refused"


class Admitted:
    """A request whose signature is good. nonce: to be committed with whatever it asks."""

    __slots__ = ("key", "nonce")

    def __init__(self, key: KeyOnFile, nonce: Nonce) -> None:
        self.key, self.nonce = key, nonce


def admit(book: Rulebook, message: Message, now: float) -> Admitted:
    """Who sent the request. Raises Refusal; `Known.client` names whose key was used, where there is such a key."""
    headers = message.headers
    signature = signatures.parsed(headers.get("signature-input", ""), headers.get("signature", ""))
    base = signatures.signature_base(message, signature.components, signature.params)
    signatures.check_digest(message, signature.components)
    key = book.keys.get(signature.key_id)
    if key is None:
        signatures.check_as_if(signature, base)
        raise Refusal("unknown_key")
    try:
        signatures.check_signature(signature, base, key.method, key.secret)
        signatures.check_window(signature, now)
        _check_key(key, now, uses.today(now))
        require(key.by, "gateway.use")
    except Refusal as refusal:
        raise Known(refusal.why, key.client) from None
    except NotAllowed:
        raise Known("role", key.client) from None
    return Admitted(key, nonce_of(signature))


class Known(Refusal):
    """A refusal of a request that names a key on file. client: whose."""

    def __init__(self, why: str, client: str) -> None:
        super().__init__(why)
        self.client = client


def _check_key(key: KeyOnFile, now: float, today: date) -> None:
    if not key.good:
        raise Refusal("revoked")
    if today > key.expires_on or (key.valid_until is not None and now > key.valid_until):
        raise Refusal("expired")


def nonce_of(signature: Signature) -> Nonce:
    """The request as it is remembered."""
    told = f"{signature.key_id}\x1f{signature.nonce}".encode()
    digest = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest()) >> 1
    return Nonce(digest, signatures.forgotten_at(signature))


def refused_use(
    why: str, *, client: str, path: str, code: str, nonce: Nonce | None = None, count: int = 0
) -> Use:
    """The record of a request that was not let in, or asked for nothing that could be understood."""
    facts: dict[str, object] = {
        "user": f"@client:{client}" if nonce else "@gateway",
        "why": why,
        "path": path,
    }
    if client:
        facts["client"] = client
    if count:
        facts["count"] = count
    claim = Claim(f"@client:{client}") if client else None
    return Use(EVENT, facts, code, claim, nonce)


def taken_use(*, client: str, path: str, admitted: Admitted) -> Use:
    """The record of a request that is taken and asks for an action."""
    facts = {**admitted.key.by.trace(), "client": client, "path": path}
    return Use(
        "gateway.taken", facts, "", Claim(f"@client:{client}", limit=admitted.key.limit), admitted.nonce
    )


class Knocks:
    """How many strangers knocked in the last minute."""

    def __init__(self, most: int = RECORDED_A_MINUTE) -> None:
        self._most = most
        self._at: deque[float] = deque()
        self.unrecorded = 0

    def too_many(self, now: float | None = None) -> bool:
        """Whether one more is beyond the rate; then it is counted and not recorded by itself."""
        moment = now if now is not None else time.monotonic()
        while self._at and moment - self._at[0] > 60:
            self._at.popleft()
        if len(self._at) >= self._most:
            self.unrecorded += 1
            return True
        self._at.append(moment)
        return False

    def taken(self) -> int:
        """How many were only counted; counting begins anew."""
        count, self.unrecorded = self.unrecorded, 0
        return count

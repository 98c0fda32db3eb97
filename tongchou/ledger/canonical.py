"""The one byte form of an entry, so that whoever re-hashes it gets the same leaf for ever.

Canonical JSON here: UTF-8, keys sorted by code point, no blanks, no escapes but the ones JSON demands, whole
numbers only (a float has more than one spelling), which is RFC 8785 restricted to values that cannot be
spelled two ways.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

LARGEST_WHOLE = 2**53 - 1
"""Beyond this JSON readers in other languages would round (RFC 7493)."""

LARGEST_ENVELOPE_BYTES = 65_535
"""An entry bundle of C2SP tlog-tiles has a 16-bit length."""

KIND = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
STREAM = re.compile(r"[0-9a-f]{24}")
AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

# The envelope's keys in sorted order are at, body, kind, seq, stream. The body comes as text of any length,
# so the other four must be found from the ends; that they may hold no quotation mark makes the split unique.
_SPLIT = re.compile(
    rb'\{"at":"(?P<at>[0-9TZ:.\-]{27})","body":(?P<body>\{.*\}),"kind":"(?P<kind>[a-z0-9_.]+)",'
    rb'"seq":(?P<seq>[1-9][0-9]*),"stream":"(?P<stream>[0-9a-f]{24})"\}',
    re.DOTALL,
)


class Parts(NamedTuple):
    """An entry taken apart; `body` is canonical JSON as stored."""

    stream: str
    seq: int
    at: str
    kind: str
    body: bytes


def canonical(value: object) -> bytes:
    """`value` (dict, list, str, int, bool, None, nested) as canonical JSON.

    Raises ValueError for a float, a whole number beyond ±(2^53−1), a key that is not text, text that is not
    Unicode (a lone surrogate) or any other type. The message names the type, never the value.
    """
    _check(value)
    try:
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        ).encode()
    except UnicodeEncodeError:
        raise ValueError("the ledger takes Unicode text only; this text holds a lone surrogate") from None


def _check(value: object) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if not -LARGEST_WHOLE <= value <= LARGEST_WHOLE:
            raise ValueError("a whole number in the ledger lies within ±(2^53−1)")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"a key in the ledger is text, not {type(key).__name__}")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    else:
        raise ValueError(
            f"the ledger takes text, whole numbers, yes/no, lists and mappings, not {type(value).__name__}"
        )


def envelope(stream: str, seq: int, at: str, kind: str, body: bytes) -> bytes:
    """The canonical JSON of {at, body, kind, seq, stream}, with `body` already canonical."""
    return b'{"at":"%b","body":%b,"kind":"%b","seq":%d,"stream":"%b"}' % (
        at.encode(), body, kind.encode(), seq, stream.encode(),
    )  # fmt: skip


def leaf_of(stream: str, seq: int, at: str, kind: str, body: bytes) -> bytes:
    """The 32-byte RFC 6962 leaf hash of the entry."""
    return hashlib.sha256(b"\0" + envelope(stream, seq, at, kind, body)).digest()


def split(line: bytes) -> Parts | None:
    """The parts of an envelope's bytes, or None when they are not of the canonical shape."""
    found = _SPLIT.fullmatch(line)
    if found is None:
        return None
    at, body, kind, seq, stream = found.groups()
    return Parts(stream.decode(), int(seq), at.decode(), kind.decode(), body)


def instant(moment: datetime | None = None) -> str:
    """`moment` (default: now) in the ledger's form, UTC with microseconds: 2026-11-22T00:18:30.000001Z."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

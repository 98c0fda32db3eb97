"""Ids that differ by recipient: two recipients cannot join their copies by them, and each id names its recipient.

An id is 24 characters (base 32, A-Z2-7): 80 bits that stand for the subject or record, and 40 that only this recipient's
key gives. By the latter a single id found anywhere names the recipient, without any table of ids.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import code

_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8)
_VALUE = np.zeros(256, np.uint8)
_VALUE[_LETTERS] = np.arange(32)
_ID = re.compile(r"[A-Z2-7]{24}")
_BODY, _CHECK = 10, 5


def keys_of(secret: str, recipient: str) -> code.Keys:
    """The keys of one recipient (an organisation's code): of the ids and of their check."""
    return code.Keys(
        code.derived(secret, f"ids\0{recipient}")[:16],
        code.derived(secret, f"check of ids\0{recipient}")[:16],
    )


def made(keys: code.Keys, kind: str, texts: list[str]) -> list[str]:
    """The ids of subjects ("subject") or records ("record:<resource>") for one recipient, in their order."""
    if not texts:
        return []
    body = np.zeros((len(texts), 16), np.uint8)
    body[:, :_BODY] = code.drawn(keys.common, code.digests(kind, texts))[:, :_BODY]
    whole = np.concatenate([body[:, :_BODY], code.drawn(keys.own, body)[:, :_CHECK]], axis=1)
    letters = _LETTERS[np.packbits(np.pad(_fives(whole), ((0, 0), (0, 0), (3, 0))), axis=2)[:, :, 0]]
    joined = letters.tobytes().decode("ascii")
    return [joined[start : start + 24] for start in range(0, len(joined), 24)]


def _fives(whole: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """15 bytes as 24 groups of five bits."""
    return np.unpackbits(whole, axis=1).reshape(len(whole), 24, 5)


class Named(NamedTuple):
    """ids: how many of a recipient's ids a file holds. chance: bound on finding so many by accident."""

    recipient: str
    ids: int
    chance: float


def recipients(columns: Iterable[list[str | None]], keys: Mapping[str, code.Keys]) -> list[Named]:
    """The recipients whose ids stand in a file, those with most first."""
    ids = sorted(
        {text.strip() for column in columns for text in column if text and _ID.fullmatch(text.strip())}
    )
    if not ids:
        return []
    letters = _VALUE[np.frombuffer("".join(ids).encode(), np.uint8)].reshape(len(ids), 24)
    bits = np.unpackbits(letters[:, :, None], axis=2)[:, :, 3:].reshape(len(ids), 120)
    whole = np.packbits(bits, axis=1)
    body = np.zeros((len(ids), 16), np.uint8)
    body[:, :_BODY] = whole[:, :_BODY]
    found = []
    for recipient, each in keys.items():
        held = int((code.drawn(each.own, body)[:, :_CHECK] == whole[:, _BODY:]).all(axis=1).sum())
        if held:
            chance = len(keys) * math.exp(
                held * math.log(len(ids) * 2.0 ** (-8 * _CHECK)) - math.lgamma(held + 1)
            )
            found.append(Named(recipient, held, min(1.0, chance)))
    return sorted(found, key=lambda each: -each.ids)

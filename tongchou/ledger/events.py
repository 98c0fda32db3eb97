"""The published vocabulary of the ledger: every kind of entry, what it means and which keys its body may
hold.

Each room declares its own events when it starts (in its AppConfig.ready or at import of its `events` module):

    declare(Event("dossier.opened", Text("查看档案", "Dossier opened"), ("subject_id", "fields")))

A body with a key that was not declared is refused, so that no personal value can slip into a record that can
never be erased. Who acted may be said in every entry (`WHO`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tongchou.standards.text import Text

from .canonical import KIND, canonical
from .errors import UnknownEvent

WHO = frozenset({"user", "organisation", "role", "outcome", "reason", "where"})
"""Keys every entry may have: the user's name on the system, their organisation's code, the role they acted
in; how it ended, the code of the error if it was refused and the identifier (never a value) the error names.
"""

LONGEST_BODY_BYTES = 60_000

_IDENTITY = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9])"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Event:
    """One kind of entry.

    code: "room.happened", lower case, e.g. "delivery.closed". label: what the screen says.
    keys: the keys its body may hold besides WHO. about: a sentence for the reference, when the label is not
    enough.
    """

    code: str
    label: Text
    keys: tuple[str, ...] = ()
    about: Text | None = None
    allowed: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not KIND.fullmatch(self.code) or len(self.code) > 64:
            raise UnknownEvent(
                f"an event's code is room.happened in lower case, at most 64 characters: {self.code!r}"
            )
        object.__setattr__(self, "allowed", WHO | set(self.keys))


_declared: dict[str, Event] = {}
EVENTS: Mapping[str, Event] = MappingProxyType(_declared)
"""Every declared event by its code, for the reference and for screens."""


def declare(*events: Event) -> None:
    """Add to the vocabulary. The same event may be declared twice; two meanings of one code may not
    (UnknownEvent).
    """
    for event in events:
        known = _declared.setdefault(event.code, event)
        if known != event:
            raise UnknownEvent(f"the event {event.code} is declared twice with different meanings")


def checked_body(kind: str, body: Mapping[str, object]) -> bytes:
    """The canonical bytes of `body`, after checking it against the vocabulary.

    Values are text, whole numbers, yes/no, null, or lists of these. Raises UnknownEvent (a programming error)
    for an undeclared kind, an undeclared key, another type, a body that is too long, or a value that contains
    a valid identity number. The message names keys, never values.
    """
    event = _declared.get(kind)
    if event is None:
        raise UnknownEvent(f"the event {kind!r} is not declared; see tongchou.ledger.events.declare")
    surplus = sorted(key for key in body if key not in event.allowed)
    if surplus:
        raise UnknownEvent(f"the event {kind} does not declare: {', '.join(map(str, surplus))}")
    for key, value in body.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if not (item is None or isinstance(item, str | int)):
                raise UnknownEvent(
                    f"{kind}.{key} holds a {type(item).__name__}; text and whole numbers are allowed"
                )
            if isinstance(item, str) and len(item) >= 18 and _holds_identity_number(item):
                raise UnknownEvent(
                    f"{kind}.{key} holds an identity number; the ledger records no personal value"
                )
    try:
        data = canonical(body)
    except ValueError as wrong:
        raise UnknownEvent(f"{kind}: {wrong}") from None
    if len(data) > LONGEST_BODY_BYTES:
        raise UnknownEvent(
            f"the body of {kind} has {len(data)} bytes; at most {LONGEST_BODY_BYTES} are allowed"
        )
    return data


def _holds_identity_number(text: str) -> bool:
    """Whether an 18-character identity number with the right check character stands in `text` (GB
    11643-1999).

    Only a tripwire against slips, so it needs neither division codes nor the 15-digit form.
    """
    for found in _IDENTITY.findall(text):
        weighted = sum(int(digit) * weight for digit, weight in zip(found[:17], _WEIGHTS, strict=True))
        if "10X98765432"[weighted % 11] == found[17].upper():
            return True
    return False


def reference() -> Iterable[Event]:
    """The vocabulary in the order of its codes, for the published reference."""
    return (_declared[code] for code in sorted(_declared))


declare(
    Event(
        "ledger.key_rotated",
        Text("更换存证签名密钥", "Ledger signing key rotated"),
        ("old_key", "new_key"),
        Text("旧、新公钥的指纹。", "The fingerprints of the old and the new public key."),
    ),
    Event("ledger.exported", Text("导出存证账本", "Ledger exported"), ("size",)),
    Event(
        "ledger.loss_accepted",
        Text("接受账本损失", "Loss of ledger entries accepted"),
        ("size_before", "size"),
        Text(
            "恢复备份后自较小的账本续签。", "Signing goes on from a smaller ledger after a restored backup."
        ),
    ),
    Event(
        "ledger.split_view",
        Text("账本分叉警报", "Split view of the ledger"),
        ("witness", "size", "root"),
        Text(
            "见证方出示了由本账本签名、但与本账本不符的树头。",
            "A witness showed a head that this ledger signed and that does not belong to it.",
        ),
    ),
)

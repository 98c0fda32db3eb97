"""A dossier (一人一档, 一企一档): what one reader may see of one subject, put together from its document.

Plain values in, plain values out: everything in it is already masked, so that whoever shows or sends it can show
nothing more. `actions.access.read` is the only way to get one.
"""

from .composing import DOCUMENT, HOW, Failing, Seen, compose, identity_of, told, visible
from .glimpsing import glimpse_of, glimpsed, glimpsed_fields
from .parts import (
    Contradiction,
    Corrected,
    Dossier,
    Event,
    File,
    Found,
    FoundResource,
    Group,
    Identity,
    NotGranted,
    Opened,
    Record,
    Related,
    Results,
    Revealed,
    Side,
    Spot,
    Value,
    Why,
    plain,
)

__all__ = [
    "DOCUMENT", "HOW", "Contradiction", "Corrected", "Dossier", "Event", "Failing", "File", "Found", "FoundResource",
    "Group", "Identity", "NotGranted", "Opened", "Record", "Related", "Results", "Revealed", "Seen", "Side", "Spot",
    "Value", "Why", "compose", "glimpse_of", "glimpsed", "glimpsed_fields", "identity_of", "plain", "told", "visible",
]  # fmt: skip

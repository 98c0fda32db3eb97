"""How a request names its subject: by the pool's own id, or by a number or name in its body. Never kept, never repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongchou.standards import credit, dates, identity, passports
from tongchou.standards.names import clean as clean_name

from . import errors, rules
from .asks import Document, Lookup, Reading


def subject_of(subject: Mapping[str, str]) -> Reading[dict[str, Any] | None]:
    """The document of the one subject that is named, None when there is none.

    subject: one of {"id"}, {"id_number"}, {"passport_number"}, {"uscc"}, {"name", "birth_date"}. Raises Refused
    "exchange.ambiguous" when several fit, HouseError "exchange.query_unreadable" for a birth date that is none.
    """
    named = subject.get("id")
    if named is not None:
        if not rules.is_subject_id(named):
            return None
        found = yield Document(named)
        return found  # type: ignore[no-any-return]
    several = yield lookup_of(subject)
    if len(several) > 1:
        raise errors.ambiguous()
    return several[0] if several else None


def lookup_of(subject: Mapping[str, str]) -> Lookup:
    """The lookup that a number or a name with a birth date stands for."""
    if "id_number" in subject:
        value, _ = identity.examine(subject["id_number"])
        return Lookup("id_number", (value or identity.clean(subject["id_number"]),))
    if "uscc" in subject:
        return Lookup("uscc", (credit.clean(subject["uscc"]),))
    if "passport_number" in subject:
        value, _ = passports.examine(subject["passport_number"])
        return Lookup("passport_number", (value or subject["passport_number"].strip().upper(),))
    reading, _ = dates.examine(subject["birth_date"])
    if reading is None or not dates.is_day(reading.value):
        raise errors.query_unreadable()
    return Lookup("name_and_birth", (clean_name(subject["name"]), reading.value))

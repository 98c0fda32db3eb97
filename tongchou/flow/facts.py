"""Facts of an instance: what is given with a move, read as the definition declares it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from . import errors
from .definitions import Definition

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_ORGANISATION = re.compile(r"[A-Za-z0-9_-]{1,60}")


def read(definition: Definition, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `given` that the flow declares, as they are kept; the rest is for effects alone and is not kept.

    Numbers and dates are kept as texts, yes and no as booleans, organisations as a list of codes. None takes a fact
    back. Raises HouseError "flow.fact_unreadable" for a value that is not of its kind; the message names no value.
    """
    kept: dict[str, Any] = {}
    for code, value in given.items():
        fact = definition.facts.get(code)
        if fact is None:
            continue
        if value is None:
            kept[code] = None
            continue
        read_value = _read(fact.kind, value)
        if read_value is None:
            raise errors.bad_fact(definition.code, code, fact.kind)
        kept[code] = read_value
    return kept


def _read(kind: str, value: Any) -> Any:
    if kind == "yes_no":
        return value if isinstance(value, bool) else None
    if kind == "organisations":
        many = list(value) if isinstance(value, list | tuple | set | frozenset) else []
        sound = 0 < len(many) <= 100 and all(
            isinstance(one, str) and _ORGANISATION.fullmatch(one) for one in many
        )
        return list(dict.fromkeys(many)) if sound else None
    if isinstance(value, bool):
        return None
    if kind == "date":
        if isinstance(value, date):
            return value.isoformat()[:10]
        try:
            return date.fromisoformat(value).isoformat() if isinstance(value, str) else None
        except ValueError:
            return None
    if kind in ("number", "integer"):
        text = format(value, "f") if isinstance(value, Decimal | float) else str(value)
        return text if (_WHOLE if kind == "integer" else _NUMBER).fullmatch(text) else None
    return value if isinstance(value, str) and len(value) <= 200 else None

"""The Python functions of `standards`, called for the values the quick forms do not recognise.

They are the truth; quick forms only spare calling them. Every distinct value is asked once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from tongchou.standards import elements
from tongchou.standards.cleaning import fold_width, is_absent, no_blanks
from tongchou.standards.plans import FieldPlan

Standardiser = Callable[[str], tuple[str | None, str | None]]
"""Text → (standard value or None, rule code or None)."""

REMEMBERED = 500_000
"""Distinct values remembered per field; then it begins anew, so that memory stays bounded (about 50 MB a
field)."""


def standardiser(field: FieldPlan) -> Standardiser:
    """The Python function that is the truth about a field's values.

    It is the data element's, but for addresses: the log keeps the address as the department wrote it, only
    cleaned. Its normal form takes 20–100 µs for each of millions of different addresses, and is derived
    where it is compared, over those addresses alone (ADR 4).
    """
    if field.element == "address" and field.code_list is None:
        return cleaned_address
    return elements.standardiser(field.element, field.code_list)


def cleaned_address(text: str) -> tuple[str | None, str | None]:
    """An address as it was written, in one width; without blanks, unless it is in Latin letters."""
    value = fold_width(text)
    if is_absent(value):
        return None, None
    if any("\u3400" <= character <= "\u9fff" for character in value):
        value = no_blanks(value)
    return value, None if any(character.isalpha() for character in value) else "address.unreadable"


class _Known(NamedTuple):
    """What was asked of a field so far: texts, their standard values, their rule numbers (0 for none)."""

    texts: pa.StringArray
    values: pa.StringArray
    rules: Any


_NOTHING = _Known(pa.array([], pa.string()), pa.array([], pa.string()), np.zeros(0, np.int16))


class Slow:
    """The functions by field, each with its memory."""

    def __init__(self, functions: Mapping[str, Standardiser], numbers: Mapping[str, int]) -> None:
        self._functions = functions
        self._numbers = numbers
        self._known: dict[str, _Known] = dict.fromkeys(functions, _NOTHING)

    def ask(self, field: str, texts: pa.StringArray) -> tuple[pa.StringArray, Any]:
        """Standard values and rule numbers (int16, 0 for none) of different texts.

        Threads may ask at once: at worst one asks what another is just learning.
        """
        known = self._known[field]
        at = compute.index_in(texts, value_set=known.texts)
        if at.null_count:
            unknown = at.is_null()
            learned = self._learned(field, texts.filter(unknown))
            places = np.flatnonzero(unknown.to_numpy(zero_copy_only=False))
            first = len(known.texts)
            at = at.fill_null(0).to_numpy().copy()
            at[places] = np.arange(first, first + len(places))
            known = _Known(
                pa.concat_arrays([known.texts, learned.texts]),
                pa.concat_arrays([known.values, learned.values]),
                np.concatenate([known.rules, learned.rules]),
            )
            self._known[field] = known if len(known.texts) <= REMEMBERED else _NOTHING
        return known.values.take(pa.array(at)), known.rules[np.asarray(at)]

    def _learned(self, field: str, texts: pa.StringArray) -> _Known:
        """What the field's function says; an empty text has neither value nor problem."""
        function = self._functions[field]
        answers = [function(text) if text else (None, None) for text in texts.to_pylist()]
        return _Known(
            texts,
            pa.array([value for value, _ in answers], pa.string()),
            np.array([self._numbers[rule] if rule else 0 for _, rule in answers], np.int16),
        )

"""The Python functions of `standards`, called for the values the quick forms do not recognise.

They are the truth; quick forms only spare calling them. Every distinct value is asked once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tongchou.standards import elements
from tongchou.standards.cleaning import fold_width, is_absent, no_blanks
from tongchou.standards.plans import FieldPlan

Standardiser = Callable[[str], tuple[str | None, str | None]]
"""Text → (standard value or None, rule code or None)."""

REMEMBERED = 500_000
"""Distinct values remembered per field; then it begins anew, so that memory stays bounded (about 100 MB a
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


class Slow:
    """The functions by field, each with its memory."""

    def __init__(self, functions: Mapping[str, Standardiser], numbers: Mapping[str, int]) -> None:
        self._functions = functions
        self._numbers = numbers
        self._known: dict[str, dict[str, tuple[str | None, int | None]]] = {each: {} for each in functions}

    def ask(self, field: str, text: str) -> tuple[str | None, int | None]:
        """Standard value and rule number of one text."""
        known = self._known[field]
        answer = known.get(text)
        if answer is None:
            if len(known) >= REMEMBERED:
                known.clear()
            value, rule = self._functions[field](text)
            answer = (value, self._numbers[rule] if rule else None)
            known[text] = answer
        return answer

    def ask_all(self, field: str, texts: Sequence[str]) -> tuple[list[str | None], list[int | None]]:
        """Standard values and rule numbers of texts; an empty text has neither. One thread per field."""
        answers = [self.ask(field, text) if text else (None, None) for text in texts]
        return [value for value, _ in answers], [rule for _, rule in answers]

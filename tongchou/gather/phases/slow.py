"""The Python functions of `standards`, called from SQL for the values the quick forms do not recognise.

They are the truth; SQL only spares calling them. Every distinct value is asked once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType

from tongchou.standards import elements
from tongchou.standards.cleaning import fold_width, is_absent, no_blanks
from tongchou.standards.plans import FieldPlan

Standardiser = Callable[[str], tuple[str | None, str | None]]
"""Text → (standard value or None, rule code or None)."""

REMEMBERED = 500_000
"""Distinct values remembered per field; then it begins anew, so that memory stays bounded (about 100 MB a
field)."""
_RESULT = "STRUCT(v VARCHAR, p SMALLINT)"


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
    """The functions by field, each with its memory, and the SQL functions that reach them."""

    def __init__(self, functions: Mapping[str, Standardiser], numbers: Mapping[str, int]) -> None:
        self._functions = functions
        self._numbers = numbers
        self._known: dict[str, dict[str, tuple[str | None, int | None]]] = {each: {} for each in functions}
        self._names = {each: f"slow_{index}" for index, each in enumerate(functions)}

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

    def sql(self, field: str, argument: str) -> str:
        """SQL that asks for `argument`, a text that is not null; a struct of v and p."""
        return f"{self._names[field]}({argument})"

    def install(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the functions known to a connection."""
        for field, name in self._names.items():
            connection.create_function(
                name, self._column(field), ["VARCHAR"], _RESULT, type=PythonUDFType.ARROW
            )

    def _column(self, field: str) -> Callable[[pa.Array], pa.Array]:
        def column(texts: pa.Array) -> pa.Array:
            answers = [(None, None) if text is None else self.ask(field, text) for text in texts.to_pylist()]
            values = pa.array([value for value, _ in answers], pa.string())
            rules = pa.array([rule for _, rule in answers], pa.int16())
            return pa.StructArray.from_arrays([values, rules], ["v", "p"])

        return column

"""The Python functions of `standards`, called from SQL for the values the quick forms do not recognise.

They are the truth; SQL only spares calling them. Every distinct value is asked once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb
import pyarrow as pa

Standardiser = Callable[[str], tuple[str | None, str | None]]
"""Text → (standard value or None, rule code or None)."""

REMEMBERED = 500_000
"""Distinct values remembered per field; then it begins anew, so that memory stays bounded (about 100 MB a field)."""
_RESULT = "STRUCT(v VARCHAR, p SMALLINT)"


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
            connection.create_function(name, self._column(field), ["VARCHAR"], _RESULT, type="arrow")

    def remove(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take them back; the connection would keep them, and their memory, alive."""
        for name in self._names.values():
            connection.remove_function(name)

    def _column(self, field: str) -> Callable[[pa.Array], pa.Array]:
        def column(texts: pa.Array) -> pa.Array:
            answers = [(None, None) if text is None else self.ask(field, text) for text in texts.to_pylist()]
            values = pa.array([value for value, _ in answers], pa.string())
            rules = pa.array([rule for _, rule in answers], pa.int16())
            return pa.StructArray.from_arrays([values, rules], ["v", "p"])

        return column

"""A condition as SQL for DuckDB. Nothing of the text reaches the statement: names are declared fields in quotes, every
literal and parameter is a binding. The answer is TRUE, FALSE or NULL just as `evaluation` gives it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..cleaning import today_in_china
from .checking import family_between
from .evaluation import DAY, NUMBER, Days, Given, days_of, kind_of, moved, number_of, text_of, yes_no_of
from .syntax import AnyOf, Compare, Condition, In, IsNull, Name, Not, Operand, Parameter, StartsWith, Today

_DECIMAL = "DECIMAL(38, 18)"


def to_sql(
    condition: Condition,
    *,
    kinds: Mapping[str, str],
    parameters: Mapping[str, Given] | None = None,
    on: date | None = None,
) -> tuple[str, list[str | bool | None]]:
    """(boolean SQL expression with ? for each binding, the bindings in order).

    kinds: {field: kind} of the columns, all texts. Raises KeyError for a name or parameter that is not declared: run
    `check` first. DuckDB's dialect, tested on it against `evaluate`.
    """
    made = _Sql(kinds, parameters or {}, on or today_in_china())
    return made.of(condition), made.bindings


class _Sql:
    def __init__(self, kinds: Mapping[str, str], parameters: Mapping[str, Given], on: date) -> None:
        self.kinds, self.parameters, self.on = kinds, parameters, on
        self.given = {name: kind_of(value) for name, value in parameters.items()}
        self.bindings: list[str | bool | None] = []

    def of(self, condition: Condition) -> str:
        if isinstance(condition, Compare):
            return self.compare(condition.left, condition.operator, condition.right)
        if isinstance(condition, In):
            each = [self.compare(condition.operand, "=", option) for option in condition.options]
            return f"({' OR '.join(each)})"
        if isinstance(condition, IsNull):
            return f"({self.text(condition.operand)} IS NULL)"
        if isinstance(condition, StartsWith):
            return f"starts_with({self.text(condition.operand)}, {self.text(condition.prefix)})"
        if isinstance(condition, Not):
            return f"(NOT {self.of(condition.part)})"
        joined = " OR " if isinstance(condition, AnyOf) else " AND "
        return f"({joined.join(self.of(part) for part in condition.parts)})"

    def compare(self, left: Operand, operator: str, right: Operand) -> str:
        family = family_between(left, right, self.kinds, self.given)
        if family == "date":
            return self.days(left, operator, right)
        side = {"number": self.number, "yes_no": self.yes_no, "text": self.text}[family]
        return f"({side(left)} {_SQL_OPERATORS[operator]} {side(right)})"

    def days(self, left: Operand, operator: str, right: Operand) -> str:
        if operator in (">", ">="):
            left, right, operator = right, left, "<" if operator == ">" else "<="
        # Each side is bound anew wherever it stands, so that the bindings keep the order of the text.

        def first(operand: Operand) -> str:
            return self.edge(operand, 0)

        def last(operand: Operand) -> str:
            return self.edge(operand, 1)

        if operator == "<":
            yes, no = f"{last(left)} < {first(right)}", f"{first(left)} >= {last(right)}"
        elif operator == "<=":
            yes, no = f"{last(left)} <= {first(right)}", f"{first(left)} > {last(right)}"
        else:
            apart = f"({last(left)} < {first(right)} OR {last(right)} < {first(left)})"
            same = (
                f"({first(left)} = {last(left)} AND {first(right)} = {last(right)} "
                f"AND {first(left)} = {first(right)})"
            )
            if operator == "=":
                return f"(CASE WHEN {apart} THEN FALSE WHEN {same} THEN TRUE END)"
            return f"(CASE WHEN {apart} THEN TRUE WHEN {same} THEN FALSE END)"
        return f"(CASE WHEN {yes} THEN TRUE WHEN {no} THEN FALSE END)"

    def given_value(self, operand: Operand) -> Given:
        if isinstance(operand, Parameter):
            return self.parameters[operand.name]
        if isinstance(operand, Today):
            return moved(self.on, operand)
        return operand.value  # type: ignore[union-attr]

    def column(self, name: str) -> str:
        if name not in self.kinds:
            raise KeyError(name)
        return '"' + name.replace('"', '""') + '"'

    def bind(self, value: str | bool | None) -> str:
        self.bindings.append(value)
        return "?::BOOLEAN" if isinstance(value, bool) else "?::VARCHAR"

    def text(self, operand: Operand) -> str:
        if isinstance(operand, Name):
            return self.column(operand.name)
        value = self.given_value(operand)
        return self.bind(None if value is None else text_of(value))

    def number(self, operand: Operand) -> str:
        if isinstance(operand, Name):
            column = self.column(operand.name)
            return f"(CASE WHEN regexp_full_match({column}, '{NUMBER}') THEN TRY_CAST({column} AS {_DECIMAL}) END)"
        found = number_of(self.given_value(operand))
        return f"TRY_CAST({self.bind(None if found is None else format(found, 'f'))} AS {_DECIMAL})"

    def yes_no(self, operand: Operand) -> str:
        if isinstance(operand, Name):
            column = f"lower({self.column(operand.name)})"
            return f"(CASE WHEN {column} IN ('1', 'true') THEN TRUE WHEN {column} IN ('0', 'false') THEN FALSE END)"
        value = self.given_value(operand)
        return self.bind(None if value is None else yes_no_of(value))

    def edge(self, operand: Operand, which: int) -> str:
        if isinstance(operand, Name):
            column = self.column(operand.name)
            # '-01-01' from its end on: nothing after a day, '-01' after a month, all of it after a year.
            filling = ("-01-01", "-12-31")[which]
            return (
                f"(CASE WHEN regexp_full_match({column}, '{DAY}') THEN concat(substr({column}, 1, 10), "
                f"substr('{filling}', least(length({column}), 10) - 3)) END)"
            )
        found: Days | None = days_of(self.given_value(operand))
        return self.bind(found[which] if found else None)


_SQL_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

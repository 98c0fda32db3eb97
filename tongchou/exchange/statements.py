"""Statements (核验陈述): what a resource can confirm or deny of a subject, read, checked and evaluated. Never a value.

A record bears a statement out when its condition holds. The statement is true when enough records do; false when even
those that are open could not make it true; otherwise not known. Without any record it is false where the resource is
complete for its subjects, and not known where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongchou.pool.plans import Feed
from tongchou.standards import expressions
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import errors
from .models import Statement
from .rows import kind_of, kinds_of

YES, NO, NOT_KNOWN = "yes", "no", "not_known"
LONGEST_PARAMETER = 100


@dataclass(frozen=True)
class Parameter:
    """A value the asker gives. kind: of `DataElement.kind`. values: the only ones that may be asked for; () for any."""

    element: str
    kind: str
    label: Text
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assertion:
    """A statement ready to be evaluated. condition None: any record bears it out. broken: why it cannot be used, if so."""

    code: str
    name: Text
    resource: str
    condition: expressions.Condition | None
    at_least: int
    absence_means_no: bool
    parameters: Mapping[str, Parameter]
    kinds: Mapping[str, str]
    broken: bool = False

    @property
    def is_probed(self) -> bool:
        """Whether asking again with other parameters would close in on the value: then it is answered a few times only."""
        return any(not each.values for each in self.parameters.values())


def read_assertion(statement: Statement, feed: Feed) -> Assertion:
    """A statement as stored, with its condition parsed against the resource's present fields."""
    kinds = kinds_of(feed.fields)
    parameters: dict[str, Parameter] = {}
    condition, broken = None, False
    try:
        for name, said in statement.parameters.items():
            code = str(said.get("element", ""))
            parameters[name] = Parameter(
                code,
                kind_of(code),
                Text(str(said.get("zh", name)), str(said.get("en", name))),
                tuple(map(str, said.get("values", ()))),
            )
        if statement.condition.strip():
            condition = expressions.parse(statement.condition)
            given = {name: each.kind for name, each in parameters.items()}
            broken = bool(expressions.check(condition, fields=kinds, parameters=given))
    except HouseError:
        broken = True
    return Assertion(
        code=statement.code,
        name=Text(statement.name, statement.name_en or statement.name),
        resource=statement.resource.code,
        condition=condition,
        at_least=statement.at_least,
        absence_means_no=statement.absence_means_no,
        parameters=parameters,
        kinds=kinds,
        broken=broken,
    )


def problems_of(
    *, condition: str, fields: Mapping[str, str], parameters: Mapping[str, Mapping[str, Any]], at_least: int
) -> list[Text]:
    """All that is wrong with a statement that is to be declared. fields: {name: data element}; parameters as stored."""
    wrong: list[Text] = []
    kinds: dict[str, str] = {}
    for name, said in parameters.items():
        code = str(said.get("element", ""))
        try:
            kinds[name] = kind_of(code)
        except HouseError as unknown:
            wrong.append(Text(f"参数 {name}：{unknown.what.zh}", f"parameter {name}: {unknown.what.en}"))
            continue
        for value in said.get("values", ()):
            standard = element(code).standardise(str(value))
            if standard.problem or standard.value != str(value):
                wrong.append(
                    Text(
                        f"参数 {name} 的可选值须为标准写法",
                        f"parameter {name}: a value it offers is not in its standard form",
                    )
                )
    if at_least < 1:
        wrong.append(Text("至少要有一条记录", "at_least is 1 or more"))
    if condition.strip() and not wrong:
        try:
            tree = expressions.parse(condition)
        except HouseError as unreadable:
            return [*wrong, unreadable.what]
        known = {name: kind_of(code) for name, code in fields.items()}
        wrong += expressions.check(tree, fields=known, parameters=kinds)
    return wrong


def given(assertion: Assertion, parameters: Mapping[str, Any]) -> dict[str, str]:
    """The asker's parameters, standardised. Raises HouseError "exchange.parameters"."""
    wrong = sorted(set(parameters) ^ set(assertion.parameters))
    found = {}
    for name, each in assertion.parameters.items():
        text = parameters.get(name)
        if isinstance(text, bool) or not isinstance(text, str | int) or len(str(text)) > LONGEST_PARAMETER:
            wrong.append(name)
            continue
        value, problem = element(each.element).standardise(str(text))
        if value is None or problem or (each.values and value not in each.values):
            wrong.append(name)
        else:
            found[name] = value
    if wrong:
        # Names that were not declared may be anything; only those that were are repeated.
        raise errors.bad_parameters([name for name in dict.fromkeys(wrong) if name in assertion.parameters])
    return found


def bears_out(
    assertion: Assertion, values: Mapping[str, Any], parameters: Mapping[str, str], on: date
) -> bool | None:
    """Whether one record bears a statement out; None when that is open."""
    if assertion.condition is None:
        return True
    return expressions.evaluate(assertion.condition, values, parameters, kinds=assertion.kinds, on=on)


def evaluate(
    assertion: Assertion, records: Iterable[Mapping[str, Any]], parameters: Mapping[str, str], on: date
) -> str:
    """ "yes", "no" or "not_known" by the values of the subject's records as of that day."""
    said = [bears_out(assertion, values, parameters, on) for values in records]
    true, open_ = said.count(True), said.count(None)
    if true >= assertion.at_least:
        return YES
    if true + open_ >= assertion.at_least:
        return NOT_KNOWN
    # Where the resource may lack records, one that is lacking could make it true.
    return NO if assertion.absence_means_no or len(said) >= assertion.at_least else NOT_KNOWN

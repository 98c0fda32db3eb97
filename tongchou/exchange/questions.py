"""Reading for statistics: which fields may be grouped by, asked after and summed, and the records as labels and numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from tongchou.pool.engine.connection import connect
from tongchou.pool.engine.connection import name as quoted
from tongchou.pool.folders import data_root
from tongchou.standards import expressions
from tongchou.standards.codes import code_list
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import column_masks, selection
from .errors import Refused
from .holdings import Field, Holding
from .protection import OUTSIDE, Labels
from .selection import KEY, SUBJECT

#: A value that is not there, as a label.
NOTHING = "–"
#: Groups of one question, and cells they may make.
MOST_GROUPS, MOST_CELLS = 2, 2_000
_GRADE_OF_CODES, _GRADE_OF_TEXTS = 3, 2


def grouping(field: Field) -> str:
    """How a field may divide records: "code", "year", "band", "decade", "text"; "" when its values may not be labels.

    Names, numbers of persons, phones and addresses never; codes up to grade 3; other texts up to grade 2.
    """
    if field.grade > _GRADE_OF_CODES:
        return ""
    if field.kind in ("code", "yes_no"):
        return "code"
    if field.kind == "date":
        return "year"
    if field.element == "amount_yuan":
        return "band"
    if field.element == "age":
        return "decade"
    return "text" if field.element == "text" and field.grade <= _GRADE_OF_TEXTS else ""


def summing(field: Field) -> bool:
    """Whether a field may be summed."""
    return field.kind == "number" and field.grade <= _GRADE_OF_CODES


def asking(field: Field) -> bool:
    """Whether a condition may speak of a field: never of what tells persons apart."""
    return field.kind in ("code", "yes_no", "date", "number") and field.grade <= _GRADE_OF_CODES


@dataclass(frozen=True)
class Question:
    """A question. rows: the condition of its grant; groups: names of fields; sums: names of summed fields; where: what is
    asked, a condition in the language of `standards.expressions`."""

    rows: str
    groups: tuple[str, ...]
    sums: tuple[str, ...]
    where: str

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"rows": self.rows, "groups": list(self.groups), "sums": list(self.sums), "where": self.where}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Question:
        """A kept question."""
        return cls(kept["rows"], tuple(kept["groups"]), tuple(kept["sums"]), kept["where"])

    def digest(self) -> str:
        """The same for the same question."""
        told = json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def checked(holding: Holding, groups: Sequence[str], sums: Sequence[str], where: str) -> Question:
    """A question whose every part may be asked. Raises Refused "exchange.statistics_field", "exchange.not_granted",
    HouseError "expressions.unreadable", "exchange.statistics_question"."""
    known = {each.name: each for each in holding.fields}
    condition = expressions.parse(where) if where.strip() else None
    named = expressions.names(condition) if condition is not None else frozenset()
    for name in (*groups, *sums, *sorted(named)):
        if name not in known:
            raise Refused(
                "exchange.refused.not_granted",
                Text("授权不包含此项。", "Your grants do not cover this."),
                Text("请从授权字段中选择。", "Choose among the granted fields."),
                f"{holding.resource}.{name}" if name in holding.every else holding.resource,
            )
    wrong = [
        *(name for name in groups if not grouping(known[name])),
        *(name for name in sums if not summing(known[name])),
        *(name for name in sorted(named) if not asking(known[name])),
    ]
    if wrong:
        raise Refused(
            "exchange.statistics_field",
            Text(
                "这些字段的值不能用于分组、求和或条件：" + "、".join(wrong) + "。",
                "The values of these fields may not be grouped, summed or asked after: "
                + ", ".join(wrong)
                + ".",
            ),
            Text(
                "分组用代码、日期（按年）、金额（按区间）；条件不能涉及姓名、号码、地址。",
                "Group by codes, dates (by year), amounts (by band); conditions may not name names, numbers, addresses.",
            ),
            holding.resource,
        )
    if (
        len(set(groups)) != len(groups)
        or len(groups) > MOST_GROUPS
        or len(set(sums)) != len(sums)
        or len(sums) > 3
    ):
        raise HouseError(
            "exchange.statistics_question",
            Text(
                "最多按两个不同字段分组、求三个字段的和。",
                "Group by at most two fields and sum at most three, each once.",
            ),
            Text("请减少字段。", "Name fewer fields."),
            holding.resource,
        )
    if condition is not None:
        kinds = {name: holding.every[name] for name in named}
        problems = expressions.check(condition, fields=kinds)
        if problems or expressions.parameters(condition):
            raise HouseError(
                "exchange.statistics_question",
                problems[0] if problems else Text("条件不能含参数。", "A condition may have no parameters."),
                Text("请改正条件。", "Correct the condition."),
                holding.resource,
            )
    return Question(holding.grant.rows.strip(), tuple(groups), tuple(sums), where.strip())


@dataclass(frozen=True)
class Records:
    """The records of a resource, as of one state: labels by field, which question each is in, numbers by field (in
    hundredths, 0 where none is given), whether one is given.

    subjects: whom each is about, for private answers.
    """

    labels: Mapping[str, pa.Array]
    member: Mapping[str, np.ndarray]
    numbers: Mapping[str, np.ndarray]
    given: Mapping[str, np.ndarray]
    subjects: list[str]

    def cells(self, question: str, groups: Sequence[str]) -> pa.Array:
        """Each record's cell in a question, as one text; null when the question is not about it."""
        parts = [self.labels[name] for name in groups]
        joined = (
            pc.binary_join_element_wise(*parts, pa.scalar("\x1f"))
            if parts
            else pa.array([""] * len(self.member[question]), pa.string())
        )
        return pc.if_else(pa.array(self.member[question]), joined, pa.scalar(None, pa.string()))


def labels_of(text: str | None, groups: int) -> Labels:
    """A cell's text as labels."""
    if text is None:
        return OUTSIDE
    return tuple(text.split("\x1f")) if groups else ()


def read(
    holding: Holding,
    questions: Mapping[str, Question],
    fields: Mapping[str, Field],
    known_at: datetime,
) -> Records:
    """The records with what these questions need. fields: all of the resource that any of them names."""
    groups = {name for each in questions.values() for name in each.groups}
    sums = {name for each in questions.values() for name in each.sums}
    on = timezone.localdate(known_at)
    clauses, values = [], []
    for key, each in questions.items():
        conditions = ["TRUE"]
        for text in (each.rows, each.where):
            if text:
                sql, bindings = expressions.to_sql(expressions.parse(text), kinds=holding.every, on=on)
                conditions.append(f"(({sql}) IS TRUE)")
                values += bindings
        clauses.append(f"({' AND '.join(conditions)}) AS {quoted('in_' + key)}")
    numbers = [
        f"CAST(round(TRY_CAST({quoted(name)} AS DECIMAL(18, 4)) * 100) AS BIGINT) AS {quoted('sum_' + name)}"
        for name in sorted(sums)
    ]
    # All records, whatever the grant covers: earlier questions may have been asked under another one.
    state = selection.log_of(holding).as_of_sql(on, known_at, (KEY, *holding.every))
    links = selection.links_sql(holding)
    subject = f"coalesce(l.subject_id, {KEY})" if links else KEY
    join = f"LEFT JOIN ({links}) l ON l.source_key = s.{KEY}" if links else ""
    wanted = ", ".join(
        [f"{subject} AS {SUBJECT}", *(quoted(name) for name in sorted(groups)), *clauses, *numbers]
    )
    with connect(data_root()) as db:
        table = db.sql(f"SELECT {wanted} FROM ({state}) s {join}", params=values).to_arrow_table()
    return Records(
        {name: _labels(table.column(name).combine_chunks(), fields[name]) for name in groups},
        {key: table.column("in_" + key).to_numpy() for key in questions},
        {name: pc.fill_null(table.column("sum_" + name), 0).to_numpy() for name in sums},
        {name: pc.is_valid(table.column("sum_" + name)).to_numpy() for name in sums},
        table.column(SUBJECT).to_pylist(),
    )


def _labels(column: pa.Array, field: Field) -> pa.Array:
    how = grouping(field)
    if how == "year":
        column = column_masks.masked(column, "year")
    elif how == "band":
        column = column_masks.masked(column, "amount_band")
    elif how == "decade":
        column = column_masks.masked(column, "decade")
    # What separates labels, and what marks totals, is taken out of texts.
    column = pc.replace_substring_regex(column, r"[\x{0}-\x{1f}]", " ")
    return pc.fill_null(pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column), NOTHING)


def label_in_words(field: Field, label: str) -> Text:
    """A label as it is shown: a code in words."""
    if label == NOTHING:
        return Text("（空）", "(none)")
    if field.code_list:
        found = code_list(field.code_list).label(label)
        if found:
            return found
    return Text(label, label)

"""How a statistical question is answered with noise, where a resource's provider says so."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.standards.codes import code_list
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import privacy, protection, questions
from .answering import NEW, Answered, counts_of, fields_of, line_of, ordered, sums_of, too_many_cells
from .errors import Refused
from .holdings import Holding
from .models import StatisticsRule
from .protection import Labels
from .questions import Question


def cost_micro(holding: Holding, question: Question, rule: StatisticsRule) -> int:
    """What a private answer costs: the count and each sum alike. Raises what makes it unanswerable, before it is paid."""
    _categories(holding, question)
    for name in question.sums:
        if name not in rule.bounds:
            raise HouseError(
                "exchange.statistics_bounds",
                Text(
                    "提供部门没有给出该字段的上下限，不能求和。",
                    "The provider has set no bounds for this field; it cannot be summed.",
                ),
                Text("请提供部门在统计规则中补充。", "Ask the provider to add them to the statistics rule."),
                f"{holding.resource}.{name}",
            )  # fmt: skip
    return rule.cost_micro * (1 + len(question.sums))


def private(holding: Holding, question: Question, rule: StatisticsRule, known_at: datetime) -> Answered:
    """The answer with noise. Every value of a group's code list is a cell, whether anybody is in it or not."""
    records = questions.read(holding, {NEW: question}, fields_of(holding), known_at)
    cells = records.cells(NEW, question.groups)
    counted = _first_of_each(records.subjects, records.member[NEW], rule.records_per_subject)
    cells = pc.if_else(pa.array(counted), cells, pa.scalar(None, pa.string()))
    keys = _categories(holding, question)
    groups = len(question.groups)
    counts = counts_of(cells, groups)
    most = rule.records_per_subject
    noisy = dict(
        zip(
            keys,
            privacy.noisy([counts.get(key, 0) for key in keys], sensitivity=most, cost_micro=rule.cost_micro),
            strict=True,
        )
    )
    sums: dict[str, dict[Labels, int]] = {}
    for name in question.sums:
        low, high = (round(100 * float(each)) for each in rule.bounds[name])
        numbers = np.where(records.given[name], np.clip(records.numbers[name], low, high), 0)
        exact = sums_of(cells, numbers, groups)
        told = privacy.noisy(
            [exact.get(key, 0) for key in keys],
            sensitivity=most * max(abs(low), abs(high)),
            cost_micro=rule.cost_micro,
        )
        sums[name] = dict(zip(keys, told, strict=True))
    shown = {key: max(0, count) for key, count in noisy.items()}
    totals = protection.with_totals(shown)
    by_sum = {name: protection.with_totals(each) for name, each in sums.items()}
    lines = [line_of(holding, question, key, totals[key], by_sum, {}) for key in ordered(totals, groups)]
    return Answered(
        question.groups, question.sums, tuple(lines), 0, 0, rule.method,
        privacy.within(rule.cost_micro, most),
    )  # fmt: skip


def _categories(holding: Holding, question: Question) -> list[Labels]:
    """Every cell there could be. Raises Refused "exchange.statistics_open_group" where that is not known beforehand:
    that a value occurs at all would then be told without noise."""
    fields = fields_of(holding)
    each_group: list[list[str]] = []
    for name in question.groups:
        listed = fields[name].code_list
        if not listed:
            raise Refused(
                "exchange.statistics_open_group",
                Text("差分隐私只能按有代码表的字段分组。", "Private statistics are grouped by fields with a code list only."),
                Text("请改用代码类字段。", "Choose a field with codes."),
                f"{holding.resource}.{name}",
            )  # fmt: skip
        each_group.append([*code_list(listed).codes(), questions.NOTHING])
    found = [tuple(each) for each in itertools.product(*each_group)]
    if len(found) > questions.MOST_CELLS:
        raise too_many_cells(holding.resource)
    return found


def _first_of_each(subjects: Sequence[str], member: np.ndarray, most: int) -> np.ndarray:
    """Which records count when each subject may have `most`."""
    taken: dict[str, int] = {}
    counted = np.zeros(len(subjects), bool)
    for place in np.flatnonzero(member):
        subject = subjects[int(place)]
        before = taken.get(subject, 0)
        if before < most:
            taken[subject] = before + 1
            counted[place] = True
    return counted

"""standardise: each field's text becomes its standard value and, where it fails, its problem.

The forms most cells have are recognised by vector code (`quick`). Everything else is asked of `standards`
(`slow`), each different text once; fields with few different texts (codes, days) are asked in that way
altogether. Both give the same answer by construction: a quick form recognises only where it must agree, and
a property test holds it to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from . import quick, shape
from .slow import Slow
from .work import RULE_NUMBERS, Work

_SAMPLE_ROWS = 20_000
_REPEATED = 8
"""A sample that holds each text so many times over speaks of few different ones."""


class Column(NamedTuple):
    """One field of a part. values: standard values, null where there is none. problems: rule numbers, 0 for
    none (int16); None when no cell has one. different: all values there are, when they are few."""

    values: pa.ChunkedArray
    problems: Any
    different: pa.Array | None


def columns(
    work: Work, part: pa.Table, today: date, damaged: Mapping[str, dict[int, str]]
) -> dict[str, Column]:
    """All fields of a part. damaged: per field the rule by row number of cells the reader knows to be lost."""
    plan = work.plan.fields

    def made(field: Any) -> Column:
        found = column(
            work.slow, field.name, field.element, field.code_list, shape.texts(work, part, field.name), today
        )
        return _without(found, part, damaged[field.name]) if field.name in damaged else found

    # Arrow and numpy let other threads run.
    return dict(zip((each.name for each in plan), work.pool.map(made, plan), strict=True))


def column(
    slow: Slow, field: str, element: str, code_list: str | None, texts: pa.ChunkedArray, today: date
) -> Column:
    """One field's texts, which have no nulls, standardised."""
    form = quick.FORMS.get(element) if code_list is None else None
    if form is None or _few(texts):
        return _asked(slow, field, texts)
    told = form.recognise(texts, today)
    written = form.write(texts) if form.write else texts
    problems = told.clip(0) if told.dtype == np.int16 and (told > 0).any() else None
    rest = np.flatnonzero(told < 0 if told.dtype == np.int16 else ~told)
    if not len(rest):
        return Column(written, problems, None)
    answered = _asked(slow, field, texts.take(pa.array(rest)))
    whole = pa.chunked_array([*written.chunks, *answered.values.chunks], pa.string())
    places = np.arange(len(texts))
    places[rest] = np.arange(len(texts), len(whole))
    if answered.problems is not None:
        problems = np.zeros(len(texts), np.int16) if problems is None else problems
        problems[rest] = answered.problems
    return Column(_taken(whole, places), problems, None)


def _few(texts: pa.ChunkedArray) -> bool:
    sample = texts.slice(0, _SAMPLE_ROWS)
    return len(sample.unique()) * _REPEATED <= len(sample)


def _asked(slow: Slow, field: str, texts: pa.ChunkedArray) -> Column:
    """Every different text asked of Python."""
    if not len(texts):
        return Column(pa.chunked_array([], pa.string()), None, None)
    encoded = texts.combine_chunks().dictionary_encode()
    different, rules = slow.ask(field, encoded.dictionary)
    problems = rules[encoded.indices.to_numpy()] if rules.any() else None
    return Column(pa.chunked_array([different.take(encoded.indices)]), problems, different)


def _taken(values: pa.ChunkedArray, places: Any) -> pa.ChunkedArray:
    """The values at the places. Out of one array: taking from several is slow."""
    return pa.chunked_array([values.combine_chunks().take(pa.array(places))], pa.string())


def _without(found: Column, part: pa.Table, damaged: dict[int, str]) -> Column:
    """The column with damaged cells emptied and their rule noted."""
    problems = np.zeros(part.num_rows, np.int16) if found.problems is None else found.problems.copy()
    places = np.arange(part.num_rows)
    for row, place in shape.places(part, list(damaged)).items():
        problems[place] = RULE_NUMBERS[damaged[row]]
        places[place] = part.num_rows
    values = pa.chunked_array([*found.values.chunks, pa.nulls(1, pa.string())])
    return Column(_taken(values, places), problems, None)

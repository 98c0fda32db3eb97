"""standardise: each field's text becomes its standard value and, where it fails, its problem.

The forms most cells have are recognised in SQL (`quick`), or, where a field has few different values,
looked up among those already asked (`learned`). The rest is asked of `standards` (`slow`). Both give the
same answer by construction: a quick form answers only where it must agree, and a property test holds it to
that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from tongchou.pool.engine.connection import quote, rows

from . import quick
from .work import Work, problem, raw, value

LEARNED = 64
"""A field with at most so many different values has them looked up."""
_SAMPLE_ROWS = 20_000


def layer(work: Work, source: str, today: date, flagged: frozenset[str]) -> str:
    """SQL over `shape`'s layer: per field its value and its problem (a rule number).

    flagged: fields with damaged cells in this part, told by the table `flags` (_row, field, rule).
    """
    forms = {
        each.name: _form(work, each.name, each.element, each.code_list, today) for each in work.plan.fields
    }
    sql = source
    for depth in range(max((len(form.steps) for form in forms.values()), default=0)):
        extra = [
            f'{_filled(step, field)} AS "{depth}:{field}"'
            for field, form in forms.items()
            for step in form.steps[depth : depth + 1]
        ]
        sql = f"SELECT *, {', '.join(extra)} FROM ({sql})"
    for field, form in forms.items():
        if form.lookup:
            table, on = form.lookup
            alias = f'"l:{field}"'
            told = _filled(on, field)
            answer = f'{alias}.answer AS "a:{field}"'
            sql = f"SELECT s.*, {answer} FROM ({sql}) s LEFT JOIN {table} {alias} ON {told}"
    names = [each.name for each in work.plan.fields]
    answers = ", ".join(f'{_filled(forms[each].answer, each)} AS "q:{each}"' for each in names)
    sql = f"SELECT *, {answers} FROM ({sql})"
    asked = ", ".join(
        f"""CASE WHEN "q:{each}" IS NULL AND {raw(each)} <> ''
        THEN {work.slow.sql(each, raw(each))} END AS "s:{each}\""""
        for each in names
    )
    sql = f"SELECT *, {asked} FROM ({sql})"
    told_flags = ""
    results = []
    for each in names:
        found, wrong = f'coalesce("q:{each}", "s:{each}".v)', f'"s:{each}".p'
        if each in flagged:
            alias = f'"f:{each}"'
            on = f"{alias}._row = s._row AND {alias}.field = {quote(each)}"
            told_flags += f" LEFT JOIN flags {alias} ON {on}"
            found = f'CASE WHEN "f:{each}".rule IS NULL THEN {found} END'
            wrong = f'coalesce("f:{each}".rule, {wrong})'
        results += [f"{found} AS {value(each)}", f"{wrong} AS {problem(each)}"]
    return f"SELECT s._row, {', '.join(results)} FROM ({sql}) s{told_flags}"


def _filled(sql: str, field: str) -> str:
    """A form's SQL with its places filled for a field."""
    names = {"x": raw(field)}
    return re.sub(r"@([axl0-9])", lambda place: names.get(place[1], f'"{place[1]}:{field}"'), sql)


def _form(work: Work, field: str, element: str, code_list: str | None, today: date) -> quick.Form:
    column = f"c{work.assigned[field]}"
    sample = [
        text
        for (text,) in rows(
            work.connection,
            f"""SELECT {column} FROM (SELECT {column} FROM part LIMIT {_SAMPLE_ROWS})
            WHERE {column} <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {LEARNED + 1}""",
        )
    ]
    if code_list is None and element in quick.FORMS:
        form = quick.FORMS[element](today, sample)
        if form.prepare:
            form.prepare(work.connection, column)
        return form
    return _learned(sample, lambda text: work.slow.ask(field, text))


def _learned(sample: list[str], ask: Callable[[str], tuple[str | None, int | None]]) -> quick.Form:
    """A form out of the part's own values, when they are few: each is asked once, the good ones are looked
    up."""
    if len(sample) > LEARNED:
        return quick.Form("NULL::VARCHAR")
    answers = [(text, *ask(text)) for text in sample]
    cases = [
        f"WHEN {quote(text)} THEN {quote(standard)}"
        for text, standard, rule in answers
        if standard is not None and rule is None and "@" not in text + standard
    ]
    return quick.Form(f"CASE @x {' '.join(cases)} END" if cases else "NULL::VARCHAR")

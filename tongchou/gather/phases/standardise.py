"""standardise: each field's text becomes its standard value and, where it fails, its problem.

The forms most cells have are recognised in SQL (`quick`), or, where a field has few different values, looked up
among those already asked (`learned`). The rest is asked of `standards` (`slow`). Both give the same answer by
construction: a quick form answers only where it must agree, and a property test holds it to that.
"""

from __future__ import annotations

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
            told = _filled(on, field).replace("{l}", alias)
            sql = f'SELECT s.*, {alias}.answer AS "a:{field}" FROM ({sql}) s LEFT JOIN {table} {alias} ON {told}'
    names = [each.name for each in work.plan.fields]
    answers = ", ".join(f'{_filled(forms[each].answer, each)} AS "q:{each}"' for each in names)
    sql = f"SELECT *, {answers} FROM ({sql})"
    asked = ", ".join(
        f"""CASE WHEN "q:{each}" IS NULL AND {raw(each)} <> '' THEN {work.slow.sql(each, raw(each))} END AS "s:{each}\""""
        for each in names
    )
    sql = f"SELECT *, {asked} FROM ({sql})"
    told_flags = ""
    results = []
    for each in names:
        found, wrong = f'coalesce("q:{each}", "s:{each}".v)', f'"s:{each}".p'
        if each in flagged:
            told_flags += f' LEFT JOIN flags "f:{each}" ON "f:{each}"._row = s._row AND "f:{each}".field = {quote(each)}'
            found = f'CASE WHEN "f:{each}".rule IS NULL THEN {found} END'
            wrong = f'coalesce("f:{each}".rule, {wrong})'
        results += [f"{found} AS {value(each)}", f"{wrong} AS {problem(each)}"]
    return f"SELECT s._row, {', '.join(results)} FROM ({sql}) s{told_flags}"


def _filled(answer: str, field: str) -> str:
    return (
        answer.replace("{x}", raw(field))
        .replace("{0}", f'"0:{field}"')
        .replace("{1}", f'"1:{field}"')
        .replace("{a}", f'"a:{field}"')
    )


def _form(work: Work, field: str, element: str, code_list: str | None, today: date) -> quick.Form:
    if code_list is None and element in quick.FORMS:
        form = quick.FORMS[element](today)
        if form.prepare:
            form.prepare(work.connection, f"c{work.assigned[field]}")
        return form
    return _learned(work, field, lambda text: work.slow.ask(field, text))


def _learned(work: Work, field: str, ask: Callable[[str], tuple[str | None, int | None]]) -> quick.Form:
    """A form out of the part's own values, when they are few: each is asked once, the good ones are looked up."""
    column = f"c{work.assigned[field]}"
    distinct = rows(
        work.connection,
        f"""SELECT {column}, count(*) FROM (SELECT {column} FROM part LIMIT {_SAMPLE_ROWS})
        WHERE {column} <> '' GROUP BY 1 ORDER BY 2 DESC LIMIT {LEARNED + 1}""",
    )
    if len(distinct) > LEARNED:
        return quick.Form("NULL::VARCHAR")
    cases = []
    for text, _ in distinct:
        standard, rule = ask(text)
        if standard is not None and rule is None:
            cases.append(f"WHEN {quote(text)} THEN {quote(standard)}")
    return quick.Form(f"CASE {{x}} {' '.join(cases)} END" if cases else "NULL::VARCHAR")

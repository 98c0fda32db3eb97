"""check: what is required, what identifies the row, and what sets a row aside."""

from __future__ import annotations

from .work import LAST_HARD, RULE_NUMBERS, Work, problem, value


def layer(work: Work, source: str) -> str:
    """SQL over `standardise`'s layer: the key (`_key`, null when part of it is empty) and `_bad`, besides.

    A required or key field without a value gets the problem required.missing or key.missing, unless it has
    a problem that says why. A row is bad when its key is empty, or when a field that is not planned to keep
    its failures fails a rule that is not soft.
    """
    columns = []
    fatal = []
    for field in work.plan.fields:
        found, wrong = value(field.name), problem(field.name)
        missing = None
        if field.name in work.plan.key:
            missing = RULE_NUMBERS["key.missing"]
        elif field.required:
            missing = RULE_NUMBERS["required.missing"]
        if missing:
            nothing = f"{found} IS NULL AND ({wrong} IS NULL OR {wrong} > {LAST_HARD})"
            wrong = f"CASE WHEN {nothing} THEN {missing} ELSE {wrong} END"
        columns.append(f"{wrong}::SMALLINT AS {problem(field.name)}")
        if field.on_failure == "quarantine":
            fatal.append(f"coalesce({problem(field.name)} <= {LAST_HARD}, false)")
    parts = ", ".join(value(each) for each in work.plan.key)
    empty = " OR ".join(f"{value(each)} IS NULL" for each in work.plan.key)
    single = len(work.plan.key) == 1
    key = parts if single else f"CASE WHEN NOT ({empty}) THEN concat_ws(chr(31), {parts}) END"
    bad = " OR ".join([f"({empty})", *fatal])
    problems = ", ".join(columns)
    return f"SELECT *, {bad} AS _bad FROM (SELECT * REPLACE ({problems}), {key} AS _key FROM ({source}))"

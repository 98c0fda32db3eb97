"""shape: the columns as delivered become the fields as planned."""

from __future__ import annotations

from .work import Work, raw


def layer(work: Work) -> str:
    """SQL over the part (`part`): its row numbers and one text column per field. Rows blank in every field
    go."""
    fields = [f"c{work.assigned[each.name]} AS {raw(each.name)}" for each in work.plan.fields]
    filled = ", ".join(f"nullif(c{work.assigned[each.name]}, '')" for each in work.plan.fields)
    return f"SELECT _row, {', '.join(fields)} FROM part WHERE coalesce({filled}, NULL) IS NOT NULL"

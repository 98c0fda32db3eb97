"""One small language for conditions: which rows a grant covers, when a statement is true, when a flow may go on.

    status = 'current' and months >= :months
    birth_date between date '1950-01-01' and today - 65 years
    district in ('360403', '360402') and not (closed_on is not null)
    code starts with '3604'

Nothing is executed: a text is parsed into a tree (`syntax`), the tree is checked against declared fields
(`checking`), and evaluated on one record's values (`evaluation`) or told as SQL in which every literal is a
binding (`sql`). Both give the same answer for the same values. Conditions are three-valued, as in SQL: a value
that is missing, or a date known only to its year, may leave the answer open, and open is neither yes nor no.

Grammar (EBNF; keywords in small letters; names are declared fields, in quotes where they are keywords;
`:name` is a parameter)
    condition  = conjunct { "or" conjunct }
    conjunct   = negation { "and" negation }
    negation   = "not" negation | "(" condition ")" | comparison
    comparison = operand ( ("=" | "!=" | "<" | "<=" | ">" | ">=") operand
                         | ["not"] "in" "(" operand { "," operand } ")"
                         | ["not"] "between" operand "and" operand
                         | "is" ["not"] "null" | "starts" "with" operand )
    operand    = name | '"' name '"' | ":" name | 'text' | number | "true" | "false" | "date" 'YYYY-MM-DD'
               | "today" [ ("+" | "-") whole ("day" | "days" | "month" | "months" | "year" | "years") ]
"""

from __future__ import annotations

from .checking import Family, check, family_of
from .evaluation import evaluate
from .sql import to_sql
from .syntax import LONGEST, Condition, names, parameters, parse
from .words import in_words

__all__ = [
    "LONGEST", "Condition", "Family", "check", "evaluate", "family_of", "in_words", "names", "parameters", "parse",
    "to_sql",
]  # fmt: skip

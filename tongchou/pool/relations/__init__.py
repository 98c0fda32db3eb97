"""Relations 关系: who is related to whom, as records say it or as it follows from them, on a day and as it was known.

Terms
    relation    that one subject is something to another: spouse, parent, child, household, employer … (`kinds`).
                It is told from the side of the one who is asked about: of a child's file, kind "parent" means that
                the other is the child's parent.
    rule        what the fields of a resource say about relations, declared in the pack (`relations.yaml`): which
                field bears the other's number or name, or the number of the household (`models.RelationRule`).
    basis       the records that say so. A reader may be told of a relation only when they may see every record of
                its basis, so `exchange` asks for grants on those.

The way of a relation: link run → `resolving` (whom the number or name in a record means) → `building` (per subject
one sealed document of the records that speak of it) → `storing` → `reading` (what held on a day, what follows).
What follows from two statements (siblings by one mother, grandparents by two children's relation to one head) is
decided when it is asked for, in `kin`, on plain values.

Nothing here checks a grant or leaves a trace; only `exchange` may show what it answers.
"""

from __future__ import annotations

from .kinds import KINDS, Kind
from .reading import Basis, Relation
from .refreshing import forget, is_behind, refresh
from .served import counts_of, relations_of

__all__ = [
    "KINDS",
    "Basis",
    "Kind",
    "Relation",
    "counts_of",
    "forget",
    "is_behind",
    "refresh",
    "relations_of",
]

"""What two members of a household are to one another, by what each is to its head. Pure.

The register says of each member what they are to the head (GB/T 4761). From two such statements a third follows: the
head's child and the head's father are grandchild and grandparent. What follows is only told when it leaves no doubt:
one head, ages that allow it, and no statement that says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .kinds import HEADS, KINDS, kind_of_code

#: Years by which a parent is at least older than a child.
LEAST_GENERATION_YEARS = 12


class Member(NamedTuple):
    """A member of a household by one record. code: what they are to the head; born: YYYY… or ""; sex: its code or ""."""

    subject_id: str
    code: str
    born: str
    sex: str
    basis: Any


class Tie(NamedTuple):
    """What the other is to the one asked about. said: by the register itself, as member and head are."""

    kind: str
    code: str
    said: bool


#: (what I am to the head, what the other is to the head) → what the other is to me.
_FOLLOWS: dict[tuple[str, str], str] = {
    ("child", "child"): "sibling",
    ("child", "spouse"): "parent",
    ("spouse", "child"): "child",
    ("child", "parent"): "grandparent",
    ("parent", "child"): "grandchild",
    ("spouse", "parent"): "parent_in_law",
    ("parent", "spouse"): "child_in_law",
    ("parent", "parent"): "spouse",
    ("sibling", "sibling"): "sibling",
    ("sibling", "parent"): "parent",
    ("parent", "sibling"): "child",
    ("child", "sibling"): "kin",
    ("sibling", "child"): "kin",
    ("grandchild", "spouse"): "grandparent",
    ("spouse", "grandchild"): "grandchild",
    ("sibling", "grandparent"): "grandparent",
    ("grandparent", "sibling"): "grandchild",
    ("spouse", "parent_in_law"): "parent",
    ("parent_in_law", "spouse"): "child",
    ("child", "parent_in_law"): "grandparent",
    ("parent_in_law", "child"): "grandchild",
    ("parent_in_law", "parent_in_law"): "spouse",
}

#: Who is older, by at least a generation: the other (+1) or I (-1).
_OLDER = {"parent": 1, "grandparent": 1, "child": -1, "grandchild": -1}

#: Codes of adopted and step relations: what follows for the head does not follow for the head's spouse.
_NOT_BY_BIRTH = frozenset({"27", "37", "57", "58"})


def between(me: Member, other: Member, members: Sequence[Member]) -> Tie | None:
    """What `other` is to `me`, both of `members`; None when the register leaves it open."""
    heads = {each.subject_id for each in members if each.code in HEADS}
    if len(heads) > 1:
        return None
    mine, theirs = kind_of_code(me.code), kind_of_code(other.code)
    if me.code in HEADS and theirs:
        return _plausible(Tie(theirs, other.code, True), me, other)
    if other.code in HEADS and mine:
        return _plausible(Tie(KINDS[mine].inverse, _code_of_head(mine, other.sex), True), me, other)
    kind = _FOLLOWS.get((mine, theirs), "")
    if not kind or not _leaves_no_doubt(kind, me, other, members):
        return None
    return _plausible(Tie(kind, "", False), me, other)


def _code_of_head(mine: str, sex: str) -> str:
    """What the head is to a spouse or child, as a code: by the head's sex (GB/T 2261.1: 1 male, 2 female)."""
    by_sex = {
        "child": {"1": "51", "2": "52"},
        "spouse": {"1": "11", "2": "12"},
        "parent": {"1": "20", "2": "30"},
    }
    return by_sex.get(mine, {}).get(sex, "")


def _leaves_no_doubt(kind: str, me: Member, other: Member, members: Sequence[Member]) -> bool:
    if {me.code, other.code} & _NOT_BY_BIRTH and kind != "sibling":
        return False
    if kind == "spouse":
        # Two parents of one head are married to each other only when they are its father and its mother.
        same = [each for each in members if kind_of_code(each.code) == kind_of_code(me.code)]
        return len({each.subject_id for each in same}) == 2 and len({me.sex, other.sex} & {"1", "2"}) == 2
    if "spouse" in (kind_of_code(me.code), kind_of_code(other.code)):
        spouses = {each.subject_id for each in members if kind_of_code(each.code) == "spouse"}
        return len(spouses) == 1
    return True


def _plausible(tie: Tie, me: Member, other: Member) -> Tie | None:
    """The tie when the years of birth allow it. What the register itself says of parents and children must fit, too."""
    older = _OLDER.get(tie.kind)
    if older is None or not (me.born[:4].isdigit() and other.born[:4].isdigit()):
        return tie
    years = (int(me.born[:4]) - int(other.born[:4])) * older
    generations = 2 if tie.kind.startswith("grand") else 1
    adopted = {me.code, other.code} & _NOT_BY_BIRTH
    return tie if years >= (1 if adopted else LEAST_GENERATION_YEARS * generations) else None

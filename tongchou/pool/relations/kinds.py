"""The kinds of relations, what each is called, and what it is seen from the other side. Pure.

Relations within a household come as codes of GB/T 4761 (家庭关系代码), of the member seen from the head.
"""

from __future__ import annotations

from dataclasses import dataclass

from tongchou.standards.codes import code_list
from tongchou.standards.text import Text


@dataclass(frozen=True)
class Kind:
    """One kind. label: what the other is to the subject. inverse: what the subject is to the other.

    ends_with_death: whether it is over when one of both has died. most: how many of it one subject can have at a time
    before it is taken for a mistake of the data (a placeholder number on a whole source); 0 for no such limit.
    """

    code: str
    label: Text
    inverse: str
    ends_with_death: bool = False
    most: int = 0


def _kinds(*kinds: Kind) -> dict[str, Kind]:
    return {each.code: each for each in kinds}


KINDS: dict[str, Kind] = _kinds(
    Kind("household", Text("同户", "same household"), "household", ends_with_death=True),
    Kind("spouse", Text("配偶", "spouse"), "spouse", ends_with_death=True, most=12),
    Kind("parent", Text("父母", "parent"), "child", most=12),
    Kind("child", Text("子女", "child"), "parent", most=30),
    Kind("sibling", Text("兄弟姐妹", "sibling"), "sibling"),
    Kind("grandparent", Text("祖父母或外祖父母", "grandparent"), "grandchild"),
    Kind("grandchild", Text("孙子女或外孙子女", "grandchild"), "grandparent"),
    Kind("parent_in_law", Text("配偶的父母", "parent-in-law"), "child_in_law"),
    Kind("child_in_law", Text("子女的配偶", "child-in-law"), "parent_in_law"),
    Kind("coparent", Text("共同子女的另一方", "other parent of a child"), "coparent"),
    Kind("kin", Text("其他亲属", "other relative"), "kin"),
    Kind("guardian", Text("监护人", "guardian"), "ward", ends_with_death=True, most=12),
    Kind("ward", Text("被监护人", "ward"), "guardian", ends_with_death=True, most=60),
    Kind("employer", Text("工作单位", "employer"), "employee", ends_with_death=True),
    Kind("employee", Text("职工", "employee"), "employer", ends_with_death=True),
    Kind("legal_representative", Text("法定代表人", "legal representative"), "represents", ends_with_death=True),
    Kind("represents", Text("任法定代表人的单位", "represents"), "legal_representative", ends_with_death=True),
    Kind("operator", Text("经营者", "operator"), "operates", ends_with_death=True),
    Kind("operates", Text("经营的商户", "operates"), "operator", ends_with_death=True),
    Kind("shareholder", Text("股东", "shareholder"), "holds_shares_in", ends_with_death=True),
    Kind("holds_shares_in", Text("持股的企业", "holds shares in"), "shareholder", ends_with_death=True),
    Kind("parent_company", Text("上级单位", "parent company"), "branch"),
    Kind("branch", Text("分支机构", "branch"), "parent_company"),
    Kind("lives_at", Text("居住地", "lives at"), "resident", ends_with_death=True),
    Kind("resident", Text("居住者", "resident"), "lives_at", ends_with_death=True),
    Kind("registered_at", Text("登记地址", "registered at"), "registered_here"),
    Kind("registered_here", Text("登记在此", "registered here"), "registered_at"),
    Kind("owns", Text("所有的房屋", "owns"), "owner", ends_with_death=True),
    Kind("owner", Text("权利人", "owner"), "owns", ends_with_death=True),
    Kind("located_at", Text("场所", "located at"), "occupant"),
    Kind("occupant", Text("在此的单位", "occupant"), "located_at"),
)  # fmt: skip

HEADS = frozenset({"01", "02"})

_IN_LAWS_OF_CHILDREN = frozenset({"28", "38"})
_PARENTS_IN_LAW = frozenset({"53", "54", "55", "56"})
_SIBLINGS = frozenset({"70", "71", "73", "75", "77", "79"})
_GRANDCHILDREN_BY_MARRIAGE = frozenset({"45", "46"})


def kind_of_code(code: str) -> str:
    """What somebody is to the other by their code of GB/T 4761: "child" of 20; "" when it says nothing of kinship."""
    if len(code) != 2 or not code.isdigit() or code in HEADS or code in ("98", "80", "99"):
        return ""
    if code[0] == "1":
        return "spouse"
    if code in _IN_LAWS_OF_CHILDREN:
        return "child_in_law"
    if code[0] in "23":
        return "child"
    if code[0] == "4":
        return "kin" if code in _GRANDCHILDREN_BY_MARRIAGE else "grandchild"
    if code in _PARENTS_IN_LAW:
        return "parent_in_law"
    if code[0] == "5":
        return "parent"
    if code[0] == "6":
        return "grandparent" if code in ("60", "61", "62", "63", "64") else "kin"
    if code in _SIBLINGS:
        return "sibling"
    return "kin"


def label_of(kind: str, code: str = "") -> Text:
    """What the relation is called: by its code where one says more (母亲), else by its kind."""
    named = code_list("household_relation").label(code) if code and kind_of_code(code) == kind else None
    return named or KINDS[kind].label

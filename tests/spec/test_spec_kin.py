"""The page kin.md, line by line."""

from __future__ import annotations

import pytest

from tests.spec.tables import rows
from tongchou.pool.relations.kin import Member, between
from tongchou.standards.codes import code_list

ROWS = rows("kin.md", "I am")
_WOMEN = frozenset(["妻", "母亲", "儿媳", "孙女", "岳母", "次女", "女"])


def member(name: str, word: str) -> Member:
    code = code_list("household_relation").find(word)
    assert code is not None, word
    return Member(name, code, "", "2" if word in _WOMEN else "1", None)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['I am']}-{row['the other is']}" for row in ROWS])
def test_line(row: dict[str, str]) -> None:
    me, other = member("me", row["I am"]), member("other", row["the other is"])
    heads = [] if "户主" in (row["I am"], row["the other is"]) else [member("head", "户主")]
    found = between(me, other, [me, other, *heads])
    assert (found.kind if found else "") == row["the other is to me"]
    assert ("" if found is None else "said" if found.said else "inferred") == row["how"]

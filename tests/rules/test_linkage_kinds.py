"""Kinds of values: what a comparison may never do, whatever the values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.pool.linkage.kinds import KINDS
from tongchou.pool.linkage.kinds.base import Bytes
from tongchou.pool.linkage.kinds.names import coarse_sound, fold_name, surname_length, syllables
from tongchou.pool.linkage.kinds.numbers import fold_number, passes_check
from tongchou.pool.linkage.kinds.organisations import fold_organisation, read_parts

HAN = st.text("李王张欧阳静婧文武小明华国·A1 ", max_size=6)
ANY = st.one_of(HAN, st.text(max_size=20), st.from_regex(r"[0-9]{15,18}", fullmatch=True))


def levels(kind: str, one: str, two: str) -> tuple[int, int]:
    """Levels of a pair compared both ways; 0 where a side says nothing."""
    folded = KINDS[kind].fold([one, two])
    if not folded.present.all():
        return 0, 0
    answer: Bytes = KINDS[kind].compare(folded, np.array([0, 1]), np.array([1, 0]))
    return int(answer[0]), int(answer[1])


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=60, deadline=None)
@given(one=ANY, two=ANY)
def test_comparing_is_symmetric_and_a_value_agrees_with_itself(kind: str, one: str, two: str) -> None:
    there, back = levels(kind, one, two)
    assert there == back
    assert levels(kind, one, one)[0] in (0, 1, 2)  # 2: the same, but unchecked or without marks


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("欧阳 修", "欧阳修"),
        ("張偉", "张伟"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("李静*", "李静"),
        ("ＬＩ静1", "LI静"),
        ("　", ""),
    ],
)
def test_names_are_folded_to_their_characters(written: str, folded: str) -> None:
    assert fold_name(written) == folded


def test_surnames_and_sounds() -> None:
    assert surname_length("欧阳修") == 2
    assert surname_length("欧阳") == 1
    assert syllables("婧") == syllables("静")
    assert coarse_sound("zhang") == coarse_sound("zan")
    assert coarse_sound("liu") == coarse_sound("niu")


def test_fifteen_digits_are_the_same_number_but_not_a_checked_one() -> None:
    assert fold_number("440604701221581")[:17] == "44060419701221581"
    assert passes_check(fold_number("440604197603025584"))
    assert not passes_check(fold_number("440604197603025585"))


@pytest.mark.parametrize("filler", ["000000000000000000", "111111111111111111", "无", "不详", "-", "12345"])
def test_fillers_are_absent(filler: str) -> None:
    assert fold_number(filler) == ""


@pytest.mark.parametrize(
    ("name", "core", "branch"),
    [
        ("佛山市禅城区恒福五金有限公司", "恒福五金", ""),
        ("恒福五金（佛山）有限责任公司", "恒福五金", ""),
        ("恒福五金店（个体工商户）", "恒福五金店", ""),
        ("恒福五金有限公司南海分公司", "恒福五金", "南海分公司"),
        ("佛山市南海区大沥镇张记烧腊店", "张记烧腊店", ""),
        ("中国工商银行佛山支行", "工商银行", "佛山支行"),
    ],
)
def test_enterprise_names_are_taken_apart(name: str, core: str, branch: str) -> None:
    parts = read_parts(fold_organisation(name))
    assert (parts.core, parts.branch) == (core, branch)

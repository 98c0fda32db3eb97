"""Masks over columns give for every value exactly what `standards.masking` gives for it alone."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tongchou.exchange.column_masks import masked
from tongchou.standards.errors import HouseError
from tongchou.standards.masking import MASKS, mask

PIECES = st.sampled_from(
    ["佛山市", "禅城区", "祖庙街道", "人民路", "大道", "12号", "三栋", "十二号", "村委会", "王", "欧阳", "歐陽",
     "·", "阿", "×", "*", "＊", "１２", "²", "-", "0757", "8", "13800138000", "440604198509123697", "E12345678",
     "粤E12345", "@", "a", ".", "\n", " ", "1985-09-12", "2020-13-40", "T10:00", "里", "社区", "〇", "𠮷", "々", "县"]
)  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.text(max_size=24),
    st.lists(PIECES, max_size=6).map("".join),
    st.text(alphabet="0123456789X", min_size=6, max_size=20),
    st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=5),
    st.dates().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9).map(
        str
    ),
)


@pytest.mark.parametrize("name", sorted(MASKS))
@given(values=st.lists(VALUES, max_size=30))
@example(values=["佛山市禅城区祖庙街道人民路12号", "1路", "路1", "里9", None, ""])
@example(values=["歐陽修", "欧阳修", "司馬光", "诸葛亮", "王小明", "阿依古丽·买买提", "陈方安生"])
def test_a_column_is_masked_as_its_values_are(name: str, values: list[str | None]) -> None:
    found = masked(pa.array(values, pa.string()), name).to_pylist()
    assert found == [None if each is None else mask(each, name) for each in values]


def test_an_unknown_mask_is_refused() -> None:
    with pytest.raises(HouseError):
        masked(pa.array(["x"]), "no such mask")


def test_pieces_of_columns() -> None:
    whole = pa.array(["440604198509123697", None, "440604198509123697", "x"] * 3)
    assert masked(whole.slice(1, 5), "id_number").to_pylist() == masked(whole, "id_number").to_pylist()[1:6]
    chunked = pa.chunked_array([whole.slice(0, 2), whole.slice(2, 3)])
    assert masked(chunked, "id_number").to_pylist() == masked(whole, "id_number").to_pylist()[:5]

"""Addresses: any text is survived, nothing is lost, the normal form is stable, near is told from far."""

from __future__ import annotations

import csv
import gzip
import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.shared_data import shared
from tongchou.standards.addresses import Address, key, normal_form, parse, similarity
from tongchou.standards.addresses.fold import fold, to_arabic, to_chinese

PIECES = [
    "广东省", "广东", "粤", "佛山市", "佛山", "南海区", "南海市", "南海", "禅城区", "市辖区",
    "桂城街道", "桂城", "石湾镇街道", "西樵镇", "澜石社区居委会", "澜石社区", "上元村民委员会",
    "上元村", "塘联", "二组", "村民小组", "东三队", "魁奇一路", "季华6路", "岭南大道北", "人民路", "路",
    "大道", "街", "三巷", "里", "5弄", "国道", "226号", "十五号", "12号之二", "附3号", "号", "之",
    "东北角", "对面", "锦绣山庄", "华远东路宿舍", "碧桂园2期", "一方花园", "院", "小区", "15栋",
    "十五幢", "A座", "东座", "3#", "18号楼", "2单元", "3梯", "单", "12层", "3楼", "首层", "1404",
    "1404室", "301-302", "三〇一房", "4-2-2104", "三-4-1006", "21-", "-", "--", "(", ")", "（旁）",
    "，", "No.12", "5F", "Ａ", "１２", "號", "廣東省", "****", "社区", "村", "镇", "区", "一", "十",
    "百", "零", "🏠", "北", "中", " ", "Room 301", "\x00",
]  # fmt: skip
made_up = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
texts = st.one_of(
    made_up, st.text(max_size=40), st.text("0123456789-#()号栋之附一十百路街村里组楼A省市区", max_size=16)
)


@given(texts)
@settings(max_examples=200)
def test_normal_form_is_its_own(text: str) -> None:
    once = normal_form(text)
    assert normal_form(once) == once


@given(texts, texts)
def test_similarity_is_a_symmetric_score(one: str, other: str) -> None:
    a, b = parse(one), parse(other)
    score, why = similarity(a, b)
    assert 0.0 <= score <= 1.0
    assert why.zh and why.en
    assert similarity(b, a)[0] == score
    assert similarity(a, b)[1] == why
    assert isinstance(key(a), tuple)


@given(made_up)
@settings(max_examples=150)
def test_nothing_is_lost(text: str) -> None:
    """Every number of the text is in its normal form, and every character but those of endings."""
    written = normal_form(text)
    endings = set(
        "社区居民委员会村办事处街道镇号楼栋幢座单元梯门层室房户铺位首底省市县区#()-之附第弄巷路里组队"
    )
    numerals = set("零一二三四五六七八九十百两〇廿0123456789")
    for character in fold(text):
        if "一" <= character <= "鿿" and character not in endings | numerals | set("广东粤佛山南海桂城"):
            assert character in written
    for digits in re.findall(r"\d{2,}", fold(text)):
        if digits not in written:
            assert to_chinese(digits) in written


@given(st.integers(0, 9999))
def test_numerals(number: int) -> None:
    if number < 100:
        assert to_arabic(to_chinese(str(number))) == str(number)
    assert to_arabic("".join("零一二三四五六七八九"[int(digit)] for digit in str(number))) == str(number)


@pytest.mark.parametrize(
    ("numeral", "digits"),
    [
        ("十", "10"),
        ("十五", "15"),
        ("二十", "20"),
        ("二十一", "21"),
        ("一百零三", "103"),
        ("三〇一", "301"),
        ("廿三", "23"),
    ],
)
def test_chinese_numerals(numeral: str, digits: str) -> None:
    assert to_arabic(numeral) == digits


def test_parts_do_not_depend_on_how_it_is_written() -> None:
    """Every combination of spellings of one address has one normal form."""
    spellings = product(
        (
            "广东省佛山市南海区",
            "佛山市南海区",
            "南海区",
            "广东省广东省佛山市佛山市南海区",
            "广东佛山南海",
            "南海市",
            "佛山市南海县",
        ),
        ("魁奇一路", "魁奇1路", "魁奇１路"),
        ("226号", "二百二十六号", "２２６號", "No.226"),
        ("锦绣山庄", "錦繡山莊"),
        ("15栋", "15幢", "15座", "十五栋", "15号楼", "15#", "15#楼", " 15 栋 "),
        ("1404", "1404室", "1404房", "一四〇四室", "1404号房", ",1404户"),
    )
    assert {normal_form("".join(parts)) for parts in spellings} == {
        "广东省佛山市南海区魁奇一路226号锦绣山庄15栋1404室"
    }


@pytest.mark.parametrize(
    ("text", "county", "code"),
    [
        ("南海大道北12号", "", ""),
        ("东区社区3号", "", ""),
        ("上海路12号", "", ""),
        ("佛山大道中12号", "", ""),
        ("中山公园", "", ""),
        ("北京市朝阳区建国路1号", "朝阳区", "110105"),
        ("朝阳区建国路1号", "朝阳区", ""),  # there are several
        ("顺德市大良", "顺德区", "440606"),
        ("高明县荷城", "高明区", "440608"),
        ("佛山市石湾区镇中路8号", "石湾区", ""),  # dissolved, with no one successor
        ("浦东新区张江镇", "浦东新区", "310115"),
        ("佛山市里水镇里广路3号", "", ""),
        ("弗山市南海区魁奇一路226号", "南海区", "440605"),
    ],
)
def test_county(text: str, county: str, code: str) -> None:
    address = parse(text)
    assert (address.county, address.code) == (county, code)


def test_keys_meet_across_spellings() -> None:
    one = set(key(parse("佛山市南海区魁奇1大道226号锦绣山庄15幢1404")))
    assert one & set(key(parse("魁奇一路226号15-2-1404")))
    assert one & set(key(parse("锦绣山庄15-2-1404")))
    assert one & set(key(parse("葵奇一路226号15栋1404")))
    assert not one & set(key(parse("魁奇一路226号15栋1405")))
    assert key(parse("")) == () == key(Address("南海区", county="南海区"))


def test_the_sentence_names_levels_never_values() -> None:
    _, why = similarity(parse("魁奇一路226号15栋1404"), parse("葵奇一路226号16栋1404"))
    assert why.zh == "门牌号、房号一致，道路相近（同音），楼栋不同。"
    assert why.en == "Same street number, room; near road (sound the same); different building."


@pytest.mark.parametrize(
    "piece", ["一", "1", "A", " ", "NO ", "路", "号", "(", "-", "A ROAD ", "南海区", "1-", ",", "百里"]
)
def test_long_text_is_kept_and_quick(piece: str) -> None:
    """Nothing that grows faster than the text: a hundred thousand characters are through at once."""
    for count in (180, 100_000):
        text = "佛山" * (piece != "A ROAD ") + piece * count
        assert normal_form(normal_form(text)) == normal_form(text)


COLUMNS = {"hospital": "地址", "hukou": "住址", "school": "现住址", "social": "通讯地址"}


@pytest.mark.shared_data
@pytest.mark.parametrize("source", COLUMNS)
def test_four_sources(source: str) -> None:
    """Every address has a road or a compound, few keep a rest, and all normal forms are stable."""
    path = shared(f"people/zh_four_sources/{source}.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        distinct = {row[COLUMNS[source]] for row in csv.DictReader(lines)} - {""}
    for text in sorted(distinct)[::7]:
        address = parse(text)
        assert (address.road and address.number) or address.compound, text
        assert not address.tail, text
        assert normal_form(normal_form(text)) == normal_form(text)
        assert address.county in ("禅城区", "南海区", "")

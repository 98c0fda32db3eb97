"""Data elements, rules, code lists and masks: complete, total, idempotent."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongchou.standards import codes, elements, masking, names, numbers, passports, phones, problems, vehicles
from tongchou.standards.elements import ELEMENTS, Standardised, element
from tongchou.standards.errors import HouseError
from tongchou.standards.provisional import provisional
from tongchou.standards.text import Text

PROMISED = [
    "person_name",
    "id_number",
    "passport_number",
    "uscc",
    "organisation_name",
    "birth_date",
    "date",
    "month",
    "sex",
    "nationality",
    "ethnicity",
    "household_relation",
    "education",
    "industry",
    "mobile",
    "phone",
    "address",
    "division_code",
    "postcode",
    "longitude",
    "latitude",
    "integer",
    "decimal",
    "amount_yuan",
    "text",
    "code",
    "identifier",
    "vehicle_plate",
    "email",
    "yes_no",
]
KINDS = {"text", "name", "date", "code", "number", "identifier", "phone", "address", "coordinate", "document"}

cells = st.text(max_size=24) | st.text(
    alphabet="0123456789０１２Xx*.,-/:：（）() 年月日元万亿角分壹贰拾农历正初十"
    "张王先生·•粤E@abcNUL无是否\u3000\u200b\ufeff\x00\t\n",
    max_size=20,
)


def test_every_promised_element_is_there() -> None:
    assert set(PROMISED) <= set(ELEMENTS)


@pytest.mark.parametrize("each", ELEMENTS.values(), ids=lambda each: each.code)
def test_every_element_is_complete(each: elements.DataElement) -> None:
    assert each.label.zh and each.label.en and each.source and each.kind in KINDS and 1 <= each.grade <= 4
    assert each.mask in masking.MASKS
    if each.grade >= 3:
        assert each.mask != "none"
    if each.code_list:
        assert codes.code_list(each.code_list).entries


@pytest.mark.parametrize("code", ELEMENTS)
@settings(deadline=None)
@given(text=cells)
@example(text="\ud800")
@example(text="0" * 5000)
@example(text="一" * 5000)
@example(text="١٢٣٤")
@example(text="9" * 400 + "E99")
@example(text="K¸𠀀")
def test_standardise_never_raises_and_is_idempotent(code: str, text: str) -> None:
    first = element(code).standardise(text)
    assert first.problem is None or first.problem in problems.RULES
    assert first.value != ""
    if first.value is None:
        return
    second = element(code).standardise(first.value)
    assert second.value == first.value
    if first.problem is None:
        assert second.problem is None
    elif not problems.RULES[first.problem].soft:
        assert element(code).keeps_invalid and second.problem is not None


@pytest.mark.parametrize("code", sorted(set(ELEMENTS) - {"yes_no"}))
@pytest.mark.parametrize(
    "absent", ["", " ", "\u3000", "无", "-", "——", "/", "NULL", "null", "\\N", "\ufeff", "…"]
)
def test_absence_is_no_problem(code: str, absent: str) -> None:
    assert element(code).standardise(absent) == Standardised(None, None)


def test_codes_may_spell_a_word_for_nothing() -> None:
    assert element("code").standardise("NA").value == "NA"
    assert element("nationality").standardise("NA").value == "NAM"
    assert element("yes_no").standardise("无").value == "0"


def test_a_column_at_once_and_a_pack_s_own_list() -> None:
    own = codes.CodeList.from_rows(
        "colour",
        Text("颜色", "Colour"),
        "–",
        [{"code": "r", "zh": "红", "en": "red", "aliases": "红色 dark_red"}],
    )
    found = elements.standardise_many("code", ["红色", None, "Dark Red", "蓝", "红色"], own)
    assert [each.value for each in found] == ["r", None, "r", None, "r"]
    assert found[3].problem == "code.unknown"
    assert elements.standardiser("code", "sex")("男") == Standardised("1", None)


def test_unknown_names_are_refused() -> None:
    for call in (
        lambda: element("x"),
        lambda: codes.code_list("x"),
        lambda: masking.mask("v", "x"),
        lambda: problems.rule("x"),
    ):
        with pytest.raises(HouseError):
            call()


@pytest.mark.parametrize("name", codes.code_list_names())
def test_every_code_and_label_leads_to_its_code(name: str) -> None:
    listed = codes.code_list(name)
    for code, entry in listed.entries.items():
        assert listed.find(code) == code
        assert listed.find(entry.label.zh) == code
        assert entry.label.en


def test_the_56_nationalities_in_order() -> None:
    listed = codes.code_list("nationality_56")
    assert [code for code in listed.codes() if code <= "56"] == [f"{number:02}" for number in range(1, 57)]
    assert len(codes.code_list("country").codes()) == 249


@pytest.mark.parametrize("rule", problems.RULES.values(), ids=lambda rule: rule.code)
def test_every_rule_says_what_and_what_next_in_both_languages(rule: problems.Rule) -> None:
    for text in (rule.message, rule.advice):
        assert text.zh and text.en and text.zh != text.en and "{" not in text.zh + text.en
    assert str(problems.InvalidValue(rule.code))


@pytest.mark.parametrize("name", sorted(set(masking.MASKS) - {"none"}))
@settings(deadline=None)
@given(value=cells.filter(bool))
def test_no_mask_shows_a_value_whole(name: str, value: str) -> None:
    shown = masking.mask(value, name)
    if name == "coordinate" and shown == value:
        assert len(value.partition(".")[2]) <= 2
    elif name in ("year", "month") and shown == value:
        assert len(value) <= 7
    else:
        assert shown != value or set(value[1:]) <= set("*") or name in ("amount_band", "decade")


def test_grades_decide_what_is_seen() -> None:
    assert [masking.visible_by_default(grade) for grade in (1, 2, 3, 4, 5)] == [
        "shown",
        "granted",
        "masked",
        "hidden",
        "hidden",
    ]
    assert [masking.mask_for(grade, "phone") for grade in (1, 2, 3, 4)] == ["none", "none", "phone", "hide"]
    assert masking.mask_for(3, "none") == "hide"


@settings(deadline=None)
@given(st.integers(10**10, 2 * 10**10 - 1).filter(lambda number: str(number)[1] in "3456789").map(str))
def test_a_mobile_however_typed(number: str) -> None:
    if number.endswith("0" * 8):
        return
    for typed in (
        f"+86{number}",
        f"86-{number}",
        f"0{number}",
        f"{number[:3]} {number[3:7]} {number[7:]}",
        f"{number}、110",
    ):
        assert phones.parse(typed).value == number


@settings(deadline=None)
@given(st.text(alphabet="赵钱孙李欧阳司马上官复姓诸葛亮修明月國榮", min_size=2, max_size=4))
def test_a_name_is_the_sum_of_its_parts(name: str) -> None:
    value = names.clean(name)
    parts = names.split(value)
    assert parts.surname + parts.given == value
    assert len(names.pinyin(name)) == len(value)
    assert names.folded(names.folded(name)) == names.folded(name)


@pytest.mark.parametrize(
    ("name", "syllables"),
    [("单田芳", "shan tian fang"), ("曾國藩", "zeng guo fan"), ("尉迟恭", "yu chi gong"), ("吕布", "lv bu"),
     ("解晓东", "xie xiao dong"), ("万俟卨", "mo qi xie"), ("John Smith", "john smith")],
)  # fmt: skip
def test_surnames_have_readings_of_their_own(name: str, syllables: str) -> None:
    assert names.pinyin(name) == tuple(syllables.split())


def test_names_fold_for_comparison() -> None:
    assert names.folded("張國榮") == names.folded("张 国荣")
    assert names.folded("买买提•吐尔逊") == names.folded("买买提吐尔逊")
    assert names.folded("John  Smith") == names.folded("JOHN SMITH")
    assert names.latin_order("John Smith") == names.latin_order("SMITH, John") == "SMITH JOHN"


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_decimal_keeps_its_value(number: numbers.Decimal) -> None:
    value, problem = numbers.decimal(f"{number:,}")
    assert problem is None and value is not None and numbers.Decimal(value) == number
    assert numbers.amount_yuan(f"￥{number:,}元")[0] == value


@settings(deadline=None)
@given(st.integers(0, 99999999))
def test_chinese_numerals_of_any_size(number: int) -> None:
    assert numbers.chinese_number(_in_capitals(number)) == number


def _in_capitals(number: int) -> str:
    digits, units = "零壹贰叁肆伍陆柒捌玖", ("仟", "佰", "拾", "")

    def section(value: int) -> str:
        text, gap = "", False
        for digit, unit in zip(f"{value:04}", units, strict=True):
            if digit == "0":
                gap = bool(text)
            else:
                text += ("零" if gap else "") + digits[int(digit)] + unit
                gap = False
        return text

    high, low = divmod(number, 10000)
    if not number:
        return "零"
    return (section(high) + "万" if high else "") + ("零" if high and 0 < low < 1000 else "") + section(low)


@pytest.mark.parametrize(
    ("number", "kind"),
    [("E12345678", "ordinary"), ("ea1234567", "ordinary"), ("G12345678", "ordinary"),
     ("DE1234567", "diplomatic"),
     ("H12345678", "mainland_permit_hong_kong_macao"), ("C12345678", "permit_to_hong_kong_macao"),
     ("12345678", "mainland_permit_taiwan"), ("AB1234567", "foreign")],
)  # fmt: skip
def test_passports_and_permits_by_their_form(number: str, kind: str) -> None:
    assert passports.parse(number).kind == kind


def test_new_energy_plates_have_eight_characters() -> None:
    assert vehicles.is_new_energy("粤ED12345") and not vehicles.is_new_energy("粤E12345")
    assert vehicles.plate("粤EI2345")[1] == "vehicle_plate.form"


def test_reference_rows_print() -> None:
    for rows in (
        elements.reference_rows(),
        problems.reference_rows(),
        masking.reference_rows(),
        codes.reference_rows(),
    ):
        assert rows and all(set(row) == set(rows[0]) for row in rows)


def test_what_was_written_from_memory_says_so() -> None:
    told = {one.where for one in provisional()}
    for name in (
        "sex", "nationality_56", "household_relation", "education", "marital_status", "political_status", "industry",
        "country", "health_status", "id_document_type",
    ):  # fmt: skip
        assert codes.code_list(name).provisional
        assert f"data/codes/{name}.csv" in told
    assert {"credit.AUTHORITIES", "passports.KINDS", "element uscc", "element vehicle_plate"} <= told
    assert ELEMENTS["ethnicity"].provisional
    assert not ELEMENTS["id_number"].provisional
    assert all(one.what.en and one.why.zh for one in provisional())

"""Quick forms answer only what the Python functions answer: proved on generated texts, valid, dirty and
wild."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.gather.phases import quick, standardise
from tongchou.gather.phases.slow import Slow, standardiser
from tongchou.gather.phases.work import RULE_CODES, RULE_NUMBERS
from tongchou.standards import cleaning, identity
from tongchou.standards.cleaning import today_in_china
from tongchou.standards.plans import FieldPlan

WILD = st.text(
    st.sampled_from(
        "0123456789Xx×－-/.年月日 \t　ABab某王李先生女士无不详未知·（）()'\"#*@,，NULL锟斤拷\x00\u200b"
    ),
    max_size=22,
)
DAYS = st.dates(date(1890, 1, 1), date(2130, 12, 31))
FORMATS = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    " %Y-%m-%d",
    "%Y-%m-%d 00:00:00",
    "%y/%m/%d",
)
DATES = st.one_of(
    st.builds(lambda day, form: day.strftime(form), DAYS, st.sampled_from(FORMATS)),
    st.builds(lambda day: f"{day.year}/{day.month}/{day.day}", DAYS),
    st.builds(lambda day: f"{day.year}年{day.month}月{day.day}日", DAYS),
    st.builds(
        "{:04}{}{:02}{}{:02}".format,
        st.integers(0, 9999),
        st.sampled_from("-/. "),
        st.integers(0, 14),
        st.sampled_from("-/. "),
        st.integers(0, 33),
    ),
    st.integers(0, 99999999).map(str),
)


def _number(county: int, day: date, sequence: int, change: str) -> str:
    body = f"{county:06}{day:%Y%m%d}{sequence:03}"
    number = body + identity.check_character(body)
    return {"lower": number.lower(), "wrong": body + "5", "short": body, "": number}[change]


NUMBERS = st.one_of(
    st.builds(
        _number,
        st.one_of(
            st.sampled_from([440602, 440604, 440605, 440622, 110101, 441900, 810000, 440600, 911156]),
            st.integers(100000, 999999),
        ),
        DAYS,
        st.integers(0, 999),
        st.sampled_from(["", "", "", "lower", "wrong", "short"]),
    ),
    st.integers(10**17, 10**18 - 1).map(str),
)
CLOCKS = st.builds(
    lambda day, blank, h, m, s: f"{day}{blank}{h:02}:{m:02}:{s:02}",
    DAYS,
    st.sampled_from(" T"),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12)
WORDS = st.one_of(
    HAN,
    st.builds(
        lambda name, end: name + end,
        HAN,
        st.sampled_from(["先生", "女士", "某", "名", "氏", "有限公司", "（南海）店", " "]),
    ),
    st.sampled_from(
        sorted(cleaning.ABSENT) + sorted(cleaning.ABSENT_AS_CODE) + ["王〇", "欧阳娜娜", "买买提·艾力", "——"]
    ),
    st.builds(
        "佛山市{}路{}号{}".format,
        HAN,
        st.integers(0, 9999),
        st.sampled_from(["", "-1", " 2座", "２座", "A栋#3", "，"]),
    ),
)
PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=14)
DECIMALS = st.decimals(-(10**6), 10**6, places=3).map(str)
TEXTS = {
    "date": DATES, "birth_date": DATES, "timestamp": CLOCKS, "id_number": NUMBERS, "person_name": WORDS,
    "former_name": WORDS, "organisation_name": WORDS, "address": WORDS, "text": st.one_of(WORDS, PLAIN),
    "mobile": st.one_of(st.integers(10**10, 2 * 10**10).map(str),
                        st.integers(1300, 1999).map(lambda n: f"{n * 10**7}")),
    "phone": st.one_of(st.integers(10**10, 2 * 10**10).map(str), st.integers(10**6, 10**8).map(str)),
    "identifier": PLAIN, "household_number": PLAIN, "code": PLAIN,
    "integer": st.one_of(DECIMALS, st.integers(-9, 10**16).map(str)),
    "decimal": st.one_of(DECIMALS, st.integers(0, 10**16).map(str)),
}  # fmt: skip


def answers(element: str, texts: list[str], *, slow: Slow) -> list[tuple[str | None, str | None]]:
    """What the load makes of the texts, as (value, problem). In two chunks, the second not at its array's
    start, as they may come."""
    half = len(texts) // 2
    ahead = pa.array(["ahead", *texts[half:]], pa.string()).slice(1)
    given = pa.chunked_array([pa.array(texts[:half], pa.string()), ahead])
    found = standardise.column(slow, "f", element, None, given, today_in_china())
    problems = found.problems if found.problems is not None else [0] * len(texts)
    return [
        (value, RULE_CODES[problem - 1] if problem else None)
        for value, problem in zip(found.values.to_pylist(), problems, strict=True)
    ]


@pytest.mark.parametrize("element", sorted({*quick.FORMS, "date", "birth_date"}))
def test_a_quick_form_says_what_python_says(element: str) -> None:
    """For every element with a quick form, a load gives each text the value and problem of the Python
    function."""
    field = FieldPlan("f", element, ())
    truth = standardiser(field)
    asked: set[str] = set()

    def counted(text: str) -> tuple[str | None, str | None]:
        asked.add(text)
        return truth(text)

    quickly = 0

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.one_of(TEXTS[element], TEXTS[element], WILD), min_size=30, max_size=120))
    def agree(texts: list[str]) -> None:
        nonlocal quickly
        asked.clear()
        slow = Slow({"f": counted}, RULE_NUMBERS)
        for text, answer in zip(texts, answers(element, texts, slow=slow), strict=True):
            assert answer == (tuple(truth(text)) if text else (None, None)), text
        quickly += len({text for text in texts if text and truth(text)[0]} - asked)

    agree()
    assert quickly > 0 or element not in quick.FORMS, "the quick form recognised nothing at all"


@pytest.mark.parametrize("element", ["date", "sex", "identifier"])
def test_a_field_with_few_values_is_asked_once_per_value(element: str) -> None:
    """Codes and days, and any field with few values, come out as Python says; every value is asked once."""
    truth = standardiser(FieldPlan("f", element, ()))
    asked: list[str] = []

    def counted(text: str) -> tuple[str | None, str | None]:
        asked.append(text)
        return truth(text)

    texts = [
        "男",
        "女",
        "1",
        "2",
        "F",
        "无",
        "不详",
        "x@x",
        "",
        "2015/3/7",
        "未知的性别",
        "男性",
        " 男 ",
    ] * 30
    slow = Slow({"f": counted}, RULE_NUMBERS)
    for text, answer in zip(texts, answers(element, texts, slow=slow), strict=True):
        assert answer == (tuple(truth(text)) if text else (None, None)), text
    assert len(asked) == len(set(asked))

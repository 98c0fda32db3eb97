"""What a person sees plain of their own file, and what stays masked because it is, or may be, about somebody else."""

from __future__ import annotations

import pytest

from tongchou.exchange import own


@pytest.mark.parametrize(
    ("bears_number", "how", "sure"),
    [
        (True, "number", True),
        (True, "probability", True),
        (False, "number", False),
        (False, "judgement", False),
        (None, "judgement", True),
        (None, "probability", False),
        (None, "single", False),
    ],
)
def test_whose_record_it_is(bears_number: bool | None, how: str, sure: bool) -> None:
    assert own.is_surely_own(bears_number=bears_number, how=how) is sure


@pytest.mark.parametrize(
    ("element", "attribute", "another"),
    [
        ("person_name", "name", False),
        ("person_name", "", True),
        ("person_name", "guardian_name", True),
        ("id_number", "id_number", False),
        ("id_number", "", True),
        ("mobile", "phone", False),
        ("phone", "", True),
        ("amount_yuan", "", False),
        ("address", "", False),
    ],
)
def test_what_is_about_another(element: str, attribute: str, another: bool) -> None:
    assert own.is_about_another(element, attribute) is another


@pytest.mark.parametrize(
    ("value", "element", "attribute", "grade", "sure", "shown"),
    [
        ("王小明", "person_name", "name", 2, True, "王小明"),
        ("李大山", "person_name", "", 2, True, "李**"),
        ("13800138000", "mobile", "phone", 3, True, "13800138000"),
        ("13800138000", "mobile", "phone", 3, False, "138****8000"),
        ("10", "health_status", "", 4, True, "10"),
        ("10", "health_status", "", 4, False, "****"),
        ("850", "amount_yuan", "", 1, False, "850"),
    ],
)
def test_how_it_is_shown(
    value: str, element: str, attribute: str, grade: int, sure: bool, shown: str
) -> None:
    told = own.shown(value, element_code=element, attribute=attribute, grade=grade, sure=sure)
    assert (told.text, told.masked) == (shown, shown != value)


def test_of_a_document_form_and_size_are_told() -> None:
    said = own.shown("a1" * 20 + "-20480.png", element_code="document", attribute="", grade=4, sure=True)
    assert (said.text, said.masked) == ("PNG · 20 KB", False)

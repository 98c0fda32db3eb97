"""Data elements 数据元: what a column of a department's table *is*, whatever the department calls it.

An element binds a name to a kind, a check, a security grade, a mask and the standard it comes from. Its
`standardise` takes a cell's text and answers a `Standardised`:

- `value` is always text in one form (dates YYYY-MM-DD, YYYY-MM or YYYY; codes as in the standard's list; numbers as
  plain decimals), or None when nothing usable is there;
- `problem` is the code of the rule the cell fails (see `problems`), or None. A *soft* rule marks a usable value.

An absent cell ("", "-", 无, NULL, 不详 …) is (None, None): whether absence is a problem is for the pipeline to say.
An element with `keeps_invalid` (identifiers, names, phones, addresses) keeps the cleaned text of a cell that fails,
as evidence for linkage. Standardising a standardised value changes nothing.

Grades: 1 public, 2 internal, 3 personal, 4 sensitive; see `masking` for what follows from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from . import checks, contacts, credit, dates, identity, numbers, passports, vehicles
from .checks import Check
from .cleaning import ABSENT, ABSENT_AS_CODE, fold_width, is_absent
from .codes import CodeList, code_list
from .errors import HouseError
from .problems import is_soft
from .text import Text


class Standardised(NamedTuple):
    """A cell made standard: its value (text or None) and the code of the rule it fails (or None)."""

    value: str | None
    problem: str | None


@dataclass(frozen=True)
class DataElement:
    """One data element; see the module.

    kind: text, name, date, code, number, identifier, phone, address or coordinate. mask: a name in `masking.MASKS`.
    source: the standard. code_list: name of its list. provisional: the check could not be compared with the
    printed standard.
    """

    code: str
    label: Text
    kind: str
    grade: int
    mask: str
    standardise: Callable[[str], Standardised]
    source: str
    code_list: str | None = None
    keeps_invalid: bool = False
    provisional: bool = False


NOTHING = Standardised(None, None)


def _guarded(check: Check, absent: frozenset[str] = ABSENT) -> Callable[[str], Standardised]:
    """`check` behind the question whether anything is there at all."""

    def standardise(text: str) -> Standardised:
        short = text.strip()
        if (len(short) <= 8 or not short[0].isalnum()) and is_absent(fold_width(short), absent):
            return NOTHING
        value, problem = check(short)
        return Standardised(value or None, problem)

    return standardise


def _or_nothing(check: Check) -> Check:
    """`check`, with the value dropped when it fails a rule that is not soft."""
    def strict(text: str) -> tuple[str | None, str | None]:
        value, problem = check(text)
        return (value, problem) if problem is None or is_soft(problem) else (None, problem)

    return strict


def _listed(
    codes: CodeList, otherwise: Callable[[str], str | None] | None = None
) -> Callable[[str], Standardised]:
    """The standardiser of a code list. Known forms come first, since 无 may be one of them (yes_no)."""

    def standardise(text: str) -> Standardised:
        found = codes.find(text)
        if found is not None:
            return Standardised(found, None)
        value = fold_width(text)
        if is_absent(value):
            return NOTHING
        if otherwise is not None:
            found = otherwise(value)
            if found is not None:
                return Standardised(found, None)
        return Standardised(None, unreadable)

    unreadable = "yes_no.unreadable" if codes.name == "yes_no" else "code.unknown"
    return standardise


def _later(name: str, otherwise: Callable[[str], str | None] | None = None) -> Callable[[str], Standardised]:
    """The standardiser of one of the house's lists, read when the first cell asks for it."""
    made: list[Callable[[str], Standardised]] = []

    def standardise(text: str) -> Standardised:
        if not made:
            made.append(_listed(code_list(name), otherwise))
        return made[0](text)

    return standardise


def standardiser(element_code: str, codes: CodeList | str | None = None) -> Callable[[str], Standardised]:
    """The function for a field: the element's own, or that of the code list which replaces the element's list.

    codes: a list, the name of one of the house's lists, or None. Raises HouseError for unknown names.
    """
    if codes is None:
        return element(element_code).standardise
    element(element_code)
    return _listed(code_list(codes) if isinstance(codes, str) else codes)


def standardise_many(
    element_code: str, values: Iterable[str | None], codes: CodeList | str | None = None
) -> list[Standardised]:
    """`values` standardised in their order, each distinct value once; None is absent."""
    function = standardiser(element_code, codes)
    known: dict[str | None, Standardised] = {None: NOTHING}
    out: list[Standardised] = []
    for value in values:
        found = known.get(value)
        if found is None:
            found = known[value] = function(value) if value is not None else NOTHING
        out.append(found)
    return out


# fmt: off
def _elements() -> Iterable[DataElement]:
    def of(code: str, zh: str, en: str, kind: str, grade: int, mask: str, check: Check, source: str,
           *, absent: frozenset[str] = ABSENT, provisional: bool = False) -> DataElement:
        return DataElement(code, Text(zh, en), kind, grade, mask, _guarded(_or_nothing(check), absent), source,
                           provisional=provisional)

    def kept(code: str, zh: str, en: str, kind: str, grade: int, mask: str, check: Check, source: str,
             *, provisional: bool = False, absent: frozenset[str] = ABSENT) -> DataElement:
        return DataElement(code, Text(zh, en), kind, grade, mask, _guarded(check, absent), source,
                           keeps_invalid=True, provisional=provisional)

    def listed(code: str, zh: str, en: str, grade: int, mask: str, codes: str, source: str, *,
               otherwise: Callable[[str], str | None] | None = None, provisional: bool = False) -> DataElement:
        return DataElement(code, Text(zh, en), "code", grade, mask, _later(codes, otherwise), source, codes,
                           provisional=provisional)

    house = "–"
    # people
    yield kept("person_name", "姓名", "Name", "name", 2, "name", checks.person_name, "GB/T 35273")
    yield kept("former_name", "曾用名", "Former name", "name", 3, "name", checks.person_name, "GB/T 35273")
    yield kept("id_number", "公民身份号码", "Identity number", "identifier", 3, "id_number", identity.examine, "GB 11643-1999")
    yield kept("passport_number", "护照或通行证号码", "Passport or permit number", "identifier", 3, "passport",
               passports.examine, house, provisional=True)
    yield kept("id_document_number", "证件号码", "Identity document number", "identifier", 3, "id_number", checks.id_document,
               "GB 11643-1999", provisional=True)
    yield kept("disability_certificate", "残疾人证号", "Disability certificate number", "identifier", 4, "id_number",
               checks.disability_certificate, house, provisional=True)
    yield of("birth_date", "出生日期", "Date of birth", "date", 3, "year", checks.birth_date, "GB/T 7408")
    yield of("age", "年龄", "Age", "number", 3, "decade", checks.age, house)
    yield listed("sex", "性别", "Sex", 2, "hide", "sex", "GB/T 2261.1-2003")
    yield listed("ethnicity", "民族", "Ethnicity", 3, "hide", "nationality_56", "GB/T 3304-1991")
    yield listed("nationality", "国籍", "Nationality", 2, "hide", "country", "ISO 3166-1")
    yield listed("marital_status", "婚姻状况", "Marital status", 3, "hide", "marital_status", "GB/T 2261.2-2003")
    yield listed("household_relation", "与户主关系", "Relation to head of household", 2, "hide", "household_relation",
                 "GB/T 4761-2008")
    yield listed("education", "学历", "Education", 2, "hide", "education", "GB/T 4658-2006")
    yield listed("health_status", "健康状况", "Health", 4, "hide", "health_status", "GB/T 2261.3-2003", provisional=True)
    yield listed("political_status", "政治面貌", "Political status", 4, "hide", "political_status", "GB/T 4762-1984")
    yield listed("id_document_type", "证件类型", "Kind of identity document", 2, "hide", "id_document_type", "GA/T 517-2004",
                 provisional=True)
    yield kept("mobile", "手机号码", "Mobile number", "phone", 3, "phone", checks.mobile, house, provisional=True)
    yield kept("phone", "联系电话", "Phone number", "phone", 3, "phone", checks.phone, house, provisional=True)
    yield kept("email", "电子邮箱", "E-mail", "identifier", 3, "email", contacts.email, "RFC 5321")
    yield kept("bank_account", "银行账号", "Bank account", "identifier", 4, "last_four", contacts.bank_account, "ISO/IEC 7812-1",
               provisional=True)
    yield kept("household_number", "户号", "Household number", "identifier", 3, "last_four", checks.identifier, house,
               absent=ABSENT_AS_CODE)
    # bodies
    yield kept("uscc", "统一社会信用代码", "Unified social credit code", "identifier", 1, "none", credit.examine,
               "GB 32100-2015")
    yield kept("organisation_code", "组织机构代码", "Organisation code", "identifier", 1, "none",
               credit.examine_organisation_code, "GB 11714-1997")
    yield kept("registration_number", "工商注册号", "Registration number", "identifier", 1, "none",
               credit.examine_registration_number, "GS 15-2006", provisional=True)
    yield kept("organisation_name", "单位名称", "Name of organisation", "name", 1, "none", checks.organisation_name, house)
    yield listed("industry", "行业门类", "Industry section", 1, "none", "industry", "GB/T 4754-2017",
                 otherwise=checks.industry_section_of)
    yield of("industry_code", "行业代码", "Industry code", "code", 1, "none", checks.industry_code, "GB/T 4754-2017")
    # places and things
    yield kept("address", "地址", "Address", "address", 3, "address", checks.address, "GB/T 23705")
    yield of("division_code", "行政区划代码", "Division code", "code", 1, "none", checks.division_code, "GB/T 2260, GB/T 10114")
    yield of("postcode", "邮政编码", "Postcode", "code", 1, "postcode", contacts.postcode, house)
    yield of("longitude", "经度", "Longitude", "coordinate", 3, "coordinate", checks.coordinate(180, 73, 136), "GB/T 16831")
    yield of("latitude", "纬度", "Latitude", "coordinate", 3, "coordinate", checks.coordinate(90, 3, 54), "GB/T 16831")
    yield kept("vehicle_plate", "机动车号牌", "Vehicle plate", "identifier", 3, "plate", vehicles.plate, "GA 36-2018",
               provisional=True)
    yield kept("vin", "车辆识别代号", "Vehicle identification number", "identifier", 2, "last_four", vehicles.vin, "GB 16735")
    # time and quantity
    yield of("date", "日期", "Date", "date", 2, "year", checks.day_or_less, "GB/T 7408")
    yield of("month", "年月", "Month", "date", 2, "year", checks.month, "GB/T 7408")
    yield of("year", "年份", "Year", "date", 2, "year", checks.year, "GB/T 7408")
    yield of("timestamp", "时间", "Time", "date", 2, "year", dates.examine_instant, "GB/T 7408")
    yield of("integer", "整数", "Whole number", "number", 2, "hide", numbers.integer, house)
    yield of("decimal", "小数", "Number", "number", 2, "hide", numbers.decimal, house)
    yield of("area_m2", "面积（平方米）", "Area in square metres", "number", 2, "hide", numbers.area_m2, house)
    yield of("amount_yuan", "金额（元）", "Amount in yuan", "number", 3, "amount_band", numbers.amount_yuan, house)
    # anything else
    yield kept("text", "文本", "Text", "text", 2, "hide", checks.free_text, house)
    yield of("code", "代码", "Code", "code", 1, "none", checks.opaque_code, house, absent=ABSENT_AS_CODE)
    yield kept("identifier", "业务编号", "Source's own number", "identifier", 2, "last_four", checks.identifier, house,
               absent=ABSENT_AS_CODE)
    yield kept("url", "网址", "Web address", "text", 1, "none", contacts.url, "RFC 3986")
    yield listed("yes_no", "是否", "Yes or no", 2, "hide", "yes_no", house)
# fmt: on


ELEMENTS: Mapping[str, DataElement] = MappingProxyType({each.code: each for each in _elements()})
"""Every data element of the house by its code."""


def element(code: str) -> DataElement:
    """The element with this code. Raises HouseError "standards.unknown_element"."""
    found = ELEMENTS.get(code)
    if found is None:
        raise HouseError(
            "standards.unknown_element",
            Text("没有这个数据元。", "There is no such data element."),
            Text("数据元见参考手册。", "See the reference of data elements."),
            code,
        )
    return found


def reference_rows() -> list[dict[str, str]]:
    """Every element as a row for the printed reference."""
    return [
        {
            "code": each.code,
            "zh": each.label.zh,
            "en": each.label.en,
            "kind": each.kind,
            "grade": str(each.grade),
            "mask": each.mask,
            "code_list": each.code_list or "",
            "source": each.source,
            "keeps_invalid": "yes" if each.keeps_invalid else "",
            "provisional": "yes" if each.provisional else "",
        }
        for each in ELEMENTS.values()
    ]

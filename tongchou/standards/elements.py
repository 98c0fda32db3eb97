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

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from . import contacts, credit, dates, identity, names, numbers, passports, phones, vehicles
from .cleaning import ABSENT, ABSENT_AS_CODE, fold_width, is_absent, no_blanks, one_blank, tidy
from .codes import CodeList, code_list, industry_section
from .errors import HouseError
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
_Check = Callable[[str], tuple[str | None, str | None]]


def _guarded(check: _Check, absent: frozenset[str] = ABSENT) -> Callable[[str], Standardised]:
    """`check` behind the question whether anything is there at all."""

    def standardise(text: str) -> Standardised:
        short = text.strip()
        if (len(short) <= 8 or not short[0].isalnum()) and is_absent(fold_width(short), absent):
            return NOTHING
        value, problem = check(short)
        return Standardised(value or None, problem)

    return standardise


def _or_nothing(check: _Check) -> _Check:
    """`check`, with the value dropped when it fails a rule that is not soft."""
    from .problems import is_soft

    def strict(text: str) -> tuple[str | None, str | None]:
        value, problem = check(text)
        return (value, problem) if problem is None or is_soft(problem) else (None, problem)

    return strict


def _date(text: str) -> tuple[str | None, str | None]:
    reading, problem = dates.examine(text)
    return (reading.value if reading else None), problem


def _birth_date(text: str) -> tuple[str | None, str | None]:
    reading, problem = dates.examine(text)
    if reading is None:
        return None, problem
    wrong = dates.birth_problem(reading.value)
    return (None, wrong) if wrong else (reading.value, problem)


def _month(text: str) -> tuple[str | None, str | None]:
    value, problem = _date(text)
    if value is None:
        return None, problem
    return (value[:7], problem) if len(value) >= 7 else (None, "month.missing")


def _year(text: str) -> tuple[str | None, str | None]:
    value, problem = _date(text)
    return (value[:4] if value else None), problem


def _name(text: str) -> tuple[str | None, str | None]:
    name, problem = names.examine(text)
    return name.value, problem


_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_TO_CHINESE_BRACKETS = str.maketrans("()[]【】〔〕", "（）（）（）（）")


def _organisation_name(text: str) -> tuple[str | None, str | None]:
    value = fold_width(text).strip("'\"“”,，。;；、 ")
    if _HAN.search(value):
        value = no_blanks(value).translate(_TO_CHINESE_BRACKETS)
    else:
        value = one_blank(value)
    return value, None if _LETTER.search(value) else "organisation_name.characters"


def _phone(text: str) -> tuple[str | None, str | None]:
    _, value, problem = phones.examine(text)
    return value, problem


def _mobile(text: str) -> tuple[str | None, str | None]:
    phone, value, problem = phones.examine(text)
    if phone and phone.kind != "mobile":
        second = next((other for other in phone.others if len(other) == 11 and other[0] == "1"), None)
        return (second, None) if second else (value, "phone.not_mobile")
    return value, problem


def _id_document(text: str) -> tuple[str | None, str | None]:
    """Any identity document: an identity number when it looks like one, else a passport or permit."""
    value, problem = identity.examine(text)
    if problem in (None, "id_number.placeholder") or (value and len(value) >= 15):
        return value, problem
    other, wrong = passports.examine(text)
    return other, wrong


_DISABILITY = re.compile(r"([0-9]{17}[0-9X])[1-7][1-4](?:B[1-9])?").fullmatch


def _disability_certificate(text: str) -> tuple[str | None, str | None]:
    value = identity.clean(text)
    found = _DISABILITY(value)
    if not found:
        return value, "disability_certificate.form"
    _, problem = identity.examine(found[1])
    return value, problem


def _address(text: str) -> tuple[str | None, str | None]:
    from . import addresses  # its word lists are large: read when the first address comes

    value = addresses.normal_form(text)
    return (value, None) if value and _LETTER.search(value) else (tidy(text), "address.unreadable")


_division_form = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3}(?:[0-9]{3})?)?").fullmatch


def _division_code(text: str) -> tuple[str | None, str | None]:
    from . import divisions  # the table is large: read when the first code comes

    value = no_blanks(fold_width(text))
    if not _division_form(value):
        return None, "division_code.form"
    return value, None if divisions.known(value[:6]) else "division_code.unknown"


_sexagesimal = re.compile(
    r"([EWNS东西南北]?)(?:经|纬)?([0-9]{1,3})[°度d:\s]([0-9]{1,2})(?:['′分m:\s]([0-9]{1,2}(?:\.[0-9]+)?)(?:[\"″秒s]|'')?)?['′分]?([EWNS]?)",
    re.IGNORECASE,
).fullmatch
_degree = re.compile(r"(?:[EN东北](?:经|纬)?|经度:?|纬度:?)?([+-]?[0-9.]+)[°度]?[EN]?", re.IGNORECASE).fullmatch


def _coordinate(limit: int, low: int, high: int) -> _Check:
    def check(text: str) -> tuple[str | None, str | None]:
        value = fold_width(text).strip("'\" ")
        parts = _sexagesimal(value)
        if parts:
            minutes, seconds = Decimal(parts[3]), Decimal(parts[4] or 0)
            if minutes >= 60 or seconds >= 60:
                return None, "coordinate.unreadable"
            number = round(Decimal(parts[2]) + minutes / 60 + seconds / 3600, 8)
            if f"{parts[1]}{parts[5]}".upper() in ("W", "S", "西", "南"):
                number = -number
        else:
            found = _degree(no_blanks(value))
            plain, _ = numbers.decimal(found[1]) if found else (None, None)
            if plain is None:
                return None, "coordinate.unreadable"
            number = Decimal(plain)
        if abs(number) > limit:
            return None, "coordinate.range"
        return numbers.plain(number), None if low <= number <= high else "coordinate.outside_china"

    return check


def _age(text: str) -> tuple[str | None, str | None]:
    value, problem = numbers.integer(re.sub(r"周?岁$", "", fold_width(text)))
    if value is None:
        return None, problem
    return (value, None) if not value.startswith("-") and len(value) <= 3 and int(value) <= 150 else (None, "number.range")


_BROKEN = re.compile(r"\ufffd|锟斤拷|烫烫烫|ï»¿|Ã[\x80-\xbf]")


def _text(text: str) -> tuple[str | None, str | None]:
    value = tidy(text)
    return value, "text.broken" if _BROKEN.search(value) else None


def _identifier(text: str) -> tuple[str | None, str | None]:
    value = one_blank(fold_width(text).lstrip("'").rstrip("\t"))
    return value, "text.broken" if _BROKEN.search(value) else None


def _code(text: str) -> tuple[str | None, str | None]:
    value = fold_width(text)
    return (None, "code.characters") if re.search(r"[\r\n\t]", value) else (value, None)


def _listed(codes: CodeList, otherwise: Callable[[str], str | None] | None = None) -> Callable[[str], Standardised]:
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


def _industry_fallback(text: str) -> str | None:
    return industry_section(no_blanks(text))


def _industry_code(text: str) -> tuple[str | None, str | None]:
    value = no_blanks(fold_width(text)).upper()
    section = industry_section(value)
    if section is None:
        return None, "code.unknown"
    return (value if value[0].isalpha() else section + value), None


def _elements() -> Iterable[DataElement]:
    def of(code: str, zh: str, en: str, kind: str, grade: int, mask: str, check: _Check, source: str,
           *, absent: frozenset[str] = ABSENT, provisional: bool = False) -> DataElement:  # fmt: skip
        return DataElement(code, Text(zh, en), kind, grade, mask, _guarded(_or_nothing(check), absent), source,
                           provisional=provisional)  # fmt: skip

    def kept(code: str, zh: str, en: str, kind: str, grade: int, mask: str, check: _Check, source: str,
             *, provisional: bool = False, absent: frozenset[str] = ABSENT) -> DataElement:  # fmt: skip
        return DataElement(code, Text(zh, en), kind, grade, mask, _guarded(check, absent), source,
                           keeps_invalid=True, provisional=provisional)  # fmt: skip

    def listed(code: str, zh: str, en: str, grade: int, mask: str, codes: str, source: str, *,
               otherwise: Callable[[str], str | None] | None = None, provisional: bool = False) -> DataElement:  # fmt: skip
        return DataElement(code, Text(zh, en), "code", grade, mask, _later(codes, otherwise), source, codes,
                           provisional=provisional)  # fmt: skip

    house = "–"
    # people
    yield kept("person_name", "姓名", "Name", "name", 2, "name", _name, "GB/T 35273")
    yield kept("former_name", "曾用名", "Former name", "name", 3, "name", _name, "GB/T 35273")
    yield kept("id_number", "公民身份号码", "Identity number", "identifier", 3, "id_number", identity.examine, "GB 11643-1999")
    yield kept("passport_number", "护照或通行证号码", "Passport or permit number", "identifier", 3, "passport",
               passports.examine, house, provisional=True)
    yield kept("id_document_number", "证件号码", "Identity document number", "identifier", 3, "id_number", _id_document,
               "GB 11643-1999", provisional=True)
    yield kept("disability_certificate", "残疾人证号", "Disability certificate number", "identifier", 4, "id_number",
               _disability_certificate, house, provisional=True)
    yield of("birth_date", "出生日期", "Date of birth", "date", 3, "year", _birth_date, "GB/T 7408")
    yield of("age", "年龄", "Age", "number", 3, "decade", _age, house)
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
    yield kept("mobile", "手机号码", "Mobile number", "phone", 3, "phone", _mobile, house, provisional=True)
    yield kept("phone", "联系电话", "Phone number", "phone", 3, "phone", _phone, house, provisional=True)
    yield kept("email", "电子邮箱", "E-mail", "identifier", 3, "email", contacts.email, "RFC 5321")
    yield kept("bank_account", "银行账号", "Bank account", "identifier", 4, "last_four", contacts.bank_account, "ISO/IEC 7812-1",
               provisional=True)
    yield kept("household_number", "户号", "Household number", "identifier", 3, "last_four", _identifier, house,
               absent=ABSENT_AS_CODE)
    # bodies
    yield kept("uscc", "统一社会信用代码", "Unified social credit code", "identifier", 1, "none", credit.examine,
               "GB 32100-2015")
    yield kept("organisation_code", "组织机构代码", "Organisation code", "identifier", 1, "none",
               credit.examine_organisation_code, "GB 11714-1997")
    yield kept("registration_number", "工商注册号", "Registration number", "identifier", 1, "none",
               credit.examine_registration_number, "GS 15-2006", provisional=True)
    yield kept("organisation_name", "单位名称", "Name of organisation", "name", 1, "none", _organisation_name, house)
    yield listed("industry", "行业门类", "Industry section", 1, "none", "industry", "GB/T 4754-2017",
                 otherwise=_industry_fallback)
    yield of("industry_code", "行业代码", "Industry code", "code", 1, "none", _industry_code, "GB/T 4754-2017")
    # places and things
    yield kept("address", "地址", "Address", "address", 3, "address", _address, "GB/T 23705")
    yield of("division_code", "行政区划代码", "Division code", "code", 1, "none", _division_code, "GB/T 2260, GB/T 10114")
    yield of("postcode", "邮政编码", "Postcode", "code", 1, "postcode", contacts.postcode, house)
    yield of("longitude", "经度", "Longitude", "coordinate", 3, "coordinate", _coordinate(180, 73, 136), "GB/T 16831")
    yield of("latitude", "纬度", "Latitude", "coordinate", 3, "coordinate", _coordinate(90, 3, 54), "GB/T 16831")
    yield kept("vehicle_plate", "机动车号牌", "Vehicle plate", "identifier", 3, "plate", vehicles.plate, "GA 36-2018",
               provisional=True)
    yield kept("vin", "车辆识别代号", "Vehicle identification number", "identifier", 2, "last_four", vehicles.vin, "GB 16735")
    # time and quantity
    yield of("date", "日期", "Date", "date", 2, "year", _date, "GB/T 7408")
    yield of("month", "年月", "Month", "date", 2, "year", _month, "GB/T 7408")
    yield of("year", "年份", "Year", "date", 2, "year", _year, "GB/T 7408")
    yield of("timestamp", "时间", "Time", "date", 2, "year", dates.examine_instant, "GB/T 7408")
    yield of("integer", "整数", "Whole number", "number", 2, "hide", numbers.integer, house)
    yield of("decimal", "小数", "Number", "number", 2, "hide", numbers.decimal, house)
    yield of("area_m2", "面积（平方米）", "Area in square metres", "number", 2, "hide", numbers.area_m2, house)
    yield of("amount_yuan", "金额（元）", "Amount in yuan", "number", 3, "amount_band", numbers.amount_yuan, house)
    # anything else
    yield kept("text", "文本", "Text", "text", 2, "hide", _text, house)
    yield of("code", "代码", "Code", "code", 1, "none", _code, house, absent=ABSENT_AS_CODE)
    yield kept("identifier", "业务编号", "Source's own number", "identifier", 2, "last_four", _identifier, house,
               absent=ABSENT_AS_CODE)
    yield kept("url", "网址", "Web address", "text", 1, "none", contacts.url, "RFC 3986")
    yield listed("yes_no", "是否", "Yes or no", 2, "hide", "yes_no", house)


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

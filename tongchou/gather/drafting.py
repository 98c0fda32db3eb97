"""A first draft of a pack for files nobody has described yet: which column is which data element.

The heading proposes, the values decide: a column is bound to an element when most of its values pass the element's
check. What nothing speaks for stays `text`. The draft is meant to be read and corrected by the person who knows the
system; it is written as YAML with what was seen beside each field, in shares and never in values.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as compute

from tongchou.standards import names
from tongchou.standards.elements import ELEMENTS, element
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan, ResourcePlan
from tongchou.standards.text import Text

from . import headings
from .sources import connector

#: Words in headings and the elements they propose, most telling first.
HEADING_WORDS: list[tuple[str, str]] = [
    (r"统一社会信用|信用代码|uscc", "uscc"),
    (r"护照|通行证|passport", "passport_number"),
    (r"身份证|公民身份|证件号|id.?(card|number|no)", "id_number"),
    (
        r"(企业|公司|单位|机构|商户|店铺|经营者|雇主|组织|学校|医院)(名称?|全称)?$|字号|"
        r"(company|organi[sz]ation|employer|business|firm|school|hospital)([ _-]?name)?$",
        "organisation_name",
    ),
    (r"出生|birth|dob", "birth_date"),
    (r"电话|手机|联系方式|联系号码|phone|mobile|tel", "phone"),
    (r"住址|地址|住所|居住地|现居|address", "address"),
    (r"性别|sex|gender", "sex"),
    (r"民族", "ethnicity"),
    (r"国籍", "nationality"),
    (r"与户主|户主关系", "household_relation"),
    (r"文化程度|学历|教育程度", "education"),
    (r"行业", "industry"),
    (r"车牌|号牌", "vehicle_plate"),
    (r"邮编|邮政编码|postcode|zip", "postcode"),
    (r"邮箱|e-?mail", "email"),
    (r"经度|longitude|lng", "longitude"),
    (r"纬度|latitude|lat$", "latitude"),
    (r"金额|工资|保费|缴费额|收入|amount", "amount_yuan"),
    (r"日期|时间|年月|date$|_on$", "date"),
    (r"是否", "yes_no"),
    (
        r"(姓名|名字|患者|病人|学生|学员|参保人|户主|监护人|家长|法定代表人|法人|负责人|申请人|联系人|当事人|居民|人员|产权人)$|"
        r"(^|[ _-])(full|first|last|given|family|middle|patient|student|guardian|applicant|person|holder)[ _-]?name$|"
        r"^name$|^(surname|forename)$",
        "person_name",
    ),
    (
        r"编号|记录号|序号|流水号|户号|学号|卡号|单号|代码|(^|[ _-])(id|no|code|number)([ _-]|$)|.+(Id|ID|No)$",
        "identifier",
    ),
]
#: Elements that values alone may prove, without a word in the heading.
PROVEN_BY_VALUES = ("id_number", "uscc", "mobile")
#: What a heading says a value is for, where its element alone would mislead linkage: (words, element, linkage column).
ROLES: list[tuple[str, str, str]] = [
    (r"母亲|mother", "person_name", "mother_name"),
    (r"父亲|father", "person_name", "father_name"),
    (r"母亲|mother", "id_number", "mother_id_number"),
    (r"父亲|father", "id_number", "father_id_number"),
    (r"监护人|家长|guardian|parent", "id_number", "guardian_id_number"),
    (r"监护人|家长|guardian|parent", "person_name", "guardian_name"),
    (r"法定代表人|负责人|legal.?rep", "person_name", "legal_representative"),
    (r"户号|household", "identifier", "household"),
]
#: Names and homes in Latin letters come in parts; the same for `pool/linkage/models/en_people.yaml`.
LATIN_ROLES: list[tuple[str, str]] = [
    (r"(given|first)[ _-]?name|forename", "given_name"),
    (r"(family|last)[ _-]?name|surname", "surname"),
    (r"^(full|patient|student|applicant|person|holder)?[ _-]?name$", "name"),
    (r"dob|birth", "birth_date"),
    (r"street[ _-]?(number|no)|house[ _-]?(number|no)", "street_number"),
    (r"address[ _-]?1|^street([ _-]?name)?$", "address_1"),
    (r"address[ _-]?2", "address_2"),
    (r"^(home[ _-]?|postal[ _-]?)?address$", "address"),
    (r"suburb|city|town", "suburb"),
    (r"post[ _-]?code|zip", "postcode"),
    (r"^state$|^province$", "state"),
    (r"phone|mobile|^tel", "phone"),
    (r"e-?mail", "email"),
    (r"soc[ _-]?sec|ssn|national[ _-]?id", "soc_sec_id"),
    (r"^sex$|gender", "sex"),
]
#: Headings offices use, by which a table's heading is found below the titles above it.
USUAL_HEADINGS: list[tuple[str, str]] = [
    ("姓名", "person_name"), ("性别", "sex"), ("出生日期", "birth_date"), ("出生年月", "birth_date"),
    ("身份证号", "id_number"), ("身份证号码", "id_number"), ("公民身份号码", "id_number"), ("证件号码", "id_number"),
    ("身份证件号", "id_number"), ("联系电话", "phone"), ("手机", "phone"), ("手机号码", "phone"), ("电话", "phone"),
    ("住址", "address"), ("地址", "address"), ("家庭住址", "address"), ("现住址", "address"), ("民族", "ethnicity"),
    ("序号", "identifier"), ("编号", "identifier"), ("记录号", "identifier"), ("户号", "identifier"),
    ("学号", "identifier"), ("备注", "text"), ("日期", "date"), ("单位名称", "organisation_name"),
    ("企业名称", "organisation_name"), ("统一社会信用代码", "uscc"), ("法定代表人", "person_name"), ("金额", "text"),
]  # fmt: skip
#: Share of a column's values that must pass an element's check.
ENOUGH = 0.6
#: Rows looked at for what a column means, and for whether its values repeat.
SEEN_ROWS = 5000
KEY_ROWS = 2_000_000


@dataclass(frozen=True)
class DraftField:
    """One column: its heading, the proposed name and element, and the shares of values filled, passing, distinct.

    role: the linkage column it feeds, where that is not its element's own; "" leaves it to the element. grade: security
    grade, where it is not its element's.
    """

    heading: str
    name: str
    element: str
    filled: float
    passing: float
    distinct: float
    role: str = ""
    grade: int | None = None


@dataclass(frozen=True)
class Draft:
    """One file: its fields, proposed key, rows seen, and whom the rows seem to be about.

    unique: whether the key told every row apart. model: the linkage model that suits its people; "" for none.
    """

    code: str
    file: str
    fields: tuple[DraftField, ...]
    key: tuple[str, ...]
    subject: str
    rows: int
    unique: bool = True
    model: str = ""


def latin(text: str) -> str:
    """Text as a code: Latin letters, digits and _, Chinese by its sound; "" when nothing is left."""
    from pypinyin import lazy_pinyin  # a large table: read when the first heading asks for it

    sounds = " ".join(lazy_pinyin(text)) if re.search(r"[\u4e00-\u9fff]", text) else text
    return re.sub(r"[^a-z0-9]+", "_", sounds.lower()).strip("_")


def codes_of(files: Sequence[Path]) -> list[str]:
    """A code for each file, after its name, no two alike."""
    codes: list[str] = []
    for position, file in enumerate(files, start=1):
        code, number = latin(file.name.split(".")[0])[:40] or f"table{position}", 2
        wanted = code
        while wanted in codes:
            wanted, number = f"{code}_{number}", number + 1
        codes.append(wanted)
    return codes


def draft(file: Path, *, code: str) -> Draft:
    """Look into a file and propose how to describe it. Raises HouseError when it cannot be read."""
    usual = tuple(
        FieldPlan(f"usual_{position}", code_of, (heading,))
        for position, (heading, code_of) in enumerate(USUAL_HEADINGS)
    )
    files = connector("files")
    settings, locator = {"path": str(file)}, {"file": glob.escape(file.name)}
    reading = files.read(settings, locator, file, ResourcePlan(code=file.name, fields=usual, key=()), None)
    headings.assign(reading.headings, ResourcePlan(code=file.name, fields=(), key=()))  # repeated ones raise
    wanted = [index for index, heading in enumerate(reading.headings) if heading.strip()]
    tables, rows = [], 0
    for batch in reading.batches:
        tables.append(batch.table.select([f"c{index}" for index in wanted]))
        rows += batch.table.num_rows
        if rows >= KEY_ROWS:
            break
    if not rows or not wanted:
        raise HouseError(
            "draft.no_rows",
            Text("文件只有表头，没有数据行。", "The file has headings but no rows."),
            Text("请换一个有数据的文件。", "Name a file that holds some."),
            where=file.name,
        )
    table = pa.concat_tables(tables)
    taken: set[str] = set()
    fields = []
    for index in wanted:
        values = [text or "" for text in table.column(f"c{index}").slice(0, SEEN_ROWS).to_pylist()]
        fields.append(_field(reading.headings[index].strip(), values, taken))
    key, unique = _key(fields, table.rename_columns([field.name for field in fields]))
    subject = _subject(fields)
    model = ""
    if subject == "person":
        chinese = _chinese(fields, table)
        model = "zh_people" if chinese else "en_people"
        fields = list(_roles(fields, key) if chinese else _latin_roles(fields, key))
    elif subject == "enterprise":
        model = "zh_enterprises"
        fields = list(_roles(fields, key))
    return Draft(code, file.name, tuple(fields), key, subject, rows, unique, model)


def _field(heading: str, values: Sequence[str], taken: set[str]) -> DraftField:
    filled = [value.strip() for value in values if value.strip()]
    proposed = [code for pattern, code in HEADING_WORDS if re.search(pattern, heading, re.IGNORECASE)]
    code, passing = "text", 1.0
    for candidate in [*proposed, *(one for one in PROVEN_BY_VALUES if one not in proposed)]:
        share = _passing(candidate, filled)
        if share >= ENOUGH or (candidate in proposed and not filled):
            code, passing = candidate, share
            break
    name = _name(heading, code, taken)
    taken.add(name)
    return DraftField(
        heading,
        name,
        code,
        filled=len(filled) / len(values),
        passing=passing if filled else 1.0,
        distinct=len(set(filled)) / len(values),
    )


def _passing(code: str, filled: Sequence[str]) -> float:
    if not filled or code not in ELEMENTS:
        return 0.0
    standardise = element(code).standardise
    seen = filled[:1000]
    results = [standardise(value) for value in seen]
    good = sum(
        result.value is not None
        and result.problem is None
        and (code != "person_name" or _like_a_name(result.value))
        for result in results
    )
    return good / len(seen)


def _like_a_name(value: str) -> bool:
    """Whether a text looks like a person's name, which the element's check is too forgiving to say."""
    if re.search(r"[\u4e00-\u9fff]", value):
        return "·" in value or (len(value) <= 4 and bool(names.split(value).surname))
    return bool(re.fullmatch(r"[^\W\d_]+(['’.\- ]+[^\W\d_]+){0,3}\.?", value))


def _chinese(fields: Sequence[DraftField], table: pa.Table) -> bool:
    """Whether the people have Chinese names or numbers; those of the other model have Latin names."""
    if any(field.element == "id_number" for field in fields):
        return True
    for index, field in enumerate(fields):
        if field.element == "person_name":
            told = "".join(text or "" for text in table.column(index).slice(0, 1000).to_pylist())
            return len(re.findall(r"[\u4e00-\u9fff]", told)) * 2 > len(told)
    return True


def _name(heading: str, code: str, taken: set[str]) -> str:
    """A field name: the element's code where it speaks for itself, else the heading in Latin letters."""
    spelled = "" if re.search(r"[^\x00-\x7f]", heading) else latin(heading)
    if not re.match(r"[a-z]", spelled):
        spelled = code if code not in ("text", "identifier", "date", "amount_yuan", "yes_no") else ""
    spelled = spelled or latin(heading) or "column"
    if not re.match(r"[a-z]", spelled):
        spelled = f"c_{spelled}"
    name, number = spelled[:50], 2
    while name in taken:
        name, number = f"{spelled[:46]}_{number}", number + 1
    return name


def _key(fields: Sequence[DraftField], table: pa.Table) -> tuple[tuple[str, ...], bool]:
    """The fields that tell rows apart, an identifier before a number before anything else, and whether they do.

    table: all rows, a column per field. One field where one suffices, else two; else the nearest that there is.
    """
    order = {"identifier": 0, "uscc": 1, "id_number": 2, "passport_number": 2, "text": 3}
    full = [field for field in fields if field.filled >= 0.999] or list(fields)
    likely = sorted(full, key=lambda field: (field.distinct < 0.999, order.get(field.element, 4)))
    distinct: dict[str, int] = {}
    for field in likely:
        column = table.column(field.name)
        distinct[field.name] = compute.count_distinct(column, mode="only_valid").as_py()
        if distinct[field.name] == table.num_rows:
            return (field.name,), True
    telling = sorted(full, key=lambda field: (order.get(field.element, 4) >= 3, -distinct[field.name]))[:8]
    for left, right in combinations(telling, 2):
        pair = table.select([left.name, right.name]).group_by([left.name, right.name]).aggregate([])
        if pair.num_rows == table.num_rows:
            return (left.name, right.name), True
    return (max(full, key=lambda field: distinct[field.name]).name,), False


def _subject(fields: Sequence[DraftField]) -> str:
    elements = {field.element for field in fields}
    if "uscc" in elements and not elements & {"id_number"}:
        return "enterprise"
    if elements & {"person_name", "id_number"}:
        return "person"
    return "enterprise" if "organisation_name" in elements else "none"


def _roles(fields: Sequence[DraftField], key: tuple[str, ...]) -> Iterator[DraftField]:
    """What each field is to linkage: one field a column, the rest none, and what headings say better."""
    fed: set[str] = set()
    default = {
        "person_name": "name", "organisation_name": "name", "mobile": "phone", "phone": "phone",
        **{each: each for each in ("id_number", "uscc", "birth_date", "sex", "address")},
    }  # fmt: skip
    enterprise = _subject(fields) == "enterprise"
    for field in fields:
        said = next(
            (
                role
                for words, code, role in ROLES
                if code == field.element and re.search(words, field.heading, re.IGNORECASE)
            ),
            "",
        )
        role = said or default.get(field.element, "")
        if (
            enterprise and not said and field.element in ("person_name", "id_number", "birth_date", "sex")
        ) or (role and role in fed):
            yield replace(field, role="none")
        else:
            fed.add(role)
            yield replace(field, role=said)


def _latin_roles(fields: Sequence[DraftField], key: tuple[str, ...]) -> Iterator[DraftField]:
    """Names, homes and numbers in parts, as the model of Latin names takes them: text as it was written."""
    fed: set[str] = set()
    for field in fields:
        role = next(
            (role for words, role in LATIN_ROLES if re.search(words, field.heading, re.IGNORECASE)), "none"
        )
        if role in fed or field.name in key:
            role = "none"
        if role == "none":
            yield replace(field, role="none" if field.element in _FEEDING else "")
        else:
            fed.add(role)
            plain = "text" if role not in ("sex", "phone", "email") else field.element
            grade = (
                element(field.element).grade if plain == "text" else None
            )  # a name is one, however written
            yield replace(field, role=role, element=plain, passing=1.0, grade=grade)


_FEEDING = (
    "person_name",
    "organisation_name",
    "id_number",
    "uscc",
    "birth_date",
    "sex",
    "mobile",
    "phone",
    "address",
)

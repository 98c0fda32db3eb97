"""A first draft of a pack for files nobody has described yet: which column is which data element.

The heading proposes, the values decide: a column is bound to an element when most of its values pass the element's
check. What nothing speaks for stays `text`. The draft is meant to be read and corrected by the person who knows the
system; it is written as YAML with what was seen beside each field, in shares and never in values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pypinyin import lazy_pinyin

from tongchou.standards.elements import ELEMENTS, element
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from .sources import connector

#: Words in headings and the elements they propose, most telling first.
HEADING_WORDS: list[tuple[str, str]] = [
    (r"统一社会信用|信用代码|uscc", "uscc"),
    (r"护照|通行证|passport", "passport_number"),
    (r"身份证|公民身份|证件号|id.?(card|number|no)", "id_number"),
    (r"(企业|公司|单位|机构|商户|店铺|经营者|雇主)名称?|字号|company", "organisation_name"),
    (r"出生|birth|dob", "birth_date"),
    (r"电话|手机|联系方式|phone|mobile|tel", "phone"),
    (r"住址|地址|住所|address", "address"),
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
    (r"(姓名|患者|学生|参保人|户主|监护人|法定代表人|申请人|联系人|name)$", "person_name"),
    (r"编号|记录号|序号|流水号|户号|学号|代码|(^|_)(id|no|code)$", "identifier"),
]
#: Elements that values alone may prove, without a word in the heading.
PROVEN_BY_VALUES = ("id_number", "uscc", "mobile")
#: Share of a column's values that must pass an element's check.
ENOUGH = 0.6
#: Rows looked at.
SEEN_ROWS = 5000


@dataclass(frozen=True)
class DraftField:
    """One column: its heading, the proposed name and element, and the shares of values filled, passing, distinct."""

    heading: str
    name: str
    element: str
    filled: float
    passing: float
    distinct: float


@dataclass(frozen=True)
class Draft:
    """One file: its fields, proposed key, rows seen, and whom the rows seem to be about."""

    code: str
    file: str
    fields: tuple[DraftField, ...]
    key: tuple[str, ...]
    subject: str
    rows: int


def draft(file: Path, *, code: str) -> Draft:
    """Look into a file and propose how to describe it. Raises HouseError when it cannot be read."""
    files = connector("files")
    plan = ResourcePlan(code=code, fields=(), key=())
    reading = files.read({"path": str(file)}, {}, file, plan, None)
    columns: list[list[str]] = [[] for _ in reading.headings]
    for batch in reading.batches:
        for index, column in enumerate(columns):
            column += [text or "" for text in batch.table.column(f"c{index}").slice(0, SEEN_ROWS).to_pylist()]
        if columns and len(columns[0]) >= SEEN_ROWS:
            break
    rows = len(columns[0]) if columns else 0
    if not rows:
        raise HouseError(
            "draft.no_rows",
            Text("文件只有表头，没有数据行。", "The file has headings but no rows."),
            Text("请换一个有数据的文件。", "Name a file that holds some."),
            where=file.name,
        )
    taken: set[str] = set()
    fields = []
    for heading, values in zip(reading.headings, columns, strict=True):
        if not heading.strip():
            continue
        fields.append(_field(heading.strip(), values[:SEEN_ROWS], taken))
    return Draft(code, file.name, tuple(fields), _key(fields), _subject(fields), rows)


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
        passing=passing,
        distinct=len(set(filled)) / len(values),
    )


def _passing(code: str, filled: Sequence[str]) -> float:
    if not filled or code not in ELEMENTS:
        return 0.0
    standardise = element(code).standardise
    seen = filled[:1000]
    results = [standardise(value) for value in seen]
    return sum(result.value is not None and result.problem is None for result in results) / len(seen)


def _name(heading: str, code: str, taken: set[str]) -> str:
    """A field name: the element's code where it speaks for itself, else the heading in Latin letters."""
    latin = re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")
    if not re.match(r"[a-z]", latin):
        latin = code if code not in ("text", "identifier", "date", "amount_yuan", "yes_no") else ""
    if not latin:
        latin = re.sub(r"[^a-z0-9]+", "_", "_".join(lazy_pinyin(heading)).lower()).strip("_") or "column"
    if not re.match(r"[a-z]", latin):
        latin = f"c_{latin}"
    name, number = latin[:50], 2
    while name in taken:
        name, number = f"{latin[:46]}_{number}", number + 1
    return name


def _key(fields: Iterable[DraftField]) -> tuple[str, ...]:
    """The field that identifies a row: filled and distinct, an identifier before a number before anything else."""
    order = {"identifier": 0, "id_number": 1, "uscc": 1, "text": 2}
    unique = [field for field in fields if field.distinct >= 0.999 and field.filled >= 0.999]
    best = sorted(unique, key=lambda field: order.get(field.element, 3))
    if best:
        return (best[0].name,)
    nearest = max(fields, key=lambda field: (field.distinct, field.filled))
    return (nearest.name,)


def _subject(fields: Iterable[DraftField]) -> str:
    elements = {field.element for field in fields}
    if "uscc" in elements and "person_name" not in elements:
        return "enterprise"
    if elements & {"person_name", "id_number"}:
        return "person"
    return "enterprise" if "organisation_name" in elements else "none"


def write(drafts: Sequence[Draft], *, name: str, data_path: Path, folder: Path) -> list[Path]:
    """Write the drafts as a pack; refuses to touch a folder that already holds one."""
    if (folder / "pack.yaml").exists():
        raise HouseError(
            "draft.exists",
            Text("这个文件夹已有数据包。", "This folder already holds a pack."),
            Text("请另选文件夹。", "Name another folder."),
            where=str(folder),
        )
    (folder / "resources").mkdir(parents=True, exist_ok=True)
    kinds = sorted({one.subject for one in drafts} & {"person", "enterprise"})
    model = {"person": "zh_people", "enterprise": "zh_enterprises"}
    people = {"person": f"{name}_people", "enterprise": f"{name}_enterprises"}
    files = {
        "pack.yaml": f"""name: {name}
title: {{zh: {name}, en: {name}}}
requires: [core]
settings:
  - name: data_path
    default: "{data_path}"
    about: {{zh: 数据文件所在文件夹, en: folder of the files}}
""",
        "organisations.yaml": f"- {{code: {name}, name: {{zh: {name}, en: {name}}}, level: district, kind: department}}\n",
        "sources.yaml": (
            f"- {{code: {name}, name: {{zh: {name}, en: {name}}}, organisation: {name}, connector: files, "
            'settings: {path: "{data_path}"}}\n'
        ),
        "linkage.yaml": "".join(
            f"- {{population: {people[kind]}, kind: {kind}, model: {model[kind]}}}\n" for kind in kinds
        ),
    }
    for one in drafts:
        files[f"resources/{one.code}.yaml"] = _resource(one, name, people.get(one.subject, ""))
    written = []
    for path, text in files.items():
        if text:
            (folder / path).write_text(text, encoding="utf-8")
            written.append(folder / path)
    return written


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _resource(one: Draft, name: str, population: str) -> str:
    lines = [
        f"# Drafted from {one.file}: {one.rows:,} rows seen. Read it through; correct what you know better.",
        f"code: {name}.{one.code}",
        f"name: {{zh: {_quoted(one.code)}, en: {_quoted(one.code)}}}",
        f"organisation: {name}",
        "share_class: conditional",
        "cycle: monthly",
        f"subject: {one.subject}",
    ]
    if population:
        lines.append(f"population: {population}")
    lines += [
        f"source: {{code: {name}, locator: {{file: {_quoted(one.file)}}}, mode: full}}",
        f"key: [{', '.join(one.key)}]",
        "fields:",
    ]
    for field in one.fields:
        wants = ", required: true" if field.name in one.key else ""
        keep = "" if field.name in one.key else ", on_failure: keep"
        lines.append(
            f"  - {{name: {field.name}, label: {{zh: {_quoted(field.heading)}}}, element: {field.element}, "
            f"columns: [{_quoted(field.heading)}]{wants}{keep}}}"
            f"  # {field.filled:.0%} filled, {field.passing:.0%} pass, {field.distinct:.0%} distinct"
        )
    return "\n".join(lines) + "\n"

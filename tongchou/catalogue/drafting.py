"""A resource while it is being registered: begun, saved as one types, given up. Nothing of it is in the catalogue.

A draft is one row and no decision, so it is not on the ledger; `actions.registrations.publish` is.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from pypinyin import lazy_pinyin

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import meaning, policies
from .meaning import Item
from .models import Registration
from .queries.people import is_bureau

#: What a draft holds besides its fields.
VALUES = (
    "code", "name", "name_en", "abstract", "abstract_en", "resource_class", "subject_kind", "cycle", "format_class",
    "format_type", "share_class", "share_condition", "share_condition_en", "share_way", "legal_basis",
    "legal_basis_en", "is_open", "open_condition", "open_condition_en",
)  # fmt: skip
FIELD = (
    "name",
    "label",
    "label_en",
    "element",
    "grade",
    "data_type",
    "length",
    "required",
    "key",
    "nevertheless",
)
MOST_FIELDS = 300
LONGEST = 2000


def begin(*, by: Actor, organisation: Organisation) -> Registration:
    """Begin to register a resource of an organisation: one's own, or any for the bureau."""
    policies.check_keep(
        owner=organisation.code, organisation=by.organisation, bureau=is_bureau(by), where=organisation.code
    )
    made = Registration.objects.create(
        number=f"draft-{secrets.token_hex(8)}",
        organisation=organisation,
        begun_by=by.username,
        saved_by=by.username,
    )
    made.number = f"CR-{timezone.localdate():%Y}-{made.pk:06d}"
    made.save(update_fields=["number"])
    return made


def save(
    *,
    by: Actor,
    registration: Registration,
    version: int,
    values: Mapping[str, Any] | None = None,
    fields: Sequence[Mapping[str, Any]] | None = None,
) -> Registration:
    """Keep what was typed so far, whole or not. Only what is given is replaced.

    Raises Refused (accounts.not_allowed, catalogue.moved_on), HouseError (catalogue.not_a_draft, catalogue.too_much).
    """
    check_draft(by=by, registration=registration)
    policies.check_version(found=registration.version, given=version, where=registration.number)
    kept = {**registration.values}
    for name, value in (values or {}).items():
        if name in VALUES:
            kept[name] = value if isinstance(value, bool) else str(value or "").strip()[:LONGEST]
    rows = registration.fields if fields is None else _named([_row(each) for each in fields if said(each)])
    if len(rows) > MOST_FIELDS:
        raise too_much(registration.number)
    changed = Registration.objects.filter(pk=registration.pk, version=version).update(
        values=kept, fields=rows, version=version + 1, saved_by=by.username, saved_at=timezone.now()
    )
    registration.refresh_from_db()
    policies.check_version(found=0 if not changed else version, given=version, where=registration.number)
    return registration


def discard(*, by: Actor, registration: Registration) -> None:
    """Give a draft up; it stays as a row, for whoever asks what became of its number."""
    check_draft(by=by, registration=registration)
    Registration.objects.filter(pk=registration.pk, state=Registration.State.DRAFT).update(
        state=Registration.State.DISCARDED, saved_by=by.username
    )


def check_draft(*, by: Actor, registration: Registration) -> None:
    """Raise unless `by` may go on with it."""
    policies.check_keep(
        owner=registration.organisation.code, organisation=by.organisation, bureau=is_bureau(by),
        where=registration.number,
    )  # fmt: skip
    if registration.state != Registration.State.DRAFT:
        raise HouseError(
            "catalogue.not_a_draft",
            Text("这一登记已经发布或放弃。", "This registration was already published or given up."),
            Text("请在资源目录中查看，或重新登记。", "Look for it in the catalogue, or begin another."),
            registration.number,
        )


def too_much(where: str) -> HouseError:
    """More fields than a table has."""
    return HouseError(
        "catalogue.too_much",
        Text(f"字段超过 {MOST_FIELDS} 个。", f"There are more than {MOST_FIELDS} fields."),
        Text("请拆成几个资源或几张表。", "Make several resources or forms of it."),
        where,
    )


def said(row: Mapping[str, Any]) -> bool:
    """Whether a row of the form says anything."""
    return any(str(row.get(name) or "").strip() for name in ("label", "name", "label_en"))


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One field of a draft, tidied: only known keys, nothing longer than it may be."""
    label = str(row.get("label") or row.get("label_en") or "").strip()[:80]
    element = str(row.get("element") or "")
    if element not in ELEMENTS:
        element = meaning.element_of(label)
    grade = str(row.get("grade") or "")
    length = str(row.get("length") or "")
    return {
        "name": re.sub(r"[^a-z0-9_]", "_", str(row.get("name") or "").strip().lower())[:60],
        "label": label,
        "label_en": str(row.get("label_en") or "").strip()[:120],
        "element": element,
        "grade": int(grade) if grade in ("1", "2", "3", "4") else ELEMENTS[element].grade,
        "data_type": str(row.get("data_type") or "")[:2],
        "length": int(length) if re.fullmatch(r"[1-9][0-9]{0,5}", length) else None,
        "required": bool(row.get("required")),
        "key": bool(row.get("key")),
        "nevertheless": str(row.get("nevertheless") or "").strip()[:500],
    }


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with a name in Latin letters for each that has none: its element's where that says it, else by its sound."""
    taken = {row["name"] for row in rows if row["name"]}
    for row in rows:
        if row["name"]:
            continue
        spelled = row["element"] if row["element"] not in meaning.GENERIC else ""
        if not spelled or spelled in taken:
            text = row["label_en"] or " ".join(lazy_pinyin(row["label"]))
            spelled = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:50]
        if not re.match(r"[a-z]", spelled):
            spelled = f"c_{spelled}".rstrip("_")
        name, number = spelled, 2
        while name in taken:
            name, number = f"{spelled[:46]}_{number}", number + 1
        row["name"] = name
        taken.add(name)
    return rows


def items(fields: Sequence[Mapping[str, Any]], *, subject: str, about: str) -> list[Item]:
    """The rows of a draft or form as the rules take them."""
    return [
        Item(
            label=Text(str(each.get("label") or ""), str(each.get("label_en") or each.get("label") or "")),
            element=str(each.get("element") or ""), subject=subject, about=about, name=str(each.get("name") or ""),
        )
        for each in fields
    ]  # fmt: skip


def pasted(text: str) -> list[dict[str, Any]]:
    """Rows from a pasted list: one field a line or a cell, "label", "label<tab>element" or "1. label".

    Cells of one line pasted from a sheet's heading become a field each.
    """
    rows: list[dict[str, Any]] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"[\t,，;；|]", line) if cell.strip()]
        if not cells:
            continue
        if len(cells) == 2 and cells[1] in ELEMENTS:
            cells = cells[:1]
            element = line.strip().rsplit(None, 1)[-1].strip(",，;；|\t ")
            rows.append({"label": _unnumbered(cells[0]), "element": element})
            continue
        rows += [{"label": _unnumbered(cell), "element": ""} for cell in cells]
    seen: set[str] = set()
    unique = []
    for row in rows:
        if row["label"] and row["label"] not in seen:
            seen.add(row["label"])
            unique.append(row)
    return unique


def _unnumbered(cell: str) -> str:
    """A label without its number, bullet, star and colon."""
    plain = re.sub(
        r"^(?:[（(]?\d{1,3}[)）.、．]\s*|[一二三四五六七八九十]{1,3}、\s*|[-*•·□☐]\s*)", "", cell
    ).strip(" :：*＊")
    return plain[:80]

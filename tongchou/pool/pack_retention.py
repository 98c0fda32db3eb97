"""How long the records of each resource are kept, as a pack says it with the resource (`retention`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tongchou.accounts.upsert import upsert
from tongchou.standards.packs import Change, Problem, Row
from tongchou.standards.text import Text

from .models import RetentionRule


def retention(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring the retention rule of each resource to what the pack says; one that left the pack is a rule no more."""
    changes = []
    for row in rows:
        code, told = row.data["code"], row.data.get("retention")
        if not told:
            known = RetentionRule.objects.filter(resource=code, pack=pack)
            if known.exists():
                changes.append(Change("update", "retention", code))
                if write:
                    known.delete()
            continue
        basis = Text.of(told.get("basis") or "")
        after = str(told["from"])
        counted = after if after in ("ended", "recorded") else "field"
        values = {
            "months": int(told.get("years") or 0) * 12 + int(told.get("months") or 0),
            "counted_from": counted, "field": after if counted == "field" else "",
            "at_end": told["at_end"], "basis": basis.zh, "basis_en": basis.en, "pack": pack,
        }  # fmt: skip
        _, change = upsert(
            RetentionRule, section="retention", lookup={"resource": code}, values=values, write=write
        )
        changes.append(Change(change.kind, "retention", code, change.fields))
    return changes


def retention_problems(row: Row) -> Iterator[Problem]:
    """What is wrong with a resource's retention, beyond its form."""
    told = row.data.get("retention") or {}
    if not told:
        return
    line = row.line_of("retention")
    if not (int(told.get("years") or 0) or int(told.get("months") or 0)):
        yield Problem(
            row.file,
            line,
            Text("retention：没有写明年数或月数", "retention: it names neither years nor months"),
        )
    after = str(told.get("from"))
    dates = {
        each["name"] for each in row.data["fields"] if each.get("element") in ("date", "birth_date", "month")
    }
    if after not in ("ended", "recorded") and after not in dates:
        yield Problem(
            row.file, line,
            Text(f"retention.from：{after} 不是 ended、recorded 或本资源的日期字段",
                 f"retention.from: {after} is neither ended, recorded nor a date field of the resource"),
        )  # fmt: skip

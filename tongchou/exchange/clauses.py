"""条款: what a grant allows, or a request asks for, as plain values; what is wrong with them, and what a change widens. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from tongchou.standards import masking as standard_masking
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from . import masks, policies, rows
from .rows import FieldSaid

EVERYTHING = "*"
#: Forms of use a grant may name; the choices of `models.Form`.
FORMS = ("query", "verify", "batch", "subscribe", "aggregate")
MOST_PER_DAY = 1_000_000


@dataclass(frozen=True)
class Clauses:
    """fields, unmasked: names, or {"*"} for all. masking: {field: mask}. rows: a condition. until: the last day."""

    fields: frozenset[str]
    purposes: frozenset[str]
    until: date
    unmasked: frozenset[str] = frozenset()
    masking: Mapping[str, str] = field(default_factory=dict, hash=False)
    rows: str = ""
    forms: frozenset[str] = frozenset({"query"})
    statements: frozenset[str] = frozenset()
    needs_case: bool = False
    quota_per_day: int | None = None


@dataclass(frozen=True)
class ResourceSaid:
    """What clauses are about. statements: codes of those that can be verified on it."""

    code: str
    owner: str
    share_class: str
    fields: tuple[FieldSaid, ...]
    statements: frozenset[str] = frozenset()
    legal_basis: Text = policies.NOT_SAID
    published: bool = True

    def named(self, names: Collection[str]) -> list[FieldSaid]:
        """Those of its fields that are meant by names, or by "*"."""
        return [each for each in self.fields if EVERYTHING in names or each.name in names]

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields."""
        return frozenset(each.name for each in self.fields)


class Problem(NamedTuple):
    """One thing wrong with clauses. place: the clause it stands in, e.g. "rows" or "masking.phone"."""

    place: str
    said: Text


def problems(
    clauses: Clauses, resource: ResourceSaid, *, today: date, latest: date, by_provider: bool
) -> list[Problem]:
    """Everything that is wrong, at once. latest: the last day a grant may be given until."""
    return [
        *_of_fields(clauses, resource),
        *_of_masks(clauses, resource, by_provider),
        *(Problem("rows", each) for each in rows.problems(clauses.rows, resource.fields)),
        *_of_forms(clauses, resource),
        *_of_limits(clauses, today, latest),
    ]


def _of_fields(clauses: Clauses, resource: ResourceSaid) -> Iterable[Problem]:
    known = resource.names
    unknown = sorted(clauses.fields - known - {EVERYTHING})
    if not clauses.fields and clauses.forms != {"verify"}:
        yield Problem("fields", Text("没有选择字段", "no field is chosen"))
    if unknown:
        yield Problem(
            "fields",
            Text(
                f"资源没有这些字段：{'、'.join(unknown)}", f"the resource has no field {', '.join(unknown)}"
            ),
        )
    granted = known if EVERYTHING in clauses.fields else clauses.fields
    beyond = sorted(clauses.unmasked - granted - {EVERYTHING})
    if beyond:
        yield Problem(
            "unmasked",
            Text(
                f"可显示的字段不在授权字段内：{'、'.join(beyond)}",
                f"to be revealed but not granted: {', '.join(beyond)}",
            ),
        )


def _of_masks(clauses: Clauses, resource: ResourceSaid, by_provider: bool) -> Iterable[Problem]:
    fields = {each.name: each for each in resource.named(clauses.fields)}
    for name, mask in sorted(clauses.masking.items()):
        if name not in fields:
            yield Problem(
                f"masking.{name}",
                Text(
                    f"{name} 设了脱敏方式，但不在授权字段内",
                    f"{name} has a mask of its own but is not granted",
                ),
            )
            continue
        said = policies.masking_problem(
            fields[name].grade, element(fields[name].element).mask, mask, by_provider=by_provider
        )
        if said:
            yield Problem(f"masking.{name}", Text(f"{name}：{said.zh}", f"{name}: {said.en}"))


def _of_forms(clauses: Clauses, resource: ResourceSaid) -> Iterable[Problem]:
    if not clauses.forms:
        yield Problem("forms", Text("没有选择使用方式", "no form of use is chosen"))
    strange = sorted(clauses.forms - set(FORMS))
    if strange:
        yield Problem(
            "forms",
            Text(f"没有这些使用方式：{'、'.join(strange)}", f"there is no form of use {', '.join(strange)}"),
        )
    if "verify" in clauses.forms and not clauses.statements:
        yield Problem("statements", Text("选了核验，但没有选陈述", "verify is chosen, but no statement"))
    if clauses.statements and "verify" not in clauses.forms:
        yield Problem(
            "statements",
            Text("选了陈述，但使用方式里没有核验", "statements are chosen, but not the form verify"),
        )
    unknown = sorted(clauses.statements - resource.statements)
    if unknown:
        yield Problem(
            "statements",
            Text(
                f"该资源没有这些陈述：{'、'.join(unknown)}",
                f"the resource has no statement {', '.join(unknown)}",
            ),
        )


def _of_limits(clauses: Clauses, today: date, latest: date) -> Iterable[Problem]:
    if not clauses.purposes:
        yield Problem("purposes", Text("没有选择用途", "no purpose is chosen"))
    if clauses.until < today:
        yield Problem("until", Text("有效期已过", "its last day is past"))
    elif clauses.until > latest:
        yield Problem(
            "until", Text(f"有效期最晚到 {latest}", f"its last day may be {latest.isoformat()} at the latest")
        )
    quota = clauses.quota_per_day
    if quota is not None and not 1 <= quota <= MOST_PER_DAY:
        yield Problem(
            "quota_per_day",
            Text(
                f"每日限额应在 1 到 {MOST_PER_DAY:,} 之间",
                f"the daily quota lies between 1 and {MOST_PER_DAY:,}",
            ),
        )


def settled(clauses: Clauses, resource: ResourceSaid) -> dict[str, str]:
    """The masks that differ from what the grades give: the others are not kept, so that a raised grade takes effect."""
    return {
        each.name: clauses.masking[each.name]
        for each in resource.named(clauses.fields)
        if each.name in clauses.masking
        and clauses.masking[each.name] != masks.law(each.grade, element(each.element).mask)
    }


class Change(NamedTuple):
    """One clause that a change alters. wider: whether the holder may do something they could not before."""

    aspect: str
    before: object
    after: object
    wider: bool


#: What the clauses are called, in the order in which they are told.
ASPECTS: dict[str, Text] = {
    "fields": Text("字段", "Fields"),
    "unmasked": Text("可显示原值", "To be revealed"),
    "masking": Text("脱敏方式", "Masks"),
    "rows": Text("行范围", "Rows"),
    "forms": Text("使用方式", "Forms of use"),
    "statements": Text("可核验陈述", "Statements"),
    "purposes": Text("用途", "Purposes"),
    "needs_case": Text("须有事由", "Case needed"),
    "quota_per_day": Text("每日限额", "Quota a day"),
    "until": Text("有效期至", "Until"),
}


def changes(before: Clauses, after: Clauses, resource: ResourceSaid) -> list[Change]:
    """What differs, clause by clause. Where it cannot be told that a change narrows, it counts as widening."""
    found = []
    for aspect in ASPECTS:
        old, new = getattr(before, aspect), getattr(after, aspect)
        if old != new:
            found.append(Change(aspect, plain(old), plain(new), _is_wider(aspect, before, after, resource)))
    return found


def _is_wider(aspect: str, before: Clauses, after: Clauses, resource: ResourceSaid) -> bool:
    old, new = getattr(before, aspect), getattr(after, aspect)
    if aspect in ("fields", "unmasked"):
        # All of them means those to come too.
        return EVERYTHING not in old and not new <= old
    if aspect in ("forms", "statements", "purposes"):
        return not new <= old
    if aspect == "masking":
        return any(
            not masks.is_at_least(
                masks.effective(each.grade, element(each.element).mask, new.get(each.name)),
                masks.effective(each.grade, element(each.element).mask, old.get(each.name)),
            )
            for each in resource.fields
        )
    if aspect == "rows":
        return not rows.is_narrower(new, old)
    if aspect == "needs_case":
        return bool(old and not new)
    if aspect == "quota_per_day":
        return old is not None and (new is None or new > old)
    return bool(new > old)


def beyond(asked: Clauses, given: Clauses, resource: ResourceSaid) -> list[Problem]:
    """Where a decision would give more than was asked for. Rows may be other ones: the provider knows its table."""
    told = {
        "fields": Text("多于所申请的字段", "more fields than were asked for"),
        "unmasked": Text("多于所申请的可显示字段", "more fields to be revealed than were asked for"),
        "forms": Text("多于所申请的使用方式", "more forms of use than were asked for"),
        "statements": Text("多于所申请的陈述", "more statements than were asked for"),
        "purposes": Text("多于所申请的用途", "more purposes than were asked for"),
        "until": Text("晚于所申请的有效期", "longer than was asked for"),
    }
    return [
        Problem(each.aspect, told[each.aspect])
        for each in changes(asked, given, resource)
        if each.wider and each.aspect in told
    ]


def plain(value: object) -> object:
    """A clause as JSON keeps it and the ledger takes it: sorted lists, "field=mask", days as text."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return sorted(f"{name}={mask}" for name, mask in value.items())
    if isinstance(value, date):
        return value.isoformat()
    return value


def recorded(clauses: Clauses) -> dict[str, object]:
    """The clauses as the ledger keeps them; those that say nothing are left out."""
    told = {aspect: plain(getattr(clauses, aspect)) for aspect in ASPECTS}
    return {name: value for name, value in told.items() if value not in ([], "", None, False)} | {
        "fields": told["fields"], "unmasked": told["unmasked"],
    }  # fmt: skip


def masks_for(said: FieldSaid) -> list[str]:
    """The masks that make sense for a field: none, its element's, those of the same kind of value, hide."""
    own = element(said.element).mask
    kinds = {"date": ("month", "year"), "name": ("name", "first_character"), "phone": ("phone", "last_four"),
             "address": ("address",), "number": ("amount_band", "decade"), "coordinate": ("coordinate",),
             "identifier": ("id_number", "passport", "last_four", "plate")}.get(element(said.element).kind, ())  # fmt: skip
    found = ["none", *kinds, own, "first_character", "hide"]
    return [name for name in dict.fromkeys(found) if name in standard_masking.MASKS]

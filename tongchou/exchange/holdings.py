"""What one grant gives its holder in one form of use: batch, subscription or statistics.

These are used under one named grant, whose number goes with every row that leaves. `holding` is the one place that
says whether it may be used now; it is asked again at every step (a page, a part of a file, a download), so that a
withdrawal holds from the next request on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.standards import expressions
from tongchou.standards.elements import element
from tongchou.standards.expressions.syntax import Today, operands
from tongchou.standards.text import Text

from . import errors, masks, rules
from .errors import Refused
from .models import Grant
from .queries import grants
from .rows import kinds_of

#: What the forms are called in a refusal.
FORMS = {
    "batch": Text("批量", "batch"),
    "subscribe": Text("订阅", "subscribe"),
    "aggregate": Text("统计", "aggregate"),
}


@dataclass(frozen=True)
class Field:
    """One granted field. mask: how its values leave; kind: of its data element ("yes_no" for yes and no)."""

    name: str
    label: Text
    element: str
    kind: str
    grade: int
    mask: str
    code_list: str


@dataclass(frozen=True)
class Holding:
    """A grant in use. terms: as the rules and quotas take it. fields: those granted, in the resource's order. rows: which
    of them, None for all.

    every: {name: kind} of all the resource's fields, over which `rows` may speak.
    """

    grant: Grant
    terms: rules.Terms
    purpose: str
    fields: tuple[Field, ...]
    every: dict[str, str]
    rows: expressions.Condition | None

    @property
    def resource(self) -> str:
        """Code of the resource."""
        return self.grant.resource.code

    @property
    def moves_with_time(self) -> bool:
        """Whether a row may enter or leave by the passing of days alone."""
        return rows_can_move(self.rows)

    def only(self, names: Collection[str] | None) -> tuple[Field, ...]:
        """The fields asked for, in the resource's order; all when `names` is None.

        Raises Refused "exchange.refused.not_granted".
        """
        if names is None:
            return self.fields
        beyond = sorted(set(names) - {each.name for each in self.fields})
        if beyond or not names:
            raise errors.not_granted(f"{self.resource}.{beyond[0]}" if beyond else self.resource)
        return tuple(each for each in self.fields if each.name in names)


def holding(*, by: Actor, grant: str, form: str, purpose: str) -> Holding:
    """The grant of that number as `by` may use it now.

    Raises Refused: no_grant (there is none of that number that `by` holds and that is live), wrong_purpose,
    wrong_form, case_each; "exchange.grant_rows" when its rows cannot be read any more.
    """
    found = (
        Grant.objects.select_related("organisation", "role", "resource__organisation")
        .prefetch_related("purposes", "resource__fields")
        .filter(number=grant)
        .first()
    )
    today = timezone.localdate()
    terms = grants.as_terms(found) if found else None
    if found is None or terms is None or not rules.is_live(terms, by.organisation, by.role, today):
        raise errors.no_grant()
    if not grants.purpose_is_known(purpose):
        raise errors.purpose_missing()
    if purpose not in terms.purposes:
        raise errors.wrong_purpose()
    if form not in found.forms:
        raise errors.wrong_form(form)
    if found.needs_case:
        raise case_each(form, grant)
    return _holding(found, terms, purpose)


def _holding(found: Grant, terms: rules.Terms, purpose: str) -> Holding:
    described = list(found.resource.fields.all())
    every = kinds_of(described)
    fields = []
    for each in described:
        if rules.EVERYTHING not in found.fields and each.name not in found.fields:
            continue
        # What may be revealed leaves one value at a time; in bulk a field is as masked as the grant says itself.
        mask = masks.effective(each.grade, element(each.element).mask, found.masking.get(each.name))
        fields.append(
            Field(
                each.name, Text(each.label, each.label_en or each.label), each.element, every[each.name], each.grade,
                mask, each.code_list or element(each.element).code_list or "",
            )
        )  # fmt: skip
    if not fields:
        raise errors.not_granted(found.resource.code)
    return Holding(found, terms, purpose, tuple(fields), every, rows_of(found, every))


def rows_of(found: Grant, every: dict[str, str]) -> expressions.Condition | None:
    """The grant's condition on rows; None for all. A condition that cannot be read any more gives nothing.

    Raises Refused "exchange.grant_rows".
    """
    if not found.rows.strip():
        return None
    condition = expressions.parse(found.rows)
    if expressions.check(condition, fields=every):
        raise Refused(
            "exchange.grant_rows",
            Text(
                "授权的行范围引用了资源不再具有的字段。",
                "The grant's rows name a field the resource no longer has.",
            ),
            Text("请提供部门修改该授权。", "Ask the provider to correct the grant."),
            found.number,
        )
    return condition


def rows_can_move(rows: expressions.Condition | None) -> bool:
    """Whether what a condition gives may change by the passing of days alone."""
    return rows is not None and any(isinstance(each, Today) for each in operands(rows))


def kind_of(element_code: str) -> str:
    """The kind of a data element as conditions take it."""
    return "yes_no" if element_code == "yes_no" else element(element_code).kind


def case_each(form: str, where: str) -> Refused:
    name = FORMS.get(form, Text(form, form))
    return Refused(
        "exchange.refused.case_each",
        Text(
            f"该授权要求每次查询都有事由，不能用于“{name.zh}”。",
            f"The grant demands a case for each subject; it cannot be used for {name.en}.",
        ),
        Text(
            "请在办理中的事由下逐个查询，或申请不要求事由的授权。",
            "Look subjects up one by one under a live case, or ask for a grant without that condition.",
        ),
        where,
    )


def held(by: Actor, form: str) -> list[Grant]:
    """The grants `by` may use in that form today, for forms and lists."""
    live = Grant.objects.filter(
        organisation__code=by.organisation, role__code=by.role, state=Grant.State.LIVE,
        until__gte=timezone.localdate(), needs_case=False,
    ).exclude(resource__share_class="closed")  # fmt: skip
    found = live.select_related("resource__organisation").prefetch_related("purposes")
    return [each for each in found if form in each.forms]

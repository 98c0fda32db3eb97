"""Cases (事由): the piece of work that makes it right to read about somebody, where a grant demands one.

A case concerns one subject, belongs to one organisation, and ends: it is closed, or its last day passes. Rooms declare
the kinds of cases they open (`declare`) and say, when one is opened, that the thing behind it concerns the subject
(`Kind.confirms`). Kinds with `by_hand` may also be opened on a screen by those who hold that permission; such a case
is on the ledger with the subject's id, so that the citizen sees it, and what is unusual about it is told to the bureau.

Searching needs no case, since a person must be found before a case about them can be opened. It is no way round:
of subjects whom only case-demanding grants cover, a search shows the masked name and nothing else, and leaves an entry
in that subject's own trace (`access.found`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from tongchou.accounts.actor import Actor
from tongchou.pool import queries as pool
from tongchou.standards import hooks
from tongchou.standards.text import Text

from . import errors
from .models import Case
from .rules import Terms, is_subject_id

Confirms = Callable[[str, str, str], bool]
"""(what the case was opened from, subject id, code of the organisation) → whether the one is about the other."""


@dataclass(frozen=True)
class Kind:
    """A kind of case. days: how long it lasts unless closed. by_hand: the permission with which somebody may open one
    on a screen; "" when only a room opens them. confirms: asked when a room opens one; None where none may."""

    code: str
    title: Text
    about: Text
    days: int
    by_hand: str = ""
    confirms: Confirms | None = None


_kinds: dict[str, Kind] = {}


def declare(*kinds: Kind) -> None:
    """Add kinds; called by a room when it starts."""
    for each in kinds:
        _kinds[each.code] = each


def kind(code: str) -> Kind:
    """A kind by its code. Raises Refused "exchange.case_kind"."""
    hooks.settle(__name__)
    found = _kinds.get(code)
    if found is None:
        raise errors.Refused(
            "exchange.case_kind",
            Text("没有这类事由。", "There is no such kind of case."),
            Text("请从列表中选择类别。", "Choose a kind from the list."),
        )
    return found


def title_of(code: str) -> Text:
    """What a kind is called; its code when no room declares it any more."""
    hooks.settle(__name__)
    return _kinds[code].title if code in _kinds else Text(code, code)


def kinds_for(by: Actor) -> list[Kind]:
    """The kinds the actor may open by hand."""
    hooks.settle(__name__)
    return [each for each in _kinds.values() if each.by_hand and by.may(each.by_hand)]


#: More cases than these opened by hand by one person in a day, or about one subject in a month, are told to the bureau.
MANY_A_DAY = 30
MANY_A_SUBJECT = 3
WORKING_HOURS = range(7, 21)

UNUSUAL: dict[str, Text] = {
    "many_a_day": Text("同一人当日登记过多", "many opened by one person that day"),
    "same_subject": Text(
        "同一人多次为同一主体登记", "opened again and again about one subject by one person"
    ),
    "odd_hours": Text("非工作时间登记", "opened outside working hours"),
    "split": Text(
        "登记后主体被拆分，须确认所指何人", "the subject was split since: which of the two is meant?"
    ),
    "nothing_behind": Text("没有业务编号", "no number of anything behind it"),
}


def unusual(*, today: int, about_subject: int, at: datetime, reference: str) -> list[str]:
    """What is unusual about a case opened by hand. today, about_subject: how many the person had opened before."""
    found = []
    if today >= MANY_A_DAY:
        found.append("many_a_day")
    if about_subject >= MANY_A_SUBJECT:
        found.append("same_subject")
    if at.hour not in WORKING_HOURS:
        found.append("odd_hours")
    if not reference:
        found.append("nothing_behind")
    return found


def is_live(case: Case, on: date) -> bool:
    """Whether a case is good on that day."""
    return case.state == Case.State.OPEN and on <= case.until


def live_case(*, by: Actor, subject_id: str, case_ref: str) -> Case | None:
    """The live case of the actor's organisation under that reference, if it concerns the subject (or the one it was
    merged into, or that was merged into it). One query, and one of the index when the ids differ."""
    if not case_ref or not by.organisation:
        return None
    found = Case.objects.filter(ref=case_ref, organisation__code=by.organisation).first()
    if found is None or not is_live(found, timezone.localdate()):
        return None
    return found if is_same(found.subject_id, subject_id) else None


def is_same(left: str, right: str) -> bool:
    """Whether two ids stand for one subject now."""
    if left == right:
        return True
    if not (is_subject_id(left) and is_subject_id(right)):
        return False
    now = pool.id_now(left)
    return now is not None and now == pool.id_now(right)


def check_case(terms: Terms | Iterable[Terms], *, by: Actor, subject_id: str, case_ref: str) -> None:
    """Pass when none of the grants demands a case, or `case_ref` is a live one of `by`'s organisation about the subject.

    Raises Refused "exchange.refused.case_needed".
    """
    held = [terms] if isinstance(terms, Terms) else list(terms)
    if any(each.needs_case for each in held) and not live_case(
        by=by, subject_id=subject_id, case_ref=case_ref
    ):
        raise errors.case_needed(", ".join(sorted({each.resource for each in held if each.needs_case})))


def under_case(
    terms: Collection[Terms],
    *,
    by: Actor,
    subject_id: str,
    case_ref: str,
    asked: Collection[str] | None = None,
) -> list[Terms]:
    """The grants that may be used now: all of them under a live case; without one, those that demand none.

    asked: the resources asked for, when only some are. Raises Refused "exchange.refused.case_needed" when nothing is
    left of what was asked, or when a reference was given that is no live case about the subject.
    """
    wanted = [each for each in terms if asked is None or each.resource in asked]
    free = [each for each in wanted if not each.needs_case]
    if len(free) == len(wanted):
        return list(terms)
    if live_case(by=by, subject_id=subject_id, case_ref=case_ref):
        return list(terms)
    covered = {each.resource for each in free}
    missing = sorted({each.resource for each in wanted} - covered)
    if case_ref or not free or (asked is not None and missing):
        raise errors.case_needed(missing[0] if len(missing) == 1 else "")
    return [each for each in terms if not each.needs_case]


def only_under_case(terms: Iterable[Terms]) -> list[str]:
    """The resources that only grants demanding a case cover."""
    held = list(terms)
    free = {each.resource for each in held if not each.needs_case}
    return sorted({each.resource for each in held if each.needs_case} - free)

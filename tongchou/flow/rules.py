"""Decisions of this room on plain values: whether a definition is sound, and who may take an action. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from tongchou.standards import expressions
from tongchou.standards.text import Text

from . import errors
from .definitions import BUREAU, OWNER, STARTER, Action, Definition
from .soundness import Known, check

__all__ = [
    "Acting",
    "Known",
    "Refusal",
    "Standing",
    "can_act",
    "check",
    "check_may_act",
    "guard_answer",
    "why_not",
]


@dataclass(frozen=True)
class Acting:
    """Who wants to act. bureau: asks whether their organisation runs the platform. house: no person but the platform."""

    user: str
    organisation: str
    role: str
    permissions: frozenset[str]
    bureau: Callable[[], bool] = bool
    house: bool = False


@dataclass(frozen=True)
class Standing:
    """Where an instance stands. owner: the organisation given when it began. doers: {action: (user, organisation) of
    whoever took it}."""

    number: str
    state: str
    owner: str
    starter: str
    starter_organisation: str
    facts: Mapping[str, Any]
    doers: Mapping[str, frozenset[tuple[str, str]]]


class Refusal(NamedTuple):
    """Why somebody may not act. lasting: they could not come to have the right on this instance."""

    code: str
    what: Text
    next: Text
    lasting: bool = False


def why_not(
    definition: Definition, action: Action, acting: Acting, standing: Standing, *, on: date | None = None
) -> Refusal | None:
    """What keeps `acting` from taking `action`; None when nothing does. on: the day that "today" means in guards."""
    if action.by != "people":
        return Refusal(
            "flow.refused.automatic",
            Text("由系统自动执行。", "The house does this by itself."),
            Text("无需人工办理。", "Nobody has to do it."),
            lasting=True,
        )
    if not acting.house:
        refusal = _not_theirs(definition, action, acting, standing) or _own_work(action, acting, standing)
        if refusal is not None:
            return refusal
    answer = guard_answer(definition, action, standing.facts, on=on)
    if answer is True:
        return None
    words = action.guard_says or guard_in_words(definition, action)
    if answer is None:
        return Refusal(
            "flow.refused.guard_open",
            Text(f"条件还不明确：{words.zh}", f"It is not known yet whether: {words.en}"),
            Text("请先补充所需的情况。", "Supply what it speaks of first."),
        )
    return Refusal(
        "flow.refused.guard",
        Text(f"不符合条件：{words.zh}", f"The condition does not hold: {words.en}"),
        Text("请选择其他操作。", "Choose another action."),
    )


def check_may_act(
    definition: Definition, action: Action, acting: Acting, standing: Standing, *, on: date | None = None
) -> None:
    """Raises Refused "flow.refused.…" unless `acting` may take `action`."""
    refusal = why_not(definition, action, acting, standing, on=on)
    if refusal is not None:
        raise errors.refused(standing.number, refusal.code, refusal.what, refusal.next)


def can_act(
    definition: Definition, action: Action, acting: Acting, standing: Standing, *, on: date | None = None
) -> bool:
    """Whether `check_may_act` would pass."""
    return why_not(definition, action, acting, standing, on=on) is None


def owns(definition: Definition, owner: str, acting: Acting, standing: Standing) -> bool:
    """Whether `acting` is, or acts for, an owner as definitions name them."""
    if owner == STARTER:
        if definition.starter == "person":
            return acting.user == standing.starter
        return bool(acting.organisation) and acting.organisation == standing.starter_organisation
    if owner == BUREAU:
        return acting.bureau()
    return bool(acting.organisation) and acting.organisation == (standing.owner if owner == OWNER else owner)


def guard_answer(
    definition: Definition, action: Action, facts: Mapping[str, Any], *, on: date | None = None
) -> bool | None:
    """The guard's answer on these facts; True without a guard, None when it is not known."""
    if not action.guard:
        return True
    kinds = definition.kinds()
    known = {code: facts.get(code) for code in kinds}
    return expressions.evaluate(expressions.parse(action.guard), known, kinds=kinds, on=on)


def guard_in_words(definition: Definition, action: Action) -> Text:
    """The guard as a sentence."""
    labels = {code: fact.title for code, fact in definition.facts.items()}
    return expressions.in_words(expressions.parse(action.guard), labels)


def _not_theirs(definition: Definition, action: Action, acting: Acting, standing: Standing) -> Refusal | None:
    owner = definition.owner_of(action, standing.state)
    if not owns(definition, owner, acting, standing):
        return Refusal(
            "flow.refused.not_yours",
            Text("由其他机构办理。", "It is for another organisation to do."),
            Text("请等待其办理。", "Wait for them to do it."),
            lasting=True,
        )
    permission, role = definition.permission_of(action, standing.state)
    if permission and permission not in acting.permissions:
        return Refusal(
            "flow.refused.no_permission",
            Text("当前角色没有这项权限。", "Your role may not do this."),
            Text("请切换到有权限的角色，或请同事办理。", "Switch to a role that may, or ask a colleague."),
        )
    if role and role != acting.role:
        return Refusal(
            "flow.refused.no_role",
            Text("须由指定的角色办理。", "Another role has to do this."),
            Text("请切换角色，或请同事办理。", "Switch roles, or ask a colleague."),
        )
    return None


def _own_work(action: Action, acting: Acting, standing: Standing) -> Refusal | None:
    def doers(code: str) -> frozenset[tuple[str, str]]:
        if code == STARTER:
            return frozenset({(standing.starter, standing.starter_organisation)})
        return standing.doers.get(code, frozenset())

    colleague = Text("请由另一位同事办理。", "Ask another colleague to do it.")
    for code in action.not_by:
        if any(user == acting.user for user, _organisation in doers(code)):
            if code == STARTER:
                what = Text(
                    "您是发起人，不能办理自己发起的事项。", "You began it, so you may not decide on it."
                )
            else:
                what = Text(
                    "您办理过前面的环节，不能再办理这一环节。",
                    "You acted on it before, so you may not take this step.",
                )
            return Refusal("flow.refused.own_work", what, colleague)
    for code in action.apart:
        if any(organisation and organisation == acting.organisation for _user, organisation in doers(code)):
            return Refusal(
                "flow.refused.own_organisation",
                Text(
                    "您所在机构发起或办理过前面的环节，须由其他机构办理。",
                    "Your organisation began it or acted on it before; another has to take this step.",
                ),
                Text("请由其他有权的机构办理。", "Another organisation that may has to do it."),
                lasting=True,
            )
    return None

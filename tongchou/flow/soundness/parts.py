"""Whether each part of a definition says what it must, and nothing it cannot mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tongchou.standards import expressions
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.standards.working_time import Limit

from ..definitions import BUREAU, OWNER, STARTER, Definition, Finding, Place
from .finding import finding, reachable
from .known import Known


def names(definition: Definition, known: Known) -> Iterator[Finding]:
    """Every name that is used is declared."""
    states = definition.states
    if not states:
        yield finding("no_states", ("states",), "流程没有任何状态。", "The flow has no state.")
    if definition.start not in states:
        yield finding(
            "unknown_state",
            ("start",),
            f"没有状态“{definition.start}”。",
            f"There is no state {definition.start!r}.",
        )
    elif states[definition.start].end:
        yield finding("starts_at_end", ("start",), "起始状态不能是结束状态。", "It must not start at an end.")
    for action in definition.actions.values():
        place: Place = ("actions", action.code)
        if not action.sources:
            yield finding(
                "no_source", (*place, "from"), "没有写明从哪个状态出发。", "It leads out of no state."
            )
        for target, key in [(action.to, "to"), *((source, "from") for source in action.sources)]:
            if target and target not in states:
                yield finding(
                    "unknown_state", (*place, key), f"没有状态“{target}”。", f"There is no state {target!r}."
                )
        for source in action.sources:
            if source in states and states[source].end:
                yield finding(
                    "leaves_end",
                    (*place, "from"),
                    f"“{source}”已是结束，不能再离开。",
                    f"{source} is an end; nothing leads out of it.",
                )
        for key, codes in (("not_by", action.not_by), ("not_by_organisation", action.apart)):
            for code in codes:
                if code != STARTER and code not in definition.actions:
                    yield finding(
                        "unknown_action",
                        (*place, key),
                        f"没有操作“{code}”。",
                        f"There is no action {code!r}.",
                    )
    named = [
        *((("states", state.code), state.permission, state.role) for state in states.values()),
        *(
            (("actions", action.code), action.permission, action.role)
            for action in definition.actions.values()
        ),
    ]
    for where, permission, role in named:
        if permission and known.permissions is not None and permission not in known.permissions:
            yield finding(
                "unknown_permission",
                (*where, "permission"),
                f"没有权限“{permission}”。",
                f"There is no permission {permission!r}.",
            )
        if role and known.roles is not None and role not in known.roles:
            yield finding(
                "unknown_role", (*where, "role"), f"没有角色“{role}”。", f"There is no role {role!r}."
            )


def owners(definition: Definition, known: Known) -> Iterator[Finding]:
    """Whoever waits is named, with the right they need."""
    words = {OWNER, BUREAU, STARTER}
    for state in definition.states.values():
        place: Place = ("states", state.code)
        if state.end:
            for key, said in (
                ("owner", state.owner),
                ("limit", state.limit),
                ("remind", state.remind),
                ("escalate", state.escalate),
                ("children", state.children),
                ("stands", state.stands),
            ):
                if said:
                    yield finding("end_with", (*place, key), f"结束状态不写 {key}。", f"An end has no {key}.")
            continue
        if not state.owner:
            yield finding(
                "no_owner",
                place,
                f"“{state.title.zh}”没有写明由谁办理（owner）。",
                f"Nobody owns {state.title.en} (owner).",
            )
        elif not (state.permission or state.role) and not (
            state.owner == STARTER and definition.starter == "person"
        ):
            yield finding(
                "no_right",
                place,
                f"“{state.title.zh}”没有写明办理人须有的权限或角色。",
                f"{state.title.en} does not say which permission or role its owner needs.",
            )
        if state.outcome != "accepted":
            yield finding(
                "not_end", (*place, "outcome"), "只有结束状态写 outcome。", "Only an end has an outcome."
            )
    owned = [
        *((("states", state.code, "owner"), state.owner) for state in definition.states.values()),
        *((("actions", action.code, "owner"), action.owner) for action in definition.actions.values()),
    ]
    for where, owner in owned:
        if (
            owner
            and owner not in words
            and known.organisations is not None
            and owner not in known.organisations
        ):
            yield finding(
                "unknown_owner", where, f"没有机构“{owner}”。", f"There is no organisation {owner!r}."
            )
    for action in definition.actions.values():
        for source in action.sources:
            state_at = definition.states.get(source)
            if (
                state_at is None
                or action.by != "people"
                or not action.owner
                or action.owner == state_at.owner
            ):
                continue
            if not any(definition.permission_of(action, source)) and not (
                action.owner == STARTER and definition.starter == "person"
            ):
                yield finding(
                    "no_right",
                    ("actions", action.code),
                    f"“{action.title.zh}”另有办理人，须写明其权限或角色。",
                    f"{action.title.en} has another owner; say which permission or role they need.",
                )
                break


def limits(definition: Definition) -> Iterator[Finding]:
    """Every waiting state has a limit, and something happens when it passes."""
    for state in definition.states.values():
        place: Place = ("states", state.code)
        if state.end:
            continue
        if state.limit is None:
            yield finding(
                "no_limit", place, f"“{state.title.zh}”没有时限（limit）。", f"{state.title.en} has no limit."
            )
        if state.escalate is None:
            yield finding(
                "no_escalation",
                place,
                f"“{state.title.zh}”没有写明逾期怎么办（escalate）。",
                f"{state.title.en} does not say what happens when its limit passes (escalate).",
            )
        for position, reminder in enumerate(state.remind):
            if state.limit is not None and _not_shorter(reminder.lead, state.limit):
                yield finding(
                    "late_reminder",
                    (*place, "remind", position),
                    "提醒的提前量不短于时限，永远不会提醒。",
                    "The reminder's lead is not shorter than the limit; it would never come.",
                )
    if definition.tell and definition.limit is None:
        yield finding(
            "no_limit",
            ("escalate",),
            "没有总时限，谈不上逾期。",
            "There is no limit of the whole that could pass.",
        )
    if definition.limit is not None and not definition.tell:
        yield finding(
            "no_escalation",
            ("limit",),
            "总时限须写明逾期告知谁（escalate: {tell: bureau}）。",
            "The limit of the whole must say who is told (escalate: {tell: bureau}).",
        )


def _not_shorter(lead: Limit, limit: Limit) -> bool:
    return lead.unit == limit.unit and lead.amount >= limit.amount


def clock_and_joins(definition: Definition) -> Iterator[Finding]:
    """What the house does by itself is called for, and by nobody else."""
    called: set[tuple[str, str]] = set()
    for state in definition.states.values():
        place: Place = ("states", state.code)
        asked: list[tuple[Place, str, str]] = []
        if state.escalate and state.escalate.action:
            asked.append(((*place, "escalate", "action"), state.escalate.action, "clock"))
        if state.children:
            asked += [
                ((*place, "children", key), getattr(state.children, key), "join")
                for key in ("then", "otherwise")
            ]
        for where, code, by in asked:
            action = definition.actions.get(code)
            if action is None:
                yield finding("unknown_action", where, f"没有操作“{code}”。", f"There is no action {code!r}.")
            elif action.by != by:
                yield finding(
                    "wrong_doer",
                    ("actions", code, "by"),
                    f"“{action.title.zh}”由系统执行，须写 by: {by}。",
                    f"{action.title.en} is done by the house: say by: {by}.",
                )
            elif state.code not in action.sources:
                yield finding(
                    "wrong_source",
                    where,
                    f"“{action.title.zh}”不从“{state.title.zh}”出发。",
                    f"{action.title.en} does not lead out of {state.title.en}.",
                )
            called.add((code, state.code))
    for action in definition.actions.values():
        place = ("actions", action.code)
        if action.by == "people":
            continue
        for source in action.sources:
            if source in definition.states and (action.code, source) not in called:
                yield finding(
                    "never_happens",
                    place,
                    f"没有任何时限或汇合会在“{source}”触发“{action.title.zh}”。",
                    f"No limit or join ever brings {action.title.en} about in {source}.",
                )
        for key, said in (
            ("guard", action.guard),
            ("not_by", action.not_by),
            ("not_by_organisation", action.apart),
            ("owner", action.owner),
            ("permission", action.permission),
            ("role", action.role),
            ("needs_comment", action.needs_comment),
            ("decides", action.decides),
        ):
            if said:
                yield finding(
                    "automatic_with",
                    (*place, key),
                    f"系统自动执行的操作不写 {key}。",
                    f"What the house does by itself has no {key}.",
                )


def guards(definition: Definition) -> Iterator[Finding]:
    """Guards can be read and speak of declared facts alone."""
    for action in definition.actions.values():
        if not action.guard:
            if action.guard_says is not None:
                yield finding(
                    "no_guard",
                    ("actions", action.code, "guard_says"),
                    "没有条件，却有条件说明。",
                    "It explains a guard there is not.",
                )
            continue
        place: Place = ("actions", action.code, "guard")
        try:
            condition = expressions.parse(action.guard)
        except HouseError as error:
            yield Finding("flow.guard", place, Text(error.what.zh, error.what.en))
            continue
        kinds = definition.kinds()
        for wrong in expressions.check(condition, fields=kinds):
            yield Finding(
                "flow.guard", place, Text(f"{wrong.zh}。", f"{wrong.en[:1].upper()}{wrong.en[1:]}.")
            )


def children(definition: Definition, known: Known) -> Iterator[Finding]:
    """Children exist, do not contain one another, and somebody is asked."""
    for state in definition.states.values():
        if state.children is None:
            continue
        place: Place = ("states", state.code, "children")
        children = state.children
        if isinstance(children.owners, str):
            fact = definition.facts.get(children.owners)
            if fact is None or fact.kind != "organisations":
                yield finding(
                    "children_owners",
                    (*place, "owners"),
                    f"没有声明类型为 organisations 的事实“{children.owners}”。",
                    f"{children.owners!r} is no declared fact of kind organisations.",
                )
        else:
            if not children.owners:
                yield finding(
                    "children_owners",
                    (*place, "owners"),
                    "没有写明征求哪些机构。",
                    "No organisation is named.",
                )
            for code in children.owners:
                if known.organisations is not None and code not in known.organisations:
                    yield finding(
                        "unknown_owner",
                        (*place, "owners"),
                        f"没有机构“{code}”。",
                        f"There is no organisation {code!r}.",
                    )
        if children.then and children.then == children.otherwise:
            yield finding(
                "same_join",
                (*place, "otherwise"),
                "汇合成立与不成立须是两项操作。",
                "then and otherwise must be two actions.",
            )
        if known.flows is not None and children.flow != definition.code and children.flow not in known.flows:
            yield finding(
                "unknown_flow",
                (*place, "flow"),
                f"没有流程“{children.flow}”。",
                f"There is no flow {children.flow!r}.",
            )
        edges = {**(known.flows or {}), definition.code: child_flows(definition)}
        if definition.code in reachable([children.flow], edges):
            yield finding(
                "flow_circle",
                (*place, "flow"),
                "流程直接或间接地包含了自己。",
                "The flow contains itself, directly or by way of others.",
            )


def child_flows(definition: Definition) -> frozenset[str]:
    """Codes of the flows that run inside its states."""
    return frozenset(state.children.flow for state in definition.states.values() if state.children)

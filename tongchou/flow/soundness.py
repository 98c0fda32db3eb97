"""Whether a definition is sound: every problem at once, each with its place. Pure.

What is promised of a flow that passes (and tested on random ones): every state can be reached; from every state an end
can be reached by ways that no guard can close; whoever waits is named, has a limit, and something happens when it
passes; nothing is accepted that nobody but its starter has decided; nobody decides on what they did themselves; guards
speak of declared facts alone; children exist, do not contain one another, and their join leads on either way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tongchou.standards import expressions
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.standards.working_time import Limit

from .definitions import BUREAU, OWNER, STARTER, Action, Definition, Finding, Place, State


@dataclass(frozen=True)
class Known:
    """What lies around a definition. None: not looked at. flows: {code: codes of its children} of the other flows."""

    permissions: Collection[str] | None = None
    roles: Collection[str] | None = None
    organisations: Collection[str] | None = None
    flows: Mapping[str, frozenset[str]] | None = field(default=None)


def check(definition: Definition, known: Known | None = None) -> list[Finding]:
    """All that is wrong with a definition, in the order of its text; empty when it may be published."""
    around = known or Known()
    found = list(_names(definition, around))
    if not any(finding.code == "flow.unknown_state" for finding in found) and definition.states:
        found += _graph(definition)
        found += _reviews(definition)
    found += _owners(definition, around)
    found += _limits(definition)
    found += _clock_and_joins(definition)
    found += _guards(definition)
    found += _children(definition, around)
    order = {"start": 0, "facts": 1, "states": 2, "actions": 3}
    codes = {code: position for position, code in enumerate([*definition.states, *definition.actions])}
    return sorted(
        dict.fromkeys(found),
        key=lambda one: (
            order.get(str(one.place[0]), 0),
            codes.get(str(one.place[1]), 0) if len(one.place) > 1 else 0,
        ),
    )


def child_flows(definition: Definition) -> frozenset[str]:
    """Codes of the flows that run inside its states."""
    return frozenset(state.children.flow for state in definition.states.values() if state.children)


def always_open(definition: Definition, action: Action) -> bool:
    """Whether no guard can close this way: it has none. People, clock and joins all take it sooner or later."""
    return not action.guard


def decides(definition: Definition, action: Action, state: str) -> bool:
    """Whether an action there judges other people's work: unless it says otherwise, whatever is not the starter's."""
    if action.by != "people":
        return False
    if action.decides is not None:
        return action.decides
    return definition.owner_of(action, state) != STARTER


def _finding(code: str, place: Place, zh: str, en: str) -> Finding:
    return Finding(f"flow.{code}", place, Text(zh, en))


def _names(definition: Definition, known: Known) -> Iterator[Finding]:
    states = definition.states
    if not states:
        yield _finding("no_states", ("states",), "流程没有任何状态。", "The flow has no state.")
    if definition.start not in states:
        yield _finding(
            "unknown_state",
            ("start",),
            f"没有状态“{definition.start}”。",
            f"There is no state {definition.start!r}.",
        )
    elif states[definition.start].end:
        yield _finding(
            "starts_at_end", ("start",), "起始状态不能是结束状态。", "It must not start at an end."
        )
    for action in definition.actions.values():
        place: Place = ("actions", action.code)
        if not action.sources:
            yield _finding(
                "no_source", (*place, "from"), "没有写明从哪个状态出发。", "It leads out of no state."
            )
        for target, key in [(action.to, "to"), *((source, "from") for source in action.sources)]:
            if target and target not in states:
                yield _finding(
                    "unknown_state", (*place, key), f"没有状态“{target}”。", f"There is no state {target!r}."
                )
        for source in action.sources:
            if source in states and states[source].end:
                yield _finding(
                    "leaves_end", (*place, "from"), f"“{source}”已是结束，不能再离开。", f"{source} is an end; nothing leads out of it."
                )  # fmt: skip
        for key, codes in (("not_by", action.not_by), ("not_by_organisation", action.apart)):
            for code in codes:
                if code != STARTER and code not in definition.actions:
                    yield _finding(
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
            yield _finding(
                "unknown_permission", (*where, "permission"), f"没有权限“{permission}”。", f"There is no permission {permission!r}."
            )  # fmt: skip
        if role and known.roles is not None and role not in known.roles:
            yield _finding(
                "unknown_role", (*where, "role"), f"没有角色“{role}”。", f"There is no role {role!r}."
            )


def _reachable(starts: Iterable[str], edges: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += edges.get(one, ())
    return found


def _edges(actions: Iterable[Action], *, backwards: bool = False) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for action in actions:
        for source in action.sources:
            one, two = (action.to, source) if backwards else (source, action.to)
            edges.setdefault(one, set()).add(two)
    return edges


def _graph(definition: Definition) -> Iterator[Finding]:
    actions = definition.actions.values()
    reachable = _reachable([definition.start], _edges(actions))
    ends = [state.code for state in definition.states.values() if state.end]
    if not ends:
        yield _finding("no_end", ("states",), "流程没有结束状态。", "The flow has no end.")
    leads_on = _reachable(ends, _edges(actions, backwards=True))
    surely = _reachable(
        ends, _edges((each for each in actions if always_open(definition, each)), backwards=True)
    )
    for state in definition.states.values():
        place: Place = ("states", state.code)
        if state.code not in reachable:
            yield _finding(
                "unreachable",
                place,
                f"“{state.title.zh}”永远到不了。",
                f"{state.title.en} can never be reached.",
            )
        if state.end or not ends:
            continue
        if state.code not in leads_on:
            yield _finding(
                "dead_end", place, f"到了“{state.title.zh}”就再也走不到结束。", f"From {state.title.en} no end can be reached."
            )  # fmt: skip
        elif state.code not in surely:
            yield _finding(
                "guarded_in", place,
                f"“{state.title.zh}”通往结束的路都带条件，条件不成立就会卡住；请留一条不带条件的出路。",
                f"Every way from {state.title.en} to an end is guarded, so it may stick; leave one way unguarded.",
            )  # fmt: skip
    by_clock = _edges(each for each in actions if each.by == "clock")
    for code in by_clock:
        if code in _reachable(by_clock[code], by_clock):
            yield _finding(
                "clock_circle", ("states", code), "只靠时限就会一直绕圈。", "The clock alone would send it round in circles."
            )  # fmt: skip


def _reviews(definition: Definition) -> Iterator[Finding]:
    actions = definition.actions.values()
    for action in actions:
        place: Place = ("actions", action.code)
        judged_in = [source for source in action.sources if decides(definition, action, source)]
        if definition.starter == "person" and STARTER in action.not_by:
            owners = {definition.owner_of(action, source) for source in action.sources}
            if owners == {STARTER}:
                yield _finding(
                    "nobody_may", place, "只有发起人能办，又禁止发起人办。", "Only the starter may do it, and the starter may not."
                )  # fmt: skip
        if STARTER in action.apart and action.by == "people":
            for source in action.sources:
                if definition.owner_of(action, source) == STARTER:
                    yield _finding(
                        "nobody_may", place, "只有发起机构能办，又禁止发起机构办。", "Only the starter's organisation may do it, and it may not."
                    )  # fmt: skip
        if not judged_in:
            continue
        if STARTER not in action.not_by:
            yield _finding(
                "own_work", (*place, "not_by"),
                f"“{action.title.zh}”是对他人事项的决定，须写 not_by: [starter]（若不是决定，写 decides: false）。",
                f"{action.title.en} decides on somebody's matter: say not_by: [starter] (or decides: false, if it does not).",
            )  # fmt: skip
        for source in judged_in:
            mine = (definition.owner_of(action, source), *definition.permission_of(action, source))
            for before in actions:
                if before.by != "people" or before.to != source or before.code == action.code:
                    continue
                handed = any(
                    origin != source
                    and (definition.owner_of(before, origin), *definition.permission_of(before, origin))
                    != mine
                    for origin in before.sources
                )
                if handed and before.code not in action.not_by:
                    yield _finding(
                        "own_work", (*place, "not_by"),
                        f"“{before.title.zh}”之后交由“{action.title.zh}”审定，办过前者的人不能再办后者：请在 not_by 中加上 {before.code}。",
                        f"{before.title.en} hands it on to {action.title.en}; whoever did the first may not do the second: add {before.code} to not_by.",
                    )  # fmt: skip
    if definition.without_review is not None:
        return
    undecided = _reachable(
        [definition.start],
        _unjudged_edges(definition),
    )
    for state in definition.states.values():
        if state.end and state.outcome == "accepted" and state.code in undecided:
            yield _finding(
                "unreviewed", ("states", state.code),
                f"不经任何人审定就能到“{state.title.zh}”；若本就无需审定，请用 without_review 说明理由。",
                f"{state.title.en} can be reached without anybody deciding; if nobody need, say why in without_review.",
            )  # fmt: skip


def _unjudged_edges(definition: Definition) -> dict[str, set[str]]:
    """Ways on which nobody but the starter judges; a join's `then` counts as judged: children were accepted."""
    edges: dict[str, set[str]] = {}
    for action in definition.actions.values():
        for source in action.sources:
            children = definition.states[source].children
            joined = action.by == "join" and children is not None and action.code == children.then
            if not decides(definition, action, source) and not joined:
                edges.setdefault(source, set()).add(action.to)
    return edges


def _owners(definition: Definition, known: Known) -> Iterator[Finding]:
    words = {OWNER, BUREAU, STARTER}
    for state in definition.states.values():
        place: Place = ("states", state.code)
        if state.end:
            for key, said in (
                ("owner", state.owner), ("limit", state.limit), ("remind", state.remind), ("escalate", state.escalate),
                ("children", state.children), ("stands", state.stands),
            ):  # fmt: skip
                if said:
                    yield _finding(
                        "end_with", (*place, key), f"结束状态不写 {key}。", f"An end has no {key}."
                    )
            continue
        if not state.owner:
            yield _finding(
                "no_owner", place, f"“{state.title.zh}”没有写明由谁办理（owner）。", f"Nobody owns {state.title.en} (owner)."
            )  # fmt: skip
        elif not (state.permission or state.role) and not (
            state.owner == STARTER and definition.starter == "person"
        ):
            yield _finding(
                "no_right", place,
                f"“{state.title.zh}”没有写明办理人须有的权限或角色。", f"{state.title.en} does not say which permission or role its owner needs.",
            )  # fmt: skip
        if state.outcome != "accepted":
            yield _finding(
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
            yield _finding(
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
                yield _finding(
                    "no_right", ("actions", action.code),
                    f"“{action.title.zh}”另有办理人，须写明其权限或角色。", f"{action.title.en} has another owner; say which permission or role they need.",
                )  # fmt: skip
                break


def _limits(definition: Definition) -> Iterator[Finding]:
    for state in definition.states.values():
        place: Place = ("states", state.code)
        if state.end:
            continue
        if state.limit is None:
            yield _finding(
                "no_limit", place, f"“{state.title.zh}”没有时限（limit）。", f"{state.title.en} has no limit."
            )
        if state.escalate is None:
            yield _finding(
                "no_escalation", place,
                f"“{state.title.zh}”没有写明逾期怎么办（escalate）。", f"{state.title.en} does not say what happens when its limit passes (escalate).",
            )  # fmt: skip
        for position, reminder in enumerate(state.remind):
            if state.limit is not None and _not_shorter(reminder.lead, state.limit):
                yield _finding(
                    "late_reminder", (*place, "remind", position), "提醒的提前量不短于时限，永远不会提醒。", "The reminder's lead is not shorter than the limit; it would never come."
                )  # fmt: skip
    if definition.tell and definition.limit is None:
        yield _finding(
            "no_limit",
            ("escalate",),
            "没有总时限，谈不上逾期。",
            "There is no limit of the whole that could pass.",
        )
    if definition.limit is not None and not definition.tell:
        yield _finding(
            "no_escalation", ("limit",), "总时限须写明逾期告知谁（escalate: {tell: bureau}）。", "The limit of the whole must say who is told (escalate: {tell: bureau})."
        )  # fmt: skip


def _not_shorter(lead: Limit, limit: Limit) -> bool:
    return lead.unit == limit.unit and lead.amount >= limit.amount


def _clock_and_joins(definition: Definition) -> Iterator[Finding]:
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
                yield _finding(
                    "unknown_action", where, f"没有操作“{code}”。", f"There is no action {code!r}."
                )
            elif action.by != by:
                yield _finding(
                    "wrong_doer", ("actions", code, "by"), f"“{action.title.zh}”由系统执行，须写 by: {by}。", f"{action.title.en} is done by the house: say by: {by}."
                )  # fmt: skip
            elif state.code not in action.sources:
                yield _finding(
                    "wrong_source", where, f"“{action.title.zh}”不从“{state.title.zh}”出发。", f"{action.title.en} does not lead out of {state.title.en}."
                )  # fmt: skip
            called.add((code, state.code))
    for action in definition.actions.values():
        place = ("actions", action.code)
        if action.by == "people":
            continue
        for source in action.sources:
            if source in definition.states and (action.code, source) not in called:
                yield _finding(
                    "never_happens", place, f"没有任何时限或汇合会在“{source}”触发“{action.title.zh}”。", f"No limit or join ever brings {action.title.en} about in {source}."
                )  # fmt: skip
        for key, said in (
            ("guard", action.guard), ("not_by", action.not_by), ("not_by_organisation", action.apart),
            ("owner", action.owner), ("permission", action.permission), ("role", action.role),
            ("needs_comment", action.needs_comment), ("decides", action.decides),
        ):  # fmt: skip
            if said:
                yield _finding(
                    "automatic_with", (*place, key), f"系统自动执行的操作不写 {key}。", f"What the house does by itself has no {key}."
                )  # fmt: skip


def _guards(definition: Definition) -> Iterator[Finding]:
    for action in definition.actions.values():
        if not action.guard:
            if action.guard_says is not None:
                yield _finding(
                    "no_guard", ("actions", action.code, "guard_says"), "没有条件，却有条件说明。", "It explains a guard there is not."
                )  # fmt: skip
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


def _children(definition: Definition, known: Known) -> Iterator[Finding]:
    for state in definition.states.values():
        if state.children is None:
            continue
        place: Place = ("states", state.code, "children")
        children = state.children
        if isinstance(children.owners, str):
            fact = definition.facts.get(children.owners)
            if fact is None or fact.kind != "organisations":
                yield _finding(
                    "children_owners", (*place, "owners"),
                    f"没有声明类型为 organisations 的事实“{children.owners}”。", f"{children.owners!r} is no declared fact of kind organisations.",
                )  # fmt: skip
        else:
            if not children.owners:
                yield _finding(
                    "children_owners",
                    (*place, "owners"),
                    "没有写明征求哪些机构。",
                    "No organisation is named.",
                )
            for code in children.owners:
                if known.organisations is not None and code not in known.organisations:
                    yield _finding(
                        "unknown_owner",
                        (*place, "owners"),
                        f"没有机构“{code}”。",
                        f"There is no organisation {code!r}.",
                    )
        if children.then and children.then == children.otherwise:
            yield _finding(
                "same_join", (*place, "otherwise"), "汇合成立与不成立须是两项操作。", "then and otherwise must be two actions."
            )  # fmt: skip
        if known.flows is not None and children.flow != definition.code and children.flow not in known.flows:
            yield _finding(
                "unknown_flow",
                (*place, "flow"),
                f"没有流程“{children.flow}”。",
                f"There is no flow {children.flow!r}.",
            )
        edges = {**(known.flows or {}), definition.code: child_flows(definition)}
        if definition.code in _reachable([children.flow], edges):
            yield _finding(
                "flow_circle", (*place, "flow"), "流程直接或间接地包含了自己。", "The flow contains itself, directly or by way of others."
            )  # fmt: skip

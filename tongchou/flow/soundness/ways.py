"""Whether the states and ways of a definition hang together, and nothing is decided by its own doer. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..definitions import STARTER, Definition, Finding, Place
from .finding import always_open, decides, edges_of, finding, reachable


def graph(definition: Definition) -> Iterator[Finding]:
    """Every state is reached, and from each an end by a way that no guard can close."""
    actions = definition.actions.values()
    found = reachable([definition.start], edges_of(actions))
    ends = [state.code for state in definition.states.values() if state.end]
    if not ends:
        yield finding("no_end", ("states",), "流程没有结束状态。", "The flow has no end.")
    leads_on = reachable(ends, edges_of(actions, backwards=True))
    surely = reachable(
        ends, edges_of((each for each in actions if always_open(definition, each)), backwards=True)
    )
    for state in definition.states.values():
        place: Place = ("states", state.code)
        if state.code not in found:
            yield finding(
                "unreachable",
                place,
                f"“{state.title.zh}”永远到不了。",
                f"{state.title.en} can never be reached.",
            )
        if state.end or not ends:
            continue
        if state.code not in leads_on:
            yield finding(
                "dead_end",
                place,
                f"到了“{state.title.zh}”就再也走不到结束。",
                f"From {state.title.en} no end can be reached.",
            )
        elif state.code not in surely:
            yield finding(
                "guarded_in",
                place,
                f"“{state.title.zh}”通往结束的路都带条件，条件不成立就会卡住；请留一条不带条件的出路。",
                f"Every way from {state.title.en} to an end is guarded, so it may stick; leave one way unguarded.",
            )
    by_clock = edges_of(each for each in actions if each.by == "clock")
    for code in by_clock:
        if code in reachable(by_clock[code], by_clock):
            yield finding(
                "clock_circle",
                ("states", code),
                "只靠时限就会一直绕圈。",
                "The clock alone would send it round in circles.",
            )


def reviews(definition: Definition) -> Iterator[Finding]:
    """Nobody decides on their own work, and nothing is accepted undecided."""
    actions = definition.actions.values()
    for action in actions:
        place: Place = ("actions", action.code)
        judged_in = [
            source
            for source in action.sources
            if decides(definition, action, source) and not definition.states[source].end
        ]
        if definition.starter == "person" and STARTER in action.not_by:
            owners = {definition.owner_of(action, source) for source in action.sources}
            if owners == {STARTER}:
                yield finding(
                    "nobody_may",
                    place,
                    "只有发起人能办，又禁止发起人办。",
                    "Only the starter may do it, and the starter may not.",
                )
        if STARTER in action.apart and action.by == "people":
            for source in action.sources:
                if definition.owner_of(action, source) == STARTER:
                    yield finding(
                        "nobody_may",
                        place,
                        "只有发起机构能办，又禁止发起机构办。",
                        "Only the starter's organisation may do it, and it may not.",
                    )
        if not judged_in:
            continue
        if STARTER not in action.not_by:
            yield finding(
                "own_work",
                (*place, "not_by"),
                f"“{action.title.zh}”是对他人事项的决定，须写 not_by: [starter]（若不是决定，写 decides: false）。",
                f"{action.title.en} decides on somebody's matter: say not_by: [starter] (or decides: false, if it does not).",
            )
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
                    yield finding(
                        "own_work",
                        (*place, "not_by"),
                        f"办过“{before.title.zh}”的人不能再审定“{action.title.zh}”：请在 not_by 中加上 {before.code}。",
                        f"Whoever did {before.title.en} may not decide {action.title.en}: add {before.code} to not_by.",
                    )
    if definition.without_review is not None:
        return
    undecided = reachable(
        [definition.start],
        _unjudged_edges(definition),
    )
    for state in definition.states.values():
        if state.end and state.outcome == "accepted" and state.code in undecided:
            yield finding(
                "unreviewed",
                ("states", state.code),
                f"不经任何人审定就能到“{state.title.zh}”；若本就无需审定，请用 without_review 说明理由。",
                f"{state.title.en} can be reached without anybody deciding; if nobody need, say why in without_review.",
            )


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

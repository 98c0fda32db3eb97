"""Random definitions: whatever passes the check can always reach an end, and nobody is left waiting for nobody."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.flow.definitions import Definition, Unreadable, parse
from tongchou.flow.drawing import draw
from tongchou.flow.rules import Acting, Standing, can_act, check
from tongchou.flow.soundness import decides

STATES = [f"s{number}" for number in range(6)]
OWNERS = st.sampled_from(["owner", "bureau", "starter", "edu"])
LIMIT = st.fixed_dictionaries({}, optional={"working_days": st.integers(1, 9)})


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Definitions that can be read; many are unsound, a good part is not."""
    count = draw(st.integers(2, 6))
    codes = STATES[:count]
    ends = draw(st.integers(1, max(1, count - 1)))
    states: dict[str, Any] = {}
    actions: dict[str, Any] = {}
    for position, code in enumerate(codes):
        if position >= count - ends:
            states[code] = {
                "title": code,
                "end": True,
                "outcome": draw(st.sampled_from(["accepted", "refused"])),
            }
            continue
        states[code] = {"title": code, "owner": draw(OWNERS), "permission": "p", "limit": {"working_days": 2}}
        if draw(st.integers(0, 9)) == 0:
            states[code].pop(draw(st.sampled_from(["owner", "permission", "limit"])))
        if draw(st.booleans()):
            states[code]["escalate"] = {"tell": "bureau"}
        else:
            name = f"c{position}"
            states[code]["escalate"] = {"action": name}
            actions[name] = {"title": name, "from": code, "to": draw(st.sampled_from(codes)), "by": "clock"}
        if draw(st.integers(0, 3)) == 0:
            states[code]["stands"] = True
    working = codes[: count - ends]
    for number in range(draw(st.integers(1, 8))):
        name = f"a{number}"
        action: dict[str, Any] = {
            "title": name, "from": draw(st.lists(st.sampled_from(working), min_size=1, max_size=2, unique=True)),
            "to": draw(st.sampled_from(codes)), "not_by": ["starter", *(f"a{n}" for n in range(number))],
        }  # fmt: skip
        if draw(st.integers(0, 2)) == 0:
            action["guard"] = draw(st.sampled_from(["ok = true", "n > 3", "ok = true and n is not null"]))
        if draw(st.integers(0, 4)) == 0:
            action["owner"], action["permission"] = "starter", "p"
            action["not_by"] = []
        actions[name] = action
    return {
        "code": "random", "title": "random", "start": "s0", "states": states, "actions": actions,
        "facts": {"ok": {"kind": "yes_no", "title": "ok"}, "n": {"kind": "integer", "title": "n"}},
        "without_review": "random",
    }  # fmt: skip


def reaches_end_without_guards(definition: Definition, state: str) -> bool:
    """Whether an end is reached from a state by unguarded ways alone; told here in another way than the check does."""
    seen, here = set(), {state}
    while here:
        if any(definition.states[one].end for one in here):
            return True
        seen |= here
        here = {
            action.to
            for action in definition.actions.values()
            if not action.guard
            for source in action.sources
            if source in here
        } - seen
    return False


@settings(max_examples=150)
@given(definitions(), st.randoms(use_true_random=False))
def test_what_passes_always_reaches_an_end_and_is_always_owned(data: dict[str, Any], chance: Any) -> None:
    definition = parse(data)
    if check(definition):
        return
    state = definition.start
    for _step in range(60):
        here = definition.states[state]
        if here.end:
            break
        assert here.owner and (here.permission or here.role)
        assert here.limit is not None and here.escalate is not None
        assert reaches_end_without_guards(definition, state)
        ways = definition.out_of(state)
        assert ways
        state = chance.choice(ways).to


@settings(max_examples=150)
@given(definitions())
def test_a_good_part_of_them_passes_and_all_can_be_drawn(data: dict[str, Any]) -> None:
    definition = parse(data)
    for down in (False, True):
        assert draw(definition, down=down).startswith("<svg")


@settings(max_examples=100)
@given(definitions(), st.sampled_from(["accepted", "refused"]))
def test_nobody_ever_decides_on_what_they_began(data: dict[str, Any], _outcome: str) -> None:
    definition = parse(data)
    if check(definition):
        return
    starter = Acting("starter", "edu", "r", frozenset({"p"}))
    for state in definition.states:
        standing = Standing("F", state, "edu", "starter", "edu", {"ok": True, "n": "9"}, {})
        for action in definition.out_of(state):
            if decides(definition, action, state):
                assert not can_act(definition, action, starter, standing)


def test_some_pass() -> None:
    """The three properties above would be empty if nothing passed."""
    passed = 0

    @settings(max_examples=150, database=None)
    @given(definitions())
    def count(data: dict[str, Any]) -> None:
        nonlocal passed
        passed += not check(parse(data))

    count()
    assert passed > 20


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=True),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "title", "start", "states", "actions", "from", "to", "limit", "a", "working_days", "zh"]),
            inner, max_size=4,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_any_value_is_read_or_refused_but_never_breaks(value: Any) -> None:
    try:
        check(parse(value))
    except Unreadable as unreadable:
        assert unreadable.findings

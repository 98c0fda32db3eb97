"""What a definition is made of, as plain values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.standards.working_time import Limit, Unit

Place = tuple[str | int, ...]
"""Where something stands in a definition: keys and positions, from the top."""

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
UNITS: tuple[str, ...] = get_args(Unit)
FACT_KINDS = ("code", "identifier", "number", "integer", "date", "yes_no", "organisations")
"""What a fact may be. Free text and names are not among them: a guard needs no personal value."""
LONGEST_TITLE = 60
MOST = 200

OWNER, BUREAU, STARTER = "owner", "bureau", "starter"
"""Who may own a state besides an organisation named by its code."""

By = Literal["people", "clock", "join"]
Outcome = Literal["accepted", "refused", "withdrawn", "lapsed"]


class Finding(NamedTuple):
    """One thing wrong with a definition. code: stable; place: where it stands; what: the sentence."""

    code: str
    place: Place
    what: Text

    @property
    def where(self) -> str:
        """The place as it is told: states.waiting.limit."""
        return ".".join(str(part) for part in self.place)


class Unreadable(HouseError):
    """A definition that has no meaning; `findings` holds every place, `partial` what could be read nevertheless."""

    def __init__(self, findings: list[Finding], partial: Definition | None = None) -> None:
        self.findings = findings
        self.partial = partial
        first = findings[0]
        super().__init__(
            "flow.unreadable",
            Text(
                f"流程定义有 {len(findings)} 处无法读懂，第一处：{first.what.zh}",
                f"The definition cannot be read in {len(findings)} places, the first: {first.what.en}",
            ),
            Text("请改正后重试。", "Correct it and try again."),
            where=first.where,
        )


@dataclass(frozen=True)
class Fact:
    """Something guards may speak of. kind: one of FACT_KINDS."""

    code: str
    title: Text
    kind: str


@dataclass(frozen=True)
class Reminder:
    """A word to the owner: `lead` before the limit ends, or (after=True) so long after the state was entered."""

    lead: Limit
    after: bool = False


@dataclass(frozen=True)
class Escalation:
    """What the end of a limit brings: an action done by the clock, or the bureau being told; exactly one of them."""

    action: str = ""
    tell: str = ""


@dataclass(frozen=True)
class Children:
    """Flows that run inside a state, one for each organisation.

    owners: codes of organisations, or the name of a fact of kind "organisations". join: "all" goes on when every child
    has ended, "any" with the first that was accepted. then: the action taken when the join holds (all were accepted, or
    one was); otherwise: the one taken when it cannot hold any more.
    """

    flow: str
    owners: tuple[str, ...] | str
    join: Literal["all", "any"]
    then: str
    otherwise: str


@dataclass(frozen=True)
class State:
    """One place a thing may be in.

    owner: "owner", "bureau", "starter" or an organisation's code; permission, role: what whoever acts must hold.
    stands: limits of the flow and of the state before it stand still meanwhile. outcome: of an end.
    """

    code: str
    title: Text
    owner: str = ""
    permission: str = ""
    role: str = ""
    limit: Limit | None = None
    remind: tuple[Reminder, ...] = ()
    escalate: Escalation | None = None
    stands: bool = False
    end: bool = False
    outcome: Outcome = "accepted"
    children: Children | None = None


@dataclass(frozen=True)
class Action:
    """One way from states to another.

    by: people, the clock (a limit passed) or a join. owner, permission, role: of whoever may act, where that is not the
    state's. not_by: "starter" and actions whose doers may not do this one, told apart by user; apart: the same, told
    apart by organisation. decides: whether it judges other people's work (None: it does, unless the starter does it).
    """

    code: str
    title: Text
    sources: tuple[str, ...]
    to: str
    by: By = "people"
    owner: str = ""
    permission: str = ""
    role: str = ""
    not_by: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    guard: str = ""
    guard_says: Text | None = None
    needs_comment: bool = False
    decides: bool | None = None
    tone: Literal["", "primary", "danger"] = ""


@dataclass(frozen=True)
class Definition:
    """A whole flow. starter: whether the starter's colleagues may act as the starter ("organisation") or not ("person").

    without_review: why nobody but the starter need decide; None where somebody must. content: the mapping it was read
    from, with nothing added.
    """

    code: str
    title: Text
    start: str
    states: Mapping[str, State]
    actions: Mapping[str, Action]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    about: Text | None = None
    starter: Literal["organisation", "person"] = "organisation"
    limit: Limit | None = None
    remind: tuple[Reminder, ...] = ()
    tell: str = ""
    without_review: Text | None = None
    content: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def out_of(self, state: str) -> list[Action]:
        """The actions that lead out of a state, in the order they are written."""
        return [action for action in self.actions.values() if state in action.sources]

    def owner_of(self, action: Action, state: str) -> str:
        """Who may take the action there: its own owner, or the state's."""
        return action.owner or self.states[state].owner

    def permission_of(self, action: Action, state: str) -> tuple[str, str]:
        """(permission, role) it needs there. An action of another owner's does not inherit them."""
        if action.permission or action.role:
            return action.permission, action.role
        if action.owner and action.owner != self.states[state].owner:
            return "", ""
        return self.states[state].permission, self.states[state].role

    def kinds(self) -> dict[str, str]:
        """{fact: kind} as conditions understand it, without lists of organisations."""
        return {
            fact.code: "number" if fact.kind == "integer" else fact.kind
            for fact in self.facts.values()
            if fact.kind != "organisations"
        }

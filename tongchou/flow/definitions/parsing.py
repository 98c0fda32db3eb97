"""Reading a definition from what a pack or the edit page holds: every place that has no meaning is told at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

from tongchou.standards.text import Text
from tongchou.standards.working_time import Limit, Unit

from .shape import (
    BUREAU,
    CODE,
    FACT_KINDS,
    LONGEST_TITLE,
    MOST,
    UNITS,
    Action,
    By,
    Children,
    Definition,
    Escalation,
    Fact,
    Finding,
    Outcome,
    Place,
    Reminder,
    State,
    Unreadable,
)  # fmt: skip

_TOP = {"code", "title", "about", "start", "starter", "limit", "remind", "escalate", "facts", "states", "actions",
        "without_review"}  # fmt: skip
_STATE = {
    "title",
    "owner",
    "permission",
    "role",
    "limit",
    "remind",
    "escalate",
    "stands",
    "end",
    "outcome",
    "children",
}
_ACTION = {"title", "from", "to", "by", "owner", "permission", "role", "not_by", "not_by_organisation", "guard",
           "guard_says", "needs_comment", "decides", "tone"}  # fmt: skip


def parse(data: Mapping[str, Any] | Any) -> Definition:
    """The definition that a mapping describes. Raises Unreadable ("flow.unreadable") naming every place."""
    reader = _Reader()
    definition = reader.definition(data)
    if reader.findings:
        raise Unreadable(reader.findings, definition)
    return definition


class _Reader:
    """Reads what it can and keeps what is wrong; a value that cannot be read is replaced by an empty one."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def wrong(self, place: Place, zh: str, en: str) -> None:
        self.findings.append(Finding("flow.unreadable", place, Text(zh, en)))

    def definition(self, data: Any) -> Definition:
        top = self.mapping(data, (), _TOP)
        facts = {code: self.fact(code, each) for code, each in self.named(top.get("facts"), ("facts",))}
        states = {code: self.state(code, each) for code, each in self.named(top.get("states"), ("states",))}
        actions = {
            code: self.action(code, each) for code, each in self.named(top.get("actions"), ("actions",))
        }
        escalate = self.escalation(top.get("escalate"), ("escalate",))
        return Definition(
            code=self.code(top.get("code"), ("code",)),
            title=self.title(top.get("title"), ("title",)),
            about=self.title(top["about"], ("about",), 400) if top.get("about") else None,
            start=self.word(top.get("start"), ("start",)),
            starter=cast(Any, self.choice(top.get("starter"), ("organisation", "person"), ("starter",))),
            limit=self.limit(top.get("limit"), ("limit",)),
            remind=self.reminders(top.get("remind"), ("remind",)),
            tell=escalate.tell if escalate else "",
            without_review=self.title(top["without_review"], ("without_review",), 200)
            if top.get("without_review")
            else None,
            facts=facts,
            states=states,
            actions=actions,
            content=top,
        )

    def fact(self, code: str, data: Any) -> Fact:
        place: Place = ("facts", code)
        fact = self.mapping(data, place, {"title", "kind"})
        return Fact(
            code, self.title(fact.get("title", code), (*place, "title")),
            self.choice(fact.get("kind"), FACT_KINDS, (*place, "kind")),
        )  # fmt: skip

    def state(self, code: str, data: Any) -> State:
        place: Place = ("states", code)
        state = self.mapping(data, place, _STATE)
        return State(
            code=code,
            title=self.title(state.get("title"), (*place, "title")),
            owner=self.word(state.get("owner"), (*place, "owner"), optional=True),
            permission=self.word(state.get("permission"), (*place, "permission"), optional=True),
            role=self.word(state.get("role"), (*place, "role"), optional=True),
            limit=self.limit(state.get("limit"), (*place, "limit")),
            remind=self.reminders(state.get("remind"), (*place, "remind")),
            escalate=self.escalation(state.get("escalate"), (*place, "escalate")),
            stands=self.yes_no(state.get("stands"), (*place, "stands")) or False,
            end=self.yes_no(state.get("end"), (*place, "end")) or False,
            outcome=cast(Any, self.choice(state.get("outcome"), get_args(Outcome), (*place, "outcome"))),
            children=self.children(state.get("children"), (*place, "children")),
        )

    def action(self, code: str, data: Any) -> Action:
        place: Place = ("actions", code)
        action = self.mapping(data, place, _ACTION)
        return Action(
            code=code,
            title=self.title(action.get("title"), (*place, "title")),
            sources=self.words(action.get("from"), (*place, "from")),
            to=self.word(action.get("to"), (*place, "to")),
            by=cast(Any, self.choice(action.get("by"), get_args(By), (*place, "by"))),
            owner=self.word(action.get("owner"), (*place, "owner"), optional=True),
            permission=self.word(action.get("permission"), (*place, "permission"), optional=True),
            role=self.word(action.get("role"), (*place, "role"), optional=True),
            not_by=self.words(action.get("not_by"), (*place, "not_by")),
            apart=self.words(action.get("not_by_organisation"), (*place, "not_by_organisation")),
            guard=self.word(action.get("guard"), (*place, "guard"), optional=True, length=2000),
            guard_says=self.title(action["guard_says"], (*place, "guard_says"), 200)
            if action.get("guard_says")
            else None,
            needs_comment=self.yes_no(action.get("needs_comment"), (*place, "needs_comment")) or False,
            decides=self.yes_no(action.get("decides"), (*place, "decides")),
            tone=cast(Any, self.choice(action.get("tone"), ("", "primary", "danger"), (*place, "tone"))),
        )

    def children(self, data: Any, place: Place) -> Children | None:
        if data is None:
            return None
        said = self.mapping(data, place, {"flow", "owners", "join", "then", "otherwise"})
        owners = said.get("owners")
        return Children(
            flow=self.code(said.get("flow"), (*place, "flow")),
            owners=owners if isinstance(owners, str) else self.words(owners, (*place, "owners")),
            join=cast(Any, self.choice(said.get("join"), ("all", "any"), (*place, "join"))),
            then=self.word(said.get("then"), (*place, "then")),
            otherwise=self.word(said.get("otherwise"), (*place, "otherwise")),
        )

    def escalation(self, data: Any, place: Place) -> Escalation | None:
        if data is None:
            return None
        said = self.mapping(data, place, {"action", "tell"})
        if len(said) != 1:
            self.wrong(
                place,
                "只写其一：action（时限到后自动执行的操作）或 tell（告知谁）",
                "say one of them: action (done by the clock) or tell (who is told)",
            )
        action = self.word(said.get("action"), (*place, "action"), optional=True)
        tell = self.word(said.get("tell"), (*place, "tell"), optional=True)
        if tell not in ("", BUREAU):
            self.wrong((*place, "tell"), "只能告知 bureau（统筹局）", "only bureau can be told")
        return Escalation(action, tell)

    def reminders(self, data: Any, place: Place) -> tuple[Reminder, ...]:
        if data is None:
            return ()
        many = data if isinstance(data, list) else [data]
        found = []
        for position, each in enumerate(many[:MOST]):
            inner = (*place, position) if isinstance(data, list) else place
            said = self.mapping(each, inner, {"before", "after"})
            if len(said) != 1:
                self.wrong(inner, "只写其一：before 或 after", "say one of them: before or after")
                continue
            word = next(iter(said))
            lead = self.limit(said[word], (*inner, word))
            if lead is not None:
                found.append(Reminder(lead, after=word == "after"))
        return tuple(found)

    def limit(self, data: Any, place: Place) -> Limit | None:
        if data is None:
            return None
        said = self.mapping(data, place, {*UNITS, "next_day"})
        units = [unit for unit in UNITS if unit in said]
        if len(units) != 1:
            self.wrong(
                place, f"时限写一种单位：{'、'.join(UNITS)}", f"a limit has one unit of {', '.join(UNITS)}"
            )
            return None
        amount = self.number(said[units[0]], (*place, units[0]))
        if amount is None:
            return None
        if amount <= 0 or amount > 3660 or (units[0].endswith("days") and amount != int(amount)):
            self.wrong(
                (*place, units[0]), "应大于 0、不超过 3660，按天的为整数",
                "must be more than 0, at most 3660, and whole for days",
            )  # fmt: skip
            return None
        return Limit(amount, cast(Unit, units[0]), self.yes_no(said.get("next_day"), (*place, "next_day")))

    # -- single values --

    def mapping(self, data: Any, place: Place, keys: set[str]) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.wrong(place, "应是键和值", "must be a mapping of keys and values")
            return {}
        for key in data:
            if key not in keys:
                known = ", ".join(sorted(keys))
                self.wrong(
                    (*place, str(key)[:60]), f"没有这一项；可写：{known}", f"is not known; known are: {known}"
                )
        return {key: value for key, value in data.items() if key in keys and value is not None}

    def named(self, data: Any, place: Place) -> Iterator[tuple[str, Any]]:
        if data is None:
            return
        if not isinstance(data, Mapping):
            self.wrong(place, "应是“代码: 内容”的列表", "must be a mapping of codes")
            return
        if len(data) > MOST:
            self.wrong(place, f"最多 {MOST} 项", f"at most {MOST} are allowed")
        for key, value in list(data.items())[:MOST]:
            if not isinstance(key, str) or not CODE.fullmatch(key):
                self.wrong((*place, str(key)[:60]), *_CODE_RULE)
                continue
            yield key, value

    def code(self, data: Any, place: Place) -> str:
        if isinstance(data, str) and CODE.fullmatch(data):
            return data
        self.wrong(place, *_CODE_RULE)
        return ""

    def word(self, data: Any, place: Place, *, optional: bool = False, length: int = 60) -> str:
        if data is None and optional:
            return ""
        if isinstance(data, str) and data.strip() and len(data) <= length:
            return data.strip()
        self.wrong(place, "缺少内容，或不是文字" if data is None else "应是一段文字", "must be a text")
        return ""

    def words(self, data: Any, place: Place) -> tuple[str, ...]:
        many = [data] if isinstance(data, str) else data if isinstance(data, list) else None
        if data is None:
            return ()
        if (
            many is None
            or len(many) > MOST
            or not all(isinstance(each, str) and 0 < len(each) <= 60 for each in many)
        ):
            self.wrong(place, "应是代码，或代码的列表", "must be a code or a list of codes")
            return ()
        return tuple(dict.fromkeys(many))

    def title(self, data: Any, place: Place, length: int = LONGEST_TITLE) -> Text:
        if isinstance(data, str) and data.strip():
            text = Text.of(data.strip())
        elif (
            isinstance(data, Mapping)
            and set(data) <= {"zh", "en"}
            and isinstance(data.get("zh"), str)
            and data["zh"]
        ):
            text = Text.of(dict(data))
        else:
            self.wrong(place, "应有名称（zh，最好也有 en）", "needs a text (zh, and better en too)")
            return Text("", "")
        if max(len(text.zh), len(text.en) // 2) > length:
            self.wrong(place, f"最长 {length} 个字", f"is longer than {length} characters")
        return text

    def choice(self, data: Any, choices: tuple[str, ...], place: Place) -> str:
        if data is None:
            return choices[0]
        if data in choices and isinstance(data, str):
            return data
        listed = ", ".join(choice for choice in choices if choice)
        self.wrong(place, f"只能是：{listed}", f"must be one of: {listed}")
        return choices[0]

    def yes_no(self, data: Any, place: Place) -> bool | None:
        if data is None or isinstance(data, bool):
            return data
        self.wrong(place, "只能是 true 或 false", "must be true or false")
        return None

    def number(self, data: Any, place: Place) -> float | None:
        if isinstance(data, str) and re.fullmatch(r"\d{1,5}(\.\d{1,2})?", data.strip()):
            data = float(data)
        if isinstance(data, int | float) and not isinstance(data, bool) and data == data and abs(data) < 1e6:
            return float(data)
        self.wrong(place, "应是数字", "must be a number")
        return None


_CODE_RULE = (
    "代码由小写字母、数字和下划线组成，以字母开头，最长 40 个字符",
    "a code is small letters, digits and underscores, begins with a letter, at most 40",
)

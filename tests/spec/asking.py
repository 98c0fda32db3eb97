"""What the product says to a row of the tables in this folder: the tests compare it, the reference pages print it.

One function a table. None of them knows what the row expects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

from tongchou.exchange import policies
from tongchou.exchange.clauses import Clauses, ResourceSaid, changes
from tongchou.exchange.errors import Refused
from tongchou.exchange.policies import Standing
from tongchou.exchange.rows import FieldSaid
from tongchou.flow import limits
from tongchou.flow.definitions import parse as parse_flow
from tongchou.pool.linkage import LinkageModel, compare, link, load_model
from tongchou.pool.linkage.compare import Comparison, Part
from tongchou.pool.linkage.kinds import KINDS
from tongchou.pool.linkage.kinds.unnamed import is_newborn, is_nobody, mother_in
from tongchou.pool.linkage.model import MODELS
from tongchou.pool.linkage.reading import find_placeholders, hashed
from tongchou.pool.relations.kin import Member, Tie, between
from tongchou.standards.addresses import Address, normal_form, parse, similarity
from tongchou.standards.codes import code_list
from tongchou.standards.text import Text
from tongchou.standards.working_time import CHINA, Due, Limit, Pause, WorkingClock, published_calendars

Row = Mapping[str, str]

CLOCK = WorkingClock(published_calendars())
PARTS = (
    "town", "community", "group", "road", "lane", "number", "compound", "building", "unit", "floor", "room", "tail",
)  # fmt: skip
_RESOURCE = ResourceSaid(
    "t", "ps", "conditional", (FieldSaid("name", "person_name", 2), FieldSaid("birth_date", "birth_date", 3))
)
_FLOW = parse_flow(
    {
        "code": "x", "title": "x", "start": "open", "limit": {"working_days": 20}, "escalate": {"tell": "bureau"},
        "states": {
            "open": {"title": "x", "limit": {"working_days": 5}, "remind": {"before": {"working_days": 2}}},
            "back": {"title": "x", "stands": True, "limit": {"natural_days": 30}},
        },
        "actions": {},
    }
)  # fmt: skip
_WOMEN = frozenset(["妻", "母亲", "儿媳", "孙女", "岳母", "次女", "女"])


# matching.md


class Judged(NamedTuple):
    """Two whole records as the linkage sees them. decided: "joined", "review" or "apart"; how: what joined them."""

    decided: str
    how: str
    comparison: Comparison
    one: dict[str, str]
    other: dict[str, str]


@cache
def model(name: str) -> LinkageModel:
    """A frozen model that comes with Tongchou."""
    return load_model(name)


@cache
def column_of(kind: str) -> tuple[str, str]:
    """The model and its column that show this kind of value: the first in the order of `zh_people`, then the rest."""
    names = sorted(
        (file.stem for file in MODELS.glob("*.yaml")), key=lambda name: (name != "zh_people", name)
    )
    return next(
        (name, column.name) for name in names for column in model(name).columns if column.kind is KINDS[kind]
    )


def values(row: Row) -> Part:
    """The level two values reach, its bits and the sentence, in the model that knows the kind."""
    name, column = column_of(row["kind"])
    (part,) = (
        part
        for part in compare({column: row["one"]}, {column: row["other"]}, model=model(name)).parts
        if part.column == column
    )
    return part


def record(written: str) -> dict[str, str]:
    """A record written as "column=value；column=value"."""
    return dict(each.strip().split("=", 1) for each in written.split("；"))


def records(row: Row) -> Judged:
    """Two whole records, each from a department of its own, compared and linked as if there were no others."""
    one, other = record(row["one"]), record(row["other"])
    chosen = model(row["model"])
    told = {name: pa.array([one.get(name), other.get(name)], pa.string()) for name in {**one, **other}}
    linked = link(pa.table({"resource": ["a", "b"], "source_key": ["1", "2"], **told}), model=chosen)
    edges = linked.edges.to_pylist()
    first, second = linked.clusters["cluster"].to_pylist()
    decided = "joined" if first == second else "review" if edges else "apart"
    return Judged(decided, edges[0]["how"] if edges else "", compare(one, other, model=chosen), one, other)


def stands_for_nothing(row: Row) -> bool:
    """Whether a value on so many of 200 differently named rows is taken out there."""
    often = int(row["rows"])
    other: Callable[[int], str] = {
        "id_number": lambda at: f"4406041950{at:08d}",
        "phone": lambda at: f"138{at:08d}",
        "birth_date": lambda at: f"{1930 + at % 80}-03-{at % 28 + 1:02d}",
    }[row["column"]]
    names = [
        f"{one}{two}" for one in "赵钱孙李周吴郑王冯陈" for two in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
    ]
    column = [row["value"] if at < often else other(at) for at in range(200)]
    table = pa.table({"resource": ["a"] * 200, "name": names, row["column"]: column})
    found = find_placeholders(table, model("zh_people")).get(row["column"], frozenset())
    return ("a", hashed(row["value"])) in found


def in_place_of_a_name(row: Row) -> tuple[str, str]:
    """What the text is, and the parent it names."""
    text = row["written"]
    return "a newborn" if is_newborn(text) else "nobody" if is_nobody(text) else "a name", mother_in(text)


# kin.md


def _member(name: str, word: str) -> Member:
    code = code_list("household_relation").find(word)
    assert code is not None, word
    return Member(name, code, "", "2" if word in _WOMEN else "1", None)


def kin(row: Row) -> Tie | None:
    """What the other is to me."""
    me, other = _member("me", row["I am"]), _member("other", row["the other is"])
    heads = [] if "户主" in (row["I am"], row["the other is"]) else [_member("head", "户主")]
    return between(me, other, [me, other, *heads])


# addresses.md


def address(written: str) -> tuple[str, str]:
    """The normal form, and the parts it was read into."""
    read: Address = parse(written)
    told = [f"{name}={getattr(read, name)}" for name in PARTS if getattr(read, name)]
    return normal_form(written), " ".join(told + (["cut=True"] if read.cut else []))


def likeness(one: str, other: str) -> tuple[float, Text]:
    """How alike two addresses are, and why."""
    return similarity(parse(one), parse(other))


# deadlines.md, flows.md


def instant(written: str) -> datetime:
    """A time in China."""
    return datetime.fromisoformat(written).replace(tzinfo=CHINA)


def _limit(written: str) -> Limit:
    amount, unit, *custom = written.split()
    assert unit in ("urgent_hours", "working_hours", "working_days", "natural_days")
    return Limit(float(amount), unit, {"": None, "at once": False, "next day": True}[" ".join(custom)])  # type: ignore[arg-type]


def _pauses(written: str) -> list[Pause]:
    found = []
    for entry in filter(None, written.split(",")):
        begin, _, end = entry.strip().partition("/")
        found.append(Pause(instant(begin), instant(end) if end else None))
    return found


def due(row: Row) -> Due | None:
    """When the limit ends; None when the clock stands."""
    return CLOCK.due(instant(row["received"]), _limit(row["limit"]), _pauses(row["pauses"]))


def flow_limits(row: Row) -> dict[str, datetime | None]:
    """When the state and the whole are due, and when a reminder goes out."""
    now = instant(row["begun"])
    clocks = limits.entered({}, _FLOW, left="", state="open", now=now, clock=CLOCK)
    if row["asked back"]:
        asked, now = instant(row["asked back"]), instant(row["came back"])
        clocks = limits.entered(clocks, _FLOW, left="open", state="back", now=asked, clock=CLOCK)
        assert limits.due_of(clocks, "open") is None and limits.due_of(clocks, "") is None
        assert limits.due_of(clocks, "back") is not None
        clocks = limits.entered(clocks, _FLOW, left="back", state="open", now=now, clock=CLOCK)
    assert set(clocks) == {"", "open"}
    reminded = [one.at for one in limits.alarms(clocks, _FLOW, now, CLOCK) if one.kind == "remind"]
    assert len(reminded) < 2
    return {
        "state due": limits.due_of(clocks, "open"), "whole due": limits.due_of(clocks, ""),
        "reminded": reminded[0] if reminded else None,
    }  # fmt: skip


# grants.md


def _standing(who: str, organisation: str) -> Standing:
    name, *seats = who.split("+")
    return Standing(
        username=name, organisation=organisation, bureau=organisation == "data" or who == "@house",
        house=who == "@house", person=not who.startswith("@"), seats=frozenset(filter(None, [organisation, *seats])),
    )  # fmt: skip


def _refusal(check: Callable[..., None], **given: Any) -> Refused | None:
    try:
        check(**given)
    except Refused as refusal:
        return refusal
    return None


def _listed(written: str) -> frozenset[str]:
    return frozenset(each.strip() for each in written.split(",") if each.strip())


def decide_on(row: Row) -> tuple[Refused | None, bool]:
    """How somebody who would decide on a request is refused, if at all, and whether they are shown the button."""
    given: dict[str, Any] = {
        "owner": "ps", "asker": row["asked by"], "hands": _listed(row["hands"]), "escalated": row["escalated"] == "yes",
        "by": _standing(row["who"], row["acts for"]), "request": "R-1",
    }  # fmt: skip
    return _refusal(policies.check_may_decide, **given), policies.can_decide(**given)


def at_once(row: Row) -> bool:
    """Whether nobody need decide."""
    return policies.is_at_once(
        share_class=row["share class"], grades=[1, int(row["highest grade asked for"])],
        revealed=[int(row["highest grade to be revealed"])] if row["highest grade to be revealed"] != "0" else [],
    )  # fmt: skip


def may_do(row: Row) -> dict[str, Refused | None]:
    """How each thing that can be done to a grant is refused, if at all."""
    by = _standing(row["who"], row["acts for"])
    held = {"owner": "ps", "holder": row["holder"], "by": by, "number": "G-1"}
    another = "data" if row["acts for"] == "ps" else "ps"
    given = {"owner": "ps", "share_class": "conditional", "resource": "t", "by": by, "holder": row["holder"]}
    return {
        "give": _refusal(policies.check_may_give, **given),
        "narrow": _refusal(policies.check_may_change, wider=False, **held),
        "widen": _refusal(policies.check_may_change, wider=True, **held),
        "suspend": _refusal(policies.check_may_withdraw, owner="ps", by=by, number="G-1"),
        "withdraw": _refusal(policies.check_may_withdraw, owner="ps", by=by, number="G-1"),
        "resume own": _refusal(policies.check_may_resume, suspended_by=row["acts for"], **held),
        "resume another's": _refusal(policies.check_may_resume, suspended_by=another, **held),
    }


def mask_problems(row: Row) -> dict[str, Text | None]:
    """What is wrong with a mask when the provider sets it, and when the bureau does."""
    return {
        who: policies.masking_problem(
            int(row["grade"]), row["element's mask"], row["mask set"], by_provider=who == "provider"
        )
        for who in ("provider", "bureau")
    }


def _clause(aspect: str, written: str) -> Any:
    if aspect in ("fields", "unmasked", "forms", "purposes"):
        return _listed(written)
    if aspect == "masking":
        return dict(each.split("=") for each in _listed(written))
    if aspect == "needs_case":
        return written == "yes"
    if aspect == "quota_per_day":
        return int(written) if written else None
    return date.fromisoformat(written) if aspect == "until" else written


def widening(row: Row) -> tuple[str, bool]:
    """Which clause changed, and whether that widens the grant."""
    base: dict[str, Any] = {
        "fields": frozenset({"name", "birth_date"}), "purposes": frozenset({"audit"}), "until": date(2027, 1, 1),
    }  # fmt: skip
    before, after = (
        Clauses(**{**base, row["clause"]: _clause(row["clause"], row[side])}) for side in ("before", "after")
    )
    (found,) = changes(before, after, _RESOURCE)
    return found.aspect, found.wider

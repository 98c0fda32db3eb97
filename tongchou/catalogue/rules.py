"""One source per fact 一数一源: whether what somebody is about to collect is held already. Pure.

Two fields hold one fact when they agree in data element, in whom it is about, and in which of several such facts it
is; for elements that are mere forms of values (dates, texts, amounts) the labels must agree too. A comparison answers
with a strength and a sentence. See `meaning` for how labels are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tongchou.standards.elements import ELEMENTS
from tongchou.standards.text import Text

from . import meaning
from .meaning import Fact, Item

#: Least similarity of labels that count as the same, and as likely the same.
SAME, LIKELY = 0.95, 0.72
#: Least similarity of labels that say nothing without the name of their table.
QUALIFIED = 0.6
#: What can be worked out from something else: {element: (from, how)}.
DERIVED = {"age": "birth_date"}

WHO: dict[str, Text] = {
    "self": Text("本人", "the subject"),
    "mother": Text("母亲", "the mother"),
    "father": Text("父亲", "the father"),
    "guardian": Text("监护人", "the guardian"),
    "spouse": Text("配偶", "the spouse"),
    "child": Text("子女", "the child"),
    "household_head": Text("户主", "the head of household"),
    "legal_representative": Text("法定代表人", "the legal representative"),
    "agent": Text("代理人", "the agent"),
    "contact": Text("联系人", "the contact"),
    "official": Text("经办人员", "the official"),
    "landlord": Text("出租人", "the landlord"),
    "tenant": Text("承租人", "the tenant"),
    "seller": Text("出卖人", "the seller"),
    "shareholder": Text("股东", "a shareholder"),
    "employer": Text("所在单位", "the employer"),
    "school": Text("学校", "the school"),
    "hospital": Text("医院", "the hospital"),
    "bank": Text("银行", "the bank"),
}
SUBJECTS: dict[str, Text] = {
    "person": Text("自然人", "persons"),
    "enterprise": Text("法人", "enterprises"),
    "place": Text("地点", "places"),
    "none": Text("无主体", "no subject"),
    "school": Text("学校", "schools"),
    "hospital": Text("医院", "hospitals"),
    "bank": Text("银行", "banks"),
}
ASPECTS: dict[str, Text] = {
    "": Text("", ""),
    "registered": Text("户籍", "registered"),
    "current": Text("现住", "current"),
    "mailing": Text("通讯", "mailing"),
    "seat": Text("住所", "seat"),
    "business": Text("经营", "place of business"),
    "landline": Text("固定", "landline"),
    "birthplace": Text("出生地", "of birth"),
    "property": Text("房产", "of property"),
}


@dataclass(frozen=True)
class Held:
    """A field that some published resource holds. share_class: of the resource. answerable: whether its organisation
    is the one answerable for the fact (责任清单)."""

    resource: str
    field: str
    item: Item
    organisation: str
    share_class: str
    answerable: bool = False


@dataclass(frozen=True)
class Comparison:
    """strength: "same", "likely" or "" for two facts; score 0–1; why: in words."""

    strength: str
    score: float
    why: Text


@dataclass(frozen=True)
class Match:
    """That `wanted` is held by `held`. strength: "same" (to be asked for instead of collected), "likely" (have a look),
    "identify" (it tells who somebody is, and may be asked for that)."""

    wanted: Item
    held: Held
    strength: str
    score: float
    why: Text


NOTHING = Comparison("", 0.0, Text("不是同一事实。", "Not the same fact."))


def compare(wanted: Fact, held: Fact) -> Comparison:
    """Whether two facts are one."""
    derived = DERIVED.get(wanted.element) == held.element and wanted.element != held.element
    # A label typed into a form says no type; among mere forms of values text goes with any.
    loose = wanted.generic and held.generic and "text" in (wanted.element, held.element)
    if wanted.element != held.element and not derived and not loose:
        return NOTHING
    if wanted.bearer != held.bearer or wanted.subject != held.subject:
        return NOTHING
    if wanted.aspect != held.aspect and (wanted.strict or held.strict or (wanted.aspect and held.aspect)):
        return NOTHING
    if wanted.generic:
        return _by_label(wanted, held)
    label = ELEMENTS[held.element].label if held.element in ELEMENTS else Text(held.element, held.element)
    who = WHO.get(held.bearer, Text(held.bearer, held.bearer))
    which = ASPECTS.get(held.aspect or wanted.aspect, Text("", ""))
    if derived:
        return Comparison(
            "likely",
            0.9,
            Text(f"可由{who.zh}的{label.zh}算出", f"can be worked out from {label.en.lower()} of {who.en}"),
        )
    if wanted.aspect == held.aspect:
        which_en = f"{which.en} " if which.en else ""
        return Comparison(
            "same", 1.0,
            Text(f"同为{who.zh}的{which.zh}{label.zh}", f"both are {which_en}{label.en.lower()} of {who.en}"),
        )  # fmt: skip
    return Comparison(
        "likely", 0.8,
        Text(
            f"都是{who.zh}的{label.zh}，其中一项未说明是否“{which.zh}”",
            f"both are {label.en.lower()} of {who.en}; one does not say whether it is the {which.en} one",
        ),
    )  # fmt: skip


def _by_label(wanted: Fact, held: Fact) -> Comparison:
    if wanted.vague and held.vague:
        score = meaning.similarity(wanted.qualified, held.qualified)
        enough, same = wanted.core == held.core and score >= QUALIFIED, score >= SAME
    else:
        mine = wanted.qualified if wanted.vague else wanted.core
        yours = held.qualified if held.vague else held.core
        score = meaning.similarity(mine, yours)
        enough, same = score >= LIKELY, score >= SAME
    if not enough:
        return NOTHING
    return Comparison(
        "same" if same else "likely", round(score, 2),
        Text("名称相同，主体相同", "same label, same subject")
        if same
        else Text("名称相近，主体相同", "similar label, same subject"),
    )  # fmt: skip


_GENERIC = "generic"
_ORDER = {"same": 0, "likely": 1, "identify": 2}
_CLASS = {"unconditional": 0, "conditional": 1, "closed": 2}


def matches(
    wanted: Sequence[Item], held: Iterable[Held], *, besides: Collection[str] = (), most: int = 3
) -> list[list[Match]]:
    """For each wanted field the fields that hold it already, best first, at most `most`.

    besides: codes of resources that do not count (the one being registered). The source that is answerable for a fact
    stands before others.
    """
    facts = meaning.readings(wanted)
    by_element: dict[str, list[tuple[Held, Fact]]] = {}
    for each in held:
        if each.resource not in besides:
            fact = meaning.reading(each.item)
            by_element.setdefault(_GENERIC if fact.generic else fact.element, []).append((each, fact))
    found = []
    for item, fact in zip(wanted, facts, strict=True):
        candidates = by_element.get(_GENERIC if fact.generic else fact.element, [])
        if fact.element in DERIVED:
            candidates = [*candidates, *by_element.get(DERIVED[fact.element], [])]
        hits = []
        for other, other_fact in candidates:
            comparison = compare(fact, other_fact)
            if comparison.strength:
                strength = comparison.strength
                if fact.bearer == "self" and fact.element in meaning.IDENTIFYING:
                    strength = "identify"
                hits.append(Match(item, other, strength, comparison.score, comparison.why))
        hits.sort(
            key=lambda hit: (
                _ORDER[hit.strength],
                not hit.held.answerable,
                -hit.score,
                _CLASS.get(hit.held.share_class, 3),
                hit.held.resource,
            )
        )
        found.append(hits[:most])
    return found


def must_be_justified(found: Sequence[Sequence[Match]]) -> list[Match]:
    """The best match of each field that is certainly held already: to collect it nevertheless needs a reason."""
    return [hits[0] for hits in found if hits and hits[0].strength == "same"]


def how_to_ask(share_class: str, provider: Text, condition: Text, legal_basis: Text) -> Text:
    """What to do instead of collecting."""
    if share_class == "unconditional":
        return Text(
            f"{provider.zh}无条件共享：提出共享申请即可使用。",
            f"{provider.en} shares it without condition: ask and use it.",
        )
    if share_class == "conditional":
        zh = f"条件：{condition.zh}。" if condition.zh else ""
        en = f" Condition: {condition.en}." if condition.en else ""
        return Text(
            f"{provider.zh}有条件共享：提出共享申请，由其决定。{zh}",
            f"{provider.en} shares it on condition: ask, and they decide.{en}",
        )
    zh = f"依据：{legal_basis.zh}。" if legal_basis.zh else ""
    en = f" Basis: {legal_basis.en}." if legal_basis.en else ""
    return Text(
        f"{provider.zh}不予共享。{zh}请与其或统筹局商量能否核验。",
        f"{provider.en} does not share it.{en} Ask them or the bureau whether it can be verified.",
    )

"""Pairs of records about enterprises with their truth: one enterprise or two.

A positive is one enterprise as two offices know it: written otherwise, under its old name, under the sign over the door
of a licensed shop, in traditional characters, with its legal form cut short, mistyped. A negative is another one, most
often a hard one: a branch and its head office, two branches, a sister company of the same owner at the same address, a
namesake in another city, a neighbour at one street number, the owner's other business, a style one character off. What
the truth is must be readable: two records share a column beside the name, unless the name itself is whole in both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from bench import dirty_enterprises as made_up
from bench.dirty_people import HOMOPHONES, VILLAGES

_TRADITIONAL = str.maketrans("鸿恒汇华嘉丰伟东宏万兴达昌锐誉业图联电纺织饮饭馆药装汽车维饰设备财务网络陈张刘黄杨",
                             "鴻恆匯華嘉豐偉東宏萬興達昌銳譽業圖聯電紡織飲飯館藥裝汽車維飾設備財務網絡陳張劉黃楊")  # fmt: skip
_FORMS = {
    "有限公司": ("有限责任公司", "公司", "有限公司", ""), "有限责任公司": ("有限公司", "公司", "有限责任公司"),
    "股份有限公司": ("股份公司", "股份有限公司", "有限公司"), "合伙企业(普通合伙)": ("(普通合伙)", "合伙企业（普通合伙）"),
    "": ("（个体工商户）", "", "(个体户)"),
}  # fmt: skip
Record = dict[str, str | None]


class Pair(NamedTuple):
    """Two records (columns of linkage); same: whether they are one enterprise; why: what makes the pair hard."""

    one: Record
    other: Record
    same: bool
    why: str


def _name(
    made: Mapping[str, Any], rng: random.Random, *, form: str | None = None, place: str | None = None
) -> str:
    form = made["form"] if form is None else form
    place = made["place"] if place is None else place
    return f"{place}{made['style']}{made['trade']}{form}{made['branch']}"


def _record(
    made: Mapping[str, Any], name: str, rng: random.Random, *, keep: frozenset[str] = frozenset()
) -> Record:
    """What one office knows: the name and some of the rest; `keep` is always there."""

    def known(column: str, share: float, value: str) -> str | None:
        return value if column in keep or rng.random() < share else None

    site = made_up._write_site(rng, made["site"], {**made_up.USUAL, "site_short": 0.1})
    return {
        "name": name, "uscc": known("uscc", 0.55, made["code"]),
        "legal_representative": known("legal_representative", 0.75, made["owner"]),
        "phone": known("phone", 0.6, made["phone"]), "address": known("address", 0.8, site),
    }  # fmt: skip


def _share(one: Record, other: Record) -> bool:
    return any(one[name] and other[name] for name in one if name != "name")


def _spoilt(text: str, rng: random.Random) -> str:
    """One character of the style mistyped: a homophone, or two swapped."""
    at = rng.randrange(len(text))
    if other := HOMOPHONES.get(text[at]):
        return text[:at] + rng.choice(other) + text[at + 1 :]
    at = rng.randrange(len(text) - 1) if len(text) > 1 else 0
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def _positive(made: dict[str, Any], rng: random.Random) -> Pair:
    name = _name(made, rng)
    why = rng.choice(["written otherwise", "name changed", "licence", "traditional", "form", "typo", "place"])
    if why == "licence" and (made["company"] or made["branch"]):
        why = "form"
    while True:
        one = _record(made, name, rng)
        if why == "name changed":
            keep = (
                frozenset({"uscc"})
                if rng.random() < 0.7
                else frozenset({"legal_representative", "phone", "address"})
            )
            one = _record(made, name, rng, keep=keep)
            other = _record(made, _name({**made, "style": made["old_style"]}, rng), rng, keep=keep)
        elif why == "licence":
            sign = made["style"] + rng.choice(made_up.SHOPS[made["trade"]])
            other = _record(made, sign, rng, keep=frozenset({"address"}))
        elif why == "traditional":
            other = _record(made, name.translate(_TRADITIONAL), rng)
        elif why == "form":
            other = _record(made, _name(made, rng, form=rng.choice(_FORMS[made["form"]])), rng)
        elif why == "typo":
            other = _record(made, _name({**made, "style": _spoilt(made["style"], rng)}, rng), rng)
        elif why == "place":
            other = _record(made, _name(made, rng, place=rng.choice(["", made["place"][:2]])), rng)
        else:
            rates = {**made_up.USUAL, "name_old": 0.0, "name_slip": 0.0}
            other = _record(made, made_up._write_name(rng, made, False, rates), rng)
        if _share(one, other):
            return Pair(one, other, True, why)


def _negative(made: dict[str, Any], everyone: list[dict[str, Any]], rng: random.Random) -> Pair:
    other = dict(rng.choice(everyone))
    why = rng.choice(
        ["branch", "two branches", "sister", "namesake", "neighbour", "owner", "one character", "another"]
    )
    branches = [
        f"{rng.choice(VILLAGES)}分公司",
        f"第{rng.choice('一二三四五')}分店",
        f"{rng.choice(VILLAGES)}门市部",
    ]
    mine = {name: made[name] for name in ("owner", "phone")}
    code = made_up._code(rng, bool(made["company"]))
    if why in ("branch", "two branches") and not made["company"]:
        why = "namesake"
    if why == "branch":
        made = {**made, "branch": ""}
        other = {**made, "branch": rng.choice(branches), "code": code}
        if rng.random() < 0.6:
            other |= {"site": rng.choice(everyone)["site"]}
    elif why == "two branches":
        first, second = rng.sample(branches, 2)
        made, other = {**made, "branch": first}, {**made, "branch": second, "code": code}
        other |= {"site": rng.choice(everyone)["site"]}
    elif why == "sister":
        trades = [
            t for t in (made_up.TRADES if made["company"] else list(made_up.SHOPS)) if t != made["trade"]
        ]
        other = {**made, "trade": rng.choice(trades), "code": code}
    elif why == "namesake":
        far = "广州市" if "佛山" in made["place"] else "深圳市"
        place = made["place"] if "佛山" in made["place"] else "佛山市"
        made = {**made, "place": place}
        other = {
            **other,
            **{k: made[k] for k in ("style", "trade", "form", "branch", "company")},
            "place": far,
        }
    elif why == "neighbour":
        other = {
            **other,
            "site": (made["site"][0], *other["site"][1:]),
            "phone": rng.choice([made, other])["phone"],
        }
    elif why == "owner":
        other = {**other, **mine, "site": rng.choice([made, other])["site"]}
    elif why == "one character":
        style = made["style"]
        at = rng.randrange(len(style))
        changed = style[:at] + rng.choice([c for c in made_up.STYLES if c != style[at]]) + style[at + 1 :]
        other = {
            **other,
            **{k: made[k] for k in ("trade", "form", "branch", "company", "place")},
            "style": changed,
        }
    while True:
        one, two = _record(made, _name(made, rng), rng), _record(other, _name(other, rng), rng)
        if _share(one, two):
            return Pair(one, two, False, why)


def pairs(count: int, seed: int) -> Iterator[Pair]:
    """`count` pairs, half of them one enterprise."""
    rng = random.Random(seed)
    everyone = list(made_up.enterprises(count // 2, seed, made_up.USUAL))
    for at in range(count):
        made = rng.choice(everyone)
        made = {**made, "branch": made["branch"] if made["company"] else ""}
        yield _positive(made, rng) if at % 2 else _negative(made, everyone, rng)


def table(found: list[Pair]) -> pa.Table:
    """All records of the pairs as one table, ready to link: resources "one" and "other", the pair's number as key."""
    names = ("name", "uscc", "legal_representative", "phone", "address")
    rows = [
        (side, f"{at:06d}", getattr(pair, side)) for side in ("one", "other") for at, pair in enumerate(found)
    ]
    return pa.table(
        {
            "resource": [row[0] for row in rows],
            "source_key": [row[1] for row in rows],
            **{name: pa.array([row[2][name] for row in rows], pa.string()) for name in names},
        }
    )

"""Names of enterprises 法人名称 and their credit codes 统一社会信用代码.

佛山市禅城区恒福五金店 and 恒福五金店（个体工商户） are one shop; 恒福五金有限公司 and
恒福五金有限公司南海分公司 are two bodies: a branch is registered on its own. A name is taken apart into
place, core (字号 and trade), legal form and branch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from tongchou.standards import credit
from tongchou.standards.characters import simplified
from tongchou.standards.text import Text

from .base import (
    Bytes,
    Folded,
    Ints,
    Level,
    Mask,
    Sides,
    absent,
    choose,
    grouped,
    level_numbers,
    number_texts,
    texts_of,
)
from .located import headless, read_place, where
from .names import syllables
from .trades import read_trade, site_in

_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|有限责任|有限合伙|普通合伙|特殊普通合伙|合伙企业|个人独资企业|个人独资|个体工商户|个体户|"
    r"个体|农民专业合作社|专业合作社|集团公司|总公司|公司|集团|LTD|CO|INC|LLC)"
)
# After a company's form, whatever names a site or an office of it is a branch: …有限公司|同济门市部.
_OWN_FORM = re.compile(r"股份有限公司|有限责任公司|有限公司|总公司|集团公司|公司|合伙企业|独资企业")
_BRANCH = re.compile(
    r"([^\s]{0,8}?)(分公司|分店|分行|分社|分厂|分院|分部|分理处|分所|营业部|营业厅|营业所|办事处|支行|门市部|经营部|"
    r"第[0-9一二三四五六七八九十]+(?:分店|门店|店|门市部|营业部|厂|车间))$"
)
# What is registered on its own; a shop named after its street is one of several under one sign.
_OWN_BRANCH = re.compile(r"分|第|门市|营业|支行|办事处|经营部|[0-9]")
_IN_BRACKETS = re.compile(
    r".{0,8}(?:分公司|分店|分行|门市部|营业部|支行)|[^店]{1,8}店|[0-9一二三四五六七八九十]+号?店"
)


class NameParts(NamedTuple):
    """place · core · form · branch of an enterprise's name; "" where not said.

    style, trades: what the core is made of (`trades.read_trade`). city, district: of the place, bare.
    """

    place: str
    core: str
    form: str
    branch: str
    style: str = ""
    trades: int = 0
    city: str = ""
    district: str = ""


def fold_organisation(value: str) -> str:
    """An enterprise's name in half width, simplified, upper case, no blanks or marks (brackets kept)."""
    text = simplified(unicodedata.normalize("NFKC", value)).upper()
    return re.sub(r"[^\w()\u4e00-\u9fff]+", "", text)


def read_parts(folded: str) -> NameParts:
    """Take a folded name apart."""
    text = folded
    brackets = re.findall(r"\(([^)]*)\)", text)
    text = re.sub(r"[()]", "", re.sub(r"\([^)]*\)", "", text))
    branch = "".join(each for each in brackets if _IN_BRACKETS.fullmatch(each))
    formed = list(_OWN_FORM.finditer(text))
    tail = _BRANCH.search(text)
    if formed and len(text) - formed[-1].end() >= 2 and not _FORM.match(text, formed[-1].end()):
        text, branch = text[: formed[-1].end()], text[formed[-1].end() :] + branch
    elif tail and formed:
        cut = [each for each in formed if each.end() <= tail.start(2)]
        at = cut[-1].end() if cut else max(0, tail.start(2) - 2)
        text, branch = text[:at], text[at:] + branch
    elif tail and tail[2] not in ("经营部", "门市部"):
        at = tail.start(2) if tail[2].startswith("第") else max(0, tail.start(2) - 2)
        text, branch = text[:at], text[at:] + branch
    elif (at := site_in(text)) < len(text):
        text, branch = text[:at], text[at:] + branch
    forms = _FORM.findall(text)
    core = _FORM.sub("", text)
    place, core = read_place(core)
    said = [b for b in brackets if b and not _FORM.fullmatch(b) and not _IN_BRACKETS.fullmatch(b)]
    place, core = place or "".join(said), core or text
    return NameParts(place, core, forms[-1] if forms else "", branch, *read_trade(core), *where(place))


def _sign(part: NameParts) -> str:
    return f"{_style(part)}|{part.trades}" if _style(part) and part.trades else ""


def _style(part: NameParts) -> str:
    return part.style if len(part.style) >= 2 else ""


_GROUPS: Mapping[str, Callable[[NameParts], str]] = {
    "core": lambda part: part.core,
    "sound": lambda part: "".join(syllables(part.core)),
    "style": _style,
    "sign": _sign,
    "head": lambda part: part.core[:2],
    "start": lambda part: part.core[:3],
    "bare": lambda part: headless(part.core),
    "end": lambda part: part.core[-4:],
}


class Organisation:
    """Comparison of enterprises' names."""

    levels = (
        absent,
        Level("exact", Text("{label}相同", "same {label}"), "name"),
        Level("same_sign", Text("{label}（简称）相同", "same short {label}"), "name"),
        Level("same_core", Text("{label}字号与行业相同", "{label}: same core"), "core"),
        Level(
            "other_place",
            Text(
                "{label}字号相同而地名不同",
                "{label}: same core, other place",
            ),
            "core",
            shows=True,
        ),
        Level(
            "same_trade",
            Text("{label}字号相同，行业用语同义", "{label}: same style, words for one trade"),
            "style",
            shows=True,
        ),
        Level("homophone", Text("{label}同音", "{label} sounds the same"), "sound", shows=True),
        Level("close", Text("{label}相近", "{label} alike"), shows=True),
        Level("branch", Text("一为分支机构", "one is a branch"), shows=True),
        Level(
            "other_trade",
            Text("{label}字号相同而行业不同", "{label}: same style, other trade"),
            shows=True,
        ),
        Level(
            "one_character",
            Text("{label}字号一字之差", "{label}: one character of the style differs"),
            shows=True,
        ),
        Level(
            "part", Text("{label}一为另一的一部分", "one {label} is part of the other"), "head", shows=True
        ),
        Level("same_start", Text("{label}开头两字相同", "{label} starts the same"), "head", shows=True),
        Level(
            "other_style", Text("{label}行业相同而字号不同", "{label}: same trade, other style"), shows=True
        ),
        Level("different", Text("{label}不同", "other {label}"), shows=True),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold names; groups: name, core, style, sign (style and trades), sound, head, start, end; arrays: branch, city,
        district, trades, whole (a registered name with its form or place, not a signboard's 阿强)."""
        text = [fold_organisation(value) for value in values]
        parts = [read_parts(name) for name in text]
        groups = {"name": number_texts([re.sub(r"[()]", "", name) for name in text])} | grouped(
            parts, _GROUPS
        )
        branches = number_texts([part.branch or "-" for part in parts])
        present = np.array([len(name) >= 2 for name in text], bool)
        whole = [bool(part.form) or (bool(part.place) and len(part.core) > 3) for part in parts]
        arrays = {
            "branch": branches,
            "city": number_texts([part.city for part in parts]),
            "district": number_texts([part.district for part in parts]),
            "site": np.array(
                [bool(part.branch) and not _OWN_BRANCH.search(part.branch) for part in parts], np.int64
            ),
            "sign": np.array([not (part.branch or part.form) for part in parts], np.int64),
            "trades": np.array([part.trades for part in parts], np.int64),
            "headed": np.array([headless(part.core) != part.core for part in parts], np.int64),
            "styled": np.array([len(part.style) for part in parts], np.int64),
            "whole": np.array(whole, np.int64),
        }
        # Names that agree in all this are one name; a branch, or a namesake elsewhere, is another.
        whole_text = [
            "|".join((part.core, part.branch, part.city, part.district, str(registered)))
            for part, registered in zip(parts, whole, strict=True)
        ]
        return Folded(texts_of(whole_text), present, groups, arrays)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of enterprises' names."""
        at = level_numbers(self.levels)
        sides = Sides(folded.groups, left, right)
        exact, core, head = sides.equal("name"), sides.equal("core"), sides.equal("head")
        # 南海恒福五金 and 恒福五金, not 南海恒福五金 and 顺德恒福五金.
        headed = folded.arrays["headed"]
        core |= sides.equal("bare") & ((headed[left] & headed[right]) == 0)
        branch: Mask = folded.arrays["branch"][left] != folded.arrays["branch"][right]
        # The sign 益丰大药房 hangs over each of its shops, 益丰大药房韶山路店 among them.
        site, sign = folded.arrays["site"], folded.arrays["sign"]
        any_shop: Mask = ((site[left] & sign[right]) | (site[right] & sign[left])) == 1
        located = Sides(folded.arrays, left, right)
        elsewhere: Mask = located.other("city") | located.other("district")
        trades, styled = folded.arrays["trades"], folded.arrays["styled"]
        style = sides.same("style")
        named: Mask = (trades[left] != 0) & (trades[right] != 0)
        one_trade: Mask = named & ((trades[left] & trades[right]) != 0)
        other_trade: Mask = named & ~one_trade
        alike, slips = np.zeros(len(left)), np.full(len(left), 9, np.int64)
        within = np.zeros(len(left), bool)
        longest = np.zeros(len(left), np.int64)
        swapped = np.zeros(len(left), bool)
        look = np.flatnonzero(~exact & ~core)
        if len(look):
            one, two = (
                [text.partition("|")[0] for text in folded.picked(side[look])] for side in (left, right)
            )
            alike[look] = cpdist(one, two, scorer=JaroWinkler.similarity, dtype=np.float64)
            slips[look] = cpdist(one, two, scorer=OSA.distance, score_cutoff=3, dtype=np.int32)
            longest[look] = [max(len(a), len(b)) for a, b in zip(one, two, strict=True)]
            swapped[look] = [sorted(a) == sorted(b) for a, b in zip(one, two, strict=True)]
            within[look] = [
                min(len(a), len(b)) >= 2 and (a in b or b in a) for a, b in zip(one, two, strict=True)
            ]
        sound = sides.equal("sound")
        # One character of a style of two is half of it: 鸿基陶瓷 and 鸿信陶瓷 are two firms as a rule.
        short: Mask = (np.minimum(styled[left], styled[right]) <= 2) & ~style & (slips <= 1) & ~swapped
        close: Mask = ((slips <= 1) & (longest >= 4)) | ((slips <= 2) & (longest >= 8))
        rules: list[tuple[Mask, int]] = [
            (exact & (folded.arrays["whole"][left] == 1), at["exact"]),
            (exact, at["same_sign"]),
            (any_shop & (core | (style & ~other_trade)), at["part"]),
            (branch & (core | style | (alike > 0.9)), at["branch"]),
            ((core | sound | (style & one_trade)) & elsewhere, at["other_place"]),
            (core, at["same_core"]),
            (sound, at["homophone"]),
            (style & other_trade, at["other_trade"]),
            (style & one_trade, at["same_trade"]),
            (short & close, at["one_character"]),
            (close & ~other_trade, at["close"]),
            (within & head, at["part"]),
            (head & ~other_trade, at["same_start"]),
            ((alike >= 0.85) & ~other_trade, at["close"]),
            (one_trade, at["other_style"]),
        ]
        return choose(rules, at["different"], len(left))


def fold_credit(value: str) -> str:
    """A credit code without blanks and marks, upper case; "" for fillers."""
    text = re.sub(r"[^0-9A-Z]+", "", unicodedata.normalize("NFKC", value).upper())
    return text if len(text) >= 9 and len(set(text)) > 2 else ""


class CreditCode:
    """Comparison of unified social credit codes; a 9-character code meets its place in the 18."""

    levels = (
        absent,
        Level("same", Text("{label}相同", "same {label}"), "code"),
        Level(
            "same_unchecked", Text("{label}相同（校验未通过）", "same {label} (it fails its check)"), "code"
        ),
        Level("same_body", Text("组织机构代码相同", "same organisation code inside the {label}"), "body"),
        Level("one_slip", Text("{label}差一位或相邻两位颠倒", "{label} differs by one slip")),
        Level(
            "different_unchecked",
            Text("{label}不同（其一校验未通过）", "other {label} (one fails its check)"),
        ),
        Level("different", Text("{label}不同且均通过校验", "other {label}, both valid")),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold codes; groups: code, body (the organisation code inside)."""
        text = [fold_credit(value) for value in values]
        body = [c[8:17] if len(c) == 18 else (c if len(c) == 9 else "") for c in text]
        groups = {"body": number_texts(body)} | grouped(
            text, {"code": str, "head": lambda code: code[:13], "tail": lambda code: code[-9:]}
        )
        checked = np.array([credit.is_valid(c) for c in text], np.int64)
        return Folded(texts_of(text), np.array([bool(c) for c in text], bool), groups, {"checked": checked})

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of credit codes."""
        at = level_numbers(self.levels)
        sides, checked = Sides(folded.groups, left, right), folded.arrays["checked"] == 1
        same = sides.equal("code")
        both: Mask = checked[left] & checked[right]
        slips = np.full(len(left), 9, np.int64)
        look = np.flatnonzero(~same & ~both)
        if len(look):
            slips[look] = cpdist(
                folded.picked(left[look]),
                folded.picked(right[look]),
                scorer=OSA.distance,
                score_cutoff=3,
                dtype=np.int32,
            )
        rules: list[tuple[Mask, int]] = [
            (same & both, at["same"]),
            (same, at["same_unchecked"]),
            (sides.same("body") & ~both, at["same_body"]),
            (slips <= 1, at["one_slip"]),
            (both, at["different"]),
        ]
        return choose(rules, at["different_unchecked"], len(left))

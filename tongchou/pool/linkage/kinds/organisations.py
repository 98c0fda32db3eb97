"""Names of enterprises 法人名称 and their credit codes 统一社会信用代码.

佛山市禅城区恒福五金店 and 恒福五金店（个体工商户） are one shop; 恒福五金有限公司 and
恒福五金有限公司南海分公司 are two bodies: a branch is registered on its own. A name is taken apart into
place, core (字号 and trade), legal form and branch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from tongchou.standards import credit
from tongchou.standards.characters import simplified
from tongchou.standards.text import Text

from .base import Bytes, Folded, Ints, Level, Mask, absent, both_known, choose, level_numbers, number_texts
from .names import syllables

_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|有限合伙|普通合伙|合伙企业|个人独资企业|个体工商户|个体户|个体|"
    r"集团公司|总公司|公司|集团|LTD|CO|INC|LLC)"
)
_BRANCH = re.compile(
    r"([^\s]{0,8}?)(分公司|分店|分行|分社|分厂|分院|营业部|办事处|支行|第[0-9一二三四五六七八九十]+(?:分店|门店|店))$"
)
_PLACE = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,4}?省)?(?:[\u4e00-\u9fff]{2,4}?市)?(?:[\u4e00-\u9fff]{2,3}?(?:区|县))?(?:[\u4e00-\u9fff]{2}(?:镇|街道))?"
)
_CITY = re.compile(r"^(佛山|广东|广州|深圳|中国|南海|禅城|顺德|三水|高明)")


class NameParts(NamedTuple):
    """place · core · form · branch of an enterprise's name; "" where not said."""

    place: str
    core: str
    form: str
    branch: str


def fold_organisation(value: str) -> str:
    """An enterprise's name in half width, simplified, upper case, no blanks or marks (brackets kept)."""
    text = simplified(unicodedata.normalize("NFKC", value)).upper()
    return re.sub(r"[^\w()\u4e00-\u9fff]+", "", text)


def read_parts(folded: str) -> NameParts:
    """Take a folded name apart."""
    text = folded
    brackets = re.findall(r"\(([^)]*)\)", text)
    text = re.sub(r"[()]", "", re.sub(r"\([^)]*\)", "", text))
    branch = ""
    tail = _BRANCH.search(text)
    if tail:
        formed = list(_FORM.finditer(text[: tail.start(2)]))
        cut = formed[-1].end() if formed else max(0, tail.start(2) - 2)
        text, branch = text[:cut], text[cut:]
    forms = _FORM.findall(text)
    core = _FORM.sub("", text)
    found = _PLACE.match(core)
    place = core[: found.end()] if found else ""
    core = core[len(place) :]
    city = _CITY.match(core)
    if city and len(core) > len(city.group()) + 1:
        place, core = place + city.group(), core[city.end() :]
    said = [b for b in brackets if b and not _FORM.fullmatch(b)]
    return NameParts(place or "".join(said), core or text, forms[-1] if forms else "", branch)


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
        Level("homophone", Text("{label}同音", "{label} sounds the same"), "sound", shows=True),
        Level("close", Text("{label}相近", "{label} alike"), shows=True),
        Level("branch", Text("一为分支机构", "one is a branch"), shows=True),
        Level(
            "part", Text("{label}一为另一的一部分", "one {label} is part of the other"), "head", shows=True
        ),
        Level("same_start", Text("{label}开头两字相同", "{label} starts the same"), "head", shows=True),
        Level("different", Text("{label}不同", "other {label}"), shows=True),
    )

    def fold(self, values: Sequence[str]) -> Folded:
        """Fold names; groups: name, core, sound, head, start, end; arrays: branch, place,
        whole (a registered name with its form or place, not a signboard's 阿强)."""
        text = [fold_organisation(value) for value in values]
        parts = [read_parts(name) for name in text]
        groups = {
            "name": number_texts([re.sub(r"[()]", "", name) for name in text]),
            "core": number_texts([part.core for part in parts]),
            "sound": number_texts(["".join(syllables(part.core)) for part in parts]),
            "head": number_texts([part.core[:2] for part in parts]),
            "start": number_texts([part.core[:3] for part in parts]),
            "end": number_texts([part.core[-4:] for part in parts]),
        }
        branches = number_texts([part.branch or "-" for part in parts])
        present = np.array([len(name) >= 2 for name in text], bool)
        places = number_texts([re.sub(r"[省市区县镇]|街道", "", part.place)[:2] for part in parts])
        whole = [bool(part.form) or (bool(part.place) and len(part.core) > 3) for part in parts]
        arrays = {"branch": branches, "place": places, "whole": np.array(whole, np.int64)}
        return Folded([part.core for part in parts], present, groups, arrays)

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of enterprises' names."""
        at = level_numbers(self.levels)
        g = folded.groups
        exact = g["name"][left] == g["name"][right]
        core = g["core"][left] == g["core"][right]
        head = g["head"][left] == g["head"][right]
        branch: Mask = folded.arrays["branch"][left] != folded.arrays["branch"][right]
        place = folded.arrays["place"]
        alike, slips = np.zeros(len(left)), np.full(len(left), 9, np.int64)
        within = np.zeros(len(left), bool)
        longest = np.zeros(len(left), np.int64)
        look = np.flatnonzero(~exact & ~core)
        if len(look):
            texts = np.array(folded.text, object)
            one, two = list(texts[left[look]]), list(texts[right[look]])
            alike[look] = cpdist(one, two, scorer=JaroWinkler.similarity, dtype=np.float64)
            slips[look] = cpdist(one, two, scorer=OSA.distance, score_cutoff=3, dtype=np.int32)
            longest[look] = [max(len(a), len(b)) for a, b in zip(one, two, strict=True)]
            within[look] = [
                min(len(a), len(b)) >= 2 and (a in b or b in a) for a, b in zip(one, two, strict=True)
            ]
        rules: list[tuple[Mask, int]] = [
            (exact & (folded.arrays["whole"][left] == 1), at["exact"]),
            (exact, at["same_sign"]),
            (branch & (core | (alike > 0.9)), at["branch"]),
            (core & both_known(place, left, right) & (place[left] != place[right]), at["other_place"]),
            (core, at["same_core"]),
            (g["sound"][left] == g["sound"][right], at["homophone"]),
            (((slips <= 1) & (longest >= 4)) | ((slips <= 2) & (longest >= 8)), at["close"]),
            (within & head, at["part"]),
            (head, at["same_start"]),
            (alike >= 0.85, at["close"]),
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
        groups = {
            "code": number_texts(text),
            "body": number_texts(body),
            "head": number_texts([c[:13] for c in text]),
            "tail": number_texts([c[-9:] for c in text]),
        }
        checked = np.array([credit.is_valid(c) for c in text], np.int64)
        return Folded(text, np.array([bool(c) for c in text], bool), groups, {"checked": checked})

    def compare(self, folded: Folded, left: Ints, right: Ints) -> Bytes:
        """Levels of pairs of credit codes."""
        at = level_numbers(self.levels)
        g, checked = folded.groups, folded.arrays["checked"] == 1
        same = g["code"][left] == g["code"][right]
        both: Mask = checked[left] & checked[right]
        slips = np.full(len(left), 9, np.int64)
        look = np.flatnonzero(~same & ~both)
        if len(look):
            texts = np.array(folded.text, object)
            slips[look] = cpdist(
                list(texts[left[look]]),
                list(texts[right[look]]),
                scorer=OSA.distance,
                score_cutoff=3,
                dtype=np.int32,
            )
        rules: list[tuple[Mask, int]] = [
            (same & both, at["same"]),
            (same, at["same_unchecked"]),
            ((g["body"][left] == g["body"][right]) & (g["body"][left] != -1) & ~both, at["same_body"]),
            (slips <= 1, at["one_slip"]),
            (both, at["different"]),
        ]
        return choose(rules, at["different_unchecked"], len(left))

"""Resources by words: Chinese, English, pinyin, first letters, and with a slip in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tongchou.standards.characters import simplified
from tongchou.standards.cleaning import fold_width
from tongchou.standards.spelling import has_han, initials, letters, reading, within
from tongchou.standards.text import Text

from .models import Resource


@dataclass(frozen=True)
class FoundResource:
    """A resource among results. score: of likeness, 100 the same; why: what is alike."""

    code: str
    title: Text
    organisation: Text
    score: int
    why: Text


_TITLE = Text("名称相符", "the title fits")
_CODE = Text("代码相符", "the code fits")
_FIELD = Text("含有该数据项", "it has such a field")
_ABSTRACT = Text("摘要相符", "the abstract fits")
_PINYIN = Text("拼音相符", "the pinyin fits")
_INITIALS = Text("拼音首字母相符", "the initials fit")
_SLIP = Text("相差一字", "one character apart")


def find(text: str, most: int) -> list[FoundResource]:
    """Published resources that a text names, likeliest first. Two queries; nothing personal."""
    wanted = _folded(text)
    if len(wanted) < 2:
        return []
    found = []
    published = Resource.objects.filter(state=Resource.State.PUBLISHED).select_related("organisation")
    for each in published.prefetch_related("fields"):
        alike = _alike(wanted, each)
        if alike is not None:
            owner = each.organisation
            found.append(
                FoundResource(
                    each.code,
                    Text(each.name, each.name_en or each.name),
                    Text(owner.name, owner.name_en or owner.name),
                    *alike,
                )
            )
    return sorted(found, key=lambda one: (-one.score, one.code))[:most]


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return "".join(simplified(fold_width(text)).lower().split())


@lru_cache(maxsize=4096)
def _said(title: str) -> tuple[str, ...]:
    return tuple(letters(each) for each in reading(_folded(title)))


def _alike(wanted: str, resource: Resource) -> tuple[int, Text] | None:
    titles = [_folded(each) for each in (resource.name, resource.name_en) if each]
    if wanted in titles:
        return 100, _TITLE
    if wanted == resource.code.lower():
        return 98, _CODE
    if any(wanted in each for each in titles):
        return 90, _TITLE
    if not has_han(wanted):
        said, typed = _said(resource.name), letters(wanted)
        if len(typed) > 2 and any(
            typed == "".join(said[i:j]) for i in range(len(said)) for j in range(i, len(said) + 1)
        ):
            return 85, _PINYIN
        if len(typed) > 2 and typed in initials(said):
            return 70, _INITIALS
    labels = [_folded(text) for each in resource.fields.all() for text in (each.label, each.label_en) if text]
    if wanted in labels:
        return 65, _FIELD
    if any(wanted in _folded(each) for each in (resource.abstract, resource.abstract_en) if each):
        return 60, _ABSTRACT
    slipped = 3 if has_han(wanted) else 6
    if len(wanted) >= slipped and any(within(wanted, each, 1) <= 1 for each in titles):
        return 50, _SLIP
    return None

"""What stands where a person's name is missing: 张某之子, 李静之女, 新生儿, 无名氏, 张*静, 某某.

A hospital writes 李静之子 until the parents have chosen, a report hides a name as 张某, a form is filled with 不详. None
of it is a name: two children of one hospital called 张某之子 are two. What such a text does say is whose child it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tongchou.standards.characters import simplified

_SURE_CHILD = "子|女|婴|男婴|女婴"  # after one character: 李之子; 王之宝 may be a name
_CHILD = (
    "子|女|儿|婴|男|男婴|女婴|男孩|女孩|婴儿|儿子|女儿|宝|宝宝|毛毛|毛头|双胞胎|双子|双女|"
    "长子|长女|次子|次女|三子|三女|大子|大女|小子|小女"
)
_TURN = "[甲乙丙丁一二三四大小0-9ABCabc]"
_OF_MOTHER = re.compile(
    rf"^(?:(?P<mother>.{{2,12}}?)(?:之|的)(?:{_CHILD})|.之(?:{_SURE_CHILD})){_TURN}{{0,2}}$"
)
_BABY = re.compile(
    rf"^.{{0,5}}(?:男婴|女婴|婴儿|弃婴|新生儿|宝宝|毛毛头|BABYBOY|BABYGIRL|BABY|BB){_TURN}{{0,2}}$",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    "^(?:未命名|未取名|未起名|未定名|待取名|待命名|待定|无名氏?|无名男?女?|不详|不明|未知|未提供|佚名|匿名|患者|病人|测试|某男|某女|"
    "身份不明.*|无名.{0,2}患者|群众|市民|居民|NONAME|UNKNOWN|UNNAMED|TEST)$",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"[某□×]|^[^A-Za-z][*xX]+$|^.\*+$|\*+(?=[\u3400-\u9fff])")
_DROPPED = re.compile(r"[\s·•・,，。.()（）\[\]【】\-_/]+")


@lru_cache(maxsize=1 << 15)
def _plain(value: str) -> str:
    return _DROPPED.sub("", simplified(unicodedata.normalize("NFKC", value)))


def is_unnamed(value: str) -> bool:
    """Whether a text stands where a name is missing or hidden."""
    return is_newborn(value) or is_nobody(value)


def is_newborn(value: str) -> bool:
    """Whether a text stands for a child that has no name yet: two of them in one source are two children."""
    if len(value) <= 3 and value[-1:] not in "婴儿子女宝头男":
        return False  # nearly all names; the patterns below are dear
    text = _plain(value)
    return bool(_OF_MOTHER.match(text) or _BABY.match(text))


def is_nobody(value: str) -> bool:
    """Whether a text hides a name or says that there is none (张某, 张*静, 不详): it is no name at all."""
    if (
        len(value) <= 3
        and value[-1:] not in "知详明名氏供佚匿者人试男女定众民"
        and not set(value) & set("某*□×＊xX")
    ):
        return False
    text = _plain(value)
    return bool(_NOBODY.match(text) or _HIDDEN.search(text)) and not is_newborn(value)


def mother_in(value: str) -> str:
    """The parent's name in 李静之子; "" where the text names no parent, or hides it (张某之子)."""
    found = _OF_MOTHER.match(_plain(value))
    if not found or not found["mother"]:
        return ""
    mother = re.sub("氏$", "", found["mother"])
    return mother if len(mother) > 1 and not _HIDDEN.search(mother) else ""

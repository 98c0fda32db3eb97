"""Personal names as registers hold them, and the forms in which they may be compared.

Three forms of one name:

- the **value**: what the register says, width-folded, without blanks (Chinese), dots between parts made ·,
  annotations set aside. Traditional characters stay: they are what the document shows.
- the **folded** form, for comparison only: simplified characters, upper case, no dots or blanks.
- the **pinyin**, for homophones: syllables without tones, surnames in their own reading (单 shan, 曾 zeng).

Nothing here decides that two names are one person's; `pool.linkage` does.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from .characters import simplified
from .cleaning import fold_width, one_blank
from .problems import InvalidValue

MAX_LENGTH = 50

_HAN = "㐀-䶿一-鿿〇\U00020000-\U000323af々"
_plain_han = re.compile(r"[一-鿿]{2,4}").fullmatch
_all_han = re.compile(rf"[{_HAN}\ue000-\uf8ff]+(?:·[{_HAN}\ue000-\uf8ff]+)*").fullmatch
_any_han = re.compile(rf"[{_HAN}]").search
_latin = re.compile(r"[^\W\d_]+(?:[ '’.\-·,]+[^\W\d_]+)*\.?").fullmatch
_LOST = re.compile(r"[□■▢◻?\ufffd〓]|\(cid:|＃")
_DOTS = re.compile(rf"(?<=[{_HAN}])\s*[·•・‧∙⋅●.。﹒᛫▪◦･˙](?=\s*[{_HAN}])\s*")
_BRACKETS = re.compile(r"[(\[【〔<《{]([^()\[\]【】〔〕<>《》{}]*)[)\]】〕>》}]?")
_ALIAS = re.compile(
    r"^(?:曾用名|别名|又名|原名|化名|小名|乳名|亦名|或名|aka|formerly|alias|née|nee)[:\s]*(.+)$",
    re.IGNORECASE,
)
_ALIAS_TAIL = re.compile(r"[,;/\s]*(?:曾用名|别名|又名|原名)[:\s]*(.+)$")
_TITLES = re.compile(r"(?<=..)(?:先生|女士|小姐|同志|老师|太太|夫人)$")
_title_only = re.compile(
    r".(?:先生|女士|小姐|同志|老师|太太|夫人)|先生|女士|小姐|同志|无名氏?|无名男|无名女"
).fullmatch
_LATIN_TITLES = re.compile(r"^(?:MR|MRS|MS|MISS|DR|PROF|SIR)(?:\.\s*|\s+)(?=\S)", re.IGNORECASE)
_LABEL = re.compile(r"^(?:姓名|名字|患者|户主|申请人|联系人)[:]\s*")
_TRAILING_MARKS = re.compile(r"(?<=.)[*#0-9,;:、。.\-_~+!/\\|^'\"“”‘’]+$")
_LEADING_MARKS = re.compile(r"^[*#,;:、。.\-_~+!/\\|^'\"“”‘’·]+(?=.)")
_LEADING_NUMBER = re.compile(rf"^[0-9]+[.、,\s]*(?=[{_HAN}])")
_TRAILING_SEX = re.compile(rf"(?<=[{_HAN}])\s+[男女]$")
_BLANKS = re.compile(r"\s+")
_NOT_COMPARED = re.compile(r"[\s·'’.\-,]+")


class Name(NamedTuple):
    """A cleaned name. value: the name; alias: a former or other name found beside it; note: any other
    annotation."""

    value: str
    alias: str | None = None
    note: str | None = None


class Parts(NamedTuple):
    """A name divided. kind: "han" (surname first), "minority" (parts joined by ·), "latin" or "other"."""

    surname: str
    given: str
    kind: str


def examine(text: str) -> tuple[Name, str | None]:
    """The cleaned name and the first rule it fails, or None; never raises."""
    if _plain_han(text) and text[-1] not in "生士姐志师太人名氏" and "某" not in text:
        return Name(text), None
    return _examine_cached(text)


@lru_cache(maxsize=65536)
def _examine_cached(text: str) -> tuple[Name, str | None]:
    value, alias, note = _LABEL.sub("", fold_width(text)), None, None
    for inside in _BRACKETS.findall(value):
        named = _ALIAS.match(inside.strip())
        if named:
            alias = alias or _settle(named.group(1))[0]
        elif inside.strip():
            note = note or inside.strip()
    value = _BRACKETS.sub("", value)
    tail = _ALIAS_TAIL.search(value)
    if tail and tail.start() > 0:
        alias = alias or _settle(tail.group(1))[0]
        value = value[: tail.start()]
    value, problem = _settle(value)
    return Name(value, alias or None, note), problem


def _settle(text: str) -> tuple[str, str | None]:
    """The name without marks and titles, with its problem; applying it again changes nothing."""
    value = text
    while True:
        once = _strip_marks(value)
        if once == value:
            return value, _problem(text, value)
        value = once


def _strip_marks(value: str) -> str:
    value = _LEADING_MARKS.sub("", value.strip())
    if _any_han(value):
        value = _TRAILING_SEX.sub("", _LEADING_NUMBER.sub("", _DOTS.sub("·", value)))
        value = value if _latin_words(value) else _BLANKS.sub("", value)
        shorter = _TRAILING_MARKS.sub("", value)
        value = value if shorter == value[:1] and "*" in value else shorter
        return _TITLES.sub("", value)
    value = _LATIN_TITLES.sub("", one_blank(value))
    return re.sub(r"(?<=.)[*#,;:、。_~+!/\\|^\"“”]+$", "", value).strip()


def _latin_words(value: str) -> bool:
    return re.search(r"[A-Za-z]\s+[A-Za-z]", value) is not None


def _problem(given: str, value: str) -> str | None:
    if len(value) > MAX_LENGTH:
        return "person_name.too_long"
    if _all_han(value):
        if len(value) < 2:
            return "person_name.masked" if "*" in given else "person_name.too_short"
        if "某" in value:
            return "person_name.masked"
        if _title_only(value):
            return "person_name.incomplete"
        return "person_name.private_character" if re.search(r"[\ue000-\uf8ff]", value) else None
    if _LOST.search(value):
        return "person_name.illegible"
    if "*" in value:
        return "person_name.masked"
    if _latin(value) and not ("," in value and _any_han(value)):
        return None if len(value) > 1 else "person_name.too_short"
    return "person_name.characters" if value else "person_name.too_short"


def clean(text: str) -> str:
    """The name's value; see the module. Never raises."""
    return examine(text)[0].value


def parse(text: str) -> Name:
    """The cleaned name with what was written beside it. Raises InvalidValue when it is no usable name."""
    name, problem = examine(text)
    if problem and problem != "person_name.private_character":
        raise InvalidValue(problem)
    return name


def folded(text: str) -> str:
    """The form in which names are compared: cleaned, simplified, upper case, without dots, blanks and
    hyphens."""
    return _NOT_COMPARED.sub("", simplified(clean(text))).upper()


@lru_cache(maxsize=1)
def _surnames() -> tuple[frozenset[str], dict[str, str], frozenset[str]]:
    """Compound surnames; readings of surnames; the commonest single ones."""
    text = files("tongchou.standards").joinpath("data/surnames.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    compound = frozenset(row["surname"] for row in rows if len(row["surname"]) > 1)
    readings = {row["surname"]: row["pinyin"] for row in rows if row["pinyin"]}
    common = frozenset(row["surname"] for row in rows if row["common"] == "1")
    return compound, readings, common


def compound_surnames() -> frozenset[str]:
    """The surnames of two characters, simplified."""
    return _surnames()[0]


def common_surnames() -> frozenset[str]:
    """The commonest surnames of one character, simplified."""
    return _surnames()[2]


def split(name: str) -> Parts:
    """Surname and given name of a cleaned name.

    A compound surname counts when at least one character is left for the given name. Four characters that
    begin with two of the commonest surnames are taken as a double surname (陈方安生). Names with · have
    their first part as given name and the rest, the father's name or the clan's, as surname. Latin names:
    "SURNAME, Given" at the comma, else the last word is the surname.
    """
    compound, _, common = _surnames()
    if "·" in name and _any_han(name):
        given, _, rest = name.partition("·")
        return Parts(rest, given, "minority")
    if _all_han(name):
        plain = simplified(name)
        if len(name) > 2 and plain[:2] in compound:
            return Parts(name[:2], name[2:], "han")
        if len(name) == 4 and plain[0] in common and plain[1] in common:
            return Parts(name[:2], name[2:], "han")
        return Parts(name[:1], name[1:], "han")
    if _any_han(name):
        return Parts("", name, "other")
    if "," in name:
        surname, _, given = name.partition(",")
        return Parts(surname.strip(), given.strip(), "latin")
    words = name.split()
    return Parts(words[-1] if words else "", " ".join(words[:-1]), "latin" if words else "other")


def pinyin(name: str) -> tuple[str, ...]:
    """Syllables of a name without tones, lower case, ü as v; the surname in its reading as a surname.

    Words of Latin letters are kept as they are, lower-cased.
    """
    return _pinyin_cached(clean(name))


@lru_cache(maxsize=65536)
def _pinyin_cached(name: str) -> tuple[str, ...]:
    if not _any_han(name):
        return tuple(word for word in re.split(r"[\s,.\-·]+", name.lower()) if word)
    parts = split(name)
    plain = simplified(name.replace("·", ""))
    surname = simplified(parts.surname) if parts.kind == "han" else ""
    readings = _surnames()[1]
    first = readings.get(surname, "").split() if surname else []
    if not first and len(surname) == 2:
        first = [syllable for each in surname for syllable in (readings.get(each) or _sound(each),)]
    if not first and surname:
        first = [_sound(each) for each in surname]
    rest = plain[len(surname) :]
    return (*first, *(_sound(each) for each in rest))


@lru_cache(maxsize=16384)
def _sound(character: str) -> str:
    from pypinyin import lazy_pinyin  # a large table: read when the first name asks for it

    return "".join(lazy_pinyin(character))


def latin_order(name: str) -> str:
    """A name in Latin letters as documents print it: "SURNAME GIVEN NAMES" upper case, one blank between
    words."""
    parts = split(clean(name))
    return one_blank(f"{parts.surname} {parts.given}".replace(",", " ")).upper()

"""What a field's label means: which data element it holds, of whom, and which of several such facts. Pure.

`reading` takes a label apart with the words of `standards/data/label_words.csv`: 监护人出生日期 is the birth date of
the guardian; 户籍地址 the registered address of the subject; 签发日期 says nothing alone, since every document has
one, and is read together with the name of its table. A district that says things in other words adds them there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from tongchou.standards.cleaning import fold_width
from tongchou.standards.text import Text

#: Elements that name a form of values and no fact: two fields of them are compared by their labels.
GENERIC = frozenset(
    [
        "date",
        "month",
        "year",
        "timestamp",
        "integer",
        "decimal",
        "area_m2",
        "amount_yuan",
        "text",
        "code",
        "identifier",
        "url",
        "yes_no",
        "longitude",
        "latitude",
    ]
)
#: Elements that say the same thing of somebody.
FAMILY = {
    "mobile": "phone", "id_document_number": "id_number", "industry_code": "industry", "month": "date", "year": "date",
    "timestamp": "date", "integer": "number", "decimal": "number", "amount_yuan": "number", "area_m2": "number",
    "code": "text",
}  # fmt: skip
#: What tells who somebody is. It must be known to find the rest, and is therefore not re-collected by being asked.
IDENTIFYING = frozenset(
    ("person_name", "id_number", "passport_number", "uscc", "organisation_name", "registration_number",
     "organisation_code")
)  # fmt: skip
#: Elements that only an organisation has.
_OF_BODIES = frozenset(("organisation_name", "uscc", "registration_number", "organisation_code", "industry"))
#: Bearers that are bodies with facts of their own, whoever's form names them.
BODIES = frozenset(("school", "hospital", "bank"))
_BY_ROLE = {"guardian_name": "guardian", "legal_representative": "legal_representative"}


@dataclass(frozen=True)
class Item:
    """One field that somebody holds or is about to collect.

    element: code of a data element, "" to be guessed. subject: person, enterprise, place, none, or "" where it is not
    said. about: name of its table or form. role: the linkage column it feeds, where it does.
    """

    label: Text
    element: str = ""
    subject: str = ""
    about: str = ""
    role: str = ""
    name: str = ""


@dataclass(frozen=True)
class Fact:
    """What a field is about. element: family; "" when nothing could be told.

    subject: whose population; bearer: "self", or whom of the subject's people and bodies; aspect: which of several;
    core: what is left of the label; qualified: with the table's name, where the label alone says nothing.
    """

    element: str
    subject: str
    bearer: str
    aspect: str
    strict: bool
    core: str
    qualified: str
    generic: bool
    vague: bool

    @property
    def code(self) -> str:
        """The fact as one word, for lists: `person/self/address/registered`."""
        return "/".join(part for part in (self.subject, self.bearer, self.element, self.aspect) if part)


@cache
def words(kind: str) -> dict[str, tuple[str, ...]]:
    """The vocabulary of one kind: {key: words}, in the order of the file."""
    text = (files("tongchou.standards") / "data" / "label_words.csv").read_text(encoding="utf-8")
    return {
        row["key"]: tuple(row["words"].split("|"))
        for row in csv.DictReader(text.splitlines())
        if row["kind"] == kind
    }


def folded(text: str) -> str:
    """A label without what the hand varies: width, case, blanks, units and remarks in brackets."""
    plain = re.sub(r"[(（\[【〔<《][^)）\]】〕>》]*[)）\]】〕>》]", "", fold_width(text)).strip().lower()
    if not plain:
        plain = fold_width(text).strip().lower()
    return re.sub(r"[\s_、,，.。:：;；*＊\-—/·’'\"“”?？!！]+", " " if plain.isascii() else "", plain).strip()


def _found(text: str, vocabulary: dict[str, tuple[str, ...]]) -> tuple[str, str]:
    """The key whose longest word stands in the text, with that word; ("", "") for none."""
    best = ("", "")
    for key, said in vocabulary.items():
        for word in said:
            if len(word) > len(best[1]) and _stands(word, text):
                best = (key, word)
    return best


def _stands(word: str, text: str) -> bool:
    return (
        re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None
        if word.isascii()
        else word in text
    )


def element_of(label: str) -> str:
    """The data element a label proposes, "text" when none does: 现住址 → address."""
    text = folded(label)
    best = ("", -1, 0)
    for key, said in words("element").items():
        for word in said:
            at = text.rfind(word) if _stands(word, text) else -1
            # The last word decides (企业联系电话 is a phone); of two that end together, the longer one.
            if at >= 0 and (at + len(word), len(word)) > (best[1], best[2]):
                best = (key, at + len(word), len(word))
    if best[0]:
        return best[0]
    if re.search(r"(学校|院校|幼儿园|医院|医疗机构|接生机构|公司|企业)$", text):
        return "organisation_name"
    if re.search(r"(人|者|母亲|父亲|配偶|家长|户主)$", text) and not re.search(r"(法人|申报人数)$", text):
        return "person_name"
    if re.search(r"(日期|时间|年月|date)$", text):
        return "date"
    if re.search(r"(编号|号码|证号|序号|流水号|number| no)$", text):
        return "identifier"
    if re.search(r"(金额|工资|薪资|收入|费用|余额|amount)$", text):
        return "amount_yuan"
    return "text"


def _element(item: Item, text: str) -> str:
    said = item.element or "text"
    if said in GENERIC:
        guessed = element_of(item.label.zh or item.label.en)
        # A table may carry a birth date as a plain date, a telephone as text: the label knows better.
        if (
            guessed not in GENERIC and not (said in ("date", "month") and guessed not in ("birth_date",))
        ) or not item.element:
            said = guessed
    return FAMILY.get(said, said)


def _bearer(item: Item, text: str, element: str) -> tuple[str, str]:
    """Whose fact it is, and the word that says so."""
    if element == "household_relation" or re.search(r"与.{1,6}关系", text):
        return "self", ""
    key, word = _found(text, words("bearer"))
    if element in _OF_BODIES and key in ("legal_representative", "landlord", "child"):
        key, word = "", ""
    if item.subject == "enterprise" and key == "employer":
        key, word = "self", word  # the enterprise itself
    if key:
        return key, word
    if item.role in _BY_ROLE:
        return _BY_ROLE[item.role], ""
    if item.subject == "enterprise" and element in ("person_name", "id_number", "sex", "birth_date"):
        return "legal_representative", ""  # a person in a list of companies
    if item.subject == "person" and element in _OF_BODIES:
        return "employer", ""
    if item.subject in ("none", "place", ""):
        key, _word = _found(folded(item.about), {k: v for k, v in words("bearer").items() if k in BODIES})
        if key:
            return key, ""
    return "self", ""


def _aspect(text: str, element: str, subject: str) -> tuple[str, bool]:
    soft, soft_word = _found(text, words("aspect"))
    strict, strict_word = _found(text, words("aspect!"))
    if strict and len(strict_word) >= len(soft_word):
        return strict, True
    if soft == "seat" and subject == "person":
        return "current", False  # 住所 of a person is where they live
    if soft in ("registered", "current", "mailing", "seat", "business") and element != "address":
        return "", False
    if soft == "landline" and element != "phone":
        return "", False
    return soft, False


def _core(text: str, without: str) -> str:
    """What is left of a label without whose it is, in the words all use."""
    core = text.replace(without, "", 1) if without and without != text else text
    for said in words("self").values():
        for word in sorted(said, key=len, reverse=True):
            if core.startswith(word) and len(core) > len(word):
                core = core[len(word) :]
                break
    core = core.removeprefix("的")
    for canonical, said in words("same").items():
        for word in sorted(said, key=len, reverse=True):
            if core.endswith(word):
                core = core[: -len(word)] + canonical
                break
    return core.strip()


def _is_vague(core: str) -> bool:
    """Whether a label alone tells nothing: every table has a 状态, every document a 签发日期."""
    document = "|".join(sorted(map(re.escape, words("vague")["document"]), key=len, reverse=True))
    thing = "|".join(sorted(map(re.escape, words("vague")["thing"]), key=len, reverse=True))
    return len(core) <= 1 or re.fullmatch(rf"(?:{document})*(?:{thing})?", core) is not None


@lru_cache(maxsize=65_536)
def reading(item: Item) -> Fact:
    """What the field is about; see `Fact`."""
    text = folded(item.label.zh or item.label.en)
    element = _element(item, text)
    bearer, word = _bearer(item, text, element)
    subject = item.subject
    if bearer == "legal_representative":
        subject = "enterprise"
    elif bearer in BODIES and element not in IDENTIFYING:
        subject = bearer  # which school somebody attends is a fact about them; where it stands, one about the school
    aspect, strict = _aspect(text, element, subject)
    core = _core(text, word if bearer != "self" else "")
    generic = element in GENERIC or element in ("number", "date", "text")
    vague = generic and _is_vague(core)
    about = re.sub(r"(信息|数据|登记|名录|台账|明细|花名册|清单|记录|表|人员)+$", "", folded(item.about))
    return Fact(element, subject, bearer, aspect, strict, core, f"{about}{core}", generic, vague)


#: Of a list's people, who the list is about when nobody is named plainly, likeliest first.
_MAIN = ("child", "spouse", "guardian", "mother", "father", "tenant", "landlord")


def readings(items: Sequence[Item]) -> list[Fact]:
    """The facts of one list. Where a list about persons names nobody plainly, the child (else the first named) is its
    subject: in a form for newborns, 新生儿姓名 is the name of whom it is about."""
    facts = [reading(item) for item in items]
    people = {fact.bearer for fact in facts if fact.element in ("person_name", "id_number", "birth_date")}
    if "self" not in people:
        main = next((bearer for bearer in _MAIN if bearer in people), "")
        facts = [replace(fact, bearer="self") if main and fact.bearer == main else fact for fact in facts]
    return facts


def subject_of(items: Iterable[Item]) -> str:
    """Whom a list seems to be about, by its labels: person, enterprise or none."""
    facts = [
        (element_of(item.label.zh or item.label.en) if not item.element else item.element) for item in items
    ]
    labels = [folded(item.label.zh or item.label.en) for item in items]
    if any(each in ("uscc", "registration_number") for each in facts) and not any(
        each == "id_number" and not _found(text, words("bearer"))[0]
        for each, text in zip(facts, labels, strict=True)
    ):
        return "enterprise"
    if any(each in ("person_name", "id_number", "birth_date", "sex") for each in facts):
        return "person"
    return "enterprise" if "organisation_name" in facts else "none"


def similarity(left: str, right: str) -> float:
    """How alike two labels' cores are, 0–1: 1 the same, 0.9 one says the other more exactly, else shared pairs of
    characters; 0 when they stand for opposites (结婚日期, 离婚日期)."""
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    for said in words("contrast").values():
        mine, yours = ({word for word in said if word in text} for text in (left, right))
        if mine and yours and mine != yours:
            return 0.0
    short, long = sorted((left, right), key=len)
    if len(short) >= 3 and short in long:
        return 0.9
    pairs = [{text[at : at + 2] for at in range(len(text) - 1)} or {text} for text in (left, right)]
    return 2 * len(pairs[0] & pairs[1]) / (len(pairs[0]) + len(pairs[1]))

"""Decisions of the exchange on plain values: who may read what, for what, and how it is shown. Pure.

Which grants count: those of exactly the reader's organisation *and* role. A grant to a bureau is not a grant to the
towns below it, nor to the hall it runs: whoever gave it named who answers for its use.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from tongchou.pool.search.asked import read as asked_words
from tongchou.standards import credit, dates, identity, masking, passports, phones
from tongchou.standards.cleaning import fold_width
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.expressions import Condition
from tongchou.standards.names import clean as clean_name
from tongchou.standards.problems import is_soft

from . import errors, masks
from .rows import condition_of, covers

EVERYTHING = "*"
#: The form of use of a dossier on screen, and of a grant that names none.
QUERY = "query"


@dataclass(frozen=True)
class Terms:
    """What one grant says. fields, unmasked: names, or {"*"} for all. until: the last day it holds.

    rows: a condition over the resource's fields, empty for all rows. masking: {field: mask}, where the grant sets one.
    forms: of use (`models.grants.Form`). statements: codes that may be verified. needs_case: each use names a live case
    about the subject. quota_per_day: uses, None for any.
    """

    number: str
    organisation: str
    role: str
    resource: str
    share_class: str
    state: str
    fields: frozenset[str]
    unmasked: frozenset[str]
    purposes: frozenset[str]
    until: date
    rows: str = ""
    masking: Mapping[str, str] = field(default_factory=dict, hash=False)
    forms: frozenset[str] = frozenset({QUERY})
    statements: frozenset[str] = frozenset()
    needs_case: bool = False
    quota_per_day: int | None = None


@dataclass(frozen=True)
class Part:
    """What one grant gives of one resource. condition: which rows, None for all. kinds: of the resource's fields."""

    grant: str
    fields: frozenset[str]
    revealable: frozenset[str]
    condition: Condition | None = None
    masking: Mapping[str, str] = field(default_factory=dict, hash=False)
    kinds: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Scope:
    """What may be read of one resource: fields by name; those whose plain value may be revealed; under which grants.

    That is what its grants allow together, of any row. Two grants with different rows must not be added up, so what
    may be read of one record is `of(its values)`. parts: the grants one by one; none when all rows are meant.
    """

    fields: frozenset[str]
    revealable: frozenset[str]
    grants: tuple[str, ...]
    parts: tuple[Part, ...] = ()

    def of(self, values: Mapping[str, str | None]) -> Scope | None:
        """What may be read of the record with these values; None when no grant covers it."""
        if not self.parts:
            return self
        covering = tuple(each for each in self.parts if covers(each.condition, values, each.kinds))
        if not covering:
            return None
        return self if len(covering) == len(self.parts) else _added(covering)

    def mask_of(self, name: str, element_code: str, grade: int) -> str:
        """The mask under which a field leaves: of several grants on it, that of the one which shows most."""
        own = element(element_code).mask
        found = [
            masks.effective(grade, own, each.masking.get(name)) for each in self.parts if name in each.fields
        ]
        return masks.weakest(found) if found else masks.law(grade, own)


def _added(parts: tuple[Part, ...]) -> Scope:
    return Scope(
        frozenset().union(*(each.fields for each in parts)),
        frozenset().union(*(each.revealable for each in parts)),
        tuple(each.grant for each in parts),
        parts,
    )


class Shown(NamedTuple):
    """A value as it leaves the exchange. masked: whether something of it is hidden."""

    text: str
    masked: bool


def is_live(terms: Terms, organisation: str, role: str, on: date) -> bool:
    """Whether a grant is good for this reader on that day. A resource that was closed since is not shared."""
    return (
        terms.state == "live"
        and terms.organisation == organisation
        and terms.role == role
        and on <= terms.until
        and terms.share_class != "closed"
    )


def check_purpose(
    terms: Iterable[Terms], organisation: str, role: str, purpose: str, on: date, form: str = QUERY
) -> list[Terms]:
    """The grants good for the reader, the purpose, the day and the form of use.

    Raises Refused "exchange.refused.no_grant" when the reader has no live grant at all,
    "exchange.refused.wrong_purpose" when none of them names the purpose, "exchange.refused.wrong_form" when none of
    those names the form.
    """
    live = [each for each in terms if is_live(each, organisation, role, on)]
    if not live:
        raise errors.no_grant()
    fitting = [each for each in live if purpose in each.purposes]
    if not fitting:
        raise errors.wrong_purpose()
    usable = [each for each in fitting if form in each.forms]
    if not usable:
        raise errors.wrong_form(form)
    return usable


def can_use_for(
    terms: Iterable[Terms], organisation: str, role: str, purpose: str, on: date, form: str = QUERY
) -> bool:
    """Whether `check_purpose` would pass."""
    try:
        check_purpose(terms, organisation, role, purpose, on, form)
    except errors.Refused:
        return False
    return True


def scopes(terms: Iterable[Terms], fields_of: Mapping[str, Collection[str]]) -> dict[str, Scope]:
    """What the grants allow together, by resource.

    fields_of: {resource: its fields}, best as {field: kind}; a field that was dropped from the catalogue is not granted
    any more. A grant whose filter cannot be read gives nothing.
    """
    found: dict[str, list[Part]] = {}
    for each in terms:
        told = fields_of.get(each.resource, ())
        known = frozenset(told)
        if not known:
            continue
        try:
            condition = condition_of(each.rows)
        except HouseError:
            continue
        fields = known if EVERYTHING in each.fields else known & each.fields
        revealable = fields if EVERYTHING in each.unmasked else fields & each.unmasked
        kinds = told if isinstance(told, Mapping) else dict.fromkeys(known, "text")
        found.setdefault(each.resource, []).append(
            Part(each.number, fields, revealable, condition, each.masking, kinds)
        )
    return {resource: _added(tuple(parts)) for resource, parts in found.items()}


def narrowed(scope: Mapping[str, Scope], wanted: Mapping[str, Collection[str]] | None) -> dict[str, Scope]:
    """The scope reduced to what was asked for. Raises Refused "exchange.refused.not_granted" for what it does not cover."""
    if wanted is None:
        return dict(scope)
    found = {}
    for resource, names in wanted.items():
        held = scope.get(resource)
        if held is None:
            raise errors.not_granted(resource)
        beyond = sorted(set(names) - held.fields - {EVERYTHING})
        if beyond:
            raise errors.not_granted(f"{resource}.{beyond[0]}")
        fields = held.fields if EVERYTHING in names else frozenset(names)
        parts = tuple(
            replace(each, fields=each.fields & fields, revealable=each.revealable & fields)
            for each in held.parts
        )
        found[resource] = Scope(fields, held.revealable & fields, held.grants, parts)
    return found


def check_reveal(scope: Mapping[str, Scope], resource: str, field: str) -> Scope:
    """The scope under which one field may be shown plain.

    Raises Refused "exchange.refused.not_granted" or "exchange.refused.masked_only".
    """
    held = scope.get(resource)
    where = f"{resource}.{field}"
    if held is None or field not in held.fields:
        raise errors.not_granted(where)
    if field not in held.revealable:
        raise errors.not_revealable(where)
    return held


def can_reveal(scope: Mapping[str, Scope], resource: str, field: str) -> bool:
    """Whether `check_reveal` would pass."""
    try:
        check_reveal(scope, resource, field)
    except errors.Refused:
        return False
    return True


def shown(value: str, mask: str) -> Shown:
    """A value as the holder of a grant sees it, under a mask of `Scope.mask_of`."""
    text = masking.mask(value, mask)
    return Shown(text, text != value)


def glimpse(value: str, element_code: str, mask: str) -> str:
    """A value as it stands in a list of search results: under its element's mask, or the grant's where that is stricter."""
    own = element(element_code).mask
    return masking.mask(value, mask if masks.is_at_least(mask, own) else own)


_CASE = re.compile(r"[A-Za-z0-9〔〕（）()\-_/.#号第字]{1,40}")
_IDENTITY_LIKE = re.compile(r"\d{17}[\dXx]|\d{15}")


def check_case_reference(text: str) -> str:
    """A case reference without blanks around it; it goes on record, so it must not hold a person's name or number.

    Raises Refused "exchange.case_reference".
    """
    reference = text.strip()
    if not reference:
        return ""
    digits = re.sub(r"[^0-9Xx]", "", reference)
    if (
        not _CASE.fullmatch(reference)
        or _IDENTITY_LIKE.search(digits)
        or re.fullmatch(r"1[3-9]\d{9}", digits)
        or re.fullmatch(r"[A-Za-z]{1,2}\d{7,8}", reference)
    ):
        raise errors.bad_case_reference()
    return reference


_SUBJECT = re.compile(r"[PEL][A-Z2-7]{12}")


def is_subject_id(text: str) -> bool:
    """Whether it has the form of a subject's id; anything else is never repeated in a record."""
    return _SUBJECT.fullmatch(text) is not None


#: The kind of a query that is neither a number nor a name with a full birth date.
WORDS = "words"


class Query(NamedTuple):
    """One way to look for a subject: a kind of lookup of the pool, or WORDS, and its values."""

    kind: str
    values: tuple[str, ...]


def parse_query(text: str) -> list[Query]:
    """What the one box may mean, likeliest first; several when a number may be of two kinds.

    The last is of kind "words" wherever letters or characters stand in it: names, addresses, in any spelling.
    Raises HouseError "exchange.query_unreadable".
    """
    whole = fold_width(text).strip()
    if not whole or len(whole) > 200:
        raise errors.query_unreadable()
    apart = _apart(whole)
    worded = [Query(WORDS, (apart,))] if asked_words(apart) else []
    numbers = _as_number(whole) if not _HAN.search(whole) or _NUMBERED.match(whole) else []
    if numbers:
        # "cxm 1985" may be a passport, or initials and a year.
        return [*numbers, *(worded if re.search(r"[^\W\d_]{2}", whole) else ())]
    named = _as_name_and_birth(whole)
    if named is None and not worded:
        raise errors.query_unreadable()
    return [*([named] if named else []), *worded]


_HAN = re.compile(r"[\u3400-\u9fff]")
#: What may stand before a number.
_NUMBERED = re.compile(r"\W*(?:公民|居民|身份|证件|统一|社会|信用|代码|电话|手机|联系|护照|号码)")


def _apart(text: str) -> str:
    """A name and the date that touches it, set apart."""
    return re.sub(r"(?<=[^\W\d_])(?=(?:19|20)\d{2}\D?\d{1,2}\D?\d{1,2}日?$)", " ", text)


def _as_number(text: str) -> list[Query]:
    found = []
    for kind, value, problem in (
        ("id_number", *identity.examine(text)),
        ("uscc", *credit.examine(text)),
        ("phone", *phones.examine(text)[1:]),
        ("passport_number", *passports.examine(text)),
    ):
        if value and (problem is None or is_soft(problem)):
            found.append(Query(kind, (value,)))
    if found:
        return found
    # A number with a slip may be in the pool with the same slip.
    compact = re.sub(r"[\s-]", "", text).upper()
    if re.fullmatch(r"\d{15}|\d{17}[\dX]", compact):
        return [Query("id_number", (identity.clean(text),))]
    if re.fullmatch(r"(?=.*\d)[0-9A-Z]{18}", compact):
        return [Query("uscc", (credit.clean(text),))]
    return []


def _as_name_and_birth(text: str) -> Query | None:
    """A name and a full birth date, in either order, apart by blanks, commas or nothing but the digits' edge."""
    edge = re.fullmatch(
        r"(?P<name>[^\d,，;；]+?)[\s,，;；]*(?P<date>\d.*)|(?P<date2>\d.*?)[\s,，;；]+(?P<name2>[^\d,，;；]+)",
        text,
    )
    if edge is None:
        return None
    name, born = edge["name"] or edge["name2"], edge["date"] or edge["date2"]
    reading, problem = dates.examine(born)
    if reading is None or (problem and not is_soft(problem)) or not dates.is_day(reading.value):
        return None
    return Query("name_and_birth", (clean_name(name), reading.value))

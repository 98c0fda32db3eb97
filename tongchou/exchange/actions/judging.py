"""Showing a steward the two records of a pair: only what says who they are about, on record for both subjects."""

from __future__ import annotations

from dataclasses import dataclass

from tongchou import ledger
from tongchou.accounts.actor import Actor
from tongchou.pool import queries as pool
from tongchou.pool.linkage import Part
from tongchou.pool.linkage import compare as compare_records
from tongchou.pool.models import ReviewPair
from tongchou.pool.parameters import model_of
from tongchou.pool.plans import FeedField, feeds_of
from tongchou.pool.rules import Version
from tongchou.standards.elements import element
from tongchou.standards.text import Text

from .. import errors, reviews
from ..differences import Piece, pieces_of
from ..dossiers import told
from ..tracing import Answer, tell, traced

#: Kinds of elements of which a steward sees only what differs; the rest of the value is masked.
NUMBERS = frozenset({"identifier", "phone"})


@dataclass(frozen=True)
class Row:
    """One attribute of both records, in pieces."""

    label: Text
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]
    same: bool


@dataclass(frozen=True)
class RecordTitle:
    """Which department's table a record is of, and since when it stands there."""

    organisation: Text
    resource: Text
    recorded_on: str


@dataclass(frozen=True, kw_only=True)
class Comparison(Answer):
    """What `compare` answers: the titles, the rows, a sentence for each part of the comparison, and the review cases."""

    left: RecordTitle
    right: RecordTitle
    rows: tuple[Row, ...]
    parts: tuple[Part, ...]
    linked: bool
    cases: tuple[str, ...] = ()


@traced(permission="links.review", event="access.compared")
def compare(*, by: Actor, pair: ReviewPair) -> Comparison:
    """The two records of a pair side by side.

    Names, addresses and dates are shown whole, since a steward must judge them; of numbers only the characters in
    which they differ and what their mask leaves. Raises NotFound (exchange.pair_not_found) when a record is not linked
    any more.
    """
    population = pair.population
    tell(
        pair=pair.pk, population=population.code, resources=sorted({pair.left_resource, pair.right_resource})
    )
    left = pool.record_of(population.code, pair.left_resource, pair.left_key)
    right = pool.record_of(population.code, pair.right_resource, pair.right_key)
    if left is None or right is None:
        raise errors.NotFound(
            "exchange.pair_not_found",
            Text("其中一条记录已不在数据池中。", "One of the two records is no longer in the pool."),
            Text("请重新关联该库，待判列表会随之更新。", "Link the population again; the list follows."),
        )
    feeds = {each.resource: each for each in feeds_of(population.code)}
    one, two = (
        _attributes(left[1], feeds[pair.left_resource].fields),
        _attributes(right[1], feeds[pair.right_resource].fields),
    )
    shared = list(dict.fromkeys([*one, *two]))
    opened = {each: reviews.case_for(by, pair, each).ref for each in dict.fromkeys((left[0], right[0]))}
    tell(fields=shared, subject_id=left[0], case_ref=opened[left[0]])
    if left[0] != right[0]:
        # A second entry, so that the other subject's trace shows it too. Neither names the other one: a person who
        # sees who looked at their file must not learn of anybody else's.
        ledger.append(
            "access.compared",
            {
                **by.trace(), "fields": shared, "subject_id": right[0], "case_ref": opened[right[0]],
                "pair": pair.pk, "population": population.code,
                "resources": sorted({pair.left_resource, pair.right_resource}), "outcome": "done",
            },
        )  # fmt: skip
    comparison = compare_records(
        {name: value for name, (_, value) in one.items()},
        {name: value for name, (_, value) in two.items()},
        model=model_of(population),
    )
    titles = [
        RecordTitle(feeds[resource].organisation_title, feeds[resource].title, version["recorded_at"][:10])
        for resource, (_, version) in ((pair.left_resource, left), (pair.right_resource, right))
    ]
    return Comparison(
        left=titles[0],
        right=titles[1],
        rows=tuple(_row(one.get(name), two.get(name)) for name in shared),
        parts=comparison.parts,
        linked=left[0] == right[0],
        cases=tuple(opened.values()),
    )


def _attributes(record: Version, fields: tuple[FeedField, ...]) -> dict[str, tuple[FeedField, str]]:
    found: dict[str, tuple[FeedField, str]] = {}
    for each in fields:
        value = record["values"].get(each.name)
        if each.attribute and value and each.attribute not in found:
            found[each.attribute] = (each, value)
    return found


def _row(left: tuple[FeedField, str] | None, right: tuple[FeedField, str] | None) -> Row:
    known = left or right
    if known is None:
        raise ValueError("a row needs a value on one side")
    field = known[0]
    one, two = (told(each[1], each[0]) if each else "" for each in (left, right))
    pieces = pieces_of(
        one, two, masked=element(field.element).kind in NUMBERS, mask=element(field.element).mask
    )
    return Row(element(field.element).label, *pieces, same=bool(one) and one == two)

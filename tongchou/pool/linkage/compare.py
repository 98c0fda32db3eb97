"""How alike two records are: a level per column, its weight in bits, their sum, and a sentence.

`score_pairs` does it for arrays of pairs, `compare` for one pair; both read the same levels and the same
weights, so what a clerk is told is what decided. A column that one side lacks weighs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tongchou.standards.text import Text

from .identities import Column, Identities, read_identities
from .kinds.base import ABSENT, UNKNOWN, Bytes, Floats, Ints, Level, Mask, among_levels, level_numbers
from .kinds.kin import are_relatives
from .model import Beside, ColumnModel, LinkageModel
from .reading import source_names, unnamed_in_one_source

SAME = 3  # levels of names and numbers up to this: the same, or the same but for its sound or its check
BESIDE = 3.0  # bits that something besides a name must give in a small table; sex alone gives two
CHUNK = 1 << 20


class Part(NamedTuple):
    """What one column contributes: its level, its bits, and the clerk's words."""

    column: str
    level: str
    weight: float
    sentence: Text


class Comparison(NamedTuple):
    """Two records compared. score: log2 odds of being one subject; 0 is even, 10 is a thousand to one."""

    score: float
    sentence: Text
    parts: tuple[Part, ...]

    @property
    def probability(self) -> float:
        """The score as a probability."""
        return probability(self.score)


def probability(score: float) -> float:
    """The probability that belongs to log2 odds."""
    return float(1.0 / (1.0 + 2.0 ** -max(min(score, 60.0), -60.0)))


@dataclass
class Scores:
    """Pairs compared. own: bits of each column by itself, bits: after echoes, levels: all pairs × columns.

    total: prior and bits together.
    """

    own: Floats
    bits: Floats
    levels: Bytes
    total: Floats


def score_pairs(identities: Identities, model: LinkageModel, left: Ints, right: Ints) -> Scores:
    """Compare records `left[i]` and `right[i]`; symmetric in the two."""
    # Column after column: each is worked on by itself.
    levels = np.zeros((len(left), len(model.columns)), np.uint8, order="F")
    bits = np.zeros((len(left), len(model.columns)), order="F")
    for at, column in enumerate(identities.columns):
        levels[:, at], bits[:, at] = _column_levels(identities, model, column, left, right)
        if "unnamed" in column.folded.arrays:
            unnamed_in_one_source(
                column.model,
                column.folded.arrays["unnamed"],
                (column.stated[left], column.stated[right]),
                (identities.resource_number[left], identities.resource_number[right]),
                levels[:, at],
            )
    _relatives(identities, model, left, right, levels, bits)
    _exchanged(identities, model, left, right, levels, bits)
    echoed = bits.copy(order="F")
    subtract_echoes(model, echoed)
    for at, column in enumerate(identities.columns):
        for beside in column.model.beside:
            _replace(identities, model, at, beside, levels, bits, echoed)
    own = bits.copy(order="F")
    subtract_echoes(model, bits)
    return Scores(own, bits, levels, identities.prior + added(bits))


def added(bits: Floats) -> Floats:
    """The sum of each row, added from the first column to the last: the same however many rows there are."""
    answer = np.zeros(len(bits))
    for at in range(bits.shape[1]):
        answer += bits[:, at]
    return answer


def subtract_echoes(model: LinkageModel, bits: Floats) -> None:
    """Reduce, in place, the smaller of two columns' bits that echo one another (rows × columns)."""
    for echo in model.echoes:
        one, two = (model.column_at[name] for name in echo.columns)
        smaller = np.minimum(bits[:, one], bits[:, two])
        bits[:, two] -= np.where(smaller > 0, smaller * (1 - echo.share), 0.0)


def in_chunks(size: int, chunk: int = CHUNK) -> Iterator[slice]:
    """Slices that cover `size` entries."""
    return (slice(start, min(start + chunk, size)) for start in range(0, size, chunk))


def are_bare(identities: Identities, model: LinkageModel, bits: Floats) -> Mask:
    """Where, in a table too small to show how common a name is, hardly anything but a name speaks.

    bits: rows × columns.
    """
    if not identities.small:
        return np.zeros(len(bits), bool)
    beside = added(bits[:, [not column.varied for column in model.columns]])
    return beside < BESIDE


def are_barred(model: LinkageModel, levels: Bytes) -> Mask:
    """Where a column reached a level that keeps two records apart. levels: rows × columns."""
    answer = np.zeros(len(levels), bool)
    for at, column in enumerate(model.columns):
        if column.conflict:
            answer |= among_levels(column.kind.levels, column.conflict)[levels[:, at]]
    return answer


def _column_levels(
    identities: Identities, model: LinkageModel, column: Column, left: Ints, right: Ints
) -> tuple[Bytes, Floats]:
    """Levels and bits of one column for each pair."""
    one, two = column.stated[left], column.stated[right]
    fallback = column.model.fallback
    if fallback is not None:
        source = identities.columns[model.column_at[fallback.column]].stated
        alone = (source[left] == UNKNOWN) | (source[right] == UNKNOWN)
        one = np.where(alone & (one == UNKNOWN), column.derived[left], one)
        two = np.where(alone & (two == UNKNOWN), column.derived[right], two)
    level = np.zeros(len(left), np.uint8)
    bits = np.zeros(len(left))
    both = np.flatnonzero((one != UNKNOWN) & (two != UNKNOWN))
    if not len(both):
        return level, bits
    one, two = one[both], two[both]
    reached = column.model.kind.compare(column.folded, one, two)
    known = column.model.kind.levels
    weights = np.array([column.model.bits.get(each.name, 0.0) for each in known])[reached]
    for number, each in enumerate(known):
        if not each.rarity:
            continue
        here = np.flatnonzero(reached == number)
        if len(here):
            rare = column.rarity[each.rarity]
            weights[here] = np.maximum(weights[here] + np.minimum(rare[one[here]], rare[two[here]]), 0.0)
    level[both], bits[both] = reached, weights
    return level, bits


def _replace(
    identities: Identities,
    model: LinkageModel,
    at: int,
    beside: Beside,
    levels: Bytes,
    bits: Floats,
    echoed: Floats,
) -> None:
    """Put a column's other weights where the column beside it reached one of the named levels.

    A lower weight takes away at most what the column beside it gives, so that agreeing never lowers the sum.
    """
    other = model.column_at[beside.column]
    holds = among_levels(identities.columns[other].model.kind.levels, beside.levels)[levels[:, other]]
    own = identities.columns[at].model.kind.levels
    rows = np.flatnonzero(holds & among_levels(own, beside.bits)[levels[:, at]])
    if not len(rows):
        return
    instead = np.array([beside.bits.get(level.name, 0.0) for level in own])
    least = bits[rows, at] - np.maximum(echoed[rows, other], 0.0)
    bits[rows, at] = np.maximum(instead[levels[rows, at]], least)


def _relatives(
    identities: Identities, model: LinkageModel, left: Ints, right: Ints, levels: Bytes, bits: Floats
) -> None:
    """Where one record's relative is whom the other is about, by name or number, they are not one person.

    A name counts only where the two are not namesakes: who writes their own name as the guardian's is nobody's child.
    """
    for kin_name, own_name, group in (
        ("guardian_name", "name", "name"),
        ("kin_number", "id_number", "number"),
    ):
        kin_at, own_at = model.column_at.get(kin_name), model.column_at.get(own_name)
        if kin_at is None or own_at is None or "relative" not in model.columns[kin_at].bits:
            continue
        kin, own = identities.columns[kin_at], identities.columns[own_at]
        groups = own.folded.groups.get(group)
        if groups is None or not len(groups) or not len(kin.folded.text):
            continue
        found = _names(kin, own, group, left, right) | _names(kin, own, group, right, left)
        found &= ~_same(levels[:, own_at]) & ~_same(levels[:, kin_at])
        levels[found, kin_at] = len(kin.model.kind.levels) - 1
        bits[found, kin_at] = kin.model.bits["relative"]


def _same(levels: Bytes) -> Mask:
    answer: Mask = (levels != ABSENT) & (levels <= SAME)
    return answer


def _names(kin: Column, own: Column, group: str, one: Ints, two: Ints) -> Mask:
    """Where the first record's relatives are the second itself."""
    answer = np.zeros(len(one), bool)
    lists, values = kin.stated[one], own.stated[two]
    look = np.flatnonzero((lists != UNKNOWN) & (values != UNKNOWN))
    if len(look):
        answer[look] = are_relatives(kin.folded, group, lists[look], own.folded.groups[group][values[look]])
    return answer


def _exchanged(
    identities: Identities, model: LinkageModel, left: Ints, right: Ints, levels: Bytes, bits: Floats
) -> None:
    """Where two columns hold each other's values (given name and surname), count them as the same letters."""
    for names in model.crossed:
        a, b = (identities.columns[model.column_at[name]] for name in names)
        one, two = (np.append(column.folded.numbers, UNKNOWN) for column in (a, b))
        first, second = one[a.stated], two[b.stated]
        crossed = (
            (first[left] == second[right]) & (second[left] == first[right]) & (first[left] != second[left])
        )
        crossed &= (first[left] != UNKNOWN) & (second[left] != UNKNOWN)
        for column, values in ((a, a.stated), (b, b.stated)):
            at = model.column_at[column.model.name]
            number = level_numbers(column.model.kind.levels)["same_letters"]
            rare = column.rarity["letters"]
            levels[crossed, at] = number
            bits[crossed, at] = np.maximum(
                column.model.bits["same_letters"] + rare[values[left[crossed]]], 0.0
            )


class Sentences:
    """The words for compared pairs: which columns stand in which relation, and no values. Made once per row of
    levels.

    What is stored with a link or put on a review list is read outside the ledger, so it must not name anyone.
    """

    def __init__(self, model: LinkageModel) -> None:
        self._columns = model.columns
        self._known: dict[bytes, Text] = {}

    def parts(self, levels: Bytes) -> list[tuple[int, Text]]:
        """Column number and sentence of each column that both records have; `levels`: one row of `Scores`."""
        return [
            (int(at), _said(self._columns[at], self._columns[at].kind.levels[levels[at]]))
            for at in np.flatnonzero(levels)
        ]

    def of(self, levels: Bytes) -> list[Text]:
        """A sentence per row of levels."""
        answer = []
        for row in levels:
            name = row.tobytes()
            if name not in self._known:
                self._known[name] = joined([said for _, said in self.parts(row)])
            answer.append(self._known[name])
        return answer


def _said(column: ColumnModel, level: Level) -> Text:
    return Text(
        level.text.zh.format(label=column.label.zh),
        level.text.en.format(label=column.label.en),
    )


def _with_values(column: Column, levels: Bytes, at: int, said: Text) -> Text:
    """The sentence with the two values where they help; only for a pair that is looked at, never stored."""
    if not column.model.kind.levels[levels[at]].shows:
        return said
    one, two = (column.values[number] for number in column.effective_of(0, 1))
    return Text(f"{said.zh}（{one}/{two}）", f"{said.en} ({one}/{two})")


def joined(texts: Sequence[Text]) -> Text:
    """Sentences in one line."""
    return Text("；".join(text.zh for text in texts), "; ".join(text.en for text in texts))


def compare(left: Mapping[str, object], right: Mapping[str, object], *, model: LinkageModel) -> Comparison:
    """Compare two records given as mappings of standardised values (absent or None where not known).

    Rarities are the model's typical ones, because two records alone do not show what is common; the score
    therefore differs a little from that of the same pair inside `link`. The sentences show values (李静/李婧):
    use them only where the reading of both records is itself recorded.
    """
    table = pa.table(
        {"resource": pa.array(["l", "r"]), "source_key": pa.array(["l", "r"])}
        | {
            column.name: pa.array([_text(left, column), _text(right, column)], pa.string())
            for column in model.columns
        }
        | {
            name: pa.array([_said_by(left, name), _said_by(right, name)], pa.string())
            for name in source_names(model)
        }
    )
    identities = read_identities(table, model, alone=True)
    scores = score_pairs(identities, model, np.array([0]), np.array([1]))
    told = [
        (at, _with_values(identities.columns[at], scores.levels[0], at, said))
        for at, said in Sentences(model).parts(scores.levels[0])
    ]
    parts = tuple(
        Part(
            model.columns[at].name,
            model.columns[at].kind.levels[scores.levels[0, at]].name,
            round(float(scores.bits[0, at]), 3),
            text,
        )
        for at, text in told
    )
    return Comparison(round(float(scores.total[0]), 3), joined([part.sentence for part in parts]), parts)


def _said_by(record: Mapping[str, object], name: str) -> str | None:
    value = record.get(name)
    return None if value is None else str(value)


def _text(record: Mapping[str, object], column: ColumnModel) -> str | None:
    """The column's value under the first of its names that the record has."""
    value = next((record[name] for name in (column.name, *column.also) if record.get(name) is not None), None)
    return None if value is None else str(value)

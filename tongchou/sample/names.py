"""Names for a block of people: surnames through the father, given names of the cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import words
from .columns import Ints, join, pick, split_days

HONG_KONG, FOREIGN = 1, 2


@dataclass(frozen=True)
class Names:
    """Everybody's full name as it should be written."""

    full: pa.StringArray

    def take(self, people: Ints) -> pa.StringArray:
        """Full names of these people."""
        return self.full.take(pa.array(people))


def make_names(
    *,
    rng: np.random.Generator,
    births: Ints,
    male: Ints,
    household: Ints,
    households: int,
    father: Ints,
    twin: Ints,
    peoples: pa.StringArray,
    kind: Ints,
    nation: Ints,
    own_surname: Ints,
) -> Names:
    """Names for everybody of a block.

    own_surname: who does not bear the household's surname (wives, lodgers). twin: shares the first
    character with the person before. peoples: names of the 56 peoples. kind: 1 from Hong Kong or Macao, 2 a
    foreigner of the given nation.
    """
    size = len(births)
    shares = np.array([share for _, share in words.SURNAMES])
    shares = shares / shares.sum()
    surname_at = rng.choice(len(shares), households, p=shares)[household]
    surname_at = np.where(own_surname, rng.choice(len(shares), size, p=shares), surname_at)
    # Where the wife heads the household the children still bear their father's name; a few do not.
    children = np.flatnonzero((father >= 0) & ~own_surname & (rng.random(size) < 0.97))
    surname_at[children] = surname_at[father[children]]
    surname = pick([word for word, _ in words.SURNAMES], surname_at)

    first, second = _given(rng, births, male, twin)
    return Names(_others(rng, join(surname, first, second), peoples, kind, nation, male))


def _given(
    rng: np.random.Generator, births: Ints, male: Ints, twin: Ints
) -> tuple[pa.StringArray, pa.StringArray]:
    """The two characters of the given name, the second empty for one-character names."""
    years = split_days(births)[0]
    starts = np.array([cohort[0] for cohort in words.COHORTS])
    cohort = np.searchsorted(starts, years, side="right") - 1
    characters = "".join(cohort[2] + cohort[3] for cohort in words.COHORTS)
    lengths = np.array([[len(cohort[2]), len(cohort[3])] for cohort in words.COHORTS])
    begins = np.concatenate([[0], np.cumsum(lengths.ravel())[:-1]]).reshape(lengths.shape)
    column = np.where(male, 0, 1)
    length, begin = lengths[cohort, column], begins[cohort, column]
    # Commonest first: squaring the draw favours the front of the list.
    one = begin + (rng.random(len(years)) ** 1.6 * length).astype(np.int64)
    two = begin + (rng.random(len(years)) ** 1.4 * length).astype(np.int64)
    two = np.where(two == one, begin + (two - begin + 1) % length, two)
    single = rng.random(len(years)) < np.array([cohort[1] for cohort in words.COHORTS])[cohort]
    at = np.flatnonzero(twin)
    one[at] = one[at - 1]
    single[at] = single[at - 1] = False
    clash = at[two[at] == two[at - 1]]
    two[clash] = begin[clash] + (two[clash] - begin[clash] + 1) % length[clash]
    alphabet = [*characters, ""]
    return pick(alphabet, one), pick(alphabet, np.where(single, len(characters), two))


def _others(
    rng: np.random.Generator,
    full: pa.StringArray,
    peoples: pa.StringArray,
    kind: Ints,
    nation: Ints,
    male: Ints,
) -> pa.StringArray:
    """Names that are not surname plus given name in simplified characters."""
    size = len(full)
    dotted = rng.random(size)
    for people, share, heads, tails, mark in (
        ("维吾尔族", 1.0, words.UYGHUR, words.UYGHUR_FATHERS, "·"),
        ("藏族", 0.9, words.TIBETAN, words.TIBETAN, ""),
        ("彝族", 0.3, words.YI_CLANS, words.YI_GIVEN, ""),
    ):
        chosen = pc.equal(peoples, people).to_numpy(zero_copy_only=False) & (dotted < share)
        at = np.flatnonzero(chosen)
        if at.size:
            made = join(
                pick(heads, rng.integers(0, len(heads), at.size)),
                mark,
                pick(tails, rng.integers(0, len(tails), at.size)),
            )
            full = pc.replace_with_mask(full, pa.array(chosen), made)
    abroad = kind == FOREIGN
    if abroad.any():
        column = np.where(male[abroad], 0, 1)
        family = pick([family for _, family, _ in words.FOREIGN], nation[abroad])
        given = pick(
            [word for _, _, pair in words.FOREIGN for word in pair.split()], nation[abroad] * 2 + column
        )
        made = join(family, " ", given)
        full = pc.replace_with_mask(full, pa.array(abroad), made)
    southern = kind == HONG_KONG
    if southern.any():
        table = str.maketrans(words.TRADITIONAL)
        made = [text.translate(table) for text in full.filter(pa.array(southern)).to_pylist()]
        full = pc.replace_with_mask(full, pa.array(southern), pa.array(made, pa.string()))
    return full

"""Drawing record pairs at random from finished links, some from every stratum of the score. Pure.

Two populations of record pairs are drawn from, because two things are asked:

- **linked**: all pairs of records that stand in one file. Which share of them is right is the precision. Drawn
  without replacement, uniformly inside each stratum.
- **apart**: pairs of files between which the machine compared any two records (they share a blocking key), however
  little they scored. If two files are one subject's, every record pair across is missed; so pairs of files
  are drawn in proportion to the record pairs they stand for, with replacement (Hansen & Hurwitz 1943, Annals of
  Mathematical Statistics 14, 333–362), and the two records that speak most for them are shown. This takes each file
  to be one subject's, of which the precision says how far it is true.

Strata are bands of the score, because an error is likeliest near the threshold, and a stratum of its own lets few
draws say much (Cochran 1977, §5). The faintest stratum, below `FAINT`, is large and hardly ever holds a miss, so that
what it adds is known only roughly; recall is told with it and without it. Records that share no blocking key were
never compared and are outside. A linked pair of which little speaks directly (each agrees with a third record) is shown by the
weakest join on the strongest way between the two; a verdict on that join stands for the pair.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tongchou.standards.text import Text

from ..linkage import LinkageModel
from ..linkage.candidates import candidates
from ..linkage.compare import Sentences, in_chunks, probability, score_pairs
from ..linkage.identities import Identities, read_identities
from ..linkage.kinds.base import Floats, Ints
from . import statistics

FAINT = -7.0  # bits: pairs of files below have odds under 1 in 128
WIDE = 6.0  # bits above the link threshold from which a join is hardly ever wrong
GIANT = 200  # files of more records are a stratum of their own, drawn from without scoring every pair
LEAST = 15  # draws from a stratum, as long as it has so many
STEPS = 40  # records of a file among which the way between two is looked for


@dataclass(frozen=True)
class StratumFacts:
    """One stratum. low, high: bits, None for no bound. units: how many could be drawn; size: record pairs they stand
    for; drawn: how many draws; census: everything in it was taken.
    """

    number: int
    linked: bool
    label: Text
    low: float | None
    high: float | None
    units: int
    size: float
    drawn: int
    census: bool

    @property
    def faint(self) -> bool:
        """Whether it holds what scored so little that hardly any of it can be one subject."""
        return not self.linked and self.low is None


@dataclass(frozen=True)
class Draw:
    """One drawn pair. left, right: the two records shown, (resource, key), the smaller first. members: some records of
    the file or files it is about. times: how often it was drawn. size: record pairs it stands for.
    """

    stratum: int
    linked: bool
    left: tuple[str, str]
    right: tuple[str, str]
    score: float
    sentence: Text
    times: int
    size: float
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Drawn:
    """A sample. draws: in the random order in which reviewers are asked. records: how many stand in the files."""

    strata: tuple[StratumFacts, ...]
    draws: tuple[Draw, ...]
    records: int


@dataclass(frozen=True)
class _Pool:
    """What a stratum is drawn from: pairs of record numbers, the record pairs each stands for, their scores."""

    left: Ints
    right: Ints
    weight: Floats
    score: Floats
    size: float


def draw(records: pa.Table, links: pa.Table, model: LinkageModel, *, wanted: int, seed: int) -> Drawn:
    """Draw a sample of about `wanted` pairs.

    records: as `link` takes them. links: resource, source_key, subject_id; records without a link are passed over.
    The same records, links, model, number and seed give the same sample, in whatever order the rows come.
    """
    files = _read(records, links, model)
    rng = np.random.Generator(np.random.PCG64(seed))
    linked = _linked_pools(files, model, rng, max(wanted, LEAST))
    apart = _apart_pools(files, model)
    bands = [*_bands(model, True), ("giant", None, None), *_bands(model, False)]
    taken = [*_how_many(linked, wanted - wanted // 2), *_how_many(apart, wanted // 2)]
    strata: list[StratumFacts] = []
    shown: list[_Shown] = []
    for number, (pool, count) in enumerate(zip([*linked, *apart], taken, strict=True)):
        within = number < len(linked)
        whole = bool(count >= len(pool.left) and (not within or len(pool.left) == pool.size))
        chosen, times = _pick(pool, count, rng, within, whole)
        code, low, high = bands[number]
        units = int(pool.size) if within else len(pool.left)
        label = _told(code, low, high, within)
        drawn = int(times.sum())
        strata.append(StratumFacts(number, within, label, low, high, units, pool.size, drawn, whole))
        for at, again in zip(chosen.tolist(), times.tolist(), strict=True):
            one, two = int(pool.left[at]), int(pool.right[at])
            if within:
                one, two = _weakest_join(files, model, one, two, rng)
            shown.append(_Shown(number, within, one, two, again, float(pool.weight[at])))
    draws = _draws(files, model, shown)
    return Drawn(tuple(strata), tuple(draws[at] for at in rng.permutation(len(draws))), files.records.size)


@dataclass(frozen=True)
class _Files:
    """The records and the files they stand in. resources, keys: of each record. label: number of its file. order:
    records, file after file. counts, starts: per file, into `order`.
    """

    records: Identities
    resources: pa.Array
    keys: pa.Array
    label: Ints
    order: Ints
    counts: Ints
    starts: Ints

    def name(self, record: int) -> tuple[str, str]:
        """(resource, key) of a record."""
        return str(self.resources[record]), str(self.keys[record])

    def members(self, record: int) -> Ints:
        """The records of the file a record stands in."""
        file = self.label[record]
        return self.order[self.starts[file] : self.starts[file] + self.counts[file]]


@dataclass(frozen=True)
class _Shown:
    """One draw, as numbers: the records that are shown for it."""

    stratum: int
    linked: bool
    one: int
    two: int
    times: int
    size: float


def _read(records: pa.Table, links: pa.Table, model: LinkageModel) -> _Files:
    wanted = links.select(["resource", "source_key", "subject_id"])
    joined = records.join(wanted, ["resource", "source_key"], join_type="inner")
    everyone = read_identities(joined.drop_columns(["subject_id"]), model)
    place = pa.array(everyone.order)
    resources, keys, ids = (
        joined[each].take(place).combine_chunks() for each in ("resource", "source_key", "subject_id")
    )
    # Files are numbered by their first record, so that nothing depends on what they happen to be called.
    label = ids.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(label, minlength=1).astype(np.int64)
    order = np.argsort(label, kind="stable")
    return _Files(everyone, resources, keys, label, order, counts, np.cumsum(counts) - counts)


def _bands(model: LinkageModel, linked: bool) -> list[tuple[str, float | None, float | None]]:
    if linked:
        cuts = [None, model.review, model.link, model.link + WIDE, None]
    else:
        cuts = [None, FAINT, (FAINT + model.review) / 2, model.review, model.link, None]
    return [("band", low, high) for low, high in itertools.pairwise(cuts)]


def _told(code: str, low: float | None, high: float | None, linked: bool) -> Text:
    what = Text("已合", "linked") if linked else Text("未合", "apart")
    if code == "giant":
        return Text(f"超过 {GIANT} 条记录的档案", f"files of more than {GIANT} records")
    if low is None:
        return Text(f"{what.zh}，分值低于 {high:g}", f"{what.en}, score below {high:g}")
    if high is None:
        return Text(f"{what.zh}，分值 {low:g} 及以上", f"{what.en}, score {low:g} and above")
    return Text(f"{what.zh}，分值 {low:g} 至 {high:g}", f"{what.en}, score {low:g} to {high:g}")


def _band_of(bands: Sequence[tuple[str, float | None, float | None]], scores: Floats) -> Ints:
    inner = [low for _, low, _ in bands[1:] if low is not None]
    return np.searchsorted(np.array(inner), scores, side="right").astype(np.int64)


def _linked_pools(files: _Files, model: LinkageModel, rng: np.random.Generator, most: int) -> list[_Pool]:
    """The strata of pairs inside files; of each, at most `most` pairs are kept, drawn uniformly."""
    everyone, order, counts, starts = files.records, files.order, files.counts, files.starts
    bands = _bands(model, True)
    sizes = np.zeros(len(bands))
    kept: list[tuple[Ints, Ints, Floats, Floats]] = [
        (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)) for _ in bands
    ]
    usual = np.flatnonzero((counts > 1) & (counts <= GIANT))
    for some in np.array_split(usual, max(1, int((counts[usual] ** 2).sum()) >> 21)):
        left, right = _pairs_inside(order, counts[some], starts[some])
        score = np.empty(len(left))
        for part in in_chunks(len(left)):
            score[part] = score_pairs(everyone, model, left[part], right[part]).total
        chance = rng.random(len(left))
        band = _band_of(bands, score)
        for number in range(len(bands)):
            here = np.flatnonzero(band == number)
            sizes[number] += len(here)
            together = tuple(
                np.concatenate([old, new[here]])
                for old, new in zip(kept[number], (left, right, score, chance), strict=True)
            )
            # The smallest random numbers are a simple random sample without replacement.
            first = np.argsort(together[3], kind="stable")[:most]
            kept[number] = (together[0][first], together[1][first], together[2][first], together[3][first])
    pools = [
        _Pool(left, right, np.ones(len(left)), score, sizes[number])
        for number, (left, right, score, _) in enumerate(kept)
    ]
    giants = np.flatnonzero(counts > GIANT)
    inside = (counts[giants] * (counts[giants] - 1) // 2).astype(np.float64)
    if not len(giants):
        return [*pools, _Pool(*(np.empty(0, np.int64),) * 2, np.empty(0), np.empty(0), 0.0)]
    which = giants[rng.choice(len(giants), most, p=inside / inside.sum())]
    one = rng.integers(0, counts[which])
    two = (one + rng.integers(1, counts[which])) % counts[which]
    left, right = order[starts[which] + np.minimum(one, two)], order[starts[which] + np.maximum(one, two)]
    score = score_pairs(everyone, model, left, right).total
    return [*pools, _Pool(left, right, np.ones(most), score, float(inside.sum()))]


def _pairs_inside(order: Ints, counts: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """All pairs of records of some files."""
    lefts, rights = [], []
    for size in np.unique(counts):
        begin = starts[counts == size][:, None]
        one, two = np.triu_indices(int(size), 1)
        lefts.append(order[begin + one].ravel())
        rights.append(order[begin + two].ravel())
    if not lefts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(lefts), np.concatenate(rights)


def _apart_pools(files: _Files, model: LinkageModel) -> list[_Pool]:
    """The strata of pairs of files, each by its best pair of records."""
    everyone, label, counts = files.records, files.label, files.counts
    # Records of one file that say the same say it once.
    _, said = np.unique(everyone.tuples(), return_inverse=True)
    _, first = np.unique(np.stack([label, said.astype(np.int64)]), axis=1, return_index=True)
    chosen = np.sort(first).astype(np.int64)
    some, own = everyone.take(chosen), label[chosen]
    left, right = candidates(some, model)
    across = own[left] != own[right]
    left, right = left[across], right[across]
    score = np.empty(len(left))
    for part in in_chunks(len(left)):
        score[part] = score_pairs(some, model, left[part], right[part]).total
    one, two = np.minimum(own[left], own[right]), np.maximum(own[left], own[right])
    best = np.lexsort((right, left, -score, two, one))
    starts = np.ones(len(best), bool)
    starts[1:] = (one[best][1:] != one[best][:-1]) | (two[best][1:] != two[best][:-1])
    at = best[starts]
    left, right, score = chosen[left[at]], chosen[right[at]], score[at]
    weight = (counts[label[left]] * counts[label[right]]).astype(np.float64)
    bands = _bands(model, False)
    band = _band_of(bands, score)
    pools = []
    for number in range(len(bands)):
        here = band == number
        pools.append(_Pool(left[here], right[here], weight[here], score[here], float(weight[here].sum())))
    return pools


def _how_many(pools: Sequence[_Pool], wanted: int) -> list[int]:
    chances = [
        float(np.mean([probability(each) for each in pool.score])) if len(pool.score) else 0.0
        for pool in pools
    ]
    # A model may be too sure of itself; a stratum is never taken for free of errors. Only the faint one, which is often
    # larger than all others together, is believed to hold few.
    spreads = [
        max(0.15 if chance > probability(FAINT) else 0.03, math.sqrt(chance * (1 - chance)))
        for chance in chances
    ]
    units = [int(min(pool.size, 1 << 60)) for pool in pools]
    return statistics.allocate(units, spreads, max(wanted, 0), LEAST)


def _pick(pool: _Pool, count: int, rng: np.random.Generator, linked: bool, whole: bool) -> tuple[Ints, Ints]:
    """Which of the pool, and how often each."""
    if not len(pool.left) or not count:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if whole:
        return np.arange(len(pool.left)), np.ones(len(pool.left), np.int64)
    if linked:  # already in random order
        return np.arange(count), np.ones(count, np.int64)
    drawn = rng.choice(len(pool.left), count, p=pool.weight / pool.weight.sum())
    return np.unique(drawn, return_counts=True)


def _weakest_join(
    files: _Files, model: LinkageModel, one: int, two: int, rng: np.random.Generator
) -> tuple[int, int]:
    """The two records to show for a linked pair: itself, or the weakest join on the strongest way between the two."""
    everyone, file = files.records, files.members(one)
    if score_pairs(everyone, model, np.array([one]), np.array([two])).total[0] >= model.link or len(file) < 3:
        return one, two
    others = file[(file != one) & (file != two)]
    if len(others) > STEPS - 2:
        others = np.sort(rng.choice(others, STEPS - 2, replace=False))
    nodes = np.concatenate([[one, two], others])
    a, b = np.triu_indices(len(nodes), 1)
    score = score_pairs(everyone, model, nodes[a], nodes[b]).total
    # Joins from the strongest on until the two hang together: the last one is the weakest on their strongest way.
    root = np.arange(len(nodes))
    for at in np.argsort(-score, kind="stable"):
        x, y = root[a[at]], root[b[at]]
        if x != y:
            root[root == y] = x
            if root[0] == root[1]:
                return int(nodes[a[at]]), int(nodes[b[at]])
    return one, two


def _draws(files: _Files, model: LinkageModel, shown: Sequence[_Shown]) -> list[Draw]:
    one, two = (np.array([getattr(each, name) for each in shown], np.int64) for name in ("one", "two"))
    scores = score_pairs(files.records, model, one, two)
    sentences = Sentences(model).of(scores.levels)
    found = []
    for each, score, sentence in zip(shown, scores.total.tolist(), sentences, strict=True):
        left, right = sorted((files.name(each.one), files.name(each.two)))
        heads = (each.one,) if each.linked else (each.one, each.two)
        members = tuple(
            files.name(record) for head in heads for record in files.members(head)[:STEPS].tolist()
        )
        found.append(
            Draw(
                each.stratum,
                each.linked,
                left,
                right,
                round(score, 3),
                sentence,
                each.times,
                each.size,
                members,
            )
        )
    return found

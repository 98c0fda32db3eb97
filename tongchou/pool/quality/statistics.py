"""The arithmetic of quality: proportions from a stratified sample, their intervals, agreement of reviewers. Pure.

A proportion is estimated by its share in each stratum, weighted with the stratum's true size (Cochran 1977, Sampling
Techniques, §5.3). Interval of one share: where errors are rare, the exact one (Clopper & Pearson 1934, with effective
numbers as Korn & Graubard 1998 use it), since Wilson's covers too seldom just there (Brown, Cai & DasGupta 2001,
Statistical Science 16, 101–133: its dips near 0 and 1); Wilson's (1927) where both outcomes are common. Interval of a
weighted sum of shares: MOVER, the method of variance estimates recovery, which carries the strata's limits over (Zou,
Huang & Zhang 2009, Computational Statistics & Data Analysis 53, 1080–1085); of a ratio of two such sums: the same for
ratios (Donner & Zou 2012, Statistical Methods in Medical Research 21, 347–359). All intervals are two-sided.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

#: How often the interval is to cover the truth.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value with the limits of its interval; n: how many answers it rests on."""

    value: float
    low: float
    high: float
    n: float = 0

    @property
    def complement(self) -> Estimate:
        """The estimate of 1 − value."""
        return Estimate(1 - self.value, 1 - self.high, 1 - self.low, self.n)


@dataclass(frozen=True)
class Stratum:
    """Answers from one stratum. size: how many units it has (record pairs). drawn: answers had, hits: how many of them
    were yes (both may be effective numbers). finite: how many could be drawn, where they were drawn without
    replacement; the share is known, and not estimated, once `drawn` reaches it.
    """

    size: float
    drawn: float
    hits: float
    finite: float | None = None


def z_of(confidence: float = CONFIDENCE) -> float:
    """The standard normal quantile of a two-sided interval, 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(hits: float, n: float, confidence: float = CONFIDENCE) -> Estimate:
    """A share of n answers with Wilson's score interval.

    Raises ValueError for n <= 0 or hits outside 0…n. Source: Wilson 1927, JASA 22, 209–212.
    """
    share = _share(hits, n)
    z = z_of(confidence)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends the limit is exact; what floating point leaves of it would look like an error.
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == n else min(1.0, middle + half)
    return Estimate(share, low, high, n)


def exact(hits: float, n: float, confidence: float = CONFIDENCE, population: float | None = None) -> Estimate:
    """A share of n answers with the interval that covers it at least as often as it says, however rare the hits.

    hits, n: may be fractional (effective numbers). population: how many there are in all, when they were drawn
    without replacement; the interval narrows to nothing as n reaches it. Raises ValueError as `wilson`.
    Source: Clopper & Pearson 1934, Biometrika 26, 404–413; with effective numbers: Korn & Graubard 1998, Survey
    Methodology 24, 193–201. A finite population enlarges n to n(N−1)/(N−n) (Cochran 1977, §3.2).
    """
    share = _share(hits, n)
    if population is not None and population <= n:
        return Estimate(share, share, share, n)
    size = n if population is None else n * (population - 1) / (population - n)
    tail, found = (1 - confidence) / 2, share * size
    low = 0.0 if hits == 0 else _beta_quantile(tail, found, size - found + 1)
    high = 1.0 if hits == n else _beta_quantile(1 - tail, found + 1, size - found)
    return Estimate(share, min(low, share), max(high, share), n)


def _share(hits: float, n: float) -> float:
    if n <= 0 or not 0 <= hits <= n:
        raise ValueError("a share needs answers, and no more hits than answers")
    return hits / n


@lru_cache(maxsize=4096)
def _beta_quantile(chance: float, a: float, b: float) -> float:
    """The x at which the beta distribution with a, b has that chance below it, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _beta_below(middle, a, b) < chance else (low, middle)
    return (low + high) / 2


def _beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b). Source: DLMF 8.17.22 (continued fraction, Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on this side only
        return 1 - _beta_below(1 - x, b, a)
    front = (
        math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
        / a
    )
    tiny = 1e-300
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1) or tiny)
    fraction = d
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + term * d or tiny)
            c = 1.0 + term / c or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return front * fraction


def total(strata: Iterable[Stratum], confidence: float = CONFIDENCE) -> Estimate | None:
    """How many units of all strata are hits; None while a stratum that is not empty has no answer.

    Stratified expansion Σ N·p with MOVER limits from the strata's exact limits.
    """
    value = below = above = answers = 0.0
    for each in strata:
        if each.size <= 0:
            continue
        if each.drawn <= 0:
            return None
        one = exact(each.hits, each.drawn, confidence, each.finite)
        value += each.size * one.value
        below += (each.size * (one.value - one.low)) ** 2
        above += (each.size * (one.high - one.value)) ** 2
        answers += each.drawn
    return Estimate(value, max(0.0, value - math.sqrt(below)), value + math.sqrt(above), answers)


def share(strata: Sequence[Stratum], confidence: float = CONFIDENCE) -> Estimate | None:
    """Which share of the units of all strata are hits; None as `total`, or when there are no units."""
    size = sum(each.size for each in strata)
    found = total(strata, confidence)
    if found is None or size <= 0:
        return None
    return Estimate(found.value / size, found.low / size, min(1.0, found.high / size), found.n)


def ratio(above: Estimate, below: Estimate) -> tuple[float, float, float]:
    """(value, low, high) of above / below, two independent estimates that are not negative; inf where below may be 0.

    Source: Donner & Zou 2012, equations for the ratio (MOVER-R).
    """
    a, b = above.value, below.value
    if b <= 0:
        return math.inf, 0.0, math.inf
    product = a * b
    spread = math.sqrt(
        max(0.0, product**2 - above.low * below.high * (2 * a - above.low) * (2 * b - below.high))
    )
    divisor = below.high * (2 * b - below.high)
    low = (product - spread) / divisor if divisor > 0 else 0.0
    spread = math.sqrt(
        max(0.0, product**2 - above.high * below.low * (2 * a - above.high) * (2 * b - below.low))
    )
    divisor = below.low * (2 * b - below.low)
    high = (product + spread) / divisor if divisor > 0 else math.inf
    return a / b, max(0.0, low), high


def part_of_whole(part: Estimate, rest: Estimate) -> Estimate | None:
    """part / (part + rest), of two independent totals: recall from pairs found and pairs missed. None when both are 0."""
    if part.value + rest.value <= 0:
        return None
    odds, low, high = ratio(rest, part)
    return Estimate(
        1 / (1 + odds), 0.0 if math.isinf(high) else 1 / (1 + high), 1 / (1 + low), part.n + rest.n
    )


@dataclass(frozen=True)
class Quality:
    """What a sample says about links. precision: share of linked record pairs that are one subject's; recall: share of
    one subject's record pairs, among those the machine considered, that are linked; f1: their harmonic mean.
    found: right linked pairs; missed: pairs left apart that are one subject's. None where nothing can be said yet.
    """

    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    found: Estimate | None
    missed: Estimate | None


def quality(linked: Sequence[Stratum], apart: Sequence[Stratum], confidence: float = CONFIDENCE) -> Quality:
    """Precision, recall and F1 from the strata of linked pairs and of pairs left apart; hits: "one subject"."""
    found, missed = total(linked, confidence), total(apart, confidence)
    size = sum(each.size for each in linked)
    precision = share(linked, confidence)
    if found is None or missed is None:
        return Quality(precision, None, None, found, missed)
    recall = part_of_whole(found, missed)
    # F1 = 2T / (2T + (N − T) + M) = 2 / (1 + (N + M) / T): a ratio of two totals from different strata.
    whole = Estimate(size + missed.value, size + missed.low, size + missed.high, missed.n)
    f1 = None
    if found.value > 0:
        value, low, high = ratio(whole, found)
        f1 = Estimate(2 / (1 + value), 0.0 if math.isinf(high) else 2 / (1 + high), min(1.0, 2 / (1 + low)),
                      found.n + missed.n)  # fmt: skip
    return Quality(precision, recall, f1, found, missed)


def weighted_share(answers: Iterable[tuple[float, bool]], confidence: float = CONFIDENCE) -> Estimate | None:
    """A share among answers of unequal weight (a group, a band of scores); None without answers.

    answers: (weight, hit). The value is the ratio estimator Σw·y / Σw; its interval is the exact one on the effective
    number of answers (Σw)² / Σw² (Kish 1965, Survey Sampling, §8.2; Korn & Graubard 1998). n is that effective number.
    """
    weights = squares = hits = 0.0
    for weight, hit in answers:
        weights += weight
        squares += weight * weight
        hits += weight * hit
    if weights <= 0:
        return None
    effective = weights * weights / squares
    return exact(min(effective, effective * hits / weights), effective, confidence)


@dataclass(frozen=True)
class Agreement:
    """How two reviewers agree. pairs: how many both spoke on; agreed: share of them on which they said the same.

    kappa: agreement beyond chance, None where it is not defined (both said one and the same word throughout).
    """

    pairs: int
    agreed: Estimate
    kappa: Estimate | None


def cohen(table: Sequence[tuple[str, str]], confidence: float = CONFIDENCE) -> Agreement | None:
    """Agreement of two reviewers on the pairs both spoke on; None without any.

    table: (what the one said, what the other said) per pair, the same reviewer first throughout. Source: Cohen 1960,
    Educational and Psychological Measurement 20, 37–46; the interval from the large-sample standard error of Fleiss,
    Cohen & Everitt 1969, Psychological Bulletin 72, 323–327.
    """
    n = len(table)
    if not n:
        return None
    agreed = wilson(sum(one == two for one, two in table), n, confidence)
    words = sorted({word for pair in table for word in pair})
    rows = {word: sum(one == word for one, _ in table) / n for word in words}
    columns = {word: sum(two == word for _, two in table) / n for word in words}
    cells = {(a, b): sum(pair == (a, b) for pair in table) / n for a in words for b in words}
    observed = sum(cells[word, word] for word in words)
    expected = sum(rows[word] * columns[word] for word in words)
    if expected >= 1:
        return Agreement(n, agreed, None)
    kappa = (observed - expected) / (1 - expected)
    spread = sum(cells[w, w] * ((1 - expected) - (columns[w] + rows[w]) * (1 - observed)) ** 2 for w in words)
    spread += (1 - observed) ** 2 * sum(
        cells[a, b] * (columns[a] + rows[b]) ** 2 for a in words for b in words if a != b
    )
    spread -= (observed * expected - 2 * expected + observed) ** 2
    error = math.sqrt(max(0.0, spread) / n) / (1 - expected) ** 2
    z = z_of(confidence)
    return Agreement(n, agreed, Estimate(kappa, max(-1.0, kappa - z * error), min(1.0, kappa + z * error), n))


def allocate(sizes: Sequence[int], spreads: Sequence[float], total_draws: int, least: int) -> list[int]:
    """How many to draw from each stratum: in proportion to size × spread, at least `least`, never more than there are.

    spreads: the standard deviation expected in each stratum. Source: Neyman 1934, JRSS 97, 558–625.
    """
    wanted = [min(size, least) for size in sizes]
    for _ in sizes:
        open_at = [at for at, size in enumerate(sizes) if wanted[at] < size]
        left = total_draws - sum(wanted)
        weight = sum(sizes[at] * spreads[at] for at in open_at)
        if left <= 0 or weight <= 0:
            break
        for at in open_at:
            wanted[at] += min(sizes[at] - wanted[at], int(left * sizes[at] * spreads[at] / weight))
        if not any(wanted[at] == sizes[at] for at in open_at):
            break  # nobody was capped, so that nothing is left to share out again
    return wanted

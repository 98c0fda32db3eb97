"""A block of the invented population: households, kin, names, numbers, homes, and what happened to them.

A block is some tens of thousands of people who live, work and marry among themselves; a district of any
size is made of blocks one after the other, each from its own seed, so that memory stays bounded and any
block can be made again. Every fact of the block agrees with the others: children are younger than their
mothers, twins share a day, a spouse is married to the spouse. The offices read from here and only then make
their mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from . import numbers, places, words
from .columns import NO_DAY, Ints, fixed, join, pick, split_days, where
from .homes import Homes
from .names import Names, make_names

HEAD, SPOUSE, CHILD, PARENT, OTHER = 0, 1, 2, 3, 4

# Household kinds: share, age of the head from–to, members after the head, share registered here (户籍).
KINDS: tuple[tuple[float, int, int, tuple[int, ...], float], ...] = (
    (0.17, 18, 60, (), 0.30),
    (0.16, 23, 70, (SPOUSE,), 0.55),
    (0.07, 60, 88, (SPOUSE,), 0.92),
    (0.05, 60, 97, (), 0.92),
    (0.20, 26, 66, (SPOUSE, CHILD), 0.66),
    (0.11, 28, 58, (SPOUSE, CHILD, CHILD), 0.66),
    (0.03, 27, 60, (CHILD,), 0.70),
    (0.06, 29, 50, (SPOUSE, CHILD, PARENT), 0.82),
    (0.06, 29, 50, (SPOUSE, CHILD, CHILD, PARENT, PARENT), 0.82),
    (0.06, 18, 56, (OTHER, OTHER), 0.05),
)
MEAN_SIZE = sum(kind[0] * (1 + len(kind[3])) for kind in KINDS) / sum(kind[0] for kind in KINDS)

ETHNICITIES: tuple[tuple[str, str, float], ...] = (
    ("01", "汉族", 96.6),
    ("08", "壮族", 1.2),
    ("13", "瑶族", 0.4),
    ("06", "苗族", 0.4),
    ("15", "土家族", 0.35),
    ("12", "侗族", 0.25),
    ("03", "回族", 0.25),
    ("07", "彝族", 0.2),
    ("11", "满族", 0.15),
    ("05", "维吾尔族", 0.08),
    ("04", "藏族", 0.07),
    ("02", "蒙古族", 0.05),
)
HONG_KONG, FOREIGN = 1, 2
FOREIGN_NATIONS = np.array([nation for nation, _, _ in words.FOREIGN])


@dataclass(frozen=True)
class Calendar:
    """The days the sample turns on: the first deliveries, the second ones, both as days since 1970."""

    first: int
    second: int


@dataclass
class Block:
    """The people of one block, as equal-long arrays; indices into them name a person within the block.

    base: the block's first person number in the district. births, deaths, moved_in, moved_home: days.
    `registered`: has hukou here. `gone`: left the district between the two deliveries. `spouse`, `father`,
    `mother`: index in the block or -1.
    """

    number: int
    base: int
    calendar: Calendar
    rng: np.random.Generator
    household: Ints
    households: int
    role: Ints
    male: Ints
    births: Ints
    deaths: Ints
    spouse: Ints
    father: Ints
    mother: Ints
    registered: Ints
    moved_in: Ints
    moved_home: Ints
    gone: Ints
    county: Ints
    kind: Ints
    ethnicity: Ints
    names: Names
    id_digits: Ints
    phones: pa.StringArray
    has_phone: Ints
    homes: Homes
    old_homes: Homes

    def __len__(self) -> int:
        return len(self.births)

    @property
    def persons(self) -> Ints:
        """The people's numbers in the district, which the truth files speak of."""
        return self.base + np.arange(len(self))

    @property
    def ids(self) -> pa.StringArray:
        """Everybody's identity number."""
        return fixed(self.id_digits)

    def ages(self, day: int) -> Ints:
        """Completed years on a day; negative for those not yet born."""
        years, months, days = split_days(self.births)
        (now_year,), (now_month,), (now_day,) = split_days(np.array([day]))
        return now_year - years - ((months * 100 + days) > now_month * 100 + now_day)

    def alive(self, day: int) -> Ints:
        """Born and not dead on that day."""
        return (self.births <= day) & ((self.deaths == NO_DAY) | (self.deaths > day))

    def present(self, day: int) -> Ints:
        """Alive and living in the district on that day (those who leave do so on the second day)."""
        return self.alive(day) & (self.moved_in <= day) & ~(self.gone & (day >= self.calendar.second))

    def homes_on(self, day: int, people: Ints) -> Homes:
        """Where these people lived on that day."""
        at = self.household[people]
        return Homes.choose(self.moved_home[at] <= day, self.homes.take(at), self.old_homes.take(at))

    def guardians(self) -> Ints:
        """Father or mother of each person, mostly the mother; -1 where neither is known."""
        swap = self.rng.random(len(self)) < 0.4
        one, other = np.where(swap, self.father, self.mother), np.where(swap, self.mother, self.father)
        return np.where(one >= 0, one, other)


def make_block(*, number: int, blocks: int, base: int, size: int, seed: int, calendar: Calendar) -> Block:
    """The people of block `number` of `blocks`: exactly `size` of them, numbered from `base`."""
    rng = np.random.default_rng([seed, number])
    household, kind_of, role, slot = _households(size, rng)
    count = int(household[-1]) + 1 if size else 0
    heads = np.flatnonzero(role == HEAD)
    male, births = _ages(household, heads, role, slot, kind_of, rng, calendar)
    spouse, father, mother = _kin(household, heads, role, slot, male)
    deaths = _deaths(births, rng, calendar)

    registered_share = np.array([kind[4] for kind in KINDS])
    registered = (rng.random(count) < registered_share[kind_of])[household]
    foreign = rng.choice([0, HONG_KONG, FOREIGN], count, p=[0.994, 0.004, 0.002])[household]
    registered &= foreign == 0
    moved_in = _moved_in(births, household, registered, count, rng, calendar)
    moved_home = np.where(rng.random(count) < 0.10, calendar.second - rng.integers(30, 2500, count), NO_DAY)
    moved_home = np.where(
        rng.random(count) < 0.004, rng.integers(calendar.first + 1, calendar.second, count), moved_home
    )
    gone = (rng.random(count) < 0.002)[household]

    county = _counties(births, registered, household, count, rng)
    county[foreign == HONG_KONG] = rng.choice(
        [810000, 820000], int((foreign == HONG_KONG).sum()), p=[0.8, 0.2]
    )
    nation = rng.integers(0, len(FOREIGN_NATIONS), count)[household]
    abroad = foreign == FOREIGN
    county[abroad] = 944_000 + FOREIGN_NATIONS[nation[abroad]]
    sequences = numbers.sequence_numbers(
        (county * 100_000 + births + 40_000) * 2 + male, male.astype(np.int64), number, blocks, rng
    )
    id_digits = numbers.identity_numbers(county, births, sequences)
    shares = np.array([share for _, _, share in ETHNICITIES])
    ethnicity = rng.choice(len(ETHNICITIES), count, p=shares / shares.sum())[household]
    ethnicity[foreign > 0] = 0
    names = make_names(
        rng=rng,
        births=births,
        male=male,
        household=household,
        households=count,
        father=father,
        twin=_twins(births, mother),
        peoples=pick([name for _, name, _ in ETHNICITIES], ethnicity),
        kind=foreign,
        nation=nation,
        own_surname=(role == SPOUSE) | (role == OTHER) | ((role == PARENT) & ~male),
    )
    age = (calendar.second - births) / 365.25
    phones = numbers.mobile_numbers(size, rng)
    shared = (rng.random(size) < 0.04) & (spouse >= 0)
    phones = where(shared, phones.take(pa.array(np.where(spouse >= 0, spouse, 0))), phones)
    has_phone = (age > 13) & (rng.random(size) < np.where(age > 70, 0.75, 0.97))
    homes = Homes.make(count, rng)
    return Block(
        number=number,
        base=base,
        calendar=calendar,
        rng=rng,
        household=household,
        households=count,
        role=role,
        male=male,
        births=births,
        deaths=deaths,
        spouse=spouse,
        father=father,
        mother=mother,
        registered=registered,
        moved_in=moved_in,
        moved_home=moved_home,
        gone=gone,
        county=county,
        kind=foreign,
        ethnicity=ethnicity,
        names=names,
        id_digits=id_digits,
        phones=phones,
        has_phone=has_phone,
        homes=homes,
        old_homes=Homes.make(count, rng),
    )


def _households(size: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Household of each person, kind of each household, role and place among the members of each person."""
    shares = np.array([kind[0] for kind in KINDS])
    sizes = np.array([1 + len(kind[3]) for kind in KINDS])
    roles = np.full((len(KINDS), sizes.max()), -1)
    for row, kind in enumerate(KINDS):
        roles[row, : sizes[row]] = (HEAD, *kind[3])
    kind_of = rng.choice(len(KINDS), int(size / MEAN_SIZE * 1.2) + 50, p=shares / shares.sum())
    upto = np.cumsum(sizes[kind_of])
    kind_of = kind_of[: int(np.searchsorted(upto, size)) + 1]
    household = np.repeat(np.arange(len(kind_of)), sizes[kind_of])[:size]
    starts = np.concatenate([[0], np.cumsum(sizes[kind_of])[:-1]])
    slot = np.arange(size) - starts[household]
    return household, kind_of, roles[kind_of[household], slot], slot


def _ages(
    household: Ints,
    heads: Ints,
    role: Ints,
    slot: Ints,
    kind_of: Ints,
    rng: np.random.Generator,
    calendar: Calendar,
) -> tuple[Ints, Ints]:
    """Sex and birth day of everybody, from the head's outwards."""
    size = len(household)
    low = np.array([kind[1] for kind in KINDS])[kind_of]
    high = np.array([kind[2] for kind in KINDS])[kind_of]
    # Two draws averaged within the range: fewer at its ends.
    place = (rng.random(len(kind_of)) + rng.random(len(kind_of))) / 2
    old = np.array([kind[1] >= 56 for kind in KINDS])[kind_of]
    place = np.where(old, place * place * 1.3, place).clip(0, 1)
    # Those who come alone to work are mostly young.
    place = np.where(low == 18, place**1.7, place)
    head_birth = calendar.second - ((low + (high - low) * place) * 365.25).astype(np.int64)
    paired = np.array([SPOUSE in kind[3] for kind in KINDS])[kind_of]
    head_male = rng.random(len(kind_of)) < np.where(paired, 0.78, 0.52)
    male = rng.random(size) < 0.515
    male[heads] = head_male
    births = np.empty(size, np.int64)
    births[heads] = head_birth

    partner = np.flatnonzero(role == SPOUSE)
    male[partner] = ~head_male[household[partner]]
    gap = rng.normal(1.8, 2.5, len(partner)) * np.where(male[partner], -1, 1)
    births[partner] = head_birth[household[partner]] + (gap * 365.25).astype(np.int64)
    births[partner] = np.minimum(births[partner], calendar.second - int(20.2 * 365.25))

    # The woman of the house, or the head alone, sets the children's ages.
    mother_birth = head_birth.copy()
    wives = partner[~male[partner]]
    mother_birth[household[wives]] = births[wives]
    children = np.flatnonzero(role == CHILD)
    parent = household[children]
    oldest = np.minimum(36.0, (calendar.second - mother_birth[parent]) / 365.25 - 0.01)
    at_age = 19.5 + (oldest - 19.5).clip(0) * (0.15 + 0.85 * rng.random(len(children)))
    births[children] = mother_birth[parent] + (at_age * 365.25).astype(np.int64)
    second = children[(slot[children] > 0) & (np.roll(role, 1)[children] == CHILD)]
    first = second - 1
    # A second child comes at least a year and a half apart from the first; a few are twins.
    spacing = rng.integers(550, 2600, len(second))
    later = births[first] + spacing
    earlier = np.maximum(births[first] - spacing, mother_birth[household[second]] + 6760)
    earlier = np.where(births[first] - earlier < 330, births[first], earlier)
    births[second] = np.where(later < calendar.second - 5, later, earlier)
    twin = rng.random(len(second)) < 0.03
    births[second[twin]] = births[first[twin]]
    births[children] = np.minimum(births[children], calendar.second - 1)

    parents = np.flatnonzero(role == PARENT)
    births[parents] = head_birth[household[parents]] - rng.integers(8000, 12000, len(parents))
    pair = parents[np.roll(role, 1)[parents] == PARENT]
    male[pair - 1], male[pair] = True, False
    births[pair] = births[pair - 1] + rng.integers(-700, 1200, len(pair))
    others = np.flatnonzero(role == OTHER)
    births[others] = head_birth[household[others]] + rng.integers(-2500, 2500, len(others))
    births[others] = np.minimum(births[others], calendar.second - 18 * 366)
    return male, births


def _kin(household: Ints, heads: Ints, role: Ints, slot: Ints, male: Ints) -> tuple[Ints, Ints, Ints]:
    """Spouse, father and mother of each person as indices, -1 where there is none in the household."""
    size = len(household)
    spouse, father, mother = (np.full(size, -1) for _ in range(3))
    head_of = heads[household]
    partner = np.flatnonzero(role == SPOUSE)
    spouse[partner], spouse[head_of[partner]] = head_of[partner], partner
    children = np.flatnonzero(role == CHILD)
    for elder in (head_of[children], spouse[head_of[children]]):
        known = elder >= 0
        man = known & male[elder]
        woman = known & ~male[elder]
        father[children[man]] = elder[man]
        mother[children[woman]] = elder[woman]
    parents = np.flatnonzero(role == PARENT)
    of = head_of[parents]
    father[of[male[parents]]] = parents[male[parents]]
    mother[of[~male[parents]]] = parents[~male[parents]]
    pair = parents[np.roll(role, 1)[parents] == PARENT]
    spouse[pair], spouse[pair - 1] = pair - 1, pair
    return spouse, father, mother


def _twins(births: Ints, mother: Ints) -> Ints:
    """Whether a person is the second of twins: born on the day of the one before, of the same mother."""
    same = np.zeros(len(births), bool)
    same[1:] = (births[1:] == births[:-1]) & (mother[1:] == mother[:-1]) & (mother[1:] >= 0)
    return same


def _deaths(births: Ints, rng: np.random.Generator, calendar: Calendar) -> Ints:
    """Days of death within the last two years, commoner with age; `NO_DAY` for the living."""
    age = (calendar.second - births) / 365.25
    chance = np.select([age < 50, age < 70, age < 82], [0.001, 0.008, 0.05], 0.16)
    died = rng.random(len(births)) < chance
    when = calendar.second - (rng.random(len(births)) * 730).astype(np.int64)
    return np.where(died, np.maximum(when, births + 1), NO_DAY)


def _moved_in(
    births: Ints, household: Ints, registered: Ints, count: int, rng: np.random.Generator, calendar: Calendar
) -> Ints:
    """Since when each person has lived in the district: from birth, or since the household came."""
    native = (rng.random(count) < 0.6)[household] & registered
    span = np.where(registered, 9000, 4000)
    came = calendar.first - (rng.random(count)[household] ** 1.6 * span).astype(np.int64) - 3
    fresh = (rng.random(count) < 0.003)[household]
    came = np.where(fresh, calendar.second - 1 - rng.integers(0, 15, count)[household], came)
    return np.where(native, births, np.maximum(came, births))


def _counties(births: Ints, registered: Ints, household: Ints, count: int, rng: np.random.Generator) -> Ints:
    """County code of each number: for natives one valid at birth, else a county far away."""
    elsewhere = np.array([int(code) for code, _ in places.COUNTIES])
    county = elsewhere[rng.integers(0, len(elsewhere), count)][household]
    years = split_days(births)[0]
    local = registered & (rng.random(len(births)) < 0.85)
    draw = rng.random(len(births))
    for start, shares in places.HOME_CODES:
        codes = np.array([int(code) for code, _ in shares])
        upto = np.cumsum([share for _, share in shares])
        chosen = local & (years >= start)
        county[chosen] = codes[np.searchsorted(upto, draw[chosen]).clip(0, len(codes) - 1)]
    return county


def origins(block: Block, people: Ints) -> pa.StringArray:
    """The county, with its province, that a person's number speaks of; 样例区 for those born here."""
    codes = np.array([int(code) for code, _ in places.COUNTIES])
    order = np.argsort(codes)
    at = np.searchsorted(codes[order], block.county[people]).clip(0, len(codes) - 1)
    found = codes[order][at] == block.county[people]
    texts = [text for _, text in places.COUNTIES]
    return where(found, pick(texts, order[at]), join("广东省", places.CITY, pick([places.DISTRICT], at * 0)))

"""Identity numbers, credit codes and telephone numbers for the invented, a whole column at a time.

The numbers are well formed (GB 11643, GB 32100) but given at random to people who do not exist; any that
matches a living person's does so by chance. A block of the population draws its sequence numbers from its
own share of 000–999, so that no number is given twice in a district of any size.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .columns import Ints, digits, fixed, split_days

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK = np.frombuffer(b"10X98765432", np.uint8)
CREDIT_LETTERS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)
CREDIT_WEIGHTS = 3 ** np.arange(17) % 31
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
MOBILE_PREFIXES = np.array(
    [
        134,
        135,
        136,
        137,
        138,
        139,
        147,
        150,
        151,
        152,
        157,
        158,
        159,
        178,
        182,
        183,
        187,
        188,
        198,
        130,
        131,
        132,
        155,
        156,
        166,
        175,
        176,
        185,
        186,
        133,
        153,
        173,
        177,
        180,
        181,
        189,
        191,
        199,
    ]
)


def identity_numbers(counties: Ints, births: Ints, sequences: Ints) -> Ints:
    """Numbers of 18 characters as ASCII codes, shape (rows, 18).

    counties: six-digit codes as numbers; 810000 and 820000 for residents from Hong Kong and Macao, 944000
    plus the nation (ISO 3166 numeric) for foreigners with permanent residence. births: days. sequences:
    0–999, odd for men. Source: GB 11643-1999 (check character after ISO 7064 MOD 11-2). The foreigners'
    form since 2023 is provisional: built after published descriptions of the card; the standard itself was
    not at hand.
    """
    years, months, days = split_days(births)
    body = np.hstack(
        [digits(counties, 6), digits(years * 10000 + months * 100 + days, 8), digits(sequences, 3)]
    )
    remainder = ((body.astype(np.int64) - 48) * WEIGHTS).sum(axis=1) % 11
    return np.hstack([body, CHECK[remainder][:, None]])


def sequence_numbers(groups: Ints, male: Ints, block: int, blocks: int, rng: np.random.Generator) -> Ints:
    """Sequence numbers 0–999, odd for men, none given twice within a group of equal county, birth and sex.

    groups: any number that is equal for people of one county, birth day and sex. Block `block` of `blocks`
    uses its own share of the 500 numbers of each sex. Raises OverflowError when a group outgrows that
    share.
    """
    share = 500 // blocks
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    fresh = np.ones(len(groups), bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(fresh)
    rank = np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))
    if rank.size and rank.max() >= share:
        raise OverflowError("too many births on one day for one block")
    first = np.repeat(rng.integers(0, share, len(starts)), np.diff(np.append(starts, len(groups))))
    slot = np.empty(len(groups), np.int64)
    slot[order] = (rank + first) % share
    return (slot * blocks + block) * 2 + male


def mobile_numbers(rows: int, rng: np.random.Generator) -> pa.StringArray:
    """Mainland mobile numbers: a carrier's prefix and eight random digits."""
    prefix = rng.choice(MOBILE_PREFIXES, rows)
    return fixed(digits(prefix * 100_000_000 + rng.integers(0, 100_000_000, rows), 11))


def landlines(rows: int, rng: np.random.Generator) -> pa.StringArray:
    """Landline numbers with Foshan's area code."""
    body = digits(82_000_000 + rng.integers(0, 6_000_000, rows), 8)
    return fixed(np.hstack([np.tile(np.frombuffer(b"0757-", np.uint8), (rows, 1)), body]))


def credit_codes(serials: Ints, kind: bytes) -> Ints:
    """Unified social credit codes as ASCII codes, shape (rows, 18).

    serials: unlike numbers below 10^8. kind: b"91" for companies, b"92" for individual businesses.
    Source: GB 32100-2015 (check character MOD 31) and GB 11714-1997 (the organisation code's own, MOD 11).
    """
    rows = len(serials)
    head = np.tile(np.frombuffer(kind + b"440604", np.uint8), (rows, 1))
    scattered = (serials * 480_119 + 77_777) % 10**8
    organisation = digits(scattered, 8)
    check = (11 - ((organisation.astype(np.int64) - 48) * ORGANISATION_WEIGHTS).sum(axis=1) % 11) % 11
    own = np.where(check == 10, ord("X"), check + 48).astype(np.uint8)
    body = np.hstack([head, organisation, own[:, None]])
    values = np.searchsorted(CREDIT_LETTERS, body)
    last = (31 - (values * CREDIT_WEIGHTS).sum(axis=1) % 31) % 31
    return np.hstack([body, CREDIT_LETTERS[last][:, None]])

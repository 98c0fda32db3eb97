"""How often somebody may ask: quotas of grants and clients, and how long who asks for strangers must wait. Pure.

Counted by day (the district's own) and decided while the entry of the use is committed, so that the numbers are
exact whatever number of processes answer, and survive them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

#: So many unknown subjects in a day are anybody's slips of the pen.
MISSES_FREE = 20
#: And so large a share of all that was asked.
MISSES_SHARE = 0.2
#: After so many in a day the share counts no more: nobody mistypes that often.
MISSES_MOST = 1_000
#: The first pause in seconds; it doubles with every further step of misses.
PAUSE_S, PAUSE_STEP, PAUSE_LONGEST_S = 30, 5, 6 * 3600
#: How often a day one user may verify one statement with parameters of their choice about one subject.
PROBES_PER_DAY = 3


@dataclass(frozen=True)
class Claim:
    """What one use takes: times from each grant and from who asks.

    user: of the actor ("@client:…" for a system). grants: {number: quota per day or None}. limit: how often the user may
    ask a day, None for any. missed: the subject is unknown, or the grants show nothing of it. night: outside the
    hours in which people work. cased: under a case. probe: what is asked of whom, where asking again and again with
    other parameters would close in on a value.
    """

    user: str
    grants: Mapping[str, int | None] = field(default_factory=dict)
    limit: int | None = None
    times: int = 1
    missed: bool = False
    night: bool = False
    cased: bool = False
    probe: str = ""


class Counted(NamedTuple):
    """What was counted of one grant or user on one day. Instants in seconds since 1970, 0 for never."""

    uses: int = 0
    misses: int = 0
    night: int = 0
    caseless: int = 0
    refused: int = 0
    last_at: int = 0
    last_miss_at: int = 0
    last_refused_at: int = 0
    last_reason: str = ""


#: (what is counted: "grant", "user" or "probe", its number or name)
Key = tuple[str, str]


@dataclass(frozen=True)
class Verdict:
    """Why a use is not answered after all.

    code: "quota", "probed", "paused" or "replayed"; grant: whose quota; wait_s: how long to wait.
    """

    code: str
    grant: str = ""
    wait_s: int = 0


def pause_s(counted: Counted) -> int:
    """How long who asked for so many unknown subjects waits after the last of them, in seconds."""
    misses = counted.misses
    if misses <= MISSES_FREE or (misses < MISSES_MOST and misses <= MISSES_SHARE * counted.uses):
        return 0
    steps = (misses - MISSES_FREE - 1) // PAUSE_STEP
    return int(min(PAUSE_S * 2 ** min(steps, 20), PAUSE_LONGEST_S))


def keys_of(claim: Claim) -> list[Key]:
    """What a claim is counted under."""
    probe = [("probe", claim.probe)] if claim.probe else []
    return [("user", claim.user), *(("grant", number) for number in sorted(claim.grants)), *probe]


def decide(claim: Claim, counted: Mapping[Key, Counted], now: int) -> Verdict | None:
    """Whether a use may be answered; None when it may. counted: all keys of the claim."""
    mine = counted[("user", claim.user)]
    wait = mine.last_miss_at + pause_s(mine) - now
    if mine.last_miss_at and wait > 0:
        return Verdict("paused", wait_s=wait)
    if claim.limit is not None and mine.uses + claim.times > claim.limit:
        return Verdict("quota")
    for number, quota in sorted(claim.grants.items()):
        if quota is not None and counted[("grant", number)].uses + claim.times > quota:
            return Verdict("quota", grant=number)
    if claim.probe and counted[("probe", claim.probe)].uses + claim.times > PROBES_PER_DAY:
        return Verdict("probed")
    return None


def added(claim: Claim, counted: Mapping[Key, Counted], now: int) -> dict[Key, Counted]:
    """The counts after a use that was answered."""
    times, missed = claim.times, claim.missed
    night, caseless = times * claim.night, times * (not claim.cased)
    found = {}
    for key in keys_of(claim):
        before = counted[key]
        found[key] = Counted(
            before.uses + times,
            before.misses + missed,
            before.night + night,
            before.caseless + caseless,
            before.refused,
            now,
            now if missed else before.last_miss_at,
            before.last_refused_at,
            before.last_reason,
        )
    return found


def refused(claim: Claim, counted: Mapping[Key, Counted], reason: str, now: int) -> dict[Key, Counted]:
    """The counts after a use that was refused: it takes nothing from a quota."""
    key = ("user", claim.user)
    before = counted[key]
    return {key: before._replace(refused=before.refused + 1, last_refused_at=now, last_reason=reason)}


@dataclass(frozen=True)
class Unusual:
    """Something to look at. kind: of `models.UsageAlert.Kind`; number: how much; usual: what it was before."""

    kind: str
    number: int
    usual: int


#: Uses at night in a day, and how many times the usual, that are worth a look.
NIGHT_FROM, NIGHT_TIMES = 50, 3
VOLUME_FROM, VOLUME_TIMES = 200, 3
#: Of a grant or user with no past to compare with.
VOLUME_NEW = 2_000
CASELESS_FROM, CASELESS_TIMES = 100, 3


def unusual(of: str, today: Counted, past: Iterable[Counted]) -> list[Unusual]:
    """What stands out today against the days before. of: "grant" or "user"."""
    days = list(past)
    found = []
    usual = _middle([each.uses for each in days])
    many = max(VOLUME_FROM, VOLUME_TIMES * usual) if len(days) >= 3 else VOLUME_NEW
    if today.uses >= many:
        found.append(Unusual("volume", today.uses, usual))
    if of == "user":
        nightly = _middle([each.night for each in days])
        if today.night >= max(NIGHT_FROM, NIGHT_TIMES * nightly):
            found.append(Unusual("night", today.night, nightly))
        caseless = _middle([each.caseless for each in days])
        if today.caseless >= max(CASELESS_FROM, CASELESS_TIMES * caseless):
            found.append(Unusual("caseless", today.caseless, caseless))
        if pause_s(today):
            found.append(Unusual("misses", today.misses, _middle([each.misses for each in days])))
    return found


def _middle(numbers: list[int]) -> int:
    """The median; 0 of nothing."""
    return sorted(numbers)[len(numbers) // 2] if numbers else 0

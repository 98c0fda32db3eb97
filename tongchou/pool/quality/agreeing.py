"""What follows from reviewers' verdicts on one pair. Pure.

One verdict takes effect at once where the pair was offered because somebody should look (a wrong file is put right
today, not when a second person has time), and is confirmed by a second reviewer who does not see the first. Two who
contradict one another cancel out, and a third decides. In a quality sample nothing takes effect before two agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SAME, DIFFERENT, UNSURE = "same", "different", "unsure"
VERDICTS = (SAME, DIFFERENT, UNSURE)
#: So many reviewers who cannot tell make a pair that cannot be told.
ENOUGH_UNSURE = 3


@dataclass(frozen=True)
class Outcome:
    """What the standing verdicts amount to. stage: "open" (nobody could tell yet), "once" (one opinion), "agreed" (two
    or more, by majority), "disputed" (as many against as for), "undecided" (enough reviewers could not tell).
    verdict: the one held by most, "" where there is none. opinions: how many said same or different.
    """

    stage: str
    verdict: str
    opinions: int

    @property
    def closed(self) -> bool:
        """Whether nobody needs to be asked any more."""
        return self.stage in ("agreed", "undecided")

    def in_force(self, *, at_once: bool) -> str:
        """The verdict that links shall obey, "" for none. at_once: whether one opinion is enough."""
        return self.verdict if self.stage == "agreed" or (at_once and self.stage == "once") else ""


def outcome(verdicts: Sequence[str]) -> Outcome:
    """The outcome of the verdicts that stand, one a reviewer."""
    same, different = verdicts.count(SAME), verdicts.count(DIFFERENT)
    opinions = same + different
    if not opinions:
        return Outcome("undecided" if len(verdicts) >= ENOUGH_UNSURE else "open", "", 0)
    if same == different:
        return Outcome("disputed", "", opinions)
    held = SAME if same > different else DIFFERENT
    return Outcome("once" if opinions == 1 else "agreed", held, opinions)

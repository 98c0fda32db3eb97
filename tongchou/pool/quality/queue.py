"""Which pair a reviewer is asked about next, and what they may know of others' verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.utils import timezone

from ..models import ReviewPair, ReviewSample, Verdict

State = ReviewPair.State
#: States in which a pair waits for somebody, unless it is closed.
_WAITING = (State.OPEN, State.DISPUTED, State.SAME, State.DIFFERENT)


def waiting_for(reviewer: str, population: str = "") -> QuerySet[ReviewPair]:
    """The pairs this reviewer is to judge, the most valuable first, those of samples apart (`waiting_in`).

    First those on which two disagree, then those nobody has judged (false merges first, by value), then those that want
    a second opinion. Never one the reviewer has spoken on.
    """
    spoken = Verdict.objects.filter(pair=OuterRef("pk"), reviewer=reviewer, withdrawn_at__isnull=True)
    found = ReviewPair.objects.filter(closed=False, state__in=_WAITING)
    found = found.exclude(kind=ReviewPair.Kind.SAMPLED).exclude(Exists(spoken))
    if population:
        found = found.filter(population__code=population)
    turn = Case(
        When(state=State.DISPUTED, then=Value(0)),
        When(state=State.OPEN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return found.annotate(turn=turn).order_by("turn", "kind", "-value", "-score", "pk")


def waiting_in(sample: ReviewSample, reviewer: str) -> QuerySet[ReviewPair]:
    """The pairs of a sample this reviewer is to judge, in the sample's random order: any first part is a sample too."""
    spoken = Verdict.objects.filter(pair=OuterRef("pk"), reviewer=reviewer, withdrawn_at__isnull=True)
    found = ReviewPair.objects.filter(sampled__sample=sample, closed=False).exclude(Exists(spoken))
    return found.order_by("sampled__place")


def following(waiting: QuerySet[ReviewPair], after: ReviewPair) -> ReviewPair | None:
    """The pair to show after one: the next of those that wait, or the first again at the end; None when none waits."""
    order = list(waiting.values_list("pk", flat=True))
    if after.pk in order:
        at = order.index(after.pk)
        order = [*order[at + 1 :], *order[:at]]
    return ReviewPair.objects.select_related("population").get(pk=order[0]) if order else None


@dataclass(frozen=True)
class Sight:
    """What a reviewer may see of a pair besides the two records. verdicts: others' verdicts and what links made of them;
    linked: whether the two stand in one file now. stage: "open", "second" (waits for a second opinion), "third"
    (two disagree), "closed", or "mine" (the reviewer has spoken).
    """

    verdicts: bool
    linked: bool
    stage: str


def sight(pair: ReviewPair, reviewer: str) -> Sight:
    """Nobody who has still to speak sees what others said, or could tell it from what became of the two files."""
    standing = list(pair.verdicts.filter(withdrawn_at__isnull=True).values_list("reviewer", flat=True))
    if pair.closed or pair.state == State.SETTLED:
        return Sight(True, True, "closed")
    if reviewer in standing:
        return Sight(True, True, "mine")
    if not standing:
        return Sight(True, pair.kind != ReviewPair.Kind.SAMPLED, "open")
    return Sight(False, False, "third" if pair.state == State.DISPUTED else "second")


def shown_state(pair: ReviewPair, spoken: bool) -> str:
    """The state a list may show to a reviewer: "second" in place of a verdict that waits for theirs."""
    if pair.state in (State.SAME, State.DIFFERENT) and not pair.closed and not spoken:
        return "second"
    return str(pair.state)


def last_of(reviewer: str) -> Verdict | None:
    """The reviewer's latest verdict that stands, of today: what "undo" takes back."""
    day = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Verdict.objects.filter(reviewer=reviewer, withdrawn_at__isnull=True, at__gte=day)
    return mine.select_related("pair__population").order_by("-at", "-pk").first()


def agreement_table(sample: ReviewSample | None = None) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """{(reviewer, other reviewer): what each said per pair both spoke on}, names in order; unsure left out.

    sample: only its pairs; None for every pair.
    """
    verdicts = Verdict.objects.filter(withdrawn_at__isnull=True).exclude(said=Verdict.Said.UNSURE)
    if sample is not None:
        verdicts = verdicts.filter(pair__sampled__sample=sample)
    said: dict[int, dict[str, str]] = {}
    for pair, reviewer, word in verdicts.order_by("at", "pk").values_list("pair_id", "reviewer", "said"):
        said.setdefault(pair, {})[reviewer] = word
    table: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for words in said.values():
        # Only the first two spoke without knowing that the pair was disputed.
        if len(words) > 1:
            (one, first), (two, second) = sorted(list(words.items())[:2])
            table.setdefault((one, two), []).append((first, second))
    return table

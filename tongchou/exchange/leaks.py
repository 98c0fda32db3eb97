"""Whose copy a leaked file is: what its marks and ids say, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from tongchou.accounts.models import Organisation
from tongchou.standards.text import Text

from .models import Export, Subscription
from .watermark import carriers, code, leaked, pseudonyms

#: A recipient is named by ids when so few accidents would explain them.
SURE_IDS = code.SURE

#: Smaller chances are not told: they cannot be written as a number here.
SMALLEST = 1e-300


@dataclass(frozen=True)
class Named:
    """An export or subscription a file was made for. chance: bound on the probability that anyone innocent is named."""

    number: str
    kind: str
    grant: str
    resource: str
    recipient: str
    role: str
    user: str
    on: str
    agreeing: int
    places: int
    chance: float

    @property
    def chance_said(self) -> str:
        """The bound as people read it."""
        return f"≤ {max(self.chance, SMALLEST):.0e}"


@dataclass(frozen=True)
class Finding:
    """What was found. named: those it was made for; likely: what points to somebody without proving it; recipients:
    (organisation, ids, chance) by ids; candidates: exports and subscriptions asked about; places: marks the file still has."""

    digest: str
    rows: int
    candidates: int
    places: int
    named: tuple[Named, ...]
    likely: tuple[Named, ...]
    recipients: tuple[tuple[str, int, float], ...]

    @property
    def is_sure(self) -> bool:
        """Whether somebody is named."""
        return bool(self.named or self.recipients)

    @property
    def told(self) -> tuple[Named, ...]:
        """Those named, then those it points to."""
        return self.named + self.likely

    def sentence(self) -> Text:
        """The finding in a sentence or two."""
        if self.named:
            worst = max(SMALLEST, *(each.chance for each in self.named))
            zh = "、".join(
                f"{each.number}（{each.grant}，{each.recipient}，{each.on}）" for each in self.named
            )
            en = ", ".join(
                f"{each.number} (grant {each.grant}, {each.recipient}, {each.on})" for each in self.named
            )
            if len(self.named) > 1:
                return Text(
                    f"这份文件由几份副本混成：{zh}。误指任何无辜者的概率不超过 {worst:.0e}。",
                    f"Several copies were mixed: {en}. The probability of naming anyone innocent is at most {worst:.0e}.",
                )
            return Text(
                f"这份文件出自 {zh}。误指任何无辜者的概率不超过 {worst:.0e}。",
                f"The file comes from {en}. The probability of naming anyone innocent is at most {worst:.0e}.",
            )
        if self.recipients:
            names = "、".join(each[0] for each in self.recipients)
            return Text(
                f"文件中的标识只发给过 {names}；标记太少，不能确定是哪一次导出。",
                f"The ids in it were only ever given to {names}; too few marks are left to say by which export.",
            )
        if self.likely:
            one = self.likely[0]
            return Text(
                f"不能确定。最像 {one.number}（{one.recipient}），但误指的概率可达 {one.chance:.1e}，不足为据。",
                f"It cannot be told. {one.number} ({one.recipient}) fits best, but the probability of error may be "
                f"{one.chance:.1e}: no proof.",
            )
        if not self.places:
            return Text(
                "不能确定：文件里没有留下任何标记（列太少、值被统一改写，或本来就不是本平台的导出）。",
                "It cannot be told: the file holds no marks (too few columns, values rewritten, or no export of ours).",
            )
        return Text(
            f"不能确定：文件里有 {self.places} 处可作标记，但不与 {self.candidates} 份导出中的任何一份相符。",
            f"It cannot be told: of {self.candidates} exports none agrees with the {self.places} places that could be marks.",
        )

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "digest": self.digest,
            "rows": self.rows,
            "candidates": self.candidates,
            "places": self.places,
            "sure": self.is_sure,
            "named": [vars(each) for each in self.named],
            "likely": [vars(each) for each in self.likely],
            "recipients": [
                {"organisation": name, "ids": ids, "chance": chance} for name, ids, chance in self.recipients
            ],
            "sentence": self.sentence()._asdict(),
        }


def trace(path: Path) -> Finding:
    """Compare a file with everything ever exported or sent. Raises HouseError "exchange.leak_unreadable"."""
    found = leaked.read(path)
    secret = settings.WATERMARK_KEY
    exports = {
        each.number: each
        for each in Export.objects.select_related("grant", "resource", "organisation", "role")
    }
    followed = {
        each.number: each
        for each in Subscription.objects.select_related("grant__resource", "organisation", "role")
    }
    own = {number: code.keys_of(secret, number).own for number in (*exports, *followed)}
    reading = carriers.read(found.columns)
    verdicts = code.compared(reading, code.keys_of(secret, "").common, own)
    places = int((reading.seen >= 0).sum())
    sure = [each for each in verdicts if each.chance <= code.SURE]
    likely = [each for each in verdicts if code.SURE < each.chance <= code.LIKELY]
    receiving = Organisation.objects.filter(
        code__in={each.organisation.code for each in exports.values()}
        | {each.organisation.code for each in followed.values()}
    )
    keys = {each.code: pseudonyms.keys_of(secret, each.code) for each in receiving}
    ids = [each for each in pseudonyms.recipients(found.columns, keys) if each.chance <= SURE_IDS]

    def told(verdict: code.Verdict) -> Named:
        one: Any = exports.get(verdict.code) or followed[verdict.code]
        is_export = verdict.code in exports
        return Named(
            number=one.number, kind="export" if is_export else "subscription", grant=one.grant.number,
            resource=one.grant.resource.code, recipient=one.organisation.code, role=one.role.code,
            user=one.requested_by if is_export else one.created_by,
            on=(one.requested_at if is_export else one.created_at).date().isoformat(),
            agreeing=verdict.agreeing, places=verdict.places, chance=verdict.chance,
        )  # fmt: skip

    return Finding(
        found.digest, found.rows, len(own), places, tuple(map(told, sure)), tuple(map(told, likely)),
        tuple((each.recipient, each.ids, each.chance) for each in ids),
    )  # fmt: skip

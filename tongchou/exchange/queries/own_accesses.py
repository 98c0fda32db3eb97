"""Who looked at my data: a person's own trace in the ledger, in words they can read.

Only entries that bear the person's own subject id (or one that was merged into it) are ever read here; what a search
looked for stands in no entry, and an entry about two people names one. Organisation and role are shown, the civil
servant's account is not: the office answers for its use, and the auditors can name the person. Refused attempts are
shown, too, with the reason: somebody tried, and nothing left the pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from tongchou.catalogue.models import Resource, ResourceField
from tongchou.ledger import queries as ledger
from tongchou.ledger.models import Entry
from tongchou.standards.text import Text

from .. import cases, errors
from ..models import Case, Explanation, Statement
from . import accesses
from .own_files import Self

#: More entries than this are counted, not told one by one; the filter by day reaches further back.
MOST = 5_000

#: What somebody did with the file; everything else in the trace is what happened to it.
_LOOKED = "access."
#: In the trace but no reading: cases, and what the person did themselves.
_HAPPENED = ("case.opened", "case.closed", "ownfile.bound", "ownfile.unbound", "correction.asked",
             "correction.decided", "correction.withdrawn", "explanation.asked", "explanation.answered")  # fmt: skip

VIA: dict[str, Text] = {
    "screen": Text("平台页面", "on screen"),
    "api": Text("程序接口", "by the interface"),
    "gateway": Text("共享网关", "by the gateway"),
    "query": Text("网关查询", "gateway, query"),
    "verify": Text("网关核验（只答是否）", "gateway, yes or no only"),
    "batch": Text("批量", "in a batch"),
    "subscribe": Text("订阅", "by subscription"),
}

REASONS: dict[str, Text] = {
    refusal.code: refusal.what
    for refusal in (
        errors.no_grant(), errors.wrong_purpose(), errors.case_needed(), errors.not_granted(""),
        errors.not_revealable(""), errors.purpose_missing(),
    )
}  # fmt: skip


@dataclass(frozen=True)
class OwnLine:
    """One entry of a person's trace. fields: by resource, in words. own: they did it themselves. may_ask: whether an
    explanation can be asked for; asked: the number of the one that was."""

    stream: str
    seq: int
    at: datetime
    label: Text
    organisation: str
    organisation_code: str
    role: str
    user: str
    purpose: str
    case_ref: str
    case_title: Text | None
    fields: tuple[tuple[Text, tuple[Text, ...]], ...]
    grants: tuple[str, ...]
    via: Text | None
    refused: bool
    reason: Text | None
    own: bool
    looked: bool
    may_ask: bool
    asked: str


def of_person(me: Self, *, since: str = "", until: str = "", kind: str = "") -> QuerySet[Entry]:
    """The entries of a person's trace, newest first. kind: "looked", "happened" or "" for both."""
    found = ledger.entries(since=since, until=until).filter(subject_id__in=me.ids)
    if kind == "happened":
        return found.filter(kind__in=_HAPPENED)
    looked = found.filter(kind__startswith=_LOOKED)
    return looked if kind == "looked" else looked | found.filter(kind__in=_HAPPENED)


def entry_of(me: Self, stream: str, seq: int) -> Entry:
    """One entry of the person's own trace. Raises NotFound "exchange.access_not_found": for others' entries, too."""
    found = of_person(me).filter(stream=stream, seq=seq).first()
    if found is None:
        raise errors.NotFound(
            "exchange.access_not_found",
            Text("您的记录中没有这一条。", "There is no such entry in your trace."),
            Text("请从“谁看过我的数据”中打开。", "Open it from the list."),
        )
    return found


def line_of(me: Self, stream: str, seq: int) -> OwnLine:
    """`entry_of` in words."""
    return lines_of([entry_of(me, stream, seq)])[0]


def lines_of(entries: Iterable[Entry]) -> list[OwnLine]:
    """Entries in words. A handful of queries besides the entries."""
    told = accesses.lines(entries)
    titles = _titles({code for each in told for code in _resources(each)})
    labels = _labels({name for each in told for name in each.fields})
    references = {each.case_ref for each in told if each.case_ref}
    kinds = dict(Case.objects.filter(ref__in=references).values_list("ref", "kind"))
    asked = {
        (each.stream, each.seq): each.number
        for each in Explanation.objects.filter(stream__in={each.stream for each in told}).exclude(
            state="withdrawn"
        )
    }
    statements = _statements({str(each.body.get("statement", "")) for each in told} - {""})
    return [
        _line(each, titles, labels, statements, kinds, asked.get((each.stream, each.seq), ""))
        for each in told
    ]


def _statements(codes: set[str]) -> dict[str, Text]:
    found = Statement.objects.filter(code__in=codes)
    return {
        each.code: Text(f"只答是否：{each.name}", f"yes or no only: {each.name_en or each.name}")
        for each in found
    }


def _line(
    line: accesses.Line,
    titles: Mapping[str, Text],
    labels: Mapping[str, Text],
    statements: Mapping[str, Text],
    kinds: Mapping[str, str],
    asked: str,
) -> OwnLine:
    body = line.body
    via = str(body.get("via", ""))
    own = line.kind == "access.own" or str(body.get("role")) == "applicant"
    looked = line.kind.startswith(_LOOKED)
    by_resource: dict[str, list[Text]] = {}
    for code in _resources(line):
        by_resource.setdefault(code, [])
    for name in line.fields:
        by_resource.setdefault(name.rpartition(".")[0], []).append(labels.get(name, Text("", "")))
    verified = statements.get(str(body.get("statement", "")))
    if verified is not None:
        by_resource.setdefault(str(body.get("resource", "")), []).append(verified)
    fields = tuple(
        (titles.get(code, Text(code, code)), tuple(each for each in names if each.zh))
        for code, names in by_resource.items()
        if code in titles
    )
    return OwnLine(
        stream=line.stream, seq=line.seq, at=line.at, label=line.label,
        organisation=line.organisation, organisation_code=str(body.get("organisation", "")), role=line.role,
        user=line.user, purpose=line.purpose, case_ref=line.case_ref,
        case_title=cases.title_of(kinds[line.case_ref]) if line.case_ref in kinds else None,
        fields=fields, grants=tuple(map(str, body.get("grants") or ())), via=VIA.get(via),
        refused=line.refused, reason=REASONS.get(line.reason, _UNTOLD) if line.refused else None,
        own=own, looked=looked, may_ask=looked and not own and _is_somebody(line.user), asked=asked,
    )  # fmt: skip


def _is_somebody(user: str) -> bool:
    """Whether an organisation stands behind it that can be asked: a person, or a department's system, not the house."""
    return not user.startswith("@") or user.startswith("@client:")


_UNTOLD = Text("不符合授权条件。", "The terms of its grants were not met.")


def _resources(line: accesses.Line) -> list[str]:
    return [*line.resources] or sorted({name.rpartition(".")[0] for name in line.fields if "." in name})


def _titles(codes: set[str]) -> dict[str, Text]:
    return {
        each.code: Text(each.name, each.name_en or each.name)
        for each in Resource.objects.filter(code__in=codes)
    }


def _labels(names: set[str]) -> dict[str, Text]:
    """{"resource.field": label}."""
    resources = {name.rpartition(".")[0] for name in names}
    found = ResourceField.objects.filter(resource__code__in=resources).select_related("resource")
    return {
        f"{each.resource.code}.{each.name}": Text(each.label, each.label_en or each.label) for each in found
    }


def organisations(told: Iterable[OwnLine]) -> list[tuple[str, str]]:
    """(code, name) of those in a list of entries, for a filter."""
    return sorted(
        {
            (each.organisation_code, each.organisation)
            for each in told
            if each.organisation_code and not each.own
        }
    )


@dataclass(frozen=True)
class Counts:
    """Numbers over a person's trace. organisations: that looked; looked, refused: times; month: in the last 30 days."""

    organisations: int
    looked: int
    refused: int
    month: int


def counts(me: Self) -> Counts:
    """How often who looked, among the latest MOST entries."""
    told = [each for each in lines_of(of_person(me, kind="looked")[:MOST]) if not each.own]
    since = timezone.now() - timedelta(days=30)
    return Counts(
        organisations=len({each.organisation_code for each in told if not each.refused}),
        looked=sum(not each.refused for each in told),
        refused=sum(each.refused for each in told),
        month=sum(each.at >= since and not each.refused for each in told),
    )

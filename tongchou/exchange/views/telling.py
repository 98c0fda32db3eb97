"""What several screens of requests and grants tell alike: clauses in words, the preview, steppers, timelines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Resource, ResourceField
from tongchou.flow.models import Event, Instance
from tongchou.flow.moves import current_version, definition_of
from tongchou.flow.queries import history
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.masking import MASKS
from tongchou.standards.text import Text
from tongchou.web.templatetags.house import named, say, who

from .. import masks, rows
from ..clauses import ASPECTS, Clauses, ResourceSaid
from ..deciding import FLOW
from ..likeness import Likeness, likeness, teller
from ..models import Form, Grant, GrantEvent, Request, Statement, Usage

#: So many days of use a grant's page shows.
DAYS = 14


def steps(now: str) -> list[dict[str, Any]]:
    """The steps of asking."""
    order = [
        ("resource", Text("选择资源", "Choose the resource")),
        ("clauses", Text("填写申请", "Say what and why")),
        ("decided", Text("提供部门决定", "The provider decides")),
    ]
    place = [code for code, _label in order].index(now)
    return [
        {"label": label, "state": "done" if at < place else "now" if at == place else "next"}
        for at, (_code, label) in enumerate(order)
    ]


def stepper(request: Request) -> list[dict[str, Any]]:
    """How far a request has come."""
    state = request.state
    decided = state in (Request.State.GRANTED, Request.State.REFUSED)
    waits = {
        Request.State.ESCALATED: Text("统筹局决定", "The bureau decides"),
        Request.State.RETURNED: Text("申请机构补充", "The asker adds to it"),
    }.get(Request.State(state), Text("提供部门决定", "The provider decides"))
    end = Text(str(request.get_state_display()), str(request.get_state_display()))
    over = not request.is_open
    return [
        {"label": Text("提交申请", "Sent"), "state": "done", "note": f"{request.requested_at:%Y-%m-%d}"},
        {"label": waits, "state": "now" if request.is_open else "done" if decided else "next"},
        {
            "label": end if over else Text("办结", "Settled"), "state": "done" if over else "next",
            "note": f"{request.decided_at:%Y-%m-%d}" if over and request.decided_at else "",
        },
    ]  # fmt: skip


def limit_days() -> int:
    """Working days a provider has for its decision, by the flow as it stands; 0 where that is no number of days."""
    try:
        limit = definition_of(current_version(FLOW)).states["waiting"].limit
    except (HouseError, KeyError):
        return 0
    return int(limit.amount) if limit is not None and limit.unit == "working_days" else 0


def labels_of(resource: Resource) -> dict[str, Text]:
    """{field: label} in both languages."""
    return {each.name: Text(each.label, each.label_en or each.label) for each in resource.fields.all()}


def likeness_of(clauses: Clauses, resource: Resource, said: ResourceSaid) -> Likeness:
    """The preview of clauses on invented records."""
    statements = {
        each.code: (Text(each.name, each.name_en or each.name), each.condition)
        for each in Statement.objects.filter(resource=resource, active=True)
    }
    return likeness(
        clauses, said, labels=labels_of(resource), statements=statements, today=timezone.localdate()
    )


def clauses_told(clauses: Clauses, resource: Resource, said: ResourceSaid) -> dict[str, Any]:
    """Clauses in words: fields with how they are shown, rows as a sentence, forms and statements by name."""
    fields: dict[str, ResourceField] = {each.name: each for each in resource.fields.all()}
    chosen = []
    for each in said.named(clauses.fields):
        mask = masks.effective(each.grade, element(each.element).mask, clauses.masking.get(each.name))
        chosen.append(
            {
                "field": fields[each.name], "plain": mask == "none", "hidden": mask == "hide",
                "about": MASKS[mask].about, "own": each.name in clauses.masking,
                "reveal": mask != "none" and ("*" in clauses.unmasked or each.name in clauses.unmasked),
            }
        )  # fmt: skip
    known = {each.code: each for each in Statement.objects.filter(code__in=clauses.statements)}
    forms = dict(Form.choices)
    return {
        "fields": chosen,
        "rows": rows.in_words(clauses.rows, labels_of(resource), teller(said)),
        "rows_text": clauses.rows,
        "forms": [forms.get(each, each) for each in forms if each in clauses.forms],
        "statements": [named(known[code]) if code in known else code for code in sorted(clauses.statements)],
        "needs_case": clauses.needs_case,
        "quota": clauses.quota_per_day,
        "until": clauses.until,
    }


_TONES = {
    GrantEvent.Kind.CREATED: "green", GrantEvent.Kind.RESUMED: "green", GrantEvent.Kind.SUSPENDED: "amber",
    GrantEvent.Kind.WITHDRAWN: "red", GrantEvent.Kind.EXPIRED: "grey",
}  # fmt: skip


def grant_timeline(grant: Grant) -> list[dict[str, Any]]:
    """What became of a grant, newest first."""
    events = list(grant.events.all())
    places = _names({each.organisation for each in events})
    told = []
    for each in events:
        kind = GrantEvent.Kind(each.kind)
        detail = [_person(each.username, places.get(each.organisation, ""))]
        for change in each.changes:
            label = ASPECTS[change["aspect"]]
            wider = pgettext("clause", "放宽") if change["wider"] else pgettext("clause", "收窄或调整")
            before, after = _value(change["before"]), _value(change["after"])
            detail.append(f"{say(label)}：{before} → {after}（{wider}）")
        if each.reason:
            detail.append(each.reason)
        told.append(
            {
                "when": timezone.localtime(each.at).strftime("%Y-%m-%d %H:%M"), "title": str(each.get_kind_display()),
                "detail": " · ".join(detail), "tone": _TONES.get(kind, "blue"),
            }
        )  # fmt: skip
    return told


def request_history(request: Request, instance: Instance | None) -> list[dict[str, Any]]:
    """What happened to a request, newest first."""
    if instance is None:
        when = timezone.localtime(request.requested_at).strftime("%Y-%m-%d %H:%M")
        sent = {
            "when": when, "title": _("提交申请"), "tone": "blue",
            "detail": _person(request.requested_by, named(request.organisation)),
        }  # fmt: skip
        done = {"when": when, "title": _("无条件共享，即时授权"), "tone": "green", "detail": ""}
        return [done, sent]
    events = history(instance)
    places = _names({each.organisation for each in events})
    told = []
    for each in reversed(events):
        detail = [] if each.user == "@flow" else [_person(each.user, places.get(each.organisation, ""))]
        if each.comment:
            detail.append(each.comment)
        told.append(
            {
                "when": timezone.localtime(each.at).strftime("%Y-%m-%d %H:%M"), "title": _step(each),
                "detail": " · ".join(detail), "tone": _STEP_TONES.get(each.action.removesuffix("_late"), "blue"),
            }
        )  # fmt: skip
    return told


_STEP_TONES = {
    "grant": "green",
    "refuse": "red",
    "return": "amber",
    "escalate": "red",
    "lapse": "red",
    "withdraw": "grey",
}


def _step(event: Event) -> str:
    if event.kind == Event.Kind.REMINDED:
        return _("提醒：期限将到")
    if event.kind == Event.Kind.STARTED:
        return _("提交申请")
    return {
        "grant": _("授权"), "refuse": _("拒绝"), "return": _("退回补充"), "resend": _("补充后重新提交"),
        "withdraw": _("撤销申请"), "escalate": _("逾期升级至统筹局"), "lapse": _("逾期未补充，申请终止"),
    }.get(event.action.removesuffix("_late"), str(event.get_kind_display()))  # fmt: skip


def use_of(grant: Grant) -> dict[str, Any]:
    """How much a grant was used in the last days: [(day, uses)], the sum, and when last."""
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    counted = dict(
        Usage.objects.filter(of=Usage.Of.GRANT, key=grant.number, day__gte=days[0]).values_list("day", "uses")
    )
    most = max(counted.values(), default=0)
    return {
        "days": [(day, counted.get(day, 0), round(100 * counted.get(day, 0) / most) if most else 0) for day in days],
        "sum": sum(counted.values()), "today": counted.get(today, 0), "quota": grant.quota_per_day,
    }  # fmt: skip


def _names(codes: set[str]) -> dict[str, str]:
    return {each.code: named(each) for each in Organisation.objects.filter(code__in=codes)}


def _person(username: str, organisation: str) -> str:
    return f"{who(username)} · {organisation}" if organisation else str(who(username))


def _value(value: object) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)

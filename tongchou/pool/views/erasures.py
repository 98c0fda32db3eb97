"""删除与保全: asking for an erasure, deciding it, seeing how far it is; legal holds; how long records are kept."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource
from tongchou.standards.errors import HouseError
from tongchou.web.templatetags.house import named, who

from .. import erasing, holding, retention
from ..actions import erasures as actions
from ..actions import holds as hold_actions
from ..erasure_rules import can_decide
from ..models import Erasure, LegalHold, RetentionRule


@requires("erasures.view")
@require_GET
def erasures(request: HttpRequest) -> HttpResponse:
    """Every erasure, newest first; no value of anybody is on these pages."""
    state = request.GET.get("state", "")
    found = Erasure.objects.filter(state=state) if state in Erasure.State.values else Erasure.objects.all()
    shown = {
        "page": Paginator(found, 50).get_page(request.GET.get("page")), "state": state,
        "states": Erasure.State.choices, "may_ask": actor_of(request).may("erasures.ask"),
        "waiting": Erasure.objects.filter(state=Erasure.State.ASKED).count(),
    }  # fmt: skip
    return render(request, "pool/erasures/list.html", shown)


@requires("erasures.ask")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for an erasure by the subject's id."""
    error, asked = None, request.POST
    if request.method == "POST":
        try:
            made = actions.ask(
                by=actor_of(request), subject_id=asked.get("subject_id", "").strip(),
                ground=asked.get("ground", ""), reason=asked.get("reason", ""),
            )  # fmt: skip
            messages.success(request, _("已提交，待另一位人员复核。"))
            return HttpResponseRedirect(reverse("pool:erasure", args=[made.number]))
        except HouseError as refusal:
            error = refusal
    grounds = [each for each in Erasure.Ground.choices if each[0] != Erasure.Ground.RETENTION]
    shown = {
        "error": error, "grounds": grounds, "ground": asked.get("ground", ""), "reason": asked.get("reason", ""),
        "subject_id": asked.get("subject_id", request.GET.get("subject", "")),
    }  # fmt: skip
    return render(request, "pool/erasures/new.html", shown, status=400 if error else 200)


@requires("erasures.view")
@require_GET
def erasure(request: HttpRequest, number: str) -> HttpResponse:
    """One erasure: why, how many records of which resources, how far it is."""
    return _one(request, get_object_or_404(Erasure, number=number), None)


def _one(request: HttpRequest, found: Erasure, error: HouseError | None) -> HttpResponse:
    by = actor_of(request)
    titles = {each.code: each for each in Resource.objects.filter(code__in=list(found.records))}
    open_states = (Erasure.State.ASKED, Erasure.State.HELD)
    shown = {
        "found": found, "error": error,
        "records": [(titles.get(code), code, count) for code, count in found.records.items()],
        "steps": [(step.label, found.steps.get(step.name)) for step in erasing.steps()],
        "progress": _progress(found),
        "may_decide": found.state in open_states and by.may("erasures.decide")
        and can_decide(by.username, found.asked_by),
        "may_withdraw": found.state in open_states and by.may("erasures.ask"),
        "may_readmit": found.state == Erasure.State.DONE and found.readmitted_at is None and by.may("erasures.decide"),
        "held_by": holding.on([found.subject_id], list(found.records)) if found.state in open_states else (),
    }  # fmt: skip
    return render(request, "pool/erasures/one.html", shown, status=400 if error else 200)


def _progress(found: Erasure) -> list[dict[str, object]]:
    """How far it is, for the stepper: asked for, decided by another, removed place by place, over."""
    state, places = found.state, list(erasing.steps())
    over = state in (Erasure.State.DONE, Erasure.State.REFUSED, Erasure.State.WITHDRAWN)
    agreed = bool(found.decided_by) and state != Erasure.State.REFUSED
    done = sum(step.name in found.steps for step in places)
    steps: list[dict[str, object]] = [
        {"label": _("申请"), "state": "done", "note": _signed(found.asked_by, found.asked_at)},
        {
            "label": _("另一人复核"), "state": "done" if found.decided_by else "next" if over else "now",
            "note": _signed(found.decided_by, found.decided_at) if found.decided_by else "",
        },
    ]  # fmt: skip
    if agreed or not over:
        removed = f"{done} / {len(places)}" if agreed else ""
        state_now = "done" if state == Erasure.State.DONE else "now" if agreed else "next"
        steps.append({"label": _("逐处删除"), "state": state_now, "note": removed})
    end = found.get_state_display() if over else _("已删除")
    ended = found.finished_at and timezone.localtime(found.finished_at).strftime("%Y-%m-%d %H:%M")
    steps.append({"label": end, "state": "done" if over else "next", "note": ended or ""})
    return steps


def _signed(username: str, at: datetime | None) -> str:
    when = timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""
    return f"{who(username)} · {when}"


@requires("erasures.decide")
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Agree, or refuse."""
    found = get_object_or_404(Erasure, number=number)
    agree = request.POST.get("verdict") == "agree"
    try:
        actions.decide(
            by=actor_of(request), number=number, agree=agree, opinion=request.POST.get("opinion", "")
        )
    except HouseError as refusal:
        return _one(request, found, refusal)
    messages.success(request, _("已同意，正在删除。") if agree else _("已不予删除。"))
    return HttpResponseRedirect(reverse("pool:erasure", args=[number]))


@requires("erasures.ask")
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take back what nobody has agreed to."""
    found = get_object_or_404(Erasure, number=number)
    try:
        actions.withdraw(by=actor_of(request), number=number)
    except HouseError as refusal:
        return _one(request, found, refusal)
    return HttpResponseRedirect(reverse("pool:erasure", args=[number]))


@requires("erasures.decide")
@require_POST
def readmit(request: HttpRequest, number: str) -> HttpResponse:
    """Let whoever was erased come in again."""
    found = get_object_or_404(Erasure, number=number)
    try:
        actions.readmit(by=actor_of(request), number=number, reason=request.POST.get("reason", ""))
    except HouseError as refusal:
        return _one(request, found, refusal)
    messages.success(request, _("已恢复接收，下一批次起生效。"))
    return HttpResponseRedirect(reverse("pool:erasure", args=[number]))


@requires("erasures.view")
@require_GET
def holds(request: HttpRequest) -> HttpResponse:
    """Legal holds: in force, and past."""
    return _holds(request, None)


def _holds(request: HttpRequest, error: HouseError | None) -> HttpResponse:
    shown = {
        "page": Paginator(LegalHold.objects.all(), 50).get_page(request.GET.get("page")), "error": error,
        "in_force": set(holding.in_force().values_list("pk", flat=True)),
        "may_manage": actor_of(request).may("holds.manage"), "asked": request.POST,
        "resources": Resource.objects.order_by("code"),
    }  # fmt: skip
    return render(request, "pool/erasures/holds.html", shown, status=400 if error else 200)


@requires("holds.manage")
@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Protect a subject or a resource."""
    asked = request.POST
    try:
        hold_actions.place(
            by=actor_of(request), basis=asked.get("basis", ""), subject_id=asked.get("subject_id", "").strip(),
            resource=asked.get("resource", ""), until=_day(asked.get("until", "")),
        )  # fmt: skip
    except HouseError as refusal:
        return _holds(request, refusal)
    messages.success(request, _("已登记保全。"))
    return HttpResponseRedirect(reverse("pool:holds"))


@requires("holds.manage")
@require_POST
def lift(request: HttpRequest, number: str) -> HttpResponse:
    """End a hold."""
    try:
        hold_actions.lift(by=actor_of(request), number=number, reason=request.POST.get("reason", ""))
    except HouseError as refusal:
        return _holds(request, refusal)
    return HttpResponseRedirect(reverse("pool:holds"))


@requires("erasures.view")
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """How long each resource's records are kept, and, of one that is asked for, what is over its time now."""
    found = list(RetentionRule.objects.all())
    resources = {
        each.code: each for each in Resource.objects.filter(code__in=[one.resource for one in found])
    }
    chosen = next((each for each in found if each.resource == request.GET.get("preview")), None)
    preview = None
    if chosen is not None:
        population = resources[chosen.resource].population if chosen.resource in resources else ""
        preview = retention.over(chosen, timezone.localdate(), population=population)
    shown = {
        "rules": [(each, resources.get(each.resource)) for each in found], "preview": preview,
        "preview_of": named(resources[chosen.resource]) if chosen and chosen.resource in resources else "",
        "begun": Erasure.objects.filter(ground=Erasure.Ground.RETENTION)[:20],
    }  # fmt: skip
    return render(request, "pool/erasures/retention.html", shown)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None

"""List and page of deliveries, their progress, and files handed in on screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Resource
from tongchou.pool.documents.leaving import KEPT_REFUSED_DAYS
from tongchou.web.templatetags.house import duration, labelled, share

from .. import kept, queries, rules
from ..actions import deliveries as actions
from ..actions import uploads
from ..models import Delivery, Mapping

PAGE_ROWS = 50


def _delivery(number: str) -> Delivery:
    return get_object_or_404(Delivery.objects.select_related("resource__organisation"), number=number)


def handles(by: Actor, resource: Resource) -> bool:
    """Whether the actor may run and see into this resource's deliveries."""
    return rules.can_handle(
        owner=resource.organisation.code, organisation=by.organisation, steward=queries.is_steward(by)
    )


def organisation_chosen(request: HttpRequest) -> str:
    """The department a list is narrowed to: the one chosen, at first one's own; "" (all) for stewards and when chosen."""
    actor = actor_of(request)
    own = "" if queries.is_steward(actor) else actor.organisation
    return request.GET.get(
        "organisation", own if Organisation.objects.filter(code=own, resources__isnull=False).exists() else ""
    )


@requires("gather.view")
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Deliveries, newest first, with filters."""
    chosen = {name: request.GET.get(name, "") for name in ("state", "resource")}
    chosen["organisation"] = organisation_chosen(request)
    text = request.GET.get("q", "").strip()
    page = Paginator(queries.deliveries(text=text, **chosen), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "gather/deliveries.html",
        {
            "page": page,
            "q": text,
            "chosen": chosen,
            "states": Delivery.State.choices,
            "owners": queries.owners_of_deliveries(),
            "health": queries.health(),
        },
    )


#: What the phases of the pipeline are called on screen.
PHASES = {
    "take": _("保存原件"),
    "read": _("读取"),
    "shape": _("对应字段"),
    "standardise": _("标准化"),
    "check": _("检查"),
    "divide": _("分拣"),
    "resemble": _("核对各列"),
    "append": _("入库"),
}


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 100.0


def _quality(delivery: Delivery, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Each field's share of filled values, and of those that passed its check, worst first."""
    rows = []
    for name, counts in delivery.quality.items():
        filled, failed = delivery.rows_read - counts.get("empty", 0), counts.get("failed", 0)
        rows.append(
            {
                "name": name,
                "label": labels.get(name, name),
                "filled": _percent(filled, delivery.rows_read),
                # Not less than nothing: older deliveries counted what fails and leaves no value as empty, too.
                "passing": max(0.0, _percent(filled - failed, filled)),
            }
        )
    return sorted(rows, key=lambda row: (row["passing"], row["filled"]))


def labels_of(resource: Resource) -> dict[str, str]:
    """Field name → label in the reader's language."""
    return {field.name: labelled(field) for field in resource.fields.all()}


def _detail(request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
    actor = actor_of(request)
    mine = handles(actor, delivery.resource)
    labels = labels_of(delivery.resource)
    quality = _quality(delivery, labels)
    rate, left = queries.rate_of(delivery), queries.seconds_left(delivery)
    note = f"{delivery.done:,} / {delivery.total:,}" if delivery.total else f"{delivery.done:,}"
    if rate:
        note += " · " + gettext("%s 行/秒") % f"{rate:,}"
    if left is not None:
        note += " · " + gettext("还需 %s") % duration(left)
    return {
        "delivery": delivery,
        "labels": labels,
        "kept_share": share(delivery.rows_kept, delivery.rows_read),
        "phase_label": PHASES.get(delivery.phase, delivery.phase or gettext("准备")),
        "progress_note": note,
        "found": kept.found(delivery),
        "refused_days": KEPT_REFUSED_DAYS,
        "quality": [row for row in quality if min(row["filled"], row["passing"]) < 100],
        "flawless": [row["label"] for row in quality if min(row["filled"], row["passing"]) >= 100],
        "mine": mine,
        "may_run": mine and actor.may("gather.run"),
        "may_open_rows": mine and actor.may("gather.quarantine"),
        "may_cancel": rules.can_transition(delivery.state, "cancel"),
        "may_retry": rules.can_transition(delivery.state, "retry"),
        "is_held": rules.can_transition(delivery.state, "release"),
        "may_release": actor.may("gather.release"),
        "moved": [
            {**each, "own": round(100 * each["own"]), "other": round(100 * each["other"])}
            for each in delivery.error.get("moved", ())
        ],
        "percent": round(100 * delivery.done / delivery.total) if delivery.total else None,
        "rate": rate,
    }


@requires("gather.view")
def delivery_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One delivery: counts, quality of each field, why rows were set aside."""
    return render(request, "gather/delivery.html", _detail(request, _delivery(number)))


@requires("gather.view")
def delivery_progress(request: HttpRequest, number: str) -> HttpResponse:
    """The part of a delivery's page that follows its progress; reloads the page when it has ended."""
    delivery = _delivery(number)
    answer = render(request, "gather/progress.html", _detail(request, delivery))
    if delivery.state not in (Delivery.State.WAITING, Delivery.State.RUNNING):
        answer["HX-Refresh"] = "true"
    return answer


def _moved_on(request: HttpRequest, number: str, move: Callable[..., Delivery], said: str) -> HttpResponse:
    """Move a delivery on, say so, and show it."""
    delivery = move(by=actor_of(request), delivery=_delivery(number))
    messages.success(request, said)
    return HttpResponseRedirect(reverse("gather:delivery", args=[delivery.number]))


@requires("gather.run")
@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Take a waiting delivery out of the queue."""
    return _moved_on(request, number, actions.cancel, gettext("批次已取消。"))


@requires("gather.run")
@require_POST
def retry(request: HttpRequest, number: str) -> HttpResponse:
    """Queue a failed delivery again."""
    return _moved_on(request, number, actions.retry, gettext("批次已重新排队。"))


@requires("gather.release")
@require_POST
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Take a held delivery in as it is."""
    return _moved_on(request, number, actions.release, gettext("批次已放行，正在排队入库。"))


@requires("gather.release")
@require_POST
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """Refuse a held delivery."""
    return _moved_on(request, number, actions.refuse, gettext("批次已退回，没有任何一行入库。"))


@requires("gather.run")
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """Hand in a file for a resource."""
    mapping = get_object_or_404(
        Mapping.objects.select_related("resource__organisation", "source"), resource__code=code
    )
    file = request.FILES.get("file")
    error = ""
    if request.method == "POST" and file is None:
        error = gettext("请选择一个文件。")
    elif request.method == "POST" and file is not None:
        delivery = uploads.upload(
            by=actor_of(request), mapping=mapping, name=file.name or "", chunks=file.chunks()
        )
        messages.success(request, _("文件已收到，正在排队处理。"))
        return HttpResponseRedirect(reverse("gather:delivery", args=[delivery.number]))
    return render(
        request,
        "gather/upload.html",
        {
            "mapping": mapping,
            "resource": mapping.resource,
            "error": error,
            "endings": uploads.ENDINGS,
            "mine": handles(actor_of(request), mapping.resource),
            "fields": [
                (field, mapping.columns.get(field.name) or [field.name])
                for field in mapping.resource.fields.all()
            ],
        },
    )


@requires("gather.view")
def panel(request: HttpRequest, code: str) -> HttpResponse:
    """The latest deliveries of a resource, on its page in the catalogue."""
    resource = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    actor = actor_of(request)
    return render(
        request,
        "gather/panel.html",
        {
            "resource": resource,
            "deliveries": queries.deliveries(resource=code)[:8],
            "mapping": Mapping.objects.filter(resource=resource).select_related("source").first(),
            "may_run": handles(actor, resource) and actor.may("gather.run"),
        },
    )

"""Exports: the list, asking for one, its progress, fetching it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError
from tongchou.web.templatetags.house import duration, labelled

from .. import erased_rows, holdings
from ..actions import batch
from ..forms_bulk import ExportForm
from ..models import Export, Purpose
from ..queries import bulk as queries


@requires("exchange.export")
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """The exports of the reader's organisation, and those of its resources."""
    by = actor_of(request)
    found = queries.exports(by)
    state = request.GET.get("state", "")
    if state in Export.State.values:
        found = found.filter(state=state)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return render(
        request,
        "exchange/exports.html",
        {
            "page": page,
            "state": state,
            "states": Export.State.choices,
            "may_ask": bool(holdings.held(by, "batch")),
        },
    )


@requires("exchange.export")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a file: which grant, which fields, in which form, how many rows it would have."""
    by = actor_of(request)
    form = ExportForm(
        request.POST or None, by=by, chosen=request.POST.get("grant") or request.GET.get("grant", "")
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = batch.export(
                by=by, grant=said["grant"], purpose=said["purpose"], format=said["format"], fields=said["columns"],
                valid_on=said["valid_on"], via="screen",
            )  # fmt: skip
        except HouseError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("已开始导出；离开此页也会继续。"))
            return HttpResponseRedirect(reverse("exchange:export", args=[made.number]))
    masks = {each.name: each.mask for each in form.holding.fields} if form.holding else {}
    shown = {"form": form, "masks": masks, "kept_days": settings.EXPORT_DAYS}
    return render(request, "exchange/export_new.html", shown, status=400 if form.errors else 200)


@requires("exchange.export")
@require_POST
def estimate(request: HttpRequest) -> HttpResponse:
    """How many rows a file would have, as a fragment of the form."""
    form = ExportForm(request.POST, by=actor_of(request), chosen=request.POST.get("grant", ""))
    rows, said = None, ""
    if form.chosen is None or not request.POST.get("purpose"):
        said = gettext("请先选择授权和用途。")
    else:
        form.is_valid()
        try:
            rows = batch.estimate(
                by=actor_of(request), grant=form.chosen.number, purpose=request.POST["purpose"],
                valid_on=form.cleaned_data.get("valid_on"),
            ).rows  # fmt: skip
        except HouseError as refusal:
            said = refusal.what.say(request.LANGUAGE_CODE)
    if rows is not None:
        said = ngettext("约 %s 行", "约 %s 行", rows) % f"{rows:,}"
    return render(request, "exchange/parts/estimate.html", {"said": said})


@requires("exchange.export")
@require_GET
def export(request: HttpRequest, number: str) -> HttpResponse:
    """One export: how far it is, what it holds, who fetched it."""
    return render(request, "exchange/export.html", _detail(request, number))


@requires("exchange.export")
@require_GET
def progress(request: HttpRequest, number: str) -> HttpResponse:
    """The part of the page that follows the progress; reloads the page at the end."""
    shown = _detail(request, number)
    answer = render(request, "exchange/parts/export_progress.html", shown)
    if not shown["export"].is_open:
        answer["HX-Refresh"] = "true"
    return answer


@requires("exchange.export")
@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Stop it."""
    get_object_or_404(queries.exports(actor_of(request)), number=number)
    batch.cancel(by=actor_of(request), number=number)
    messages.success(request, _("已取消导出。"))
    return HttpResponseRedirect(reverse("exchange:export", args=[number]))


@requires("exchange.export")
@require_POST
def delete(request: HttpRequest, number: str) -> HttpResponse:
    """Delete the file before its time."""
    get_object_or_404(queries.exports(actor_of(request)), number=number)
    batch.delete(by=actor_of(request), number=number)
    messages.success(request, _("文件已删除；导出记录保留。"))
    return HttpResponseRedirect(reverse("exchange:export", args=[number]))


@requires("exchange.export")
@require_POST
def download(request: HttpRequest, number: str) -> HttpResponse | StreamingHttpResponse:
    """Fetch the file; each time is on record."""
    get_object_or_404(queries.exports(actor_of(request)), number=number)
    file = batch.download(by=actor_of(request), number=number, via="screen")
    answer = StreamingHttpResponse(file.chunks, content_type=file.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer["Content-Length"] = str(file.size_bytes)
    answer["Cache-Control"] = "no-store"
    return answer


def _detail(request: HttpRequest, number: str) -> dict[str, Any]:
    by = actor_of(request)
    found = get_object_or_404(queries.exports(by), number=number)
    labels = {each.name: labelled(each) for each in found.resource.fields.all()}
    rate, left = queries.rate_of(found), queries.seconds_left(found)
    note = f"{found.done:,} / {found.total:,}" if found.total else ""
    if rate:
        note += " · " + gettext("%s 行/秒") % f"{rate:,}"
    if left is not None:
        note += " · " + gettext("还需 %s") % duration(left)
    return {
        "export": found,
        "purpose": Purpose.objects.filter(code=found.purpose).first(),
        "fields": [(name, labels.get(name, name)) for name in found.fields],
        "mine": queries.is_own(found, by),
        "percent": round(100 * found.done / found.total) if found.total else None,
        "progress_note": note,
        "rate": rate,
        "erased": erased_rows.beside(found),
    }

"""Screens of rows that were set aside."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.catalogue.models import Resource
from tongchou.gather.problems import RULES

from .. import quarantined
from ..actions import quarantine as actions
from ..models import Delivery
from ..queries import health, owners_of_deliveries
from .deliveries import handles, labels_of, organisation_chosen

PAGE_ROWS = 50


@requires("gather.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Why rows were set aside, over all deliveries: counts, rules and advice, no values."""
    chosen = {"resource": request.GET.get("resource", ""), "organisation": organisation_chosen(request)}
    resources = {one.code: one for one in Resource.objects.prefetch_related("fields")}
    labels = {code: labels_of(resource) for code, resource in resources.items()}
    rows: list[dict[str, Any]] = [
        {
            "reason": reason,
            "resource": resources.get(reason.resource),
            "label": labels.get(reason.resource, {}).get(reason.field, reason.field),
        }
        for reason in quarantined.reasons(
            resource=chosen["resource"], organisation="" if chosen["resource"] else chosen["organisation"]
        )
    ]
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    total = sum(row["reason"].rows for row in rows)
    context = {
        "page": page,
        "health": health(),
        "failures": total,
        "chosen": chosen,
        "resource": resources.get(chosen["resource"]),
        "owners": owners_of_deliveries(),
    }
    return render(request, "gather/quarantine.html", context)


@requires("gather.quarantine")
def rows(request: HttpRequest, number: str) -> HttpResponse:
    """The quarantined rows of a delivery: row numbers, fields, rules, advice; no values."""
    delivery = get_object_or_404(Delivery.objects.select_related("resource__organisation"), number=number)
    page = max(1, int(request.GET.get("page", "1")) if request.GET.get("page", "1").isdigit() else 1)
    found = list(quarantined.rows_of(delivery, start=(page - 1) * PAGE_ROWS, limit=PAGE_ROWS + 1))
    return render(
        request,
        "gather/rows.html",
        {
            "delivery": delivery,
            "rows": [
                {
                    "row": one["row"],
                    "failures": [(f["field"], RULES.get(f["rule"]), f["rule"]) for f in one["failures"]],
                }
                for one in found[:PAGE_ROWS]
            ],
            "labels": labels_of(delivery.resource),
            "page": page,
            "previous": page - 1,
            "next": page + 1,
            "more": len(found) > PAGE_ROWS,
            "mine": handles(actor_of(request), delivery.resource),
        },
    )


@requires("gather.quarantine")
def row(request: HttpRequest, number: str, row: int) -> HttpResponse:
    """One quarantined row whole; opening it is on the ledger."""
    record = actions.open_row(by=actor_of(request), number=number, row=row)
    delivery = get_object_or_404(Delivery.objects.select_related("resource"), number=number)
    failures = [(f["field"], RULES.get(f["rule"]), f["rule"]) for f in record["failures"]]
    labels = labels_of(delivery.resource)
    columns = delivery.resource.mapping.columns
    wrong = {heading for field, _, _ in failures for heading in columns.get(field, [])}
    return render(
        request,
        "gather/row.html",
        {
            "delivery": delivery,
            "row": record["row"],
            "cells": [(heading, text, heading in wrong) for heading, text in record["raw"].items()],
            "failures": [(labels.get(field, field), rule, code) for field, rule, code in failures],
        },
    )


@requires("gather.quarantine")
@require_POST
def send_back(request: HttpRequest, number: str) -> HttpResponse:
    """The quarantined rows as a CSV for their department; on the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "rows.csv"
        actions.send_back(by=actor_of(request), number=number, target=target)
        answer = HttpResponse(target.read_bytes(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{number}-quarantine.csv"'
    return answer

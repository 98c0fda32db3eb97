"""Reads for screens, interfaces and the command line."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Max, QuerySet, Sum

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Resource
from tongchou.standards.plans import FieldPlan, ResourcePlan

from .models import Delivery, Mapping, Source


def is_steward(by: Actor) -> bool:
    """Whether the actor acts for the bureau (or is the house itself) and so handles every department's data."""
    if by.role == "house":
        return True
    return Organisation.objects.filter(code=by.organisation, kind=Organisation.Kind.BUREAU).exists()


def plan_of(mapping: Mapping) -> ResourcePlan:
    """The mapping and its resource as the data plane knows them."""
    resource = mapping.resource
    fields = tuple(
        FieldPlan(
            name=field.name,
            element=field.element,
            columns=tuple(mapping.columns.get(field.name) or [field.name]),
            required=field.required,
            on_failure="keep" if field.on_failure == "keep" else "quarantine",
            code_list=field.code_list or None,
        )
        for field in resource.fields.all()
    )
    return ResourcePlan(
        code=resource.code,
        fields=fields,
        key=tuple(resource.key),
        mode="increment" if mapping.mode == "increment" else "full",
        valid_from=mapping.valid_from or None,
        locator=dict(mapping.locator),
    )


def mappings(*, resources: Iterable[str] = (), source: str = "", pack: str = "") -> QuerySet[Mapping]:
    """Mappings narrowed by resource codes, source code or pack; all of them when nothing is named."""
    found = Mapping.objects.select_related("resource__organisation", "source").prefetch_related(
        "resource__fields"
    )
    codes = list(resources)
    if codes:
        found = found.filter(resource__code__in=codes)
    if source:
        found = found.filter(source__code=source)
    if pack:
        found = found.filter(resource__pack=pack)
    return found


def deliveries(
    *, state: str = "", resource: str = "", organisation: str = "", text: str = ""
) -> QuerySet[Delivery]:
    """Deliveries, newest first, narrowed by state, resource, owning organisation or part of a number or name."""
    found = Delivery.objects.select_related("resource__organisation")
    if state:
        found = found.filter(state=state)
    if resource:
        found = found.filter(resource__code=resource)
    if organisation:
        found = found.filter(resource__organisation__code=organisation)
    if text:
        found = (
            found.filter(number__icontains=text)
            | found.filter(resource__name__icontains=text)
            | found.filter(resource__code__icontains=text)
        )
    return found


def health() -> dict[str, int]:
    """Counts for the steward's desk: deliveries by state, rows kept and quarantined."""
    counts = dict(Delivery.objects.order_by().values_list("state").annotate(Count("id")))
    rows = Delivery.objects.filter(state="done").aggregate(kept=Sum("rows_kept"), bad=Sum("rows_quarantined"))
    return {
        **{state: int(counts.get(state, 0)) for state in Delivery.State.values},
        "in_work": int(counts.get("running", 0)) + int(counts.get("waiting", 0)),
        "rows_kept": rows["kept"] or 0,
        "rows_quarantined": rows["bad"] or 0,
        "sources": Source.objects.count(),
        "resources": Resource.objects.count(),
    }


def latest_delivery_of(resource: Resource) -> Delivery | None:
    """The latest finished delivery of a resource."""
    return resource.deliveries.filter(state=Delivery.State.DONE).order_by("-id").first()


def latest_delivery_by_resource() -> dict[str, Delivery]:
    """Resource code → its latest finished delivery."""
    newest = Delivery.objects.filter(state="done").order_by().values("resource").annotate(last=Max("id"))
    rows = Delivery.objects.filter(id__in=[row["last"] for row in newest]).select_related("resource")
    return {delivery.resource.code: delivery for delivery in rows}


def failures_of(source: Source) -> QuerySet[Delivery]:
    """The failed deliveries of a source that nobody has tried again or cancelled, oldest first."""
    failed = Delivery.objects.filter(source_code=source.code, state=Delivery.State.FAILED)
    return failed.select_related("resource").order_by("id")


def sources() -> list[dict[str, object]]:
    """Every source with its owner, resources, latest delivery and rows kept."""
    latest = latest_delivery_by_resource()
    found = []
    for source in Source.objects.select_related("organisation").prefetch_related("mappings__resource"):
        last = [latest[m.resource.code] for m in source.mappings.all() if m.resource.code in latest]
        found.append(
            {
                "source": source,
                "resources": source.mappings.count(),
                "latest": max(last, key=lambda delivery: delivery.id, default=None),
                "failed": Delivery.objects.filter(source_code=source.code, state="failed").count(),
            }
        )
    return found


def owners_of_deliveries() -> QuerySet[Organisation]:
    """Organisations whose resources have been delivered."""
    return Organisation.objects.filter(resources__deliveries__isnull=False).distinct().order_by("code")


def rate_of(delivery: Delivery) -> int | None:
    """Rows per second of a running delivery, or on the whole of a finished one; None before it has begun."""
    if delivery.started_at is None:
        return None
    end = delivery.finished_at or delivery.heartbeat_at or delivery.started_at
    seconds = (end - delivery.started_at).total_seconds()
    rows = delivery.rows_read or delivery.done
    return round(rows / seconds) if seconds > 0 else None


def seconds_left(delivery: Delivery) -> int | None:
    """Seconds a running delivery will need for the phase it is in; None when that is not known."""
    rate = rate_of(delivery)
    if delivery.state != Delivery.State.RUNNING or not rate or not delivery.total:
        return None
    return max(0, round((delivery.total - delivery.done) / rate))

"""What this room contributes to a resource's page in the catalogue: its source, its layers, its deliveries."""

from __future__ import annotations

from django.urls import reverse

from tongchou.catalogue import lineage
from tongchou.catalogue.lineage import Node, Panel
from tongchou.catalogue.models import Resource
from tongchou.standards.text import Text

from .models import Mapping
from .queries import latest_delivery_of


def source_nodes(resource: Resource) -> list[Node]:
    """The source that delivers the resource."""
    mapping = Mapping.objects.filter(resource=resource).select_related("source__organisation").first()
    if mapping is None:
        return []
    source = mapping.source
    mode = {"full": Text("全量", "full"), "increment": Text("增量", "increments")}[mapping.mode]
    return [
        Node(
            Text(source.name, source.name_en or source.name),
            Text(f"{source.connector} · {mode.zh}", f"{source.connector} · {mode.en}"),
            reverse("gather:source", args=[source.code]),
        )
    ]


def layer_nodes(resource: Resource) -> list[Node]:
    """The layers the resource's rows have reached: as delivered, standardised, and base when they are linked."""
    latest = latest_delivery_of(resource)
    if latest is None:
        return []
    url = reverse("gather:delivery", args=[latest.number])
    nodes = [
        Node(
            Text("贴源", "Raw"),
            Text(
                f"{latest.rows_read:,} 行 · {latest.delivered_on}",
                f"{latest.rows_read:,} rows · {latest.delivered_on}",
            ),
            url,
        ),
        Node(
            Text("标准", "Standard"),
            Text(
                f"合格 {latest.rows_kept:,} · 问题 {latest.rows_quarantined:,}",
                f"{latest.rows_kept:,} kept · {latest.rows_quarantined:,} set aside",
            ),
            url,
        ),
    ]
    if resource.population:
        nodes.append(Node(Text("基础", "Base"), Text(resource.population, resource.population)))
    return nodes


DELIVERIES = Panel(Text("最近批次", "Latest deliveries"), "gather:panel", "gather.view", 10)


def register() -> None:
    """Fill in the room's stages and its panel; called before the picture is drawn."""
    lineage.contribute("source", source_nodes)
    lineage.contribute("layers", layer_nodes)
    lineage.add_panel(DELIVERIES)

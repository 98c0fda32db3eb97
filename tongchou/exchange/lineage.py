"""What this room contributes to a resource's page in the catalogue: who uses it, and its preview."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from tongchou.catalogue import lineage
from tongchou.catalogue.lineage import Node, Panel
from tongchou.catalogue.models import Resource
from tongchou.standards.text import Text

#: More users than this are counted, not named.
MOST_NAMED = 5


def user_nodes(resource: Resource) -> list[Node]:
    """The holders of live grants on the resource."""
    grants = list(
        resource.grants.filter(state="live", until__gte=timezone.localdate()).select_related(
            "organisation", "role"
        )
    )
    nodes = [
        Node(
            Text(grant.organisation.name, grant.organisation.name_en or grant.organisation.name),
            Text(
                f"{grant.role.name} · 至 {grant.until}",
                f"{grant.role.name_en or grant.role.name} · until {grant.until}",
            ),
            reverse("exchange:grant", args=[grant.number]),
        )
        for grant in grants[:MOST_NAMED]
    ]
    if len(grants) > MOST_NAMED:
        more = len(grants) - MOST_NAMED
        nodes.append(
            Node(Text(f"另有 {more} 项授权", f"{more} more grants"), Text("", ""), reverse("exchange:grants"))
        )
    return nodes


ASKING = Panel(Text("申请与持有", "Asking and holding"), "exchange:ask_panel", "requests.view", 3)
PREVIEW = Panel(Text("脱敏预览", "Masked preview"), "exchange:preview", "catalogue.view", 5)


def register() -> None:
    """Fill in the room's stage and its panels; called before the picture is drawn."""
    lineage.contribute("users", user_nodes)
    lineage.add_panel(PREVIEW)
    lineage.add_panel(ASKING)

"""What this room contributes to a resource's page in the catalogue: what a theme is made of, and in which themes it is."""

from __future__ import annotations

from django.urls import reverse

from tongchou.catalogue import lineage
from tongchou.catalogue.lineage import Node
from tongchou.catalogue.models import Resource
from tongchou.standards.text import Text

from .models import Theme
from .themes.declared import origin_of, sources


def source_nodes(resource: Resource) -> list[Node]:
    """Of a theme: the base library and the resources it draws on."""
    theme = Theme.objects.filter(code=resource.code).first()
    if theme is None:
        return []
    held = [origin_of(str(each.get("from", ""))) for each in theme.spec.get("columns") or ()]
    based = [each.field for each in held if each is not None and not each.resource]
    nodes = []
    if based:
        count = Text(f"{len(based)} 项", f"{len(based)} attributes")
        nodes.append(Node(Text(f"基础库 {theme.population}", f"Base library {theme.population}"), count))
    for each in (
        Resource.objects.select_related("organisation").filter(code__in=sources(theme.spec)).order_by("code")
    ):
        owner = each.organisation
        nodes.append(
            Node(
                Text(each.name, each.name_en or each.name), Text(owner.name, owner.name_en or owner.name),
                reverse("catalogue:resource", args=[each.code]),
            )
        )  # fmt: skip
    return nodes


def layer_nodes(resource: Resource) -> list[Node]:
    """Of a theme: when it was derived. Of any resource: the themes it is in."""
    nodes = []
    themes = list(Theme.objects.all())
    own = next((each for each in themes if each.code == resource.code), None)
    if own is not None:
        title = Text("主题", "Theme") if own.population else Text("专题统计", "Mart")
        if own.derived_at is None:
            nodes.append(Node(title, Text("尚未生成", "not derived yet")))
        else:
            day = f"{own.derived_at:%Y-%m-%d}"
            nodes.append(Node(title, Text(f"{own.rows:,} 行 · {day}", f"{own.rows:,} rows · {day}")))
    names = dict(Resource.objects.filter(code__in=[each.code for each in themes]).values_list("code", "name"))
    english = dict(Resource.objects.filter(code__in=list(names)).values_list("code", "name_en"))
    for each in themes:
        if resource.code in sources(each.spec) and each.code in names:
            label = Text(names[each.code], english[each.code] or names[each.code])
            nodes.append(
                Node(label, Text("主题库", "theme"), reverse("catalogue:resource", args=[each.code]))
            )
    return nodes


def register() -> None:
    """Fill in the room's stages; called before the picture is drawn."""
    lineage.contribute("source", source_nodes)
    lineage.contribute("layers", layer_nodes)

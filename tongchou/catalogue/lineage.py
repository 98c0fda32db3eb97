"""The lineage picture (source → resource → layers → users) and the panels of a resource's page.

The catalogue knows only its own stage. Rooms above contribute theirs: `contribute(stage, function)` where
`function(resource)` gives the nodes of that stage, and `add_panel` for what they show below on the page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tongchou.standards import hooks
from tongchou.standards.text import Text

from .models import Resource

#: The stages from left to right.
STAGES: dict[str, Text] = {
    "source": Text("数据源", "Source"),
    "resource": Text("信息资源", "Resource"),
    "layers": Text("数据层", "Layers"),
    "users": Text("使用方", "Users"),
}


@dataclass(frozen=True)
class Node:
    """One box of the picture: its title, a line below it, and where it leads (empty for nowhere)."""

    title: Text
    detail: Text
    url: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of a resource's page that a room above fills, loaded by htmx from url_name(code)."""

    title: Text
    url_name: str
    permission: str
    order: int


Contribution = Callable[[Resource], list[Node]]

_contributions: dict[str, list[Contribution]] = {stage: [] for stage in STAGES}
_panels: list[Panel] = []


def contribute(stage: str, function: Contribution) -> None:
    """Let a room above fill in a stage; named in its AppConfig.ready()."""
    if function not in _contributions[stage]:
        _contributions[stage].append(function)


def add_panel(panel: Panel) -> None:
    """Let a room above show a panel; named in its AppConfig.ready()."""
    if panel not in _panels:
        _panels.append(panel)


def panels() -> list[Panel]:
    """The panels in their order on the page."""
    hooks.settle(__name__)
    return sorted(_panels, key=lambda panel: panel.order)


def lineage(resource: Resource) -> list[tuple[Text, list[Node]]]:
    """The picture of one resource: each stage with its nodes."""
    hooks.settle(__name__)
    own = Node(Text(resource.name, resource.name_en or resource.name), Text(resource.code, resource.code))
    found = []
    for stage, label in STAGES.items():
        nodes = [node for function in _contributions[stage] for node in function(resource)]
        found.append((label, [own, *nodes] if stage == "resource" else nodes))
    return found


OFFERS = Panel(
    Text("可以用什么回报", "What could be given in return"), "catalogue:offers", "catalogue.register", 30
)

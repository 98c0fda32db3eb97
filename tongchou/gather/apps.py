"""Registration of the room with Django."""

from django.apps import AppConfig


class GatherConfig(AppConfig):
    name = "tongchou.gather"
    label = "gather"
    verbose_name = "数据归集"

    def ready(self) -> None:
        from tongchou.catalogue import lineage as catalogue
        from tongchou.ledger import events
        from tongchou.web import navigation

        from . import desks, forgetting, lineage
        from .events import EVENTS
        from .navigation import ENTRIES

        events.declare(*EVENTS)
        navigation.register(ENTRIES)
        desks.register()
        forgetting.register()
        catalogue.contribute("source", lineage.source_nodes)
        catalogue.contribute("layers", lineage.layer_nodes)
        catalogue.add_panel(lineage.DELIVERIES)

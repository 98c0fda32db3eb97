"""Registration of the room with Django."""

from django.apps import AppConfig


class PoolConfig(AppConfig):
    name = "tongchou.pool"
    label = "pool"
    verbose_name = "数据池"

    def ready(self) -> None:
        from tongchou.catalogue import lineage as catalogue
        from tongchou.ledger.events import declare
        from tongchou.web import navigation

        from . import derived, desks, erasers, lineage
        from .documents import leaving
        from .events import EVENTS
        from .navigation import ENTRIES

        declare(*EVENTS.values())
        navigation.register(ENTRIES)
        catalogue.contribute("source", lineage.source_nodes)
        catalogue.contribute("layers", lineage.layer_nodes)
        desks.register()
        erasers.register()
        leaving.register()
        derived.register()

"""Registration of the room with Django."""

from django.apps import AppConfig


class GatherConfig(AppConfig):
    name = "tongchou.gather"
    label = "gather"
    verbose_name = "数据归集"

    def ready(self) -> None:
        from tongchou.ledger import events
        from tongchou.standards import hooks
        from tongchou.web import navigation

        from .events import EVENTS
        from .navigation import ENTRIES

        events.declare(*EVENTS)
        navigation.register(ENTRIES)
        hooks.later("tongchou.web.desks", "tongchou.gather.desks")
        hooks.later("tongchou.pool.erasing", "tongchou.gather.forgetting")
        hooks.later("tongchou.catalogue.lineage", "tongchou.gather.lineage")

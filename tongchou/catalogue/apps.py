"""Registration of the room with Django."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "tongchou.catalogue"
    label = "catalogue"
    verbose_name = "资源目录"

    def ready(self) -> None:
        from tongchou.ledger import events
        from tongchou.standards import hooks
        from tongchou.web import navigation

        from . import lineage
        from .events import EVENTS
        from .navigation import ENTRIES

        events.declare(*EVENTS)
        navigation.register(ENTRIES)
        hooks.later("tongchou.web.desks", "tongchou.catalogue.desks")
        lineage.add_panel(lineage.OFFERS)

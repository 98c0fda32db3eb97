"""Registration of the room with Django."""

from django.apps import AppConfig


class PoolConfig(AppConfig):
    name = "tongchou.pool"
    label = "pool"
    verbose_name = "数据池"

    def ready(self) -> None:
        from tongchou.ledger.events import declare
        from tongchou.standards import hooks
        from tongchou.web import navigation

        from .events import EVENTS
        from .navigation import ENTRIES

        declare(*EVENTS.values())
        navigation.register(ENTRIES)
        hooks.later("tongchou.catalogue.lineage", "tongchou.pool.lineage")
        hooks.later("tongchou.web.desks", "tongchou.pool.desks")
        for module in ("erasers", "documents.leaving", "derived"):
            hooks.later("tongchou.pool.erasing", f"tongchou.pool.{module}")

"""Registration of the room with Django."""

from django.apps import AppConfig


class PoolConfig(AppConfig):
    name = "tongchou.pool"
    label = "pool"
    verbose_name = "数据池"

    def ready(self) -> None:
        from tongchou.ledger.events import declare
        from tongchou.web import navigation

        from . import desks, erasers
        from .events import EVENTS
        from .navigation import ENTRIES

        declare(*EVENTS.values())
        navigation.register(ENTRIES)
        desks.register()
        erasers.register()

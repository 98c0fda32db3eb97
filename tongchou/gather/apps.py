"""Registration of the room with Django."""

from django.apps import AppConfig


class GatherConfig(AppConfig):
    name = "tongchou.gather"
    label = "gather"
    verbose_name = "数据归集"

    def ready(self) -> None:
        from tongchou.ledger.events import register

        from .events import EVENTS

        register(EVENTS)

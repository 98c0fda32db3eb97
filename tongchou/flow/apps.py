"""Registration of the room with Django."""

from django.apps import AppConfig


class FlowConfig(AppConfig):
    name = "tongchou.flow"
    label = "flow"
    verbose_name = "流程"

    def ready(self) -> None:
        from tongchou.ledger.events import declare

        from .events import EVENTS

        declare(*EVENTS)

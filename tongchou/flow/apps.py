"""Registration of the room with Django."""

from django.apps import AppConfig


class FlowConfig(AppConfig):
    name = "tongchou.flow"
    label = "flow"
    verbose_name = "流程"

    def ready(self) -> None:
        from tongchou.ledger.events import declare
        from tongchou.standards import hooks
        from tongchou.web import navigation

        from .events import EVENTS
        from .navigation import ENTRIES

        declare(*EVENTS)
        navigation.register(ENTRIES)
        hooks.later("tongchou.web.desks", "tongchou.flow.desks")

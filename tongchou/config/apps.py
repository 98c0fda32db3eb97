"""Registration of the shell with Django."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "tongchou.config"
    label = "config"
    verbose_name = "统筹"

    def ready(self) -> None:
        from tongchou.ledger import events

        from .events import EVENTS

        events.declare(*EVENTS)

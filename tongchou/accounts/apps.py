"""Registration of the room with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tongchou.accounts"
    label = "accounts"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        from tongchou.ledger import events
        from tongchou.standards import hooks
        from tongchou.web import navigation

        from .events import EVENTS
        from .navigation import ENTRIES

        events.declare(*EVENTS)
        navigation.register(ENTRIES)
        hooks.later("tongchou.web.desks", "tongchou.accounts.desks")

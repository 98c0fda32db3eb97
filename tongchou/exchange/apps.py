"""Registration of the room with Django."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "tongchou.exchange"
    label = "exchange"
    verbose_name = "数据交换"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from tongchou.catalogue import asking
        from tongchou.ledger.events import declare
        from tongchou.standards import hooks
        from tongchou.web import navigation

        from . import changes
        from .events import EVENTS
        from .navigation import ENTRIES

        declare(*EVENTS.values())
        post_migrate.connect(changes.install_after_migrations, sender=self)
        navigation.register(ENTRIES)
        for registry, module in (
            ("flow.effects", "deciding"), ("flow.effects", "disputes"), ("flow.effects", "enquiries"),
            ("flow.pages", "matters"), ("exchange.cases", "kinds"), ("pool.turns", "turned"),
            ("pool.erasing", "forgetting"), ("web.desks", "desks"), ("catalogue.lineage", "lineage"),
        ):  # fmt: skip
            hooks.later(f"tongchou.{registry}", f"tongchou.exchange.{module}")
        asking.lead_to("exchange:request_new")

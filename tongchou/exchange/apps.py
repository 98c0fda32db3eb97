"""Registration of the room with Django."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "tongchou.exchange"
    label = "exchange"
    verbose_name = "数据交换"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from tongchou.catalogue import asking
        from tongchou.catalogue import lineage as catalogue
        from tongchou.ledger.events import declare
        from tongchou.web import navigation

        from . import (
            changes,
            deciding,
            desks,
            disputes,
            enquiries,
            forgetting,
            kinds,
            lineage,
            matters,
            turned,
        )
        from .events import EVENTS
        from .navigation import ENTRIES

        declare(*EVENTS.values())
        post_migrate.connect(changes.install_after_migrations, sender=self)
        deciding.register()
        navigation.register(ENTRIES)
        desks.register()
        kinds.register()
        disputes.register()
        enquiries.register()
        turned.register()
        matters.register()
        forgetting.register()
        catalogue.contribute("users", lineage.user_nodes)
        catalogue.add_panel(lineage.PREVIEW)
        catalogue.add_panel(lineage.ASKING)
        asking.lead_to("exchange:request_new")

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The ledger as a Django application; it owns tables but no screens."""

    name = "tongchou.ledger"
    label = "ledger"
    verbose_name = "存证账本"
    default_auto_field = "django.db.models.BigAutoField"

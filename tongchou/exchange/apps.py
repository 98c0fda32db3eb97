"""Registration of the room with Django."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "tongchou.exchange"
    label = "exchange"
    verbose_name = "数据交换"

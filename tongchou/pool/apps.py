"""Registration of the room with Django."""

from django.apps import AppConfig


class PoolConfig(AppConfig):
    name = "tongchou.pool"
    label = "pool"
    verbose_name = "数据池"

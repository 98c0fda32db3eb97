"""Registration of the room with Django."""

from django.apps import AppConfig


class GatherConfig(AppConfig):
    name = "tongchou.gather"
    label = "gather"
    verbose_name = "数据归集"

"""Registration of the room with Django."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "tongchou.catalogue"
    label = "catalogue"
    verbose_name = "资源目录"

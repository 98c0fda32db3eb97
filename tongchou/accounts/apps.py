"""Registration of the room with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tongchou.accounts"
    label = "accounts"
    verbose_name = "机构与人员"

"""Entry point of the gateway as a process of its own (granian, ASGI): `tongchou gateway`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.config.settings")
django.setup()

from tongchou.exchange.gateway.application import Gateway  # noqa: E402 – Django must be set up first

application = Gateway()

"""Routes of flows."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "flow"
urlpatterns: list[URLPattern] = []

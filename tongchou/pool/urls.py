"""Routes of the pool."""

from __future__ import annotations

from django.urls import path

from .views import home, library

app_name = "pool"

urlpatterns = [
    path("pool/", home.home, name="home"),
    path("pool/runs/", home.runs, name="runs"),
    path("pool/runs/<int:number>/", home.run, name="run"),
    path("pool/populations/<str:code>/link/", home.link, name="link"),
    path("pool/base/<str:code>/", library.library, name="library"),
]

"""Routes of the pool."""

from __future__ import annotations

from django.urls import path

from .views import candidates, home

app_name = "pool"

urlpatterns = [
    path("pool/", home.home, name="home"),
    path("pool/runs/", home.runs, name="runs"),
    path("pool/runs/<int:number>/", home.run, name="run"),
    path("pool/candidates/", candidates.candidates, name="candidates"),
    path("pool/candidates/<int:number>/", candidates.candidate, name="candidate"),
    path("pool/candidates/<int:number>/decide/", candidates.decide, name="decide_candidate"),
    path("pool/populations/<str:code>/link/", home.link, name="link"),
]

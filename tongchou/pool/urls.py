"""Routes of the pool."""

from __future__ import annotations

from django.urls import path

from .views import candidates, erasures, home, library

app_name = "pool"

urlpatterns = [
    path("pool/", home.home, name="home"),
    path("pool/runs/", home.runs, name="runs"),
    path("pool/runs/<int:number>/", home.run, name="run"),
    path("erasures/", erasures.erasures, name="erasures"),
    path("erasures/new/", erasures.new, name="erasure_new"),
    path("erasures/<str:number>/", erasures.erasure, name="erasure"),
    path("erasures/<str:number>/decide/", erasures.decide, name="erasure_decide"),
    path("erasures/<str:number>/withdraw/", erasures.withdraw, name="erasure_withdraw"),
    path("erasures/<str:number>/readmit/", erasures.readmit, name="erasure_readmit"),
    path("holds/", erasures.holds, name="holds"),
    path("holds/place/", erasures.place, name="hold_place"),
    path("holds/<str:number>/lift/", erasures.lift, name="hold_lift"),
    path("retention/", erasures.rules, name="retention"),
    path("pool/candidates/", candidates.candidates, name="candidates"),
    path("pool/candidates/<int:number>/", candidates.candidate, name="candidate"),
    path("pool/candidates/<int:number>/decide/", candidates.decide, name="decide_candidate"),
    path("pool/populations/<str:code>/link/", home.link, name="link"),
    path("pool/base/<str:code>/", library.library, name="library"),
]

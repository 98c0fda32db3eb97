"""Routes of the exchange, its interface among them."""

from __future__ import annotations

from django.urls import path

from .api import routes
from .views import balances, grants, judging, ledger, previews, subjects

app_name = "exchange"

urlpatterns = [
    path("search/", subjects.search, name="search"),
    path("purpose/", subjects.purpose, name="purpose"),
    path("dossiers/<str:subject_id>/", subjects.dossier, name="dossier"),
    path("dossiers/<str:subject_id>/reveal/", subjects.reveal, name="reveal"),
    path("dossiers/<str:subject_id>/accesses/", subjects.looked, name="looked"),
    path("pairs/", judging.pairs, name="pairs"),
    path("pairs/<int:number>/", judging.pair, name="pair"),
    path("pairs/<int:number>/judge/", judging.judged, name="judge"),
    path("judgements/<int:number>/withdraw/", judging.unjudged, name="unjudge"),
    path("preview/<str:code>/", previews.panel, name="preview"),
    path("grants/", grants.grants, name="grants"),
    path("grants/new/", grants.new, name="grant_new"),
    path("grants/<str:number>/", grants.grant, name="grant"),
    path("grants/<str:number>/withdraw/", grants.withdraw, name="grant_withdraw"),
    path("balance/", balances.board, name="balances"),
    path("balance/<str:code>/", balances.organisation, name="balance"),
    path("ledger/", ledger.entries, name="ledger"),
    path("ledger/heads/", ledger.heads, name="heads"),
    path("ledger/verify/", ledger.verify, name="verify"),
    path("ledger/<str:stream>/<int:seq>/", ledger.entry, name="entry"),
    path("ledger/<str:stream>/<int:seq>/receipt/", ledger.receipt, name="receipt"),
    path("api/v1/", routes()),
]

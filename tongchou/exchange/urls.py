"""Routes of the exchange, its interface among them."""

from __future__ import annotations

from django.urls import path

from .api import routes
from .views import auditing, grants, judging, ledger, log, previews, requests, subjects

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
    path("grants/<str:number>/change/", grants.change, name="grant_change"),
    path("grants/<str:number>/<str:what>/", grants.act, name="grant_act"),
    path("likeness/<str:code>/", grants.likeness, name="likeness"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/", requests.new, name="request_new"),
    path("requests/on/<str:code>/", requests.panel, name="ask_panel"),
    path("requests/<str:number>/", requests.one, name="request"),
    path("requests/<str:number>/decide/", requests.decide, name="request_decide"),
    path("requests/<str:number>/change/", requests.change, name="request_change"),
    path("requests/<str:number>/withdraw/", requests.withdraw, name="request_withdraw"),
    path("ledger/", ledger.entries, name="ledger"),
    path("ledger/heads/", ledger.heads, name="heads"),
    path("ledger/verify/", auditing.verify, name="verify"),
    path("ledger/verify/<int:number>/", auditing.verification, name="verification"),
    path("ledger/prove/", auditing.prove, name="prove"),
    path("ledger/prove/download/", auditing.proof, name="proof"),
    path("ledger/witnesses/", auditing.witnesses, name="witnesses"),
    path("ledger/witnesses/<int:number>/withdraw/", auditing.withdraw, name="witness_withdraw"),
    path("ledger/heads/<int:size>/", auditing.head, name="head"),
    path("ledger/heads/growth/", auditing.growth, name="growth"),
    path("ledger/<str:stream>/<int:seq>/", ledger.entry, name="entry"),
    path("ledger/<str:stream>/<int:seq>/receipt/", ledger.receipt, name="receipt"),
    path("api/log/checkpoint", log.checkpoint, name="log_checkpoint"),
    path("api/log/keys", log.keys, name="log_keys"),
    path("api/log/tile/entries/<path:number>", log.entries, name="log_entries"),
    path("api/log/tile/<path:place>", log.tile, name="log_tile"),
    path("api/log/consistency/<int:old>/<int:new>", log.consistency, name="log_consistency"),
    path("api/log/add-cosignature", log.add_cosignature, name="log_add_cosignature"),
    path("api/v1/", routes()),
]

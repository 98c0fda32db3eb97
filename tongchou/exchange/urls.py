"""Routes of the exchange, its interface among them."""

from __future__ import annotations

from django.urls import path

from .api import routes
from .views import (
    cases,
    corrections,
    explanations,
    grants,
    judging,
    ledger,
    my_data,
    own_files,
    previews,
    subjects,
)

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
    path("ledger/", ledger.entries, name="ledger"),
    path("ledger/heads/", ledger.heads, name="heads"),
    path("ledger/verify/", ledger.verify, name="verify"),
    path("ledger/<str:stream>/<int:seq>/", ledger.entry, name="entry"),
    path("ledger/<str:stream>/<int:seq>/receipt/", ledger.receipt, name="receipt"),
    path("cases/", cases.cases, name="cases"),
    path("cases/new/", cases.new, name="case_new"),
    path("cases/<int:number>/", cases.case, name="case"),
    path("cases/<int:number>/close/", cases.close, name="case_close"),
    path("corrections/", corrections.corrections, name="corrections"),
    path("corrections/<str:number>/", corrections.correction, name="correction"),
    path("corrections/<str:number>/undo/", corrections.undo, name="correction_undo"),
    path("dossiers/<str:subject_id>/correct/<str:resource>/<str:record>/<str:field>/", corrections.report,
         name="correction_new"),
    path("explanations/", explanations.explanations, name="explanations"),
    path("explanations/<str:number>/", explanations.explanation, name="explanation"),
    path("own-files/", own_files.own_files, name="own_files"),
    path("own-files/<int:number>/end/", own_files.unbind, name="own_file_end"),
    path("my/", my_data.accesses, name="my_accesses"),
    path("my/accesses/<str:stream>/<int:seq>/receipt/", my_data.receipt, name="my_receipt"),
    path("my/accesses/<str:stream>/<int:seq>/ask/", my_data.ask, name="my_ask"),
    path("my/data/", my_data.data, name="my_data"),
    path("my/data/<str:resource>/<str:record>/<str:field>/", my_data.correct, name="my_correct"),
    path("my/matters/", my_data.matters, name="my_matters"),
    path("my/corrections/<str:number>/", my_data.correction, name="my_correction"),
    path("my/explanations/<str:number>/", my_data.explanation, name="my_explanation"),
    path("my/large/", my_data.large, name="my_large"),
    path("my/unbind/", my_data.unbind, name="my_unbind"),
    path("api/v1/", routes()),
]

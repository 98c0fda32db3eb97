"""The ledger over HTTP after C2SP tlog-tiles, below /api/log/: checkpoint, tiles, entries, proofs, cosignatures.

Checkpoint, tiles and consistency proofs are hashes and sizes: anyone on the district's network may have them, as a
witness must. Bundles of entries say who looked at whom, by opaque numbers: for those who may audit the ledger. A
program of theirs signs on with `Authorization: Bearer <token>`. Errors are problem documents.
"""

from __future__ import annotations

import base64
import functools
import gzip
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tongchou.accounts.access import Access, public
from tongchou.accounts.actor import require
from tongchou.accounts.tokens import actor_of_token
from tongchou.ledger import queries, sequencer, tiles, witnesses
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

PLAIN = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"
#: What is at such an address never changes.
FOR_EVER = "public, max-age=31536000, immutable"
FOR_EVER_PRIVATE = "private, max-age=31536000, immutable"
FOR_A_MOMENT = "public, max-age=1"

View = Callable[..., HttpResponse]


def _absent(where: str) -> HouseError:
    return HouseError(
        "ledger.log_not_found",
        Text("账本中没有这个地址。", "The ledger has nothing at this address."),
        Text(
            "瓦片的写法见 C2SP tlog-tiles；部分瓦片须以已签名的树头为据。",
            "See C2SP tlog-tiles for how tiles are named; a partial tile must follow from a signed checkpoint.",
        ),
        where,
    )


@public
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The latest signed head with its witnesses' signatures."""
    head = queries.head()
    if head is None:
        raise _absent("checkpoint")
    return HttpResponse(head.note, content_type=PLAIN, headers={"Cache-Control": FOR_A_MOMENT})


@public
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys the heads are signed with, the newest last. Compare them with those handed over in person."""
    text = "".join(f"{key}\n" for key in sequencer.key_folder().trusted())
    return HttpResponse(text, content_type=PLAIN, headers={"Cache-Control": FOR_A_MOMENT})


@public
@require_safe
def tile(request: HttpRequest, place: str) -> HttpResponse:
    """Up to 256 neighbouring hashes of one level of the tree."""
    asked = tiles.parse(place)
    found = queries.tile(asked) if asked is not None and asked.level is not None else None
    if found is None:
        raise _absent(f"tile/{place}"[:200])
    return HttpResponse(found, content_type=BINARY, headers={"Cache-Control": FOR_EVER})


def _audits(view: View) -> View:
    """Those who may audit the ledger, signed on by cookie or by token."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        actor = getattr(request, "actor", None)
        if actor is None:
            scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
            actor = actor_of_token(secret if scheme == "Bearer" else "")
        require(actor, "ledger.audit")
        return view(request, *args, **kwargs)

    guarded.access = Access("requires", "ledger.audit")  # type: ignore[attr-defined]
    return guarded


@_audits
@require_safe
def entries(request: HttpRequest, number: str) -> HttpResponse:
    """Up to 256 neighbouring entries, each behind its length in two bytes; a leaf is the hash of one."""
    asked = tiles.parse(f"{tiles.ENTRIES}/{number}")
    found = queries.tile(asked) if asked is not None else None
    if found is None:
        raise _absent(f"tile/entries/{number}"[:200])
    headers = {"Cache-Control": FOR_EVER_PRIVATE, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        found, headers["Content-Encoding"] = gzip.compress(found, compresslevel=6, mtime=0), "gzip"
    return HttpResponse(found, content_type=BINARY, headers=headers)


@public
@require_safe
def consistency(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """The proof that the tree of `new` leaves begins with that of `old`: one hash a line, base64."""
    try:
        path = queries.consistency(old, new)
    except HouseError:
        raise _absent(f"consistency/{old}/{new}"[:200]) from None
    text = "".join(f"{base64.b64encode(step).decode()}\n" for step in path)
    return HttpResponse(text, content_type=PLAIN, headers={"Cache-Control": FOR_EVER})


@public
@csrf_exempt
@require_POST
def add_cosignature(request: HttpRequest) -> HttpResponse:
    """Take a head that a known witness signed; the signature is what counts, so anyone may bring it.

    A head this ledger signed that does not belong to it (any more) is kept as an alarm for the auditor.
    """
    if int(request.headers.get("Content-Length") or 0) > witnesses.LARGEST_NOTE_BYTES:
        note = ""
    else:
        note = request.body.decode("utf-8", "replace")
    kept = witnesses.receive(note)
    return HttpResponse(f"{kept}\n", content_type=PLAIN)

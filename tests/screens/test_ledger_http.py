"""The ledger over HTTP: an outsider rebuilds the tree from tiles; entries are for those who may audit."""

from __future__ import annotations

import base64
import gzip
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.actions import ledger_case
from tests.actions.ledger_case import looked
from tests.cast import Cast
from tongchou.accounts.models import ApiToken
from tongchou.accounts.tokens import digest_of, new_secret
from tongchou.ledger import journal, tiles
from tongchou.ledger.notes import open_checkpoint, parse_keys
from tongchou.ledger.sequencer import sequence
from tongchou.ledger.tree import (
    consistency_proof,
    inclusion_proof,
    root_at,
    verify_consistency,
    verify_inclusion,
)

ledger = ledger_case.ledger
SIZE = 600


@pytest.fixture
def grown(ledger: Path) -> Client:
    """A ledger of 600 entries and more, in two heads; a client that is nobody."""
    for count in (300, SIZE - 300):
        futures = [journal.append("trial.looked", looked(number), wait=False) for number in range(count)]
        for future in futures:
            future.result(30)
        sequence()
    return Client()


def body(client: Client, path: str, **headers: str) -> bytes:
    answer = client.get(f"/api/log/{path}", headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)
    return bytes(answer.content)


def test_an_outsider_rebuilds_the_tree_from_its_tiles(grown: Client) -> None:
    answer = grown.get("/api/log/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    keys = parse_keys(body(grown, "keys").decode())
    head = open_checkpoint(answer.content.decode(), keys)
    assert head.size == SIZE
    found = {}
    for place in tiles.of_tree(head.size):
        answer = grown.get(f"/api/log/{tiles.path_of(place)}")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert len(answer.content) == 32 * place.width
        found[place.level, place.number] = answer.content

    def read(level: int, number: int) -> bytes:
        return found[level, number]

    assert root_at(head.size, read) == head.root
    leaf = found[0, 1][:32]
    assert verify_inclusion(leaf, 256, head.size, inclusion_proof(256, head.size, read), head.root)
    proof = [base64.b64decode(line) for line in body(grown, f"consistency/300/{SIZE}").decode().splitlines()]
    assert proof == consistency_proof(300, SIZE, read)
    assert verify_consistency(300, SIZE, root_at(300, read), head.root, proof)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/003", "tile/0/002", "tile/0/002.p/89", "tile/0/002.p/0", "tile/0/002.p/256", "tile/1/000",
        "tile/1/000.p/3", "tile/2/000", "tile/2/000.p/1", "tile/0/2", "tile/0/x000/000", "tile/64/000", "tile/-1/000",
        "tile/0/../0/000", "tile/0/%2e%2e/000", "tile/0/000/", "tile/entries", "tile/0/x999/x999/x999/x999/999",
        "consistency/0/5", "consistency/5/4", f"consistency/5/{SIZE + 1}", "consistency/5/99999999999999999999999",
        "consistency/-1/5", "consistency/a/b", "nothing", "",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(grown: Client, path: str) -> None:
    assert grown.get(f"/api/log/{path}").status_code == 404


def test_a_partial_tile_is_a_prefix_of_the_whole_one(grown: Client) -> None:
    whole = body(grown, "tile/0/000")
    assert body(grown, "tile/0/000.p/44") == whole[: 44 * 32]
    assert body(grown, "tile/0/002.p/88") == body(grown, "tile/0/002.p/88")
    problem = grown.get("/api/log/tile/0/002.p/89")
    assert problem.headers["Content-Type"].startswith("application/problem+json")
    assert problem.headers["Cache-Control"] == "no-store"


def test_entries_are_for_those_who_may_audit(grown: Client, cast: Cast) -> None:
    address = "/api/log/tile/entries/000"
    assert grown.get(address).status_code == 401
    assert grown.get(address, headers={"authorization": "Bearer tc_wrong"}).status_code == 401
    assert cast.client("clerk").get(address).status_code == 403
    assert cast.client("steward").get(address).status_code == 403
    secret = new_secret()
    ApiToken.objects.create(
        membership=cast.membership("auditor"), name="monitor", digest=digest_of(secret),
        expires_on=timezone.localdate() + timedelta(days=1),
    )  # fmt: skip
    token = {"authorization": f"Bearer {secret}"}
    plain = grown.get(address, headers=token)
    assert plain.status_code == 200
    assert plain.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    entries = tiles.unbundle(plain.content)
    hashes = b"".join(sha256(b"\0" + entry).digest() for entry in entries)
    assert hashes == body(grown, "tile/0/000")
    packed = cast.client("auditor").get(address, headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    last = tiles.unbundle(body(grown, "tile/entries/002.p/88", **token))
    assert b"".join(sha256(b"\0" + entry).digest() for entry in last) == body(grown, "tile/0/002.p/88")
    for absent in ("000.p/256", "002", "003", "none", "002.p/89"):
        assert grown.get(f"/api/log/tile/entries/{absent}", headers=token).status_code == 404


def test_only_reading_and_only_notes(grown: Client) -> None:
    for path in ("checkpoint", "keys", "tile/0/000", "tile/entries/000", "consistency/300/600"):
        assert grown.post(f"/api/log/{path}").status_code in (401, 405)
    assert grown.get("/api/log/add-cosignature").status_code == 405
    for noise in (b"", b"\xff\xfe", b"a\n5\n\n\n", b"x" * 100_000):
        refused = grown.post("/api/log/add-cosignature", data=noise, content_type="text/plain")
        assert refused.status_code == 400
        assert refused.json()["code"] == "ledger.cosignature_refused"


def test_before_the_first_head_there_is_nothing(ledger: Path) -> None:
    for path in ("checkpoint", "tile/0/000", "tile/0/000.p/1", "consistency/1/1"):
        assert Client().get(f"/api/log/{path}").status_code == 404
    assert Client().get("/api/log/keys").content == b""

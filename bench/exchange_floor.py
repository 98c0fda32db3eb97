"""The floor of bench.exchange: the same rows from a bare ASGI application. Nobody is asked who they are; nothing is
masked, counted or recorded. BENCH_TABLE names an SQLite file, or BENCH_POSTGRES a server, with the table `people`."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import orjson

_SQL = "SELECT subject_id, name, id_number, birth_date, address FROM people WHERE subject_id = "
if os.environ.get("BENCH_POSTGRES"):
    import psycopg

    _server = psycopg.connect(os.environ["BENCH_POSTGRES"], autocommit=True, prepare_threshold=1)

    def _row(subject_id: str) -> Any:
        return _server.execute(_SQL + "%s", (subject_id,)).fetchone()
else:
    _file = sqlite3.connect(os.environ["BENCH_TABLE"], check_same_thread=False)

    def _row(subject_id: str) -> Any:
        return _file.execute(_SQL + "?", (subject_id,)).fetchone()


_NAMES = ("subject_id", "name", "id_number", "birth_date", "address")


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers {"subject_id": …} with the row."""
    if scope["type"] != "http":
        return
    message = await receive()
    asked = orjson.loads(message["body"])
    row = _row(asked["subject_id"])
    body = orjson.dumps(dict(zip(_NAMES, row, strict=True)) if row else None)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

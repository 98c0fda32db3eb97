"""Serving index: one document per subject, ready to be answered, and digests by which subjects are found.

Derived from log and links, and rebuilt at will. A document is JSON (`rules` says of what shape), compressed and
sealed with a key of this installation; a number, phone or name is kept only as a keyed digest. SQLite in the data
folder by default, tables beside the control plane when that is PostgreSQL. A refresh is one transaction: whoever
asks meanwhile, or after a crash, gets the answers of the last finished one.

`sealing` keys and encryption, `digests` what can be looked up, `documents` how they are put together,
`sqlite` and `postgres` where they lie, `refresh` which of them are rewritten.
"""

from __future__ import annotations

from django.db import connection

from ..folders import pool_root
from .store import Store


def store() -> Store:
    """The index of this installation, for this thread."""
    if connection.vendor == "postgresql":
        from .postgres import PostgresStore

        return PostgresStore()
    from .sqlite import SqliteStore

    return SqliteStore(pool_root() / "serving.sqlite3")

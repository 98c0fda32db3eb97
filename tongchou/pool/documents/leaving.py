"""How documents leave the store: with the person they are about (erasure), or when no record refers to them any more."""

from __future__ import annotations

import time
from collections.abc import Collection

from tongchou.catalogue.models import ResourceField
from tongchou.standards.documents import Reference, reference_of
from tongchou.standards.text import Text

from .. import erasing
from ..engine.connection import connect
from ..engine.connection import name as quoted
from ..engine.log import RecordLog
from ..folders import data_root
from .storing import store

ELEMENT = "document"
#: A document that nothing refers to may belong to a load under way; a refused one waits for a better delivery.
KEPT_UNUSED_DAYS, KEPT_REFUSED_DAYS = 3, 90
_DAY_S = 86_400


def register() -> None:
    """Hook into erasure; at start. Before the log: it says which documents the records refer to."""
    erasing.register("files", erase, label=Text("随行报送的文件", "files delivered beside rows"), order=5)


def erase(target: erasing.Target) -> int:
    """Remove the documents of the target's records, in all their versions, that no other record refers to."""
    own: set[Reference] = set()
    for resource, fields in _fields().items():
        if keys := target.keys_of(resource):
            own |= _references(resource, fields, keys)
    if not own:
        return 0
    for resource, fields in _fields().items():
        own -= _references(resource, fields, target.keys_of(resource), others=True)
    held = store()
    return sum(held.remove(each) for each in own)


def sweep() -> int:
    """Remove what nothing refers to and what was refused long ago; returns how many files."""
    used = {
        each.address
        for resource, fields in _fields().items()
        for each in _references(resource, fields, (), True)
    }
    removed = 0
    for held, days in ((store(), KEPT_UNUSED_DAYS), (store(apart=True), KEPT_REFUSED_DAYS)):
        before = time.time() - days * _DAY_S
        kept = () if held.apart else used
        for address in list(held.addresses()):
            if address not in kept and held.kept_at(address) < before:
                removed += held.remove(Reference(address, 1, ""))
    return removed


def _fields() -> dict[str, list[str]]:
    """{resource: its fields that refer to documents}."""
    found: dict[str, list[str]] = {}
    for code, name in ResourceField.objects.filter(element=ELEMENT).values_list("resource__code", "name"):
        found.setdefault(code, []).append(name)
    return found


def _references(
    resource: str, fields: Collection[str], keys: Collection[str], others: bool = False
) -> set[Reference]:
    """What the log of a resource refers to, in all versions: of the records with these keys, or of all others."""
    log = RecordLog(data_root(), resource, list(fields))
    if not log.files():
        return set()
    found: set[Reference] = set()
    chosen = (
        "_key NOT IN (SELECT unnest($keys::VARCHAR[]))"
        if others
        else "_key IN (SELECT unnest($keys::VARCHAR[]))"
    )
    with connect(data_root()) as db:
        for field in fields:
            rows = db.execute(
                f"SELECT DISTINCT {quoted(field)} FROM ({log.rows_sql(('_key', field))}) "
                f"WHERE {quoted(field)} IS NOT NULL AND {chosen}",
                {"keys": list(keys)},
            ).fetchall()
            found |= {reference for (value,) in rows if (reference := reference_of(value)) is not None}
    return found

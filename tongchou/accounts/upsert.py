"""Idempotent writes from packs: create what is missing, change what differs, leave the rest, and tell which."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from tongchou.standards.packs import Change


def upsert(
    model: type[Model],
    *,
    section: str,
    lookup: dict[str, Any],
    values: dict[str, Any],
    write: bool,
) -> tuple[Model | None, Change]:
    """Bring the row of `model` found by `lookup` to `values`.

    write: False only plans. Returns the row (None when it would have to be created) and the change.
    """
    identifier = "/".join(str(value) for value in lookup.values())
    row = model._default_manager.filter(**lookup).first()
    if row is None:
        if write:
            row = model._default_manager.create(**lookup, **values)
        return row, Change("create", section, identifier)
    different = tuple(name for name, value in values.items() if getattr(row, name) != value)
    if not different:
        return row, Change("same", section, identifier)
    if write:
        for name in different:
            setattr(row, name, values[name])
        row.save(update_fields=list(different))
    return row, Change("update", section, identifier, different)

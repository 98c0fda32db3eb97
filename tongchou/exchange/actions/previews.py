"""Looking at what a resource's columns look like: masked, and never one person's row."""

from __future__ import annotations

from dataclasses import dataclass

from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.pool.previews import column_values
from tongchou.standards import masking
from tongchou.standards.elements import element

from ..tracing import Answer, tell, traced

ROWS = 3


@dataclass(frozen=True, kw_only=True)
class Preview(Answer):
    """Columns of a resource with masked values. rows: lines of the table; no line is about anybody."""

    fields: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@traced(permission="catalogue.view", event="resource.previewed")
def preview(*, by: Actor, resource: Resource) -> Preview:
    """A few masked values of each column, each column drawn on its own.

    Masks are stricter than a grant's: whatever has a mask is under it, and grade 4 is hidden.
    """
    tell(resource=resource.code)
    values = column_values(resource.code, count=ROWS)
    if not any(values.values()):
        return Preview()
    columns = []
    for field in resource.fields.all():
        mask = "hide" if field.grade >= 4 else element(field.element).mask
        if field.grade == 3 and mask == "none":
            mask = "hide"
        masked = [masking.mask(value, mask) for value in values.get(field.name, [])]
        columns.append([*masked, *[""] * (ROWS - len(masked))])
    return Preview(
        fields=tuple(field.name for field in resource.fields.all()), rows=tuple(zip(*columns, strict=True))
    )

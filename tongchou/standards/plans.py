"""How a resource is described to the data plane: plain values, made from the catalogue by the control plane.

A `ResourcePlan` is all that `gather.phases`, `gather.sources` and `pool.engine` know about a resource.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class FieldPlan:
    """One field of a resource.

    name: its name in the record log. element: code of its data element. columns: the headings under which a
    delivery may carry it, best first. required: an empty value is a problem. on_failure: what becomes of a row
    whose value fails the element's check: "quarantine" sets the whole row aside, "keep" lets it in with its
    failure bit set. code_list: replaces the element's own code list.
    """

    name: str
    element: str
    columns: tuple[str, ...]
    required: bool = False
    on_failure: Literal["quarantine", "keep"] = "quarantine"
    code_list: str | None = None


@dataclass(frozen=True)
class ResourcePlan:
    """One resource: its fields, its source key and how it is delivered.

    key: names of the fields that identify a row at its source. mode: "full" when a delivery carries everything
    there is (what is missing has ended), "increment" when it carries only what changed. valid_from: the field
    that says since when a row has been true; None takes the delivery's day. locator: where in its source the
    resource lies, as the connector understands it (file, sheet, table, encoding …).
    """

    code: str
    fields: tuple[FieldPlan, ...]
    key: tuple[str, ...]
    mode: Literal["full", "increment"] = "full"
    valid_from: str | None = None
    locator: dict[str, Any] = field(default_factory=dict)

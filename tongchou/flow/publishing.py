"""What lies around a definition in this installation, and making a version of one. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from tongchou.accounts.models import Organisation, Role
from tongchou.accounts.permissions import PERMISSIONS
from tongchou.standards.text import Text

from . import reading
from .definitions import Definition, Finding
from .models import Flow, FlowVersion
from .moves import definition_of
from .rules import Known
from .soundness import child_flows


def known(others: Mapping[str, frozenset[str]] | None = None) -> Known:
    """The permissions, roles, organisations and flows there are. others: flows that are about to be published too."""
    flows = {
        flow.code: child_flows(definition_of(flow.current))
        for flow in Flow.objects.select_related("current")
        if flow.current is not None
    }
    return Known(
        permissions=frozenset(PERMISSIONS),
        roles=frozenset(Role.objects.values_list("code", flat=True)),
        organisations=frozenset(Organisation.objects.filter(active=True).values_list("code", flat=True)),
        flows={**flows, **(others or {})},
    )


def read_draft(code: str, text: str) -> reading.Read:
    """A draft read and checked against what there is; a text that speaks of another flow is a finding too."""
    read = reading.read(text, known())
    if read.definition is not None and read.definition.code != code:
        other = Finding(
            "flow.other_code", ("code",),
            Text(f"代码应为“{code}”；另一个流程请另建。", f"The code must be {code!r}; make another flow for another code."),
        )  # fmt: skip
        read = read._replace(findings=(other, *read.findings))
    return read


def make_version(
    definition: Definition, text: str, *, edited_by: Sequence[str], published_by: str, pack: str = ""
) -> tuple[FlowVersion, bool]:
    """The version that holds a definition, and whether it had to be made. It becomes the current one either way."""
    content: dict[str, Any] = dict(definition.content)
    digest = reading.digest(content)
    flow, _made = Flow.objects.select_for_update().get_or_create(
        code=definition.code, defaults={"name": definition.title.zh}
    )
    version = flow.versions.filter(digest=digest).first()
    made = version is None
    if version is None:
        last = flow.versions.order_by("-number").values_list("number", flat=True).first() or 0
        version = FlowVersion.objects.create(
            flow=flow, number=last + 1, content=content, text=text, digest=digest, edited_by=list(edited_by),
            published_by=published_by, published_at=timezone.now(), pack=pack,
        )  # fmt: skip
    flow.current, flow.name, flow.name_en = version, definition.title.zh, definition.title.en
    flow.save(update_fields=["current", "name", "name_en"])
    return version, made

"""Standing corrections (校核值): what they say, opened for the pipeline, and what becomes of them.

`actions.corrections` makes and ends them, `capturing` appends them to the log, `phases.correct` applies them to
deliveries that still bring the old value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from tongchou.accounts.sealing import seal, unseal
from tongchou.catalogue.models import Resource
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import FieldPlan
from tongchou.standards.text import Text

from .models import StandingCorrection
from .phases.correct import CONFIRMED, OVERTAKEN, Fix
from .phases.slow import standardiser
from .problems import RULES

State = StandingCorrection.State
#: In these a correction holds against what the source still says.
IN_FORCE = (State.WAITING, State.STANDING)


def sealed_of(fix: Fix) -> bytes:
    """What a correction says, as it is kept."""
    told = {"key": fix.key, "wrong": list(fix.wrong), "right": fix.right}
    return seal(f"correction:{fix.number}", json.dumps(told, ensure_ascii=False).encode())


def fix_of(standing: StandingCorrection) -> Fix:
    """What a correction says. Raises HouseError "accounts.sealed_damaged" with another installation's key."""
    told: dict[str, Any] = json.loads(unseal(f"correction:{standing.number}", bytes(standing.sealed)))
    return Fix(standing.number, told["key"], standing.field, tuple(told["wrong"]), told["right"])


def fixes_of(resource: str) -> list[Fix]:
    """The corrections in force on a resource."""
    found = StandingCorrection.objects.filter(resource__code=resource, state__in=IN_FORCE)
    return [fix_of(each) for each in found]


def of_records(places: Iterable[tuple[str, str]]) -> list[StandingCorrection]:
    """The corrections that stand in the log, of some records ({resource: source key} pairs). One query."""
    references = {record_reference(resource, key) for resource, key in places}
    found = StandingCorrection.objects.filter(
        record__in=references, state__in=(State.STANDING, State.UNDOING), entered_at__isnull=False
    )
    return list(found.select_related("resource__organisation"))


def settle(told: Mapping[str, str]) -> int:
    """End the corrections which a delivery has made needless: the source brought the right value itself, or a newer
    one. told: `Outcome.corrections`. Returns how many ended."""
    over = [number for number, state in told.items() if state in (CONFIRMED, OVERTAKEN)]
    return StandingCorrection.objects.filter(number__in=over, state__in=IN_FORCE).update(
        state=State.OVERTAKEN, ended_at=timezone.now()
    )


def standard_value(resource: Resource, field: str, text: str) -> str:
    """What somebody typed as the standard value of a field.

    Raises HouseError "gather.correction_field" (no such field, or part of the record's key) and
    "gather.correction_value" (empty, or the value fails the field's check). No error repeats what was typed.
    """
    described = resource.fields.filter(name=field).first()
    if described is None or field in resource.key:
        raise HouseError(
            "gather.correction_field",
            Text("该字段不能在平台校核：不存在，或是记录的编号。",
                 "This field cannot be corrected here: there is none, or it is the record's own number."),
            Text("请由提供部门在其系统中更正后重新报送。", "Have the department mend it in its system and deliver again."),
            f"{resource.code}.{field}",
        )  # fmt: skip
    plan = FieldPlan(
        described.name, described.element, (described.name,), code_list=described.code_list or None
    )
    value, rule = standardiser(plan)(text.strip()) if text.strip() else (None, None)
    known = RULES.get(rule) if rule else None
    if value is None or (rule and not (known and known.soft)):
        said = known.message if known else Text("没有填写有效的值。", "No usable value was given.")
        advice = known.advice if known else Text("请填写正确的值。", "Give the right value.")
        raise HouseError("gather.correction_value", said, advice, f"{resource.code}.{field}")
    return value

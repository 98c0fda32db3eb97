"""Legal holds: what stands in the way of an erasure."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .models import LegalHold


def in_force() -> QuerySet[LegalHold]:
    """The holds that protect something today."""
    today = timezone.localdate()
    return LegalHold.objects.filter(Q(until__isnull=True) | Q(until__gte=today), lifted_at__isnull=True)


def on(ids: Iterable[str], resources: Iterable[str]) -> QuerySet[LegalHold]:
    """Those on any of these subjects or resources."""
    return in_force().filter(
        Q(subject_id__in=[each for each in ids if each]) | Q(resource__in=list(resources))
    )


def check_free(ids: Iterable[str], resources: Iterable[str]) -> None:
    """Raises HouseError "pool.erasure_held", naming the hold, when one protects any of them."""
    hold = on(ids, resources).first()
    if hold is None:
        return
    of = hold.resource or hold.subject_id
    raise HouseError(
        "pool.erasure_held",
        Text(
            f"不能删除：{of} 处于法律保全（{hold.number}），由 {hold.placed_by} 登记。",
            f"It cannot be erased: {of} is under legal hold {hold.number}, placed by {hold.placed_by}.",
        ),
        Text(
            "请等保全到期或由登记部门解除后再办理；申请人可凭此答复。",
            "Wait until the hold ends or is lifted; this may be told to whoever asked.",
        ),
        hold.number,
    )

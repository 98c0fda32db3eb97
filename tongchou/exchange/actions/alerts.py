"""Answering for unusual use: somebody has looked, and says what it was."""

from __future__ import annotations

from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import errors
from ..models import UsageAlert
from ..queries import clients as queries
from ..rows import holds_number_of_somebody

LONGEST_WORD = 300


@action(permission="grants.manage", event="alerts.acknowledged")
def acknowledge(*, by: Actor, alert: UsageAlert, word: str) -> UsageAlert:
    """Say what an unusual use was; the bureau and the providers concerned may.

    Raises Refused "exchange.refused.alert_not_yours", HouseError (exchange.alert_word, exchange.alert_acknowledged).
    """
    note(alert=alert.pk, kind=alert.kind, of=alert.of, key=alert.key, day=alert.day.isoformat())
    if not queries.alerts(by).filter(pk=alert.pk).exists():
        raise errors.Refused(
            "exchange.refused.alert_not_yours",
            Text("该提示不涉及您单位提供的数据。", "The alert is not about data of yours."),
            Text("请联系统筹局。", "Ask the bureau."),
        )
    told = word.strip()
    if not told or len(told) > LONGEST_WORD or holds_number_of_somebody(told):
        raise HouseError(
            "exchange.alert_word",
            Text(
                "请用一句话说明核实的情况，不写证件号或电话。",
                "Say in a sentence what it was, without numbers of people.",
            ),
            Text(f"至多 {LONGEST_WORD} 个字。", f"At most {LONGEST_WORD} characters."),
        )
    changed = UsageAlert.objects.filter(pk=alert.pk, acknowledged_at=None).update(
        acknowledged_at=timezone.now(), acknowledged_by=by.username, word=told
    )
    if not changed:
        raise HouseError(
            "exchange.alert_acknowledged",
            Text("该提示已有人确认。", "Somebody acknowledged the alert already."),
            Text("无需再次操作。", "Nothing needs doing."),
        )
    alert.refresh_from_db()
    return alert

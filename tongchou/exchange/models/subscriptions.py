"""Tables of subscriptions and of what was sent for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation, Role

from .grants import Grant


class Subscription(models.Model):
    """订阅: that a holder follows the changes of a resource under a grant, asking for them or being sent them."""

    class State(models.TextChoices):
        LIVE = "live", _("有效")
        PAUSED = "paused", _("已暂停")
        ENDED = "ended", _("已结束")

    #: Also the watermark's code.
    number = models.CharField(_("订阅号"), max_length=40, unique=True)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="subscriptions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="subscriptions")
    role = models.ForeignKey(Role, models.PROTECT, related_name="subscriptions")
    purpose = models.CharField(_("用途"), max_length=60)
    #: Where changes are sent; empty when the holder asks for them.
    url = models.URLField(_("推送地址"), max_length=500, blank=True)
    #: The secret that signs what is sent, sealed.
    secret = models.BinaryField(default=bytes, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.LIVE)
    #: How far was sent.
    cursor = models.TextField(blank=True)
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.number


class WebhookDelivery(models.Model):
    """推送: one page of changes on its way to a subscriber. What it says is not kept: it is read again at each attempt."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        DONE = "done", _("已送达")
        DEAD = "dead", _("无法送达")
        SKIPPED = "skipped", _("已跳过")

    #: Also the id of its CloudEvent.
    number = models.CharField(_("推送号"), max_length=40, unique=True)
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries")
    #: Where the page begins, its end fixed, so that each attempt sends the same; and where the next begins.
    cursor = models.TextField()
    next_cursor = models.TextField(blank=True)
    changes = models.PositiveIntegerField(_("变更数"), default=0)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    next_at = models.DateTimeField(_("下次发送"))
    #: Status the receiver answered with last, 0 where it gave none; and the code of what went wrong.
    status = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                condition=models.Q(state__in=["waiting", "dead"]),
                name="one_page_on_its_way",
            )
        ]

    def __str__(self) -> str:
        return self.number

"""Tables of what is counted of uses, of requests already seen, and of unusual use."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Usage(models.Model):
    """用量: how much one grant, or one user or client, was used on one day; written with the entries that say so."""

    class Of(models.TextChoices):
        GRANT = "grant", _("授权")
        USER = "user", _("使用者")
        PROBE = "probe", _("核验试探")

    day = models.DateField(_("日期"))
    of = models.CharField(max_length=5, choices=Of.choices)
    #: Number of the grant, name of the user ("@client:…" for a system), or a digest of who verifies what of whom.
    key = models.CharField(max_length=80)
    uses = models.PositiveIntegerField(_("使用"), default=0)
    misses = models.PositiveIntegerField(_("未命中"), default=0)
    night = models.PositiveIntegerField(_("夜间"), default=0)
    caseless = models.PositiveIntegerField(_("无事由"), default=0)
    refused = models.PositiveIntegerField(_("被拒"), default=0)
    #: Seconds since 1970; 0 for never.
    last_at = models.BigIntegerField(default=0)
    last_miss_at = models.BigIntegerField(default=0)
    last_refused_at = models.BigIntegerField(default=0)
    #: Code of the last refusal.
    last_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-day", "of", "key"]
        constraints = [models.UniqueConstraint(fields=["day", "of", "key"], name="usage_once")]
        indexes = [models.Index(fields=["of", "key", "day"])]


class SeenNonce(models.Model):
    """已用随机数: a signed request that was taken; the same one is refused as long as its clock window lasts."""

    #: 63 bits of a digest over key and nonce.
    digest = models.BigIntegerField(primary_key=True)
    #: Seconds since 1970.
    expires_at = models.BigIntegerField(db_index=True)


class StandingChange(models.Model):
    """变更计数: raised by triggers whenever a table changes that decides who may read what (`exchange.rulebook`)."""

    n = models.BigIntegerField(default=1)


class UsageAlert(models.Model):
    """使用异常: a use that is out of the ordinary, until somebody who answers for it has looked."""

    class Kind(models.TextChoices):
        VOLUME = "volume", _("用量异常")
        NIGHT = "night", _("夜间使用")
        CASELESS = "caseless", _("大量无事由使用")
        MISSES = "misses", _("大量未命中")

    day = models.DateField(_("日期"))
    kind = models.CharField(_("类别"), max_length=10, choices=Kind.choices)
    of = models.CharField(max_length=5, choices=Usage.Of.choices)
    key = models.CharField(max_length=80)
    #: Code of the organisation that uses, and of the one whose resource it is ("" where it concerns several).
    organisation = models.CharField(max_length=60, blank=True)
    provider = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField(_("次数"))
    usual = models.PositiveIntegerField(_("平时"), default=0)
    raised_at = models.DateTimeField(auto_now_add=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=60, blank=True)
    word = models.CharField(_("说明"), max_length=300, blank=True)

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["day", "kind", "of", "key"], name="alert_once_a_day")]

    def __str__(self) -> str:
        return f"{self.key} {self.day} {self.kind}"

"""Tables of the systems that use the gateway, and of their keys."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named, Organisation, Role


class Client(Named):
    """接入系统: a department's system that uses the gateway, in one role of its organisation, with keys of its own."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="clients")
    role = models.ForeignKey(Role, models.PROTECT, related_name="clients")
    active = models.BooleanField(_("启用"), default=True)
    expires_on = models.DateField(_("有效期至"))
    quota_per_day = models.PositiveIntegerField(_("每日限额"), null=True, blank=True)
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_by = models.CharField(max_length=60, blank=True)
    revoked_at = models.DateTimeField(null=True)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]


class ClientKey(models.Model):
    """接入密钥: one key a client signs with. After a rotation the old one stays good for a while beside the new one."""

    class Method(models.TextChoices):
        HMAC = "hmac-sha256", _("共享密钥（HMAC）")
        ED25519 = "ed25519", _("公钥（Ed25519）")

    client = models.ForeignKey(Client, models.CASCADE, related_name="keys")
    #: What a signature names as its keyid: drawn at random, tells nothing of the client.
    key_id = models.CharField(_("密钥号"), max_length=40, unique=True)
    method = models.CharField(_("签名方式"), max_length=16, choices=Method.choices)
    #: The shared secret, sealed with the installation's key; or the public key as it is.
    key = models.BinaryField()
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    #: After this instant it is refused; None while it has no successor.
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.key_id

"""Table of the systems that use the gateway."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named, Organisation, Role


class Client(Named):
    """接入系统: a department's system that uses the gateway, in one role of its organisation, with a key of its own."""

    class Method(models.TextChoices):
        HMAC = "hmac-sha256", _("共享密钥（HMAC）")
        ED25519 = "ed25519", _("公钥（Ed25519）")

    code = models.CharField(_("代码"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="clients")
    role = models.ForeignKey(Role, models.PROTECT, related_name="clients")
    method = models.CharField(_("签名方式"), max_length=16, choices=Method.choices)
    #: The shared secret, sealed with the installation's key; or the public key as it is.
    key = models.BinaryField()
    active = models.BooleanField(_("启用"), default=True)
    expires_on = models.DateField(_("有效期至"))
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code"]

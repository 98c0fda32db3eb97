"""Table of who is who: which account belongs to which person in the pool."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import User


class OwnFile(models.Model):
    """本人档案: that an account is that of a person in the pool, whose identity somebody checked."""

    class Checked(models.TextChoices):
        CARD = "card", _("窗口核验身份证")
        NUMBER = "number", _("按身份证号比对")

    user = models.ForeignKey(User, models.PROTECT, related_name="own_files")
    #: As it was when the account was bound; ids that were merged since lead on (`exchange.queries.own_files`).
    subject_id = models.CharField(max_length=20, db_index=True)
    #: Keyed digest of the identity number that was checked: the person stays the one who bears it, however records are
    #: linked later.
    id_digest = models.BinaryField()
    checked = models.CharField(_("核验方式"), max_length=8, choices=Checked.choices)
    bound_by = models.CharField(_("核验人"), max_length=60)
    bound_at = models.DateTimeField(_("开通时间"), auto_now_add=True)
    ended_by = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-bound_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at__isnull=True), name="one_person_an_account"
            ),
            models.UniqueConstraint(
                fields=["subject_id"], condition=models.Q(ended_at__isnull=True), name="one_account_a_person"
            ),
        ]

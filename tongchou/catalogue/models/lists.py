"""Tables of what departments need and what they are answerable for."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation

from .resources import Resource


class Need(models.Model):
    """需求: data that an organisation wants and does not hold: what, why, for which matter."""

    class State(models.TextChoices):
        OPEN = "open", _("待满足")
        MET = "met", _("已满足")
        DECLINED = "declined", _("不能满足")
        DROPPED = "dropped", _("已取消")

    number = models.CharField(_("需求号"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="needs")
    title = models.CharField(_("需要什么数据"), max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    reason = models.TextField(_("理由"))
    matter = models.CharField(_("用于事项"), max_length=160, blank=True)
    subject_kind = models.CharField(
        _("主体类别"),
        max_length=12,
        choices=Resource.SubjectKind.choices,
        default=Resource.SubjectKind.PERSON,
    )
    #: [{"label": …, "element": code or ""}]
    fields = models.JSONField(_("需要的字段"), default=list)
    #: Whom it is addressed to, where that is known.
    addressed_to = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="needs_addressed"
    )
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.OPEN)
    met_by = models.ForeignKey(Resource, models.SET_NULL, null=True, blank=True, related_name="needs_met")
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    stated_by = models.CharField(max_length=60)
    stated_on = models.DateField(_("提出日期"), default=timezone.localdate)
    answered_by = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["organisation__code", "number"]

    def __str__(self) -> str:
        return self.number


class Responsibility(models.Model):
    """责任: that an organisation keeps one fact right – a data element of one kind of subject, of one aspect.

    The same fact may be claimed twice: that is a conflict, shown to both and to the bureau until one gives way.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="responsibilities")
    #: Code of a data element.
    element = models.CharField(_("数据元"), max_length=40)
    subject_kind = models.CharField(_("主体类别"), max_length=12, choices=Resource.SubjectKind.choices)
    #: Which of several such facts (of `rules.ASPECTS`): the registered address, the current one; empty for any.
    aspect = models.CharField(_("范围"), max_length=20, blank=True)
    #: Where it keeps it.
    resource = models.ForeignKey(
        Resource, models.SET_NULL, null=True, blank=True, related_name="responsibilities"
    )
    basis = models.CharField(_("依据"), max_length=300, blank=True)
    basis_en = models.CharField(max_length=300, blank=True)
    claimed_by = models.CharField(max_length=60)
    claimed_on = models.DateField(_("认领日期"), default=timezone.localdate)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["subject_kind", "element", "aspect", "organisation__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "element", "subject_kind", "aspect"], name="responsibility_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation.code}: {self.subject_kind}/{self.element}/{self.aspect}"

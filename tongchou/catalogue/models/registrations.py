"""Tables of what is being registered: resources not yet published, forms that collect, and why nevertheless."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation

from .resources import Resource


class Registration(models.Model):
    """资源登记: a resource while its department still fills in its particulars; nothing of it is in the catalogue yet."""

    class State(models.TextChoices):
        DRAFT = "draft", _("登记中")
        PUBLISHED = "published", _("已发布")
        DISCARDED = "discarded", _("已放弃")

    number = models.CharField(_("登记号"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="registrations")
    #: What was typed so far, by name of the form's fields.
    values = models.JSONField(default=dict)
    #: [{"name", "label", "label_en", "element", "grade", "data_type", "length", "required", "key", "nevertheless"}]
    fields = models.JSONField(default=list)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    #: Code of the resource it became.
    resource = models.CharField(max_length=80, blank=True)
    begun_by = models.CharField(max_length=60)
    begun_at = models.DateTimeField(auto_now_add=True)
    saved_by = models.CharField(max_length=60)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-saved_at", "-pk"]

    def __str__(self) -> str:
        return self.number


class CollectionForm(models.Model):
    """采集表: a form by which an organisation collects from people or companies, checked before it is handed out."""

    number = models.CharField(_("采集表号"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="collection_forms")
    title = models.CharField(_("表名"), max_length=120)
    subject_kind = models.CharField(_("主体类别"), max_length=12, choices=Resource.SubjectKind.choices)
    #: [{"label", "element"}]
    fields = models.JSONField(default=list)
    registered_by = models.CharField(max_length=60)
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-registered_at", "-pk"]

    def __str__(self) -> str:
        return self.number


class Recollection(models.Model):
    """重复采集: that a field is collected although a resource provides it, and why. Text, no foreign keys."""

    #: Code of the resource, or number of the form, that collects it.
    collected_by = models.CharField(max_length=80, db_index=True)
    organisation = models.CharField(max_length=60, db_index=True)
    field = models.CharField(_("字段"), max_length=120)
    element = models.CharField(max_length=40, blank=True)
    #: Where it is held: resource.field, and the provider's code.
    held_in = models.CharField(_("已由何处提供"), max_length=150)
    provider = models.CharField(max_length=60)
    reason = models.CharField(_("理由"), max_length=500)
    decided_by = models.CharField(max_length=60)
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-decided_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.collected_by}: {self.held_in}"

"""Table of exports: files made of a resource under a grant."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource

from .grants import Grant


class Export(models.Model):
    """批量导出: one file of the granted fields and rows of a resource, marked for its recipient. The row stays when the
    file is deleted: a leaked copy is traced to it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        CANCELLED = "cancelled", _("已取消")
        DELETED = "deleted", _("文件已删除")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV（UTF-8）")
        WORKBOOK = "xlsx", _("工作簿（xlsx）")
        PARQUET = "parquet", _("Parquet")
        ARROW = "arrow", _("Arrow IPC 流")

    #: Also the watermark's code.
    number = models.CharField(_("导出号"), max_length=40, unique=True)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="exports")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="exports")
    #: The recipient: organisation and role of the grant, and the user who asked, who alone may fetch the file.
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="exports")
    role = models.ForeignKey(Role, models.PROTECT, related_name="exports")
    requested_by = models.CharField(max_length=60)
    purpose = models.CharField(_("用途"), max_length=60)
    format = models.CharField(_("格式"), max_length=8, choices=Format.choices, default=Format.CSV)
    #: Names of the exported fields, in order.
    fields = models.JSONField(_("字段"), default=list)
    #: What was true on that day, as it was known at that instant.
    valid_on = models.DateField(_("业务时点"))
    known_at = models.DateTimeField(_("入库时点"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    #: Rows and bytes of the finished file, and its SHA-256.
    rows = models.PositiveBigIntegerField(_("行数"), default=0)
    size_bytes = models.PositiveBigIntegerField(_("大小"), default=0)
    digest = models.CharField(max_length=64, blank=True)
    #: {"code", "what", "next"} of why it failed.
    error = models.JSONField(null=True, blank=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    #: The file is deleted after this day.
    kept_until = models.DateField(_("文件保留至"))
    downloads = models.PositiveIntegerField(_("下载次数"), default=0)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [models.Index(fields=["state", "kept_until"])]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

"""Tables of sources, mappings and deliveries. No delivered value is stored here: rows live in the data plane."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongchou.accounts.models import Named, Organisation
from tongchou.catalogue.models import Resource


class Source(Named):
    """数据源: one department system and how to reach it."""

    code = models.CharField(_("代码"), max_length=60, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sources")
    connector = models.CharField(_("连接方式"), max_length=30)
    settings = models.JSONField(_("连接设置"), default=dict)
    pack = models.CharField(_("数据包"), max_length=60, blank=True)

    class Meta:
        ordering = ["code"]


class Mapping(models.Model):
    """映射: how one source delivers one resource: where it lies and which heading carries which field."""

    class Mode(models.TextChoices):
        FULL = "full", _("全量")
        INCREMENT = "increment", _("增量")

    resource = models.OneToOneField(Resource, models.CASCADE, related_name="mapping")
    source = models.ForeignKey(Source, models.PROTECT, related_name="mappings")
    locator = models.JSONField(default=dict)
    #: {field name: [headings, best first]}
    columns = models.JSONField(default=dict)
    mode = models.CharField(_("方式"), max_length=12, choices=Mode.choices, default=Mode.FULL)
    valid_from = models.CharField(max_length=60, blank=True)
    #: When the schedule last looked for something new.
    looked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["resource"]

    def __str__(self) -> str:
        return f"{self.resource.code} ← {self.source.code}"


class Delivery(models.Model):
    """批次: one load of one resource: how many rows came, were kept, quarantined, unchanged."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")
        FAILED = "failed", _("失败")
        CANCELLED = "cancelled", _("已取消")
        HELD = "held", _("待确认")
        REFUSED = "refused", _("已退回")

    number = models.CharField(_("批次号"), max_length=40, unique=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="deliveries")
    source_code = models.CharField(max_length=60)
    item = models.CharField(_("文件或表"), max_length=400)
    #: The item's id at its source: another one when its content changes.
    item_digest = models.CharField(max_length=80, blank=True)
    #: Where a file handed in on screen lies, within the data folder; empty for what a source delivers.
    uploaded_file = models.CharField(max_length=400, blank=True)
    delivered_on = models.DateField(_("业务日期"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.WAITING)
    phase = models.CharField(_("阶段"), max_length=20, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(_("收到"), default=0)
    rows_kept = models.BigIntegerField(_("合格"), default=0)
    rows_quarantined = models.BigIntegerField(_("问题"), default=0)
    rows_new = models.BigIntegerField(_("新增"), default=0)
    rows_changed = models.BigIntegerField(_("变更"), default=0)
    rows_unchanged = models.BigIntegerField(_("未变"), default=0)
    rows_ended = models.BigIntegerField(_("终止"), default=0)
    #: Bit i of a row's `_failures` in the record log is rules[i], as "field:rule".
    rules = models.JSONField(default=list)
    #: {field: {"empty": rows in which nothing was said, "failed": rows in which what was said fails}}
    quality = models.JSONField(default=dict)
    quarantine_file = models.CharField(max_length=300, blank=True)
    error = models.JSONField(default=dict, blank=True)
    #: Who released or refused it when it was held because columns seemed to have changed places.
    decided_by = models.CharField(_("确认人"), max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    requested_by = models.CharField(_("发起人"), max_length=60)
    requested_at = models.DateTimeField(_("发起时间"), auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        indexes = [models.Index(fields=["state", "requested_at"])]

    def __str__(self) -> str:
        return self.number

    @property
    def is_released(self) -> bool:
        """Whether a steward said that its columns are where they belong."""
        return self.decided_at is not None and self.state != self.State.REFUSED

    @property
    def item_name(self) -> str:
        """The item without its folder, for people."""
        return self.item.rsplit("/", 1)[-1]


class StandingCorrection(models.Model):
    """校核值: one value of one record that its department corrected; it holds until the source brings another one.

    What the values are is sealed: only its number, its field and a keyed reference of its record can be read here.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待入库")
        STANDING = "standing", _("生效")
        UNDOING = "undoing", _("待撤回")
        UNDONE = "undone", _("已撤回")
        OVERTAKEN = "overtaken", _("来源已更新")
        FAILED = "failed", _("无法入库")

    #: Number of the correction it carries out; the log's delivery bears it too.
    number = models.CharField(_("校核号"), max_length=40, unique=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="standing_corrections")
    field = models.CharField(_("字段"), max_length=60)
    #: The record's reference (`pool.serving.digests.record_reference`): its own key may be personal.
    record = models.CharField(max_length=16, db_index=True)
    #: {"key", "wrong": [values, the source's own first], "right"}, sealed under the number.
    sealed = models.BinaryField()
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    #: When the corrected value was appended to the log; when the subject's document had it.
    entered_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["resource", "record", "field"])]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "record", "field"],
                condition=models.Q(state__in=["waiting", "standing", "undoing"]),
                name="one_standing_correction_a_value",
            ),
        ]

    def __str__(self) -> str:
        return self.number

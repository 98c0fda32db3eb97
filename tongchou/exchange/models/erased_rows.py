"""Table of records that were erased after somebody had received them."""

from __future__ import annotations

from django.db import models


class ErasedRow(models.Model):
    """已删除记录: that a record was erased which an organisation may hold in its own copies. It is told to its subscriptions
    and stands beside its exports. Numbers rise in the order in which the rows become visible: erasures go one by one."""

    #: Codes: the notice outlives the resource's and the organisation's other rows.
    organisation = models.CharField(max_length=60)
    resource = models.CharField(max_length=60)
    #: The organisation's own id of the record, which says nothing to anybody else.
    row_ref = models.CharField(max_length=40)
    #: Number of the erasure.
    erasure = models.CharField(max_length=40)
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "resource", "row_ref", "erasure"], name="erased_row_noted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.row_ref}"

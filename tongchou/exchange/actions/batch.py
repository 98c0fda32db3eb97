"""Batch 批量: a file of the granted fields and rows of a resource, marked for its recipient.

`export` puts it on record and queues it; the worker makes the file (`work`, `exporting`); `download` hands it to whoever
asked for it, and to nobody else, after its entry in the ledger. Whether the grant still covers it is asked at each step.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import errors, exporting, holdings, sealed, selection, writing
from ..holdings import Holding
from ..models import Export
from ..tracing import Answer, count, tell, traced

#: Exports of one recipient that may wait or run at once.
MOST_OPEN = 5


@dataclass(frozen=True, kw_only=True)
class Estimate(Answer):
    """rows: how many an export would have now."""

    rows: int


@dataclass(frozen=True, kw_only=True)
class Order(Answer):
    """That an export may be made."""


@dataclass(frozen=True, kw_only=True)
class Progress(Answer):
    """export: as it is now."""

    export: Export


@dataclass(frozen=True, kw_only=True)
class File(Answer):
    """A file on its way to its recipient. chunks: its bytes, to be read once. digest: SHA-256 of them."""

    number: str
    name: str
    content_type: str
    size_bytes: int
    digest: str
    chunks: Iterator[bytes] = field(repr=False)

    def save(self, folder: Path) -> Path:
        """Write it into a folder; for programs in the same process."""
        path = folder / self.name
        with path.open("wb") as file:
            file.writelines(self.chunks)
        return path


@traced(permission="exchange.export", event="export.estimated")
def estimate(*, by: Actor, grant: str, purpose: str, valid_on: date | None = None) -> Estimate:
    """How many rows an export under the grant would have. Raises what `holdings.holding` raises."""
    held = holdings.holding(by=by, grant=grant, form="batch", purpose=purpose)
    rows = selection.count(held, valid_on=valid_on or timezone.localdate(), known_at=timezone.now())
    count([held.terms])
    tell(grants=[grant], purpose=purpose, resource=held.resource, rows=rows)
    return Estimate(rows=rows)


@traced(permission="exchange.export", event="export.ordered")
def order(
    *,
    by: Actor,
    grant: str,
    purpose: str,
    format: str = "csv",
    fields: Collection[str] | None = None,
    valid_on: date | None = None,
    via: str = "",
) -> Order:
    """Whether `export` may be called with these: for callers whose request may be refused when it is committed.

    Raises what `export` raises.
    """
    held = _checked(by, grant, purpose, format)
    chosen = held.only(fields)
    count([held.terms])
    tell(grants=[grant], purpose=purpose, resource=held.resource, fields=[each.name for each in chosen])
    if via:
        tell(via=via)
    return Order()


@traced(permission="exchange.export", event="export.followed")
def progress(*, by: Actor, number: str, via: str = "") -> Progress:
    """How far an export of one's own is. Raises NotFound "exchange.no_export"."""
    found = _own(by, number)
    tell(export=found.number, grants=[found.grant.number], resource=found.resource.code)
    if via:
        tell(via=via)
    return Progress(export=found)


@action(permission="exchange.export", event="export.requested")
def export(
    *,
    by: Actor,
    grant: str,
    purpose: str,
    format: str = "csv",
    fields: Collection[str] | None = None,
    valid_on: date | None = None,
    via: str = "",
) -> Export:
    """Have a file made of what a grant of form `batch` covers.

    grant: its number. format: csv, xlsx, parquet or arrow. fields: names, to ask for less than is granted. valid_on: as
    it was true on that day (today). Raises what `holdings.holding` raises, HouseError "exchange.export_format",
    Refused "exchange.refused.exports_open".
    """
    held = _checked(by, grant, purpose, format)
    chosen = held.only(fields)
    made = Export.objects.create(
        number=f"draft-{secrets.token_hex(8)}", grant=held.grant, resource=held.grant.resource,
        organisation=Organisation.objects.get(code=by.organisation), role=Role.objects.get(code=by.role),
        requested_by=by.username, purpose=purpose, format=format, fields=[each.name for each in chosen],
        valid_on=valid_on or timezone.localdate(), known_at=timezone.now(),
        kept_until=timezone.localdate() + timedelta(days=settings.EXPORT_DAYS),
    )  # fmt: skip
    made.number = f"E-{timezone.localdate():%Y}-{made.pk:06d}"
    made.save(update_fields=["number"])
    note(
        export=made.number, watermark=made.number, grants=[grant], purpose=purpose, resource=held.resource,
        fields=made.fields, format=format, valid_on=made.valid_on.isoformat(), via=via,
    )  # fmt: skip
    return made


@action(permission=None, event="export.finished")
def finish(*, by: Actor, export: Export, made: exporting.Made) -> Export:
    """Put a finished file on record; the worker calls it."""
    note(
        export=export.number, watermark=export.number, grants=[export.grant.number], resource=export.resource.code,
        recipient=export.organisation.code, fields=export.fields, rows=made.rows, bytes=made.size_bytes,
        digest=made.digest,
    )  # fmt: skip
    Export.objects.filter(pk=export.pk).update(
        state=Export.State.DONE, rows=made.rows, size_bytes=made.size_bytes, digest=made.digest,
        done=made.rows, total=made.rows, finished_at=timezone.now(), error=None,
    )  # fmt: skip
    export.refresh_from_db()
    return export


@action(permission=None, event="export.failed")
def fail(*, by: Actor, export: Export, error: HouseError) -> Export:
    """Put on record that a file could not be made, and leave nothing of it."""
    note(
        export=export.number, grants=[export.grant.number], resource=export.resource.code, failure=error.code
    )
    told = {"code": error.code, "what": error.what._asdict(), "next": error.next._asdict()}
    Export.objects.filter(pk=export.pk).update(
        state=Export.State.FAILED, error=told, finished_at=timezone.now()
    )
    shutil.rmtree(exporting.folder_of(export.number), ignore_errors=True)
    export.refresh_from_db()
    return export


@action(permission="exchange.export", event="export.cancelled")
def cancel(*, by: Actor, number: str) -> Export:
    """Stop an export that waits or runs. Raises NotFound, HouseError "exchange.export_over"."""
    found = _own(by, number)
    note(export=found.number, grants=[found.grant.number], resource=found.resource.code)
    changed = Export.objects.filter(
        pk=found.pk, state__in=(Export.State.WAITING, Export.State.RUNNING)
    ).update(state=Export.State.CANCELLED, finished_at=timezone.now())
    if not changed:
        raise HouseError(
            "exchange.export_over",
            Text("该导出已经结束。", "The export has already ended."),
            Text("无需取消。", "There is nothing to cancel."),
            found.number,
        )
    found.refresh_from_db()
    return found


@action(permission="exchange.export", event="export.deleted")
def delete(*, by: Actor, number: str) -> Export:
    """Delete the file of an export before its time. The record of it stays. Raises NotFound."""
    found = _own(by, number)
    return _deleted(found)


@action(permission=None, event="export.deleted")
def expire(*, by: Actor, export: Export) -> Export:
    """Delete a file whose days are over; the worker calls it."""
    return _deleted(export)


@traced(permission="exchange.export", event="export.downloaded")
def download(*, by: Actor, number: str, via: str = "") -> File:
    """The file of an export, for the user who asked for it, while the grant holds.

    Raises NotFound "exchange.no_export" (for anybody else too), "exchange.export_gone", what `holdings.holding` raises.
    """
    found = _own(by, number)
    tell(
        export=found.number, watermark=found.number, grants=[found.grant.number], resource=found.resource.code
    )
    if via:
        tell(via=via)
    if found.state != Export.State.DONE or not exporting.file_of(found.number).exists():
        raise errors.NotFound(
            "exchange.export_gone",
            Text("该导出没有可下载的文件。", "There is no file of this export."),
            Text(
                "请等它完成；已删除的请重新导出。", "Wait until it is done; if it was deleted, export again."
            ),
            found.number,
        )
    held = holdings.holding(by=by, grant=found.grant.number, form="batch", purpose=found.purpose)
    held.only(found.fields)
    count([held.terms])
    tell(rows=found.rows, fields=found.fields, digest=found.digest, bytes=found.size_bytes)
    Export.objects.filter(pk=found.pk).update(downloads=found.downloads + 1)
    return File(
        number=found.number,
        name=f"{found.number}.{writing.ENDINGS[found.format]}",
        content_type=writing.TYPES[found.format],
        size_bytes=found.size_bytes,
        digest=found.digest,
        chunks=sealed.chunks(exporting.file_of(found.number), found.number),
    )


def _checked(by: Actor, grant: str, purpose: str, format: str) -> Holding:
    if format not in Export.Format.values:
        raise HouseError(
            "exchange.export_format",
            Text("没有这种文件格式。", "There is no such format."),
            Text("可选 csv、xlsx、parquet、arrow。", "Choose csv, xlsx, parquet or arrow."),
            format if format.isalnum() and len(format) <= 20 else "",
        )
    held = holdings.holding(by=by, grant=grant, form="batch", purpose=purpose)
    waiting = Export.objects.filter(
        organisation__code=by.organisation, role__code=by.role,
        state__in=(Export.State.WAITING, Export.State.RUNNING),
    )  # fmt: skip
    if waiting.count() >= MOST_OPEN:
        raise errors.Refused(
            "exchange.refused.exports_open",
            Text(f"您的机构已有 {MOST_OPEN} 项导出在进行。", f"{MOST_OPEN} exports of yours are under way."),
            Text("请等其中一项完成，或取消一项。", "Wait for one to finish, or cancel one."),
            grant,
        )
    return held


def _own(by: Actor, number: str) -> Export:
    found = (
        Export.objects.select_related("grant", "resource", "organisation", "role")
        .filter(
            number=number, requested_by=by.username, organisation__code=by.organisation, role__code=by.role
        )
        .first()
    )
    if found is None:
        raise errors.NotFound(
            "exchange.no_export",
            Text("没有这项导出，或它不是您发起的。", "There is no such export, or it is not yours."),
            Text("文件只能由发起人下载。", "Only the user who asked for a file may fetch it."),
        )
    return found


def _deleted(export: Export) -> Export:
    note(export=export.number, grants=[export.grant.number], resource=export.resource.code)
    shutil.rmtree(exporting.folder_of(export.number), ignore_errors=True)
    Export.objects.filter(pk=export.pk).update(state=Export.State.DELETED)
    export.refresh_from_db()
    return export

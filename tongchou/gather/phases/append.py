"""append: what a delivery changes becomes part of the record log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tongchou.pool.engine.connection import quote
from tongchou.pool.engine.log import Appended, DeliveryNote, RecordLog
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .work import Progress, Work


def append(
    work: Work, log: RecordLog, parts: Sequence[Path], quarantine: Path | None, note: DeliveryNote
) -> Appended:
    """Append the kept rows. Keys in quarantine have not ended; nor has a key that stands in a row nobody
    could read.

    Raises HouseError "gather.no_rows" when a full delivery without a single row meets a log that has some:
    a failed export looks just so, and would end everything.
    """
    if not parts and quarantine is None and work.plan.mode == "full" and log.files():
        raise HouseError(
            "gather.no_rows",
            Text(
                "全量批次只有表头，没有任何数据行；若照此入库，现有记录将全部终止。",
                "The full delivery has a heading and no row; loading it would end every record there is.",
            ),
            Text(
                "请核对导出。如确已清空，请改为增量方式或删除该资源。",
                "Check the export. If everything is gone indeed, deliver increments or retire the resource.",
            ),
            work.plan.code,
        )
    held = unreadable = None
    if quarantine is not None:
        held = f"SELECT key AS _key FROM read_parquet({quote(str(quarantine))}) WHERE key IS NOT NULL"
        unreadable = f"SELECT raw FROM read_parquet({quote(str(quarantine))}) WHERE key IS NULL"
    # A load that was interrupted while another delivery went in is recorded after that one.
    later = [each for each in log.deliveries() if each.recorded_at >= note.recorded_at]
    if later:
        note = replace(note, recorded_at=log.next_recorded_at())
    work.tell(Progress("append", 0, 1, "deliveries"))
    done = log.append(work.connection, parts=parts, note=note, held=held, unreadable=unreadable)
    work.tell(Progress("append", 1, 1, "deliveries"))
    return done

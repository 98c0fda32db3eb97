"""What gather keeps of people, and how it is removed when they are erased: registered with `pool.erasing`.

Before a load: who of its resource must not come in (`forgotten_of`). After the fact: unfinished loads, quarantined rows,
delivered bytes, files handed in, standing corrections. Rows are found as a load would find them, by the tombstones,
which stand before anything is removed.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from tongchou.catalogue.models import Resource
from tongchou.pool import erasing, tombstones
from tongchou.pool.engine import raw as raw_layer
from tongchou.pool.engine.connection import connect, threads
from tongchou.pool.engine.forgotten import Forgotten
from tongchou.pool.engine.locks import writing
from tongchou.pool.engine.log import RecordLog
from tongchou.pool.plans import attribute_of
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.cleaning import fold_width, today_in_china
from tongchou.standards.errors import HouseError
from tongchou.standards.plans import ResourcePlan
from tongchou.standards.text import Text

from . import cutting, headings
from .models import Delivery, Mapping, StandingCorrection
from .phases import check, forget, read, shape, standardise
from .phases.slow import Slow, standardiser
from .phases.staging import Staging
from .phases.work import RULE_NUMBERS, Work
from .queries import mappings, plan_of
from .sources import connector as find_connector

#: How long a step waits for a load under way, in seconds; then it is tried again later.
_WAIT_S = 5.0
#: Seconds between a file's coming into the raw layer and the note of its load.
_SETTLED_S = 1.0
_STATES = (Delivery.State.WAITING, Delivery.State.RUNNING, Delivery.State.FAILED)


def register() -> None:
    """Hook into erasures; at start."""
    erasing.register("staging", erase_staging, label=Text("未完成的批次", "unfinished loads"), order=60)
    erasing.register("raw", erase_raw, label=Text("原始文件中的行", "rows of delivered files"), order=61)
    erasing.register("quarantine", erase_quarantine, label=Text("问题数据", "quarantined rows"), order=62)
    erasing.register("uploads", erase_uploads, label=Text("上传的文件", "files handed in"), order=63)
    erasing.register("standing", erase_standing, label=Text("校核值", "standing corrections"), order=64)


def forgotten_of(resource: Resource) -> Forgotten:
    """Who of a resource was erased and must not come in."""
    fields = [(each.name, attribute_of(each.role, each.element)) for each in resource.fields.all()]
    return tombstones.forgotten(resource.code, resource.population, tombstones.identifying(fields))


def drop_upload(delivery: Delivery) -> None:
    """Remove the file a finished delivery was handed in as: its bytes are in the raw layer, where rows were cut out."""
    if delivery.uploaded_file:
        (Path(settings.TONGCHOU_DATA) / delivery.uploaded_file).unlink(missing_ok=True)


def concerned(target: erasing.Target) -> list[Mapping]:
    """The mappings of the resources in whose files the target may stand: those with records of it, and when a subject
    goes altogether every other of its population."""
    codes = set(target.resources)
    if target.numbers:
        codes |= set(Resource.objects.filter(population=target.population).values_list("code", flat=True))
    return list(mappings(resources=sorted(codes))) if codes else []


def erase_staging(target: erasing.Target) -> int:
    """Parts of loads that were interrupted: those begin again, and pass over whom they must."""
    removed = 0
    root = Path(settings.TONGCHOU_DATA)
    for mapping in concerned(target):
        open_ones = mapping.resource.deliveries.filter(state__in=_STATES).values_list("number", flat=True)
        with writing(root, mapping.resource.code, wait_seconds=_WAIT_S):
            for number in open_ones:
                folder = Staging(root, number).folder
                if folder.exists():
                    shutil.rmtree(folder)
                    removed += 1
    return removed


def erase_raw(target: erasing.Target) -> int:
    """Rows of delivered files, found by reading each again; and files no delivery was ever made of."""
    removed = 0
    root = Path(settings.TONGCHOU_DATA)
    done = _Done(root, target.number)
    for mapping in concerned(target):
        forgotten = forgotten_of(mapping.resource)
        plan = plan_of(mapping)
        with writing(root, plan.code, wait_seconds=_WAIT_S):
            notes = RecordLog(root, plan.code, ()).deliveries()
            for digest in dict.fromkeys(each.raw_digest for each in notes):
                file = raw_layer.kept(root, digest)
                if file is None or f"{plan.code} {digest}" in done.files:
                    continue
                said = {
                    "connector": mapping.source.connector, "settings": mapping.source.settings,
                    "locator": plan.locator, "plan": plan,
                }  # fmt: skip
                rows = rows_about(file, forgotten, root, **said)
                if rows is None:
                    file.unlink(
                        missing_ok=True
                    )  # nobody can read it any more, so nobody can say who is in it
                    removed += 1
                elif rows:
                    cutting.cut(file, rows, **said)
                    removed += len(rows)
                done.add(f"{plan.code} {digest}")
    removed += _unclaimed(root)
    done.clear()
    return removed


class _Done:
    """The files an erasure has been through, so that one that was killed does not read them all again."""

    def __init__(self, root: Path, number: str) -> None:
        self._path = root / "tmp" / f"erasing-{number}.json"
        self.files: set[str] = set(json.loads(self._path.read_text())) if self._path.exists() else set()

    def add(self, file: str) -> None:
        self.files.add(file)
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(json.dumps(sorted(self.files)))

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


def rows_about(
    file: Path,
    forgotten: Forgotten,
    root: Path,
    *,
    connector: str,
    settings: dict[str, Any],
    locator: dict[str, Any],
    plan: ResourcePlan,
) -> list[int] | None:
    """Numbers of the rows of a kept file that are about somebody erased; None when it cannot be read."""
    needed = {*plan.key, *forgotten.numbers}
    narrow = replace(plan, fields=tuple(each for each in plan.fields if each.name in needed))
    found: list[int] = []
    try:
        reading = find_connector(connector).read(settings, locator, file, plan, None)
        with (
            closing(cast(Any, reading.batches)),
            connect(root) as connection,
            connect(root, ordered=True) as ordered,
            ThreadPoolExecutor(threads(), thread_name_prefix="find") as pool,
        ):
            work = Work(
                connection=connection, ordered=ordered, plan=narrow, delivery="", delivered_on=today_in_china(),
                recorded_at=datetime.now(UTC), order=(), staging=Staging(root, "none"), tell=lambda _: None,
                slow=Slow({each.name: standardiser(each) for each in narrow.fields}, RULE_NUMBERS), pool=pool,
                assigned=headings.assign(reading.headings, narrow), headings=reading.headings, forgotten=forgotten,
            )  # fmt: skip
            for part in read.parts(reading.batches, None):
                shaped = shape.shaped(work, part.table)
                columns = standardise.columns(work, shaped, today_in_china(), {})
                checked = check.checked(work, shaped, columns)
                found += forget.without_forgotten(work, checked, part.refused).rows
    except (HouseError, OSError, pa.ArrowInvalid):
        return None
    return found


def _unclaimed(root: Path) -> int:
    """Kept files of loads that failed: no log names them, their departments have them, and nobody knows who is in them."""
    time.sleep(_SETTLED_S)  # a load that has just taken its file has noted it by then
    named = {
        note.raw_digest
        for folder in (root / "pool" / "log").glob("*")
        for note in RecordLog(root, folder.name, ()).deliveries()
    }
    for waiting in (root / "staging").glob("*/load.json"):
        named.add(str(json.loads(waiting.read_text(encoding="utf-8")).get("raw_digest", "")))
    removed = 0
    for file in (root / "pool" / "raw").glob("??/*"):
        if file.name.partition(".")[0] not in named and time.time() - file.stat().st_mtime > _SETTLED_S:
            file.unlink(missing_ok=True)
            removed += not file.name.endswith(raw_layer.MARK)
    return removed


def erase_quarantine(target: erasing.Target) -> int:
    """Quarantined rows with a key or a number of the target."""
    removed = 0
    root = Path(settings.TONGCHOU_DATA)
    for mapping in concerned(target):
        forgotten = forgotten_of(mapping.resource)
        with writing(root, mapping.resource.code, wait_seconds=_WAIT_S):
            for file in sorted((root / "pool" / "quarantine" / mapping.resource.code).glob("*.parquet")):
                removed += _cut_quarantine(file, forgotten)
    return removed


def _cut_quarantine(file: Path, forgotten: Forgotten) -> int:
    table = pq.read_table(file)
    keys, raws = table["key"].to_pylist(), table["raw"].to_pylist()
    kept = [
        not ((key and forgotten.key_is(key)) or forget.mentions(forgotten, fold_width(raw or "")))
        for key, raw in zip(keys, raws, strict=True)
    ]
    gone = kept.count(False)
    if gone:
        unfinished = file.with_name(f".{file.name}.unfinished")
        pq.write_table(table.filter(pa.array(kept)), unfinished, compression="zstd")
        unfinished.replace(file)
    return gone


def erase_uploads(target: erasing.Target) -> int:
    """Files handed in on screen: of finished deliveries the raw layer has what is left of them; others are cut there
    when they are loaded, and dropped then."""
    removed = 0
    for path in _uploads(target):
        if path.is_file():
            path.unlink()
            removed += 1
    return removed


def _uploads(target: erasing.Target) -> Iterator[Path]:
    codes = [each.resource.code for each in concerned(target)]
    done = Delivery.objects.filter(resource__code__in=codes).exclude(uploaded_file="")
    for name in done.exclude(state__in=_STATES).values_list("uploaded_file", flat=True):
        yield Path(settings.TONGCHOU_DATA) / name
    failed = Delivery.objects.filter(resource__code__in=codes, state=Delivery.State.FAILED)
    for name in failed.exclude(uploaded_file="").values_list("uploaded_file", flat=True):
        yield Path(settings.TONGCHOU_DATA) / name


def erase_standing(target: erasing.Target) -> int:
    """Corrected values of the target's records, sealed as they are."""
    references = {(code, record_reference(code, key)) for code, key in target.records}
    found = [
        each
        for each in StandingCorrection.objects.filter(resource__code__in=target.resources)
        if (each.resource.code, each.record) in references
    ]
    StandingCorrection.objects.filter(pk__in=[each.pk for each in found]).delete()
    return len(found)

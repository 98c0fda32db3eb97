"""Rows of the sample district per second and core: inventing people, writing files, keeping the truth.

The floor is Arrow writing the same text again from memory, without inventing, dirtying or encoding
anything. The peer is Faker (MIT, bench only) making rows of name, number, phone, address and birth day for
zh_CN, fewer columns than ours have and none of them agreeing with another row. CPU seconds of all threads
count.
"""

from __future__ import annotations

import gzip
import io
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from tongchou.sample import generate
from tongchou.sample.delivery import FORMATS

TEXT = {".csv", ".tsv", ".txt", ".gz"}


def _written(files: tuple[Path, ...]) -> list[pa.Table]:
    """What stands in the text files, as tables in memory."""
    tables = []
    for path in files:
        if path.suffix not in TEXT:
            continue
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        for encoding in ("utf-8-sig", "utf-16", "gb18030"):
            try:
                text = data.decode(encoding)
                break
            except UnicodeError:
                continue
        first = text.split("\n", 1)[0]
        options = pacsv.ParseOptions(delimiter="\t" if "\t" in first else ",", newlines_in_values=True)
        names = first.split(options.delimiter)
        convert = pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        tables.append(
            pacsv.read_csv(io.BytesIO(text.encode()), parse_options=options, convert_options=convert)
        )
    return tables


def _floor(tables: list[pa.Table], folder: Path) -> float:
    """Rows per CPU second when Arrow only writes them."""
    begin = time.process_time()
    for number, table in enumerate(tables):
        pacsv.write_csv(table, folder / f"{number}.csv")
    return sum(table.num_rows for table in tables) / (time.process_time() - begin)


def _peer(rows: int) -> float | None:
    """Faker's rows per CPU second; None when it is not installed."""
    try:
        from faker import Faker
    except ImportError:
        return None
    fake = Faker("zh_CN")
    Faker.seed(1)
    begin = time.process_time()
    for _ in range(rows):
        fake.name(), fake.ssn(), fake.phone_number(), fake.address(), fake.date_of_birth()
    return rows / (time.process_time() - begin)


def run(size: str) -> list[dict[str, Any]]:
    """Measure; `size` is "small" (50,000 people) or "full" (200,000)."""
    people = 200_000 if size == "full" else 50_000
    with tempfile.TemporaryDirectory() as folder:
        generate(out=Path(folder) / "warm", people=1000)
        begin = time.process_time()
        summary = generate(out=Path(folder) / "sample", people=people)
        value = summary.rows / (time.process_time() - begin)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        floor = _floor(_written(summary.files), Path(folder))
    peer = _peer(4000 if size == "full" else 1500)
    note = (
        f"{people:,} people, {summary.rows:,} rows of {len(FORMATS)} resources, peak memory {peak:,.0f} MB; "
        + ("peer: Faker zh_CN, five columns" if peer else "no peer: Faker is not installed")
    )
    return [
        {
            "name": "sample: rows written",
            "size": size,
            "value": round(value),
            "unit": "rows/s per core",
            "floor": round(floor),
            "peer": None if peer is None else round(peer),
            "ratio_to_floor": round(value / floor, 4),
            "ratio_to_peer": None if peer is None else round(value / peer, 4),
            "note": note,
        }
    ]

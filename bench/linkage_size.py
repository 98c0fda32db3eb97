"""Linkage at size: two million records of the sample's people in full, and a day's 100,000 changed records.

Reported: seconds of a full run, its pairwise F1 and peak memory (of the process and its helper together), and seconds
of a run over what changed (state read from disk, relinked, state written). The floor of the second is the first. Then
what a user waits for (`bench.linkage_day`): the whole of `tongchou link` after a day's delivery, beside the whole of the
first run; at 200,000 people and 22,000 changed records, or 20,000 and 2,000. small: 20,000 people.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.dossier import in_a_process
from bench.linkage import quality
from bench.linkage_sample import sample_people
from tongchou.pool.linkage import link, load_model, relink, stored

PEOPLE = {"small": 20_000, "full": 920_000}
CHANGED = {"small": 2_000, "full": 100_000}


def a_day_later(records: pa.Table, count: int) -> pa.Table:
    """`count` records as they stand a day later: a third with another phone, a third moved, some with another name."""
    chosen = np.random.default_rng(3).choice(records.num_rows, count, replace=False)
    some = records.take(pa.array(chosen))
    for turn, (name, every) in enumerate((("phone", 3), ("address", 3), ("name", 30))):
        values = some[name].to_pylist()
        other = [values[(at + 7) % count] if at % every == turn else values[at] for at in range(count)]
        some = some.set_column(some.column_names.index(name), name, pa.array(other, pa.string()))
    return some


def run(size: str) -> list[dict[str, Any]]:
    """Rows of the benchmark."""
    model = load_model("zh_people")
    with tempfile.TemporaryDirectory() as folder, Watched() as watched:
        records = sample_people(Path(folder), PEOPLE[size])
        bare = records.drop_columns(["person"])
        started = perf_counter()
        whole = link(bare, model=model)
        seconds = perf_counter() - started
        found = zip(
            whole.clusters["resource"].to_pylist(), whole.clusters["source_key"].to_pylist(), strict=True
        )
        mine = quality(dict(zip(found, whole.clusters["cluster"].to_pylist(), strict=True)), records)
        peak = watched.peak
        assert whole.state is not None
        stored.write(Path(folder) / "state", whole.state, model, {})
        changed = a_day_later(bare, CHANGED[size])
        pq.write_table(changed, Path(folder) / "changed.parquet")
        # What a day needs is told apart from what this process still holds of the full run.
        with ProcessPoolExecutor(1, get_context("spawn")) as another:
            day, steps, peak_after = another.submit(_day, Path(folder)).result()
    whole_day = in_a_process("bench.linkage_day", {"small": "small", "full": "middle"}[size])
    note = "; ".join(f"{step} {value:.1f} s" for step, value in whole.seconds.items())
    told = "; ".join(f"{step} {value:.1f} s" for step, value in steps.items())
    rows = f"{bare.num_rows:,} records"
    return [
        _row("linkage at size: full run", size, seconds, "s", f"{rows}; {note}; load {os.getloadavg()[0]:.1f}"),
        _row("linkage at size: F1", size, mine["F1"], "F1", f"P {mine['P']:.4f}, R {mine['R']:.4f}"),
        _row("linkage at size: peak memory of a full run", size, peak, "GB", rows),
        _row(
            "linkage at size: what changed", size, day, "s",
            f"{changed.num_rows:,} changed; {told}; peak {peak_after:.1f} GB; load {os.getloadavg()[0]:.1f}", seconds,
        ),
        _row(
            "linkage at size: a day from end to end", size, whole_day["day"], "s",
            f"{whole_day['records']:,} records, {whole_day['changed']:,} changed; {whole_day['phases']}; first run: "
            f"{whole_day['first_phases']}",
            whole_day["first"],
        ),
    ]  # fmt: skip


def _day(folder: Path) -> tuple[float, dict[str, float], float]:
    """Relink what changed, in a process of its own: seconds in all and of each step, gigabytes at most."""
    model, changed = load_model("zh_people"), pq.read_table(folder / "changed.parquet")
    with Watched() as watched:
        started = perf_counter()
        again = relink(stored.read(folder / "state", model).state, changed, model=model)
        assert again.state is not None
        stored.write(folder / "next", again.state, model, {})
        return perf_counter() - started, dict(again.seconds), watched.peak


class Watched:
    """The most memory that this process and its helpers together can have held, in gigabytes; looked at as it runs.

    The system's own count of children (RUSAGE_CHILDREN) begins with what their parent held when it started them.
    """

    def __init__(self) -> None:
        self._helpers: dict[str, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def peak(self) -> float:
        """Up to now."""
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return (own + sum(self._helpers.values())) / 2**20

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            for children in Path("/proc/self/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    for pid in children.read_text().split():
                        held = re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())
                        if held:
                            self._helpers[pid] = max(self._helpers.get(pid, 0), int(held[1]))


def _row(
    name: str, size: str, value: float, unit: str, note: str, floor: float | None = None
) -> dict[str, Any]:
    return {
        "name": name, "size": size, "value": round(value, 4), "unit": unit,
        "floor": None if floor is None else round(floor, 2), "peer": None,
        "ratio_to_floor": None if floor is None else round(floor / value, 2), "ratio_to_peer": None, "note": note,
    }  # fmt: skip

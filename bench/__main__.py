"""`python -m bench [--only NAME] [--size small|full]`: run benchmarks, append to results.jsonl, draw results.md.

Each module here has `run(size) -> list[dict]`, whose rows hold name, value, unit and, where they apply, floor, peer,
ratio_to_floor and ratio_to_peer; a ratio above 1 means we are ahead, whatever the unit.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAMES = [
    "addresses",
    "load",
    "linkage",
    "dossier",
    "dossier_load",
    "page",
    "ledger",
    "exchange",
    "sample",
    "batch",
    "search",
    "history",
    "places",
]
COLUMNS = [
    "name",
    "size",
    "value",
    "unit",
    "floor",
    "peer",
    "ratio_to_floor",
    "ratio_to_peer",
    "cores",
    "memory",
    "date",
]


def machine() -> dict[str, Any]:
    """Cores, memory and date of this run."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory": f"{total / 2**30:.0f} GB",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": platform.python_version(),
    }


def draw(results: Path, page: Path) -> None:
    """Draw results.md from results.jsonl: the latest row of each name and size, then every earlier one counted."""
    rows = [json.loads(line) for line in results.read_text().splitlines() if line.strip()]
    latest = {(row["name"], row["size"]): row for row in rows}
    lines = [
        "# Benchmarks",
        "",
        "Drawn from `results.jsonl` by `make bench`. The floor is the same work without what makes ours useful, the peer a",
        "known tool; both in the same run on the same machine. A ratio above 1 means we are ahead, whatever the unit.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
    ]
    for row in sorted(latest.values(), key=lambda row: (row["name"], row["size"])):
        lines.append("| " + " | ".join(_cell(row.get(column)) for column in COLUMNS) + " |")
    notes = [
        f"- **{row['name']}** ({row['size']}): {row['note']}" for row in latest.values() if row.get("note")
    ]
    page.write_text("\n".join([*lines, "", *sorted(notes), ""]), encoding="utf-8")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> int:
    """Run each benchmark in a process of its own, so that none warms the next one's memory."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=NAMES, help="one benchmark")
    parser.add_argument("--size", choices=["small", "full"], default="small")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(importlib.import_module(f"bench.{options.only}").run(options.size), default=str))
        return 0
    failed = 0
    for name in [options.only] if options.only else NAMES:
        print(f"› {name} ({options.size})", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "bench", "--only", name, "--size", options.size, "--inside"],
            stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            failed = done.returncode
            print(f"✗ {name} failed", file=sys.stderr)
            continue
        with (HERE / "results.jsonl").open("a", encoding="utf-8") as file:
            for row in json.loads(done.stdout.splitlines()[-1]):
                full = {"size": options.size, **row, **machine()}
                file.write(json.dumps(full, ensure_ascii=False) + "\n")
                print(
                    "  " + "  ".join(f"{column}={_cell(full.get(column))}" for column in COLUMNS[:8]),
                    flush=True,
                )
    draw(HERE / "results.jsonl", HERE / "results.md")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())

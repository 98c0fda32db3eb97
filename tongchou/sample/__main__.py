"""`python -m tongchou.sample --people N --seed S --out DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import generate


def main() -> int:
    """Write a sample district and say what was written."""
    parser = argparse.ArgumentParser(
        prog="tongchou.sample", description="Write an invented district's deliveries."
    )
    parser.add_argument("--people", type=int, default=50_000, help="how many people (default 50000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same files (default 1)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    asked = parser.parse_args()
    summary = generate(out=asked.out, people=asked.people, seed=asked.seed)
    for resource, rows in sorted(summary.by_resource.items()):
        sys.stdout.write(f"{resource:28}{rows:>12,}\n")
    rate = summary.rows / summary.seconds
    sys.stdout.write(f"{'total':28}{summary.rows:>12,}   {summary.seconds:.1f} s, {rate:,.0f} rows/s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

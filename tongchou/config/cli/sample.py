"""`tongchou sample`: make a synthetic district of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .output import AsJson, console, print_json, progress


def sample(
    people: Annotated[int, typer.Option(min=100, max=5_000_000, help="How many people live there.")] = 50_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same district.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Where to; by default the sample folder in the data folder.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Make a synthetic district: 24 systems of a dozen departments, as they would deliver, dirt and all.

    Nobody in it exists. The truth (which record is about whom) is written apart, under truth/, for measuring.
    """
    import os

    from tongchou.sample import generate

    folder = out or Path(os.environ.get("TONGCHOU_DATA", "") or "data") / "sample"
    with progress(quiet=json) as report:
        summary = generate(out=folder, people=people, seed=seed, progress=report)
    if json:
        print_json({"folder": str(folder), "people": people, "seed": seed, "rows": summary.rows})
    else:
        console.print(f"{summary.rows:,} rows about {people:,} people in {folder}")

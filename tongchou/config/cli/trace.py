"""`tongchou trace-leak`: whose copy a leaked file is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .output import AsJson, console, language, print_json, print_table


def trace_leak(
    file: Annotated[
        Path, typer.Argument(help="A CSV, a workbook or a Parquet file that turned up somewhere.")
    ],
    json: AsJson = False,
) -> None:
    """Name the export, grant, recipient and date a leaked copy was made for, and how sure that is.

    Columns may be renamed, reordered or missing, rows sorted, sampled or edited. Ends with status 1 when it cannot be
    told.
    """
    from .start import start

    start()
    from tongchou.accounts.actor import Actor
    from tongchou.exchange.actions import leaks

    found = leaks.trace(by=Actor.house("command line"), file=file)
    if json:
        print_json(found.as_json())
    else:
        console.print(found.sentence().say(language()), soft_wrap=True, markup=False)
        if found.named or found.likely:
            print_table(
                "",
                ["export", "grant", "resource", "recipient", "user", "date", "agreeing", "places", "chance"],
                [
                    [each.number, each.grant, each.resource, f"{each.recipient}/{each.role}", each.user, each.on,
                     each.agreeing, each.places, each.chance_said]
                    for each in (*found.named, *found.likely)
                ],
            )  # fmt: skip
        for name, ids, chance in found.recipients:
            console.print(f"ids of {name}: {ids} (≤ {max(chance, 1e-300):.0e})", soft_wrap=True, markup=False)
    if not found.is_sure:
        raise typer.Exit(1)

"""`tongchou check`: is this installation sound, and fit to be reached by others?"""

from __future__ import annotations

from typing import Annotated

import typer

from .output import AsJson, console, language, print_json


def check(
    deploy: Annotated[
        bool, typer.Option("--deploy", help="Also name every setting too risky for real data.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Check settings, tables, keys and folders; with --deploy also what real data demands."""
    from .start import start

    start()
    from tongchou.config.soundness import findings

    found = findings(deploy=deploy)
    if json:
        print_json([{"level": f.level, "setting": f.setting, "what": f.what.say(language())} for f in found])
    else:
        for finding in found:
            mark = {"error": "[bold red]✗[/]", "warning": "[yellow]![/]"}[finding.level]
            console.print(f"{mark} {finding.setting}: ", end="")
            console.print(finding.what.say(language()), soft_wrap=True, markup=False)
        if not found:
            console.print("Sound." if not deploy else "Sound, and fit for real data.")
    if any(finding.level == "error" for finding in found):
        raise typer.Exit(2)

"""How commands print: tables and progress for people, JSON for machines, errors on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from tongchou.standards.errors import HouseError

#: Width of tables where there is no terminal to fit them to (a file, a pipe).
WIDE = 160

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
errors = Console(stderr=True, highlight=False)

#: The option of every command that can answer a machine.
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON, for machines.")]

#: report(what, done, total): total 0 when it is not known.
Report = Callable[[str, int, int], None]

#: Seconds between two lines of progress where there is no terminal to draw a bar on.
LINE_EVERY_S = 5.0


def language() -> str:
    """The language of messages: TONGCHOU_LANGUAGE if it names one, else the terminal's own (LANG)."""
    named = (
        os.environ.get("TONGCHOU_LANGUAGE", "").replace("auto", "")
        or os.environ.get("LC_ALL")
        or os.environ.get("LANG", "")
    )
    return "zh" if named.lower().startswith("zh") else "en"


def fail(error: HouseError) -> NoReturn:
    """Print an expected failure and end with status 2; with --json, as a problem document."""
    if "--json" in sys.argv:
        sys.stdout.write(orjson.dumps(error.as_problem(language())).decode() + "\n")
    errors.print(f"[bold red]✗[/] {escape(error.say(language()))}", soft_wrap=True)
    raise SystemExit(2)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(
        orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode() + "\n"
    )


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table for people; numbers stand to the right."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for position, heading in enumerate(headings):
        numeric = bool(rows) and all(isinstance(row[position], int | float) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row))
    console.print(table)


@contextlib.contextmanager
def progress(quiet: bool = False) -> Iterator[Report]:
    """Show progress of long work: a bar on a terminal, a line now and then elsewhere, nothing when quiet."""
    if quiet:
        yield lambda what, done, total: None
        return
    if not errors.is_terminal:
        yield _lines()
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=errors,
    )
    with bar:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                # The first bar is the whole; of the parts only the present one stays.
                for name in list(tasks)[1:]:
                    bar.remove_task(tasks.pop(name))
                tasks[what] = bar.add_task(what, total=total or None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield report


def _lines() -> Report:
    last: dict[str, float] = {}

    every = os.environ.get("TONGCHOU_PROGRESS") == "every"

    def report(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        subject = what if every else what.partition(" · ")[0]  # of "resource · phase" the resource will do
        if subject in last and now - last[subject] < LINE_EVERY_S:
            return
        last[subject] = now
        share = f" {done:,} of {total:,}" if total else (f" {done:,}" if done else "")
        errors.print(f"  {what}{share}", soft_wrap=True, markup=False)

    return report


def step(text: str) -> None:
    """Announce the next step of a long command."""
    errors.print(f"[bold blue]›[/] {text}", soft_wrap=True)

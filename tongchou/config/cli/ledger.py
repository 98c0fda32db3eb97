"""`tongchou ledger`: verify, export and prove what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .output import AsJson, console, language, print_json

app = typer.Typer(no_args_is_help=True, help="Ledger 存证账本: verify it, take a copy, prove an entry.")

Heads = Annotated[
    list[Path] | None,
    typer.Option("--head", help="A signed head you trust, kept elsewhere; may be repeated."),
]
Key = Annotated[
    Path | None, typer.Option("--key", help="File of public keys to trust instead of the installation's.")
]


def _show(result: Any, json: bool) -> None:
    if json:
        print_json(result.as_json())
    else:
        for line in result.lines(language()):
            console.print(line, soft_wrap=True, markup=False)
    if not result.ok:
        raise typer.Exit(1)


@app.command()
def verify(
    copy: Annotated[
        Path | None, typer.Option("--export", help="An exported copy instead of the database.")
    ] = None,
    head: Heads = None,
    key: Key = None,
    json: AsJson = False,
) -> None:
    """Hash every stored entry again and check order, tree, heads and signatures; name what is altered or missing."""
    from tongchou.ledger import commands

    if copy is not None:
        _show(commands.verify_copy(copy, heads=head or [], key=key), json)
        return
    from .start import start

    start()
    _show(commands.verify(heads=head or [], key=key), json)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder for the copy.")], json: AsJson = False
) -> None:
    """Write a copy that can be verified anywhere, with no database: python -m tongchou.ledger verify-export DIR."""
    from .start import start

    start()
    from tongchou.ledger import commands

    _show(commands.export(folder), json)


@app.command()
def head(json: AsJson = False) -> None:
    """Sign a head over everything so far. Keep it elsewhere: it proves the ledger was not cut or rewritten since."""
    from .start import start

    start()
    from tongchou.ledger import commands

    commands.sequence(include_retired=True)
    _show(commands.head(), json)


@app.command()
def receipt(
    stream: Annotated[str, typer.Argument(help="The entry's stream.")],
    seq: Annotated[int, typer.Argument(help="Its number there.")],
    json: AsJson = False,
) -> None:
    """The proof that an entry is in the ledger, to be kept by whom it concerns."""
    from .start import start

    start()
    from tongchou.ledger import commands

    _show(commands.receipt(stream, seq), json)


@app.command("check-receipt")
def check_receipt(
    file: Annotated[Path, typer.Argument(help="A receipt, as JSON.")],
    key: Annotated[Path, typer.Option(help="The installation's public keys.")],
    json: AsJson = False,
) -> None:
    """Check a receipt with nothing but itself and the public keys."""
    from tongchou.ledger import commands

    _show(commands.check_receipt(file, key=key), json)


@app.command()
def sequence(json: AsJson = False) -> None:
    """Place what waits into the tree and sign a new head; the worker does this every second."""
    from .start import start

    start()
    from tongchou.ledger import commands

    _show(commands.sequence(include_retired=True), json)


@app.command("rotate-key")
def rotate_key(json: AsJson = False) -> None:
    """Sign with a new key from now on; the change is on record, and what the old key signed stays verifiable."""
    from .start import start

    start()
    from tongchou.ledger import commands

    _show(commands.rotate_key(), json)

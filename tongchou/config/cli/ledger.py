"""`tongchou ledger`: verify, export and prove what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .output import AsJson, console, language, print_json

app = typer.Typer(no_args_is_help=True, help="Ledger 存证账本: verify it, take a copy, prove an entry.")

Heads = Annotated[
    list[Path] | None,
    typer.Option(
        "--head",
        help="A signed head kept elsewhere: a file, a witness's last.head, or a copy; may be repeated.",
    ),
]
Key = Annotated[
    Path | None, typer.Option("--key", help="File of public keys to trust instead of the installation's.")
]
WitnessKeys = Annotated[
    Path | None, typer.Option("--witnesses", help="File of witnesses' public keys to believe.")
]
Quorum = Annotated[int, typer.Option("--quorum", help="How many witnesses must have signed.", min=0)]
State = Annotated[Path, typer.Option("--state", help="The witness's own folder.")]


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
    witnesses: WitnessKeys = None,
    quorum: Annotated[
        int | None, typer.Option("--quorum", help="How many witnesses must have signed.", min=0)
    ] = None,
    json: AsJson = False,
) -> None:
    """Hash every stored entry again and check order, tree, heads and signatures; name what is altered or missing."""
    from tongchou.ledger import commands

    if copy is not None:
        _show(
            commands.verify_copy(copy, heads=head or [], key=key, witnesses=witnesses, quorum=quorum or 0),
            json,
        )
        return
    from .start import start

    start()
    _show(commands.verify(heads=head or [], key=key, witnesses=witnesses, quorum=quorum), json)


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


CheckKey = Annotated[Path, typer.Option(help="The installation's public keys.")]


@app.command("check-receipt")
def check_receipt(
    file: Annotated[Path, typer.Argument(help="A receipt, as JSON.")],
    key: CheckKey,
    witnesses: WitnessKeys = None,
    quorum: Quorum = 0,
    json: AsJson = False,
) -> None:
    """Check a receipt with nothing but itself and the public keys."""
    from tongchou.ledger import commands

    _show(commands.check_receipt(file, key=key, witnesses=witnesses, quorum=quorum), json)


@app.command()
def consistency(
    old: Annotated[int, typer.Argument(help="The older head's size.")],
    new: Annotated[int, typer.Argument(help="The newer head's size.")],
    json: AsJson = False,
) -> None:
    """The proof that the ledger at one head is the unchanged beginning of the ledger at another."""
    from .start import start

    start()
    from tongchou.ledger import commands

    _show(commands.consistency(old, new), json)


@app.command("check-consistency")
def check_consistency(
    file: Annotated[Path, typer.Argument(help="A consistency proof, as JSON.")],
    key: CheckKey,
    witnesses: WitnessKeys = None,
    quorum: Quorum = 0,
    json: AsJson = False,
) -> None:
    """Check a consistency proof with nothing but itself and the public keys."""
    from tongchou.ledger import commands

    _show(commands.check_consistency(file, key=key, witnesses=witnesses, quorum=quorum), json)


@app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="A proof of what happened, as JSON.")],
    key: CheckKey,
    witnesses: WitnessKeys = None,
    quorum: Quorum = 0,
    json: AsJson = False,
) -> None:
    """Check a proof of what happened with nothing but itself and the public keys; list its entries."""
    from tongchou.ledger import commands

    _show(commands.check_proof(file, key=key, witnesses=witnesses, quorum=quorum), json)


@app.command()
def witness(
    of: Annotated[
        str, typer.Option("--of", help="Address of the other node, e.g. https://data.example.gov.cn")
    ],
    state: State = Path("witness"),
    key: Annotated[
        Path | None, typer.Option("--key", help="The other node's ledger.pub; needed the first time.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="This witness's name; needed the first time.")] = "",
    every: Annotated[
        int, typer.Option("--every", help="Go on, once in so many seconds; 0: once.", min=0)
    ] = 0,
    json: AsJson = False,
) -> None:
    """Witness another node's ledger: sign its head if it grew from the one signed before, refuse and alarm if not."""
    import time

    from tongchou.ledger import commands
    from tongchou.standards.errors import HouseError

    while True:
        try:
            _show(commands.witness(of=of, state=state, name=name, key=key), json)
        except HouseError as failure:
            # A node that is away for a while is asked again; a ledger that was cut is not.
            if not every or failure.code != "ledger.log_unreachable":
                raise
            console.print(failure.say(language()), soft_wrap=True, markup=False)
        if not every:
            return
        time.sleep(every)


@app.command("witness-key")
def witness_key(
    name: Annotated[
        str, typer.Option("--name", help="This witness's name, e.g. audit.example.gov.cn/witness")
    ],
    state: State = Path("witness"),
    json: AsJson = False,
) -> None:
    """Make this witness's key (once) and print the public half, for the auditor of the ledger to be witnessed."""
    from tongchou.ledger import commands

    _show(commands.witness_key(state=state, name=name), json)


@app.command()
def prove(
    subject: Annotated[str, typer.Option(help="A subject's id.")] = "",
    grant: Annotated[str, typer.Option(help="A grant's number.")] = "",
    case: Annotated[str, typer.Option(help="A case's number.")] = "",
) -> None:
    """Everything on record about a subject, a grant or a case, each entry with its proof, as one JSON document."""
    from .start import start

    start()
    from tongchou.ledger import commands

    _show(commands.prove(subject=subject, grant=grant, case=case), True)


@app.command("add-witness")
def add_witness(
    file: Annotated[Path, typer.Argument(help="The witness's file witness.pub.")],
    organisation: Annotated[str, typer.Option(help="Who runs it, in words.")] = "",
    json: AsJson = False,
) -> None:
    """Take a witness's signatures from now on, as the auditor does on the page of witnesses; it is on record."""
    from .start import operator, start

    start()
    from tongchou.exchange.actions import witnesses
    from tongchou.ledger.commands import Printed, read_keys

    (key, *_rest) = read_keys(file)
    added = witnesses.add(by=operator(), key=str(key), organisation=organisation)
    _show(
        Printed([f"已登记见证方 {added.name}。"], [f"Witness added: {added.name}."], {"name": added.name}),
        json,
    )


@app.command("accept-loss")
def accept_loss(json: AsJson = False) -> None:
    """After a restored backup: sign on from what is there. The loss is recorded, and witnesses keep seeing it."""
    from .start import start

    start()
    from tongchou.ledger import commands

    _show(commands.accept_loss(), json)


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

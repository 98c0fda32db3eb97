"""The command line: `tongchou`. Each noun is a module; a command parses, calls one action or query, prints."""

from __future__ import annotations

import os
import sys

import typer

from tongchou.standards.text import Text

from . import (
    backup,
    check,
    demo,
    dossier,
    exchange,
    gather,
    history,
    ledger,
    link,
    packs,
    sample,
    serve,
    trace,
    users,
)
from .output import fail, language

app = typer.Typer(
    name="tongchou",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    help=(
        "统筹 Tongchou: a district's data, gathered, linked, exchanged and used.\n\n"
        "Try it with [bold]tongchou demo[/bold]. For your own data: [bold]tongchou pack apply DIR[/bold], "
        "[bold]tongchou gather run[/bold], [bold]tongchou link[/bold], [bold]tongchou serve[/bold]. "
        "Everything lives in the folder named by TONGCHOU_DATA (default ./data)."
    ),
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("gateway")(serve.gateway)
app.command("worker", hidden=True)(serve.worker)
app.command("migrate")(serve.migrate)
app.command("sample")(sample.sample)
app.add_typer(packs.app, name="pack")
app.add_typer(gather.app, name="gather")
app.add_typer(link.app, name="link")
app.command("dossier")(dossier.dossier)
app.add_typer(history.app, name="history")
app.add_typer(exchange.app, name="exchange")
app.add_typer(ledger.app, name="ledger")
app.command("trace-leak")(trace.trace_leak)
app.add_typer(users.app, name="user")
app.command("check")(check.check)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


def main() -> None:
    """Run a command; an expected failure is told in one line and ends with status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.config.settings")
    from django.core.exceptions import ImproperlyConfigured

    from tongchou.standards.errors import HouseError

    try:
        app()
    except HouseError as error:
        fail(error)
    except ImproperlyConfigured as error:
        print(f"Configuration error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("\nStopped. What was finished is kept; run the command again to continue.", file=sys.stderr)
        raise SystemExit(130) from None
    finally:
        _sign()


def _sign() -> None:
    """Sign a head over what this command wrote: without a worker that does so every second, entries would wait unsigned, and
    whoever removed the last of them would not be found."""
    from tongchou.ledger import flusher

    if not flusher.wrote.is_set():
        return
    from django.db import Error

    from tongchou.ledger.sequencer import sequence
    from tongchou.standards.errors import HouseError

    try:
        sequence()
    except (HouseError, Error, OSError) as error:
        told = error.say(language()) if isinstance(error, HouseError) else type(error).__name__
        print(
            Text("存证账本尚未签名：", "The ledger was not signed: ").say(language()) + told, file=sys.stderr
        )


if __name__ == "__main__":
    main()

"""`tongchou user`: the first administrator, and help when nobody can sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from .output import console

app = typer.Typer(no_args_is_help=True, help="Accounts: make the first administrator, reset a password.")


@app.command()
def create(
    username: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    role: Annotated[str, typer.Option(help="Code of a role, e.g. administrator, steward, clerk.")],
    organisation: Annotated[str, typer.Option(help="Code of an organisation.")],
    name: Annotated[str, typer.Option(help="What screens show; default the user name.")] = "",
) -> None:
    """Make an account. The password is asked for twice and must be changed at the first sign-in."""
    from .start import operator, start

    start()
    from tongchou.accounts.actions import users

    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    users.create_user(
        by=operator(), username=username, name=name or username, password=password,
        memberships=[(role, organisation)],
    )  # fmt: skip
    console.print(f"{username} may now sign in.")


@app.command("reset-password")
def reset_password(username: Annotated[str, typer.Argument(help="Whose.")]) -> None:
    """Set a new password and lift a lock; it must be changed at the next sign-in."""
    from .start import operator, start

    start()
    from tongchou.accounts.actions import users

    password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    users.reset_password(by=operator(), username=username, password=password)
    console.print(f"{username} may sign in with the new password.")

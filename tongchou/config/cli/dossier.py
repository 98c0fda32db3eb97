"""`tongchou dossier`: open a dossier on the command line, through the same door as on screen."""

from __future__ import annotations

from typing import Annotated

import typer

from .output import AsJson, console, language, print_json, print_table


def dossier(
    subject: Annotated[
        str, typer.Argument(help="A subject id, or with --find what to look for: a number, a phone.")
    ],
    user: Annotated[
        str, typer.Option("--as", help="The account that asks; its grants decide what is shown.")
    ],
    purpose: Annotated[str, typer.Option(help="Code of the purpose; goes on the ledger.")],
    case: Annotated[str, typer.Option(help="Reference of the case, if there is one.")] = "",
    find: Annotated[bool, typer.Option("--find", help="Look the subject up first.")] = False,
    valid_on: Annotated[str, typer.Option(help="As it was on this day, e.g. 2026-11-01.")] = "",
    known_at: Annotated[str, typer.Option(help="As it was known on this day.")] = "",
    json: AsJson = False,
) -> None:
    """Show what the pool holds on one subject: by grant, masked, and on the ledger, as on screen."""
    from .start import start

    start()
    import datetime as dt

    from tongchou.accounts.queries import actor_of_username
    from tongchou.exchange.actions import access

    by = actor_of_username(user)
    if find:
        hits = access.search(by=by, query=subject, purpose=purpose, case_ref=case)
        if len(hits) != 1:
            rows = [[hit.subject_id, *hit.shown()] for hit in hits]
            if json:
                print_json(rows)
            else:
                print_table(
                    f"{len(hits)} subjects", ["subject", "shown as"], [[r[0], " ".join(r[1:])] for r in rows]
                )
            raise typer.Exit(0 if hits else 1)
        subject = hits[0].subject_id
    found = access.read(
        by=by,
        subject_id=subject,
        purpose=purpose,
        case_ref=case,
        valid_on=dt.date.fromisoformat(valid_on) if valid_on else None,
        known_at=dt.date.fromisoformat(known_at) if known_at else None,
    )
    if json:
        print_json(found.as_json(language()))
        return
    console.print(f"{subject}   {found.receipt}", markup=False)
    for group in found.groups:
        rows = [
            [
                record.resource_name.say(language()),
                value.label.say(language()),
                value.shown,
                record.source_line(language()),
            ]
            for record in group.records
            for value in record.values
        ]
        print_table(group.organisation_name.say(language()), ["resource", "field", "value", "source"], rows)

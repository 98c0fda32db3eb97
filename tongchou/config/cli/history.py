"""`tongchou history`: the past of a subject, a record, a table; where a value came from; erasing, holds, retention.

Whoever asks for people's data is named with --as and goes on the ledger; their grants decide what is shown.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from .output import AsJson, console, language, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="History 历史: as it was, as it was known; erasing for good.")

As = Annotated[str, typer.Option("--as", help="The account that asks; its grants decide what is shown.")]
Purpose = Annotated[str, typer.Option(help="Code of the purpose; goes on the ledger.")]
Case = Annotated[str, typer.Option(help="Reference of the case, if there is one.")]
Axis = Annotated[str, typer.Option(help="valid: as it was true on the days; known: as it was known on them.")]
Day = Annotated[str, typer.Argument(help="A day, e.g. 2026-11-01.")]


@app.command()
def record(
    subject: Annotated[str, typer.Argument(help="A subject id.")],
    resource: Annotated[str, typer.Argument(help="Code of the resource.")],
    reference: Annotated[str, typer.Argument(help="The record's reference, as its dossier gives it.")],
    user: As,
    purpose: Purpose,
    case: Case = "",
    json: AsJson = False,
) -> None:
    """All versions of one record, newest knowledge first."""
    from .start import start

    start()
    from tongchou.accounts.queries import actor_of_username
    from tongchou.exchange.actions import history

    found = history.record(
        by=actor_of_username(user), subject_id=subject, resource=resource, record=reference, purpose=purpose,
        case_ref=case, via="cli",
    )  # fmt: skip
    if json:
        print_json(found.as_json(language()))
        return
    rows = [
        [each.recorded_at[:19], each.valid_from, each.valid_to, each.op, each.delivery, each.row,
         " ".join(f"{one.label.say(language())}={one.shown}" for one in each.values if one.changed or len(found.versions) == 1)]
        for each in found.versions
    ]  # fmt: skip
    print_table(
        found.title.say(language()),
        ["known since", "true from", "until", "", "delivery", "row", "changed"],
        rows,
    )


@app.command()
def changes(
    subject: Annotated[str, typer.Argument(help="A subject id.")],
    earlier: Day,
    later: Day,
    user: As,
    purpose: Purpose,
    case: Case = "",
    axis: Axis = "valid",
    json: AsJson = False,
) -> None:
    """What changed about a subject between two days."""
    from .start import start

    start()
    from tongchou.accounts.queries import actor_of_username
    from tongchou.exchange.actions import history

    found = history.changes(
        by=actor_of_username(user), subject_id=subject, earlier=_day(earlier), later=_day(later), axis=axis,
        purpose=purpose, case_ref=case, via="cli",
    )  # fmt: skip
    if json:
        print_json(found.as_json(language()))
        return
    rows = [
        [each.kind, each.title.say(language()), each.record, one.label.say(language()), one.before, one.after]
        for each in found.changes
        for one in each.fields
    ]
    print_table(
        f"{subject} {earlier} – {later}", ["", "resource", "record", "field", "before", "after"], rows
    )


@app.command()
def origin(
    subject: Annotated[str, typer.Argument(help="A subject id.")],
    resource: Annotated[str, typer.Argument(help="Code of the resource.")],
    reference: Annotated[str, typer.Argument(help="The record's reference.")],
    field: Annotated[str, typer.Argument(help="Name of the field.")],
    user: As,
    purpose: Purpose,
    case: Case = "",
    valid_on: Annotated[str, typer.Option(help="As it was on this day.")] = "",
    json: AsJson = False,
) -> None:
    """Where a value came from: delivery, row, and what stands in the delivered file."""
    from .start import start

    start()
    from tongchou.accounts.queries import actor_of_username
    from tongchou.exchange.actions import history

    found = history.origin(
        by=actor_of_username(user), subject_id=subject, resource=resource, record=reference, field=field,
        purpose=purpose, case_ref=case, valid_on=_day(valid_on) if valid_on else None, via="cli",
    )  # fmt: skip
    if json:
        print_json(found.as_json(language()))
        return
    source = found.source
    print_table(found.label.say(language()), ["", ""], [
        ["value", found.shown], ["true from", found.valid_from], ["known since", found.recorded_at],
        ["delivery", found.delivery], ["file", source.item if source else ""], ["row", found.row],
        ["heading", found.heading], ["in the file", found.raw], ["SHA-256", source.digest if source else ""],
        ["bytes", found.kept],
    ])  # fmt: skip


@app.command()
def table(
    grant: Annotated[str, typer.Argument(help="Number of a grant of form batch.")],
    user: As,
    purpose: Purpose,
    valid_on: Annotated[str, typer.Option(help="As it was true on this day (today).")] = "",
    known_on: Annotated[str, typer.Option(help="As it was known at the end of this day (now).")] = "",
    since: Annotated[str, typer.Option(help="Instead: what changed from this day to --valid-on.")] = "",
    axis: Axis = "valid",
    start_at: Annotated[int, typer.Option("--start", help="First row of the page, from 0.")] = 0,
    json: AsJson = False,
) -> None:
    """A page of a whole table as it was, or of what changed of it."""
    from .start import start

    start()
    from django.utils import timezone

    from tongchou.accounts.queries import actor_of_username
    from tongchou.exchange.actions import tables

    by = actor_of_username(user)
    if since:
        later = _day(valid_on) if valid_on else timezone.localdate()
        found = tables.changes(
            by=by, grant=grant, purpose=purpose, earlier=_day(since), later=later, axis=axis, start=start_at, via="cli"
        )  # fmt: skip
        if json:
            print_json(found.as_json(language()))
            return
        console.print(f"new {found.new:,} · changed {found.changed:,} · ended {found.ended:,}")
        print_table(found.title.say(language()), ["", *(label.say(language()) for _, label in found.fields)],
                    [[each.kind, *each.values] for each in found.lines])  # fmt: skip
        return
    page = tables.table(
        by=by, grant=grant, purpose=purpose, valid_on=_day(valid_on) if valid_on else None,
        known_on=_day(known_on) if known_on else None, start=start_at, via="cli",
    )  # fmt: skip
    if json:
        print_json(page.as_json(language()))
        return
    print_table(
        f"{page.title.say(language())} · {page.total:,}", [label.say(language()) for _, label in page.fields],
        [list(each.values) for each in page.lines],
    )  # fmt: skip


@app.command()
def erase(
    subject: Annotated[
        str, typer.Argument(help="A subject id; with --agree or --refuse the erasure's number.")
    ],
    user: As,
    reason: Annotated[
        str, typer.Option(help="The decision or application it rests on; no name, no number.")
    ] = "",
    ground: Annotated[str, typer.Option(help="request, order, unlawful or mistake.")] = "order",
    agree: Annotated[
        bool,
        typer.Option(
            "--agree",
            help="Agree to what somebody else asked, and do it now; go on with it when that was interrupted.",
        ),
    ] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse what somebody else asked.")] = False,
    json: AsJson = False,
) -> None:
    """Ask that a subject be erased; or, as another person, agree to it or refuse it."""
    from .start import operator, start

    start()
    from tongchou.accounts.actor import require
    from tongchou.accounts.queries import actor_of_username
    from tongchou.pool import erasure_work
    from tongchou.pool.actions import erasures
    from tongchou.pool.models import Erasure

    by = actor_of_username(user)
    begun = Erasure.objects.filter(number=subject, state=Erasure.State.RUNNING).first() if agree else None
    if agree or refuse:
        if begun is not None:
            require(by, "erasures.decide")
        found = begun or erasures.decide(by=by, number=subject, agree=agree, opinion=reason)
        if agree:
            erasure_work.perform(found, by=operator())
            found.refresh_from_db()
    else:
        found = erasures.ask(by=by, subject_id=subject, ground=ground, reason=reason)
    told = {"erasure": found.number, "state": found.state, "records": found.records, "steps": found.steps}
    if json:
        print_json(told)
        return
    print_table(found.number, ["", ""], [
        ["state", found.state], *([code, count] for code, count in found.records.items()),
        *([step, removed] for step, removed in found.steps.items()),
    ])  # fmt: skip


@app.command()
def retention(
    resource: Annotated[
        str, typer.Argument(help="Code of a resource; all that have a rule when none is named.")
    ] = "",
    json: AsJson = False,
) -> None:
    """What is over its time now, by the retention rules; nothing is done."""
    from .start import start

    start()
    from django.utils import timezone

    from tongchou.catalogue.models import Resource
    from tongchou.pool import retention as keeping
    from tongchou.pool.models import RetentionRule

    populations = dict(Resource.objects.values_list("code", "population"))
    found = [
        (rule, keeping.over(rule, timezone.localdate(), population=populations.get(rule.resource, "")))
        for rule in RetentionRule.objects.all()
        if not resource or rule.resource == resource
    ]
    told = [
        {"resource": rule.resource, "months": rule.months, "from": rule.field or rule.counted_from,
         "at_end": rule.at_end, "before": over.before.isoformat(), "over": over.count, "held": over.held}
        for rule, over in found
    ]  # fmt: skip
    if json:
        print_json(told)
        return
    names = ["resource", "months", "from", "at_end", "before", "over", "held"]
    print_table("Retention", names, [[each[name] for name in names] for each in told])


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no day; write 2026-11-01") from None

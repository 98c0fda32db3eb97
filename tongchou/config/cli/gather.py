"""`tongchou gather`: take in what sources deliver, see how it went, send back what was wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from .output import AsJson, Report, console, errors, language, print_json, print_table, progress, step

app = typer.Typer(no_args_is_help=True, help="Gather 汇: deliveries of the departments' systems.")


def run_all(
    *,
    resources: list[str] | None = None,
    source: str = "",
    pack: str = "",
    again: bool = False,
    report: Report,
) -> list[Any]:
    """Discover and take in everything that is due; returns the deliveries, failed ones among them."""
    from tongchou.gather import opening
    from tongchou.gather.actions import deliveries as actions
    from tongchou.gather.queries import mappings
    from tongchou.standards.errors import HouseError

    from .start import operator

    by = operator()
    finished = []
    chosen = list(mappings(resources=resources or [], source=source, pack=pack))
    if not chosen:
        from tongchou.standards.text import Text

        raise HouseError(
            "gather.nothing",
            Text("没有符合条件的信息资源。", "No resource fits."),
            Text(
                "请先装载数据包：tongchou pack apply 文件夹。", "Apply a pack first: tongchou pack apply DIR."
            ),
            where=" ".join(resources or []) or source or pack,
        )
    for position, mapping in enumerate(chosen):
        report("resources", position, len(chosen))
        try:
            items = opening.find_items(mapping)
        except HouseError as error:
            errors.print(
                f"[yellow]![/] {mapping.resource.code}: {escape(error.say(language()))}", soft_wrap=True
            )
            finished.append({"resource": mapping.resource.code, "state": "unreachable", "error": error.code})
            continue
        actions.receive(by=by, mapping=mapping, items=items, again=again)
        for done in _take_in(mapping.resource, by=by, report=report):
            finished.append(_facts(done))
            if done.state in ("failed", "held"):
                errors.print(
                    f"[yellow]![/] {done.resource.code} {done.item}: {escape(finished[-1]['message'])}",
                    soft_wrap=True,
                )
    report("resources", len(chosen), len(chosen))
    return finished


def _take_in(resource: Any, *, by: Any, report: Report) -> Iterator[Any]:
    """Take in what waits for a resource, one after the other; what another process has begun is waited for."""
    from tongchou.gather import work

    while True:
        work.release_stale()
        waiting = resource.deliveries.filter(state="waiting").order_by("id").first()
        if waiting is not None and work.claim(waiting):
            yield work.perform(
                waiting,
                by=by,
                report=lambda one, now: report(f"{one.resource.code} · {now.phase}", now.done, now.total),
            )
        elif waiting is not None or resource.deliveries.filter(state="running").exists():
            report(f"{resource.code} · another process is loading it", 0, 0)
            time.sleep(0.3)
        else:
            return


def _facts(delivery: Any) -> dict[str, Any]:
    return {
        "delivery": delivery.number,
        "resource": delivery.resource.code,
        "item": delivery.item,
        "delivered_on": delivery.delivered_on.isoformat(),
        "state": delivery.state,
        "rows_read": delivery.rows_read,
        "kept": delivery.rows_kept,
        "quarantined": delivery.rows_quarantined,
        "new": delivery.rows_new,
        "changed": delivery.rows_changed,
        "unchanged": delivery.rows_unchanged,
        "ended": delivery.rows_ended,
        **(_error(delivery.error) if delivery.error else {}),
    }


def _error(error: dict[str, Any]) -> dict[str, Any]:
    """Why a delivery failed: its code, and what happened and what to do in the reader's language."""
    said = [error.get(part, {}).get(language(), "") for part in ("what", "next")]
    return {"error": error.get("code"), "message": " ".join(filter(None, said))}


def _print_deliveries(title: str, found: list[dict[str, Any]]) -> None:
    names = [
        "delivery",
        "resource",
        "item",
        "state",
        "rows_read",
        "kept",
        "quarantined",
        "new",
        "changed",
        "unchanged",
        "ended",
    ]
    print_table(title, names, [[row.get(name, "") for name in names] for row in found])


@app.command()
def run(
    resources: Annotated[
        list[str] | None, typer.Argument(help="Codes of resources; all when none is named.")
    ] = None,
    source: Annotated[str, typer.Option(help="Only what this source delivers.")] = "",
    pack: Annotated[str, typer.Option(help="Only what this pack brought.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also items that came before with the same content.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Take in everything new that the sources have. Safe to repeat and to interrupt."""
    from .start import aside

    aside()
    with progress(quiet=json) as report:
        finished = run_all(resources=resources, source=source, pack=pack, again=again, report=report)
    if json:
        print_json(finished)
    elif finished:
        _print_deliveries("Deliveries", [row for row in finished if "delivery" in row])
        step("Next: tongchou link")
    else:
        console.print("Nothing new: every item is already in the pool.")
    if any(row["state"] != "done" for row in finished):
        raise typer.Exit(1)


@app.command()
def status(
    state: Annotated[
        str, typer.Option(help="waiting, running, done, failed, cancelled, held or refused.")
    ] = "",
    resource: Annotated[str, typer.Option(help="Only this resource.")] = "",
    limit: Annotated[int, typer.Option(help="How many of the latest.")] = 40,
    json: AsJson = False,
) -> None:
    """The latest deliveries and how they went."""
    from .start import start

    start()
    from tongchou.gather.queries import deliveries

    found = [_facts(delivery) for delivery in deliveries(state=state, resource=resource)[:limit]]
    if json:
        print_json(found)
    else:
        _print_deliveries("Deliveries, newest first", found)
        for row in found:
            if "message" in row:
                told = f"{row['delivery']}: {row['message']} [{row['error']}]"
                console.print(told, soft_wrap=True, markup=False)


@app.command()
def quarantine(
    delivery: Annotated[
        str, typer.Argument(help="Number of a delivery; without it, counts by resource and rule.")
    ] = "",
    export: Annotated[
        Path | None, typer.Option(help="Write the delivery's rows whole, with reasons, as CSV.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Rows that were set aside: how many, why, and what their department should do."""
    from .start import operator, start

    start()
    from tongchou.gather import quarantined

    if export is not None and delivery:
        from tongchou.gather.actions.quarantine import send_back

        rows = send_back(by=operator(), number=delivery, target=export)
        console.print(f"{rows:,} rows written to {export}")
        return
    reasons = quarantined.reasons(number=delivery)
    if json:
        print_json([reason.as_dict(language()) for reason in reasons])
        return
    print_table(
        "Quarantined rows" + (f" of {delivery}" if delivery else ""),
        ["resource", "field", "rule", "rows", "first row", "what to do"],
        [
            [one.resource, one.field, one.rule, one.rows, one.first_row, one.advice.say(language())]
            for one in reasons
        ],
    )

"""`tongchou link`: find out which records are about the same subject, and write the answer down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .output import AsJson, console, print_json, print_table, progress, step

if TYPE_CHECKING:
    from tongchou.pool.models import Population

app = typer.Typer(
    invoke_without_command=True,
    help="Link 关联: which records are about the same person or enterprise.",
)


def populations_of(codes: list[str]) -> list[Population]:
    """The populations of these codes, all when none is given. Raises HouseError "link.no_population"."""
    from tongchou.pool.models import Population
    from tongchou.standards.errors import HouseError
    from tongchou.standards.text import Text

    chosen = Population.objects.all()
    if codes:
        chosen = chosen.filter(code__in=codes)
    unknown = set(codes) - set(chosen.values_list("code", flat=True))
    if unknown or not chosen:
        raise HouseError(
            "link.no_population",
            Text("没有这个关联库。", "There is no such population."),
            Text("请先装载声明了它的数据包。", "Apply a pack whose linkage.yaml declares it."),
            where=" ".join(sorted(unknown)),
        )
    return list(chosen)


def link_all(
    *, populations: list[str], json: bool, force: bool = True, full: bool = False
) -> list[dict[str, Any]]:
    """Link each named population (all when none is named); without `force` only those with new records.

    full: go over all records and count anew what is common.
    """
    from tongchou.pool.actions import linkage as actions
    from tongchou.pool.linking import bury_dead
    from tongchou.pool.queries import needs_linking

    from .start import operator

    chosen = populations_of(populations)
    bury_dead()
    finished = []
    for population in chosen:
        if not force and not needs_linking(population):
            continue
        with progress(quiet=json) as report:
            run = actions.link(by=operator(), population=population, recount=full, progress=report)
        finished.append(
            {
                "population": population.code,
                "records": run.records,
                "subjects": run.subjects,
                "to_judge": run.pairs_to_judge,
                "extent": run.extent,
                "decided": run.records_decided,
                "why_all": run.why_all,
            }
        )
    return finished


def _because(code: str) -> str:
    """Why a run went over all records, in words; "" when it did not."""
    from tongchou.pool.linkstates import WHY_ALL

    return WHY_ALL[code].en if code in WHY_ALL else ""


@app.callback()
def link(
    context: typer.Context,
    population: Annotated[
        list[str] | None, typer.Option(help="Only this population; may be repeated.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Go over all records and count anew what is common.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Link what changed in every population, or in the named ones. Subject ids stay; stewards' judgements hold.

    Where there is nothing to go on from (a first run, another model), everything is gone over, and the run says so.
    """
    if context.invoked_subcommand is not None:
        return
    from .start import aside

    aside()
    finished = link_all(populations=population or [], json=json, full=full)
    if json:
        print_json(finished)
        return
    print_table(
        "Linked",
        ["population", "records", "subjects", "pairs to judge", "went over", "decided about", "because"],
        [[*list(row.values())[:6], _because(row["why_all"])] for row in finished],
    )
    step("Next: tongchou link export links.csv, or tongchou serve")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to: .csv, .csv.gz or .parquet.")],
    population: Annotated[
        list[str] | None, typer.Option(help="Only this population; may be repeated.")
    ] = None,
    resource: Annotated[
        list[str] | None, typer.Option(help="Only records of this resource; may be repeated.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Write resource, source key and subject id of every linked record; links first what is not linked yet."""
    from .start import operator, start

    start()
    from tongchou.pool.actions.linkage import export_links

    link_all(populations=population or [], json=json, force=False)
    rows = export_links(by=operator(), file=file, populations=population or [], resources=resource or [])
    if json:
        print_json({"file": str(file), "rows": rows})
    else:
        console.print(f"{rows:,} links written to {file}")


@app.command()
def train(
    population: Annotated[str, typer.Argument(help="The population, for example people.")],
    json: AsJson = False,
) -> None:
    """Train on the population's own records and propose a candidate model; a steward adopts it or not.

    The identity numbers are the teacher; half of the people are kept out for the report. Nothing is linked otherwise
    until the candidate is adopted on screen.
    """
    from .start import operator, start

    start()
    from tongchou.pool.actions.training import train_model

    [chosen] = populations_of([population])
    with progress(quiet=json) as report:
        candidate = train_model(by=operator(), population=chosen, progress=report)
    told = candidate.report
    if json:
        print_json({"candidate": candidate.pk, "digest": candidate.digest, "report": told})
        return
    people = told["people"]
    print_table(
        f"Candidate {candidate.pk}: {told['verdict']}",
        ["", "in force", "candidate"],
        [[name, people["before"][name], people["after"][name]] for name in ("precision", "recall", "f1")],
    )
    step(f"Next: a steward decides at /pool/candidates/{candidate.pk}/")

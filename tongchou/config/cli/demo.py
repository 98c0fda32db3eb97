"""`tongchou demo`: the sample district, made, gathered, linked and served. The real path, start to end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from . import citizens, gather, link, packs
from .output import errors, print_table, progress, step
from .serve import check_port, supervise

#: Who can be tried in the sample district (accounts of packs/sample), and what to look at as them.
CAST = [
    ("steward", "data bureau: health of the pool, deliveries, quarantine, links to judge"),
    ("clerk", "service hall: find a person, open their dossier"),
    ("officer_edu", "education bureau: own resources, quality, rows sent back"),
    ("applicant", "a citizen: who looked at my data, what is held, what is wrong"),
    ("auditor", "oversight: who looked at what, and the proof"),
    ("admin", "administrator: organisations, people, roles"),
]
PASSWORD = "Tongchou-demo-2026"  # noqa: S105 – of synthetic people in a sample district; `check --deploy` names it


def demo(
    people: Annotated[int, typer.Option(min=100, help="How many people the sample district has.")] = 50_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same district.")] = 1,
    port: Annotated[int | None, typer.Option(help="Port; default PORT or 8000.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    serve: Annotated[bool, typer.Option(help="Serve when everything is in.")] = True,
) -> None:
    """Make the sample district, gather and link it, and serve it. Run again, it starts where it left off."""
    from .start import start

    began = time.monotonic()
    start()
    from django.conf import settings

    number = port or settings.PORT
    if serve:
        check_port(host, number)
    folder = settings.TONGCHOU_DATA / "sample"
    if not (folder / "COMPLETE").is_file():
        _make(folder, people=people, seed=seed)
    _load()
    example = _example(folder)
    citizens.bind_samples(example[:2] if example else None)
    errors.print(f"The sample district is in the pool ({time.monotonic() - began:.0f} s).")
    if serve:
        print_table(
            f"Sign in with the password {PASSWORD}",
            ["account", "what to look at"],
            [list(row) for row in CAST],
        )
        if found := example:
            errors.print(
                "An example (invented): as clerk choose the purpose 低保核查 (relief check) and type "
                f"{found[0]} {found[1]} – on relief, with {found[2]} cars and {found[3]} homes. "
                "The account applicant is theirs: it sees that you looked.",
                soft_wrap=True,
            )
        names = ", ".join(name for name, _ in CAST)
        supervise(
            host=host,
            port=number,
            data=settings.TONGCHOU_DATA,
            ready=f"Ready: http://{host}:{number} – sign in as {names}; password {PASSWORD}",
        )


def _make(folder: Path, *, people: int, seed: int) -> None:
    from tongchou.sample import generate

    step(f"Making a district of {people:,} people (nobody in it exists)")
    with progress() as report:
        generate(out=folder, people=people, seed=seed, progress=report)
    (folder / "COMPLETE").write_text(f"people={people} seed={seed}\n")


def _example(folder: Path) -> tuple[str, str, int, int] | None:
    """A relief recipient who owns what they did not tell: name, birth date, cars, homes. None in a small district."""
    import duckdb

    truth = folder / "truth"
    if not (truth / "persons.parquet").is_file():  # somebody may have put the truth away
        return None
    with duckdb.connect() as database:
        found: tuple[str, str, int, int] | None = database.execute(
            """SELECT name, birth_date, count(*) FILTER (resource = 'vehicle.vehicles') AS cars,
                count(*) FILTER (resource = 'land.property') AS homes
            FROM read_parquet(?) AS persons JOIN read_parquet(?) AS records USING (person)
            WHERE hidden_assets GROUP BY person, name, birth_date
            HAVING cars > 0 AND homes > 1 AND count(*) FILTER (resource = 'civil.relief') > 0
            ORDER BY person LIMIT 1""",
            [str(truth / "persons.parquet"), str(truth / "people.parquet")],
        ).fetchone()
    return found


def _load() -> None:
    from tongchou.config.packs import apply, plan

    from .start import operator

    pack = packs.read(Path("sample"))
    if any(change.kind != "same" for change in plan(pack)):
        step("Applying the sample pack: organisations, roles, catalogue, grants")
        apply(by=operator(), pack=pack)
    step("Gathering what the 24 systems deliver")
    with progress() as report:
        gather.run_all(pack="sample", report=report)
    step("Linking records to people and enterprises")
    link.link_all(populations=[], json=False, force=False)

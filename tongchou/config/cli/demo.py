"""`tongchou demo`: the sample district, made, gathered, linked and served. The real path, start to end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from . import citizens, exchange, gather, link, packs
from .output import errors, print_table, progress, step
from .serve import check_port, supervise

#: Who can be tried in the sample district (accounts of packs/sample), and what to look at as them.
CAST = [
    ("steward", "data bureau: health of the pool, deliveries, quarantine, links to judge"),
    ("clerk", "service hall: find a person, open their dossier"),
    ("officer_edu", "education bureau: own resources, quality, rows sent back"),
    ("officer_civil", "civil affairs: what it asked for and was granted, exports, corrections to decide"),
    ("applicant", "a citizen: who looked at my data, what is known about me, this is wrong"),
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
    from tongchou.config import first_day

    example = first_day.somebody(folder)
    citizens.bind_samples((example.name, example.birth_date) if example else None)
    first_day.play(settings.TONGCHOU_DATA, step=step)
    errors.print(f"The sample district is in the pool ({time.monotonic() - began:.0f} s).")
    if serve:
        print_table(
            f"Sign in with the password {PASSWORD}",
            ["account", "what to look at"],
            [list(row) for row in CAST],
        )
        if example:
            errors.print(
                "An example (invented): as clerk choose the purpose 低保核查 (relief check) and type "
                f"{example.name} {example.birth_date} – on relief, with {example.cars} cars and {example.homes} homes. "
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


def _load() -> None:
    from tongchou.config.packs import apply, plan

    from .start import operator

    pack = packs.read(Path("sample"))
    if any(change.kind != "same" for change in plan(pack)):
        step("Applying the sample pack: organisations, roles, catalogue, grants")
        apply(by=operator(), pack=pack)
    _issue_keys()
    step("Gathering what the 24 systems deliver")
    with progress() as report:
        gather.run_all(pack="sample", report=report)
    step("Linking records to people and enterprises")
    link.link_all(populations=[], json=False, force=False)


def _issue_keys() -> None:
    """A key for each of the sample's systems that has none, in the data folder and nowhere else."""
    from tongchou.exchange.models import Client

    waiting = Client.objects.filter(pack="sample", keys__isnull=True).values_list("code", flat=True)
    for code in sorted(waiting):
        method = "ed25519" if code == "civil-relief" else "hmac-sha256"
        exchange.issue_key(code, method=method, file=exchange.keys_folder() / f"{code}.json", overlap_hours=0)

"""`tongchou pack`: check, plan and apply a district described as data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .output import AsJson, console, errors, language, print_json, print_table, step

if TYPE_CHECKING:
    from tongchou.config.packs import Pack

app = typer.Typer(no_args_is_help=True, help="Packs 数据包: a district as data. Check, plan and apply one.")

Folder = Annotated[
    Path, typer.Argument(help="The pack: a folder with a pack.yaml, or the name of one in packs/.")
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="A setting of the pack, e.g. --set data_path=/srv/files."
    ),
]


def read(folder: Path, given: list[str] | None = None) -> Pack:
    """The pack in `folder`, or the one of that name that comes with Tongchou."""
    from django.conf import settings

    from tongchou.config.packs import read_pack

    if not folder.exists() and (settings.PROJECT / "packs" / folder.name / "pack.yaml").is_file():
        folder = settings.PROJECT / "packs" / folder.name
    values = dict(pair.split("=", 1) for pair in given or [] if "=" in pair)
    wrong = [pair for pair in given or [] if "=" not in pair]
    if wrong:
        raise typer.BadParameter(f"--set takes NAME=VALUE, not {wrong[0]!r}")
    return read_pack(
        folder,
        project=settings.PROJECT,
        data=settings.TONGCHOU_DATA,
        shared_data=settings.TONGCHOU_SHARED_DATA,
        given=values,
    )


@app.command()
def check(folder: Folder, given: Given = None, json: AsJson = False) -> None:
    """Report every problem of a pack at once, each with its file and line."""
    from .start import start

    start()
    from tongchou.config.packs import check as find_problems

    problems = find_problems(read(folder, given))
    if json:
        print_json([{"file": p.file, "line": p.line, "what": p.what.say(language())} for p in problems])
    elif problems:
        for problem in problems:
            console.print(problem.say(language()), soft_wrap=True, markup=False)
        errors.print(f"[bold red]✗[/] {len(problems)} problems.")
    else:
        console.print("No problems.")
    if problems:
        raise typer.Exit(2)


def _summary(changes: list[Any]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for change in changes:
        counts.setdefault(change.section, Counter())[change.kind] += 1
    return {
        section: {kind: count[kind] for kind in ("create", "update", "same")}
        for section, count in counts.items()
    }


def _print_changes(changes: list[Any], title: str, json: bool) -> None:
    if json:
        print_json(
            {
                "summary": _summary(changes),
                "changes": [
                    {
                        "kind": c.kind,
                        "section": c.section,
                        "identifier": c.identifier,
                        "fields": list(c.fields),
                    }
                    for c in changes
                    if c.kind != "same"
                ],
            }
        )
        return
    rows = [[section, *counts.values()] for section, counts in _summary(changes).items()]
    print_table(title, ["section", "create", "update", "same"], rows)
    for change in changes:
        if change.kind == "update":
            console.print(
                f"  update {change.section} {change.identifier}: {', '.join(change.fields)}", markup=False
            )


@app.command()
def plan(folder: Folder, given: Given = None, json: AsJson = False) -> None:
    """Show what applying a pack would create and change. Nothing is written."""
    from .start import start

    start()
    from tongchou.config.packs import plan as make_plan

    pack = read(folder, given)
    _print_changes(make_plan(pack), f"Plan for {pack.name}", json)


@app.command()
def apply(folder: Folder, given: Given = None, json: AsJson = False) -> None:
    """Apply a pack and those it requires, all or nothing. Applied again, it changes nothing."""
    from .start import operator, start

    start()
    from tongchou.config.packs import apply as write

    pack = read(folder, given)
    changes = write(by=operator(), pack=pack)
    _print_changes(changes, f"Applied {pack.name}", json)
    absent = [
        row.data["code"] for one in pack.with_required() for row in one.rows["sources"] if _absent(row.data)
    ]
    if absent and not json:
        errors.print(
            f"[yellow]![/] Not reachable now: {', '.join(absent[:5])}. "
            "Deliveries wait until the path is there; name another with --set or the pack's environment variable.",
            soft_wrap=True,
        )
    elif not json:
        step("Next: tongchou gather run")


def _absent(source: Any) -> bool:
    path = (source.get("settings") or {}).get("path")
    return bool(path) and not Path(str(path)).exists()


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Where to write the pack; its last part becomes its name.")],
    files: Annotated[
        list[Path], typer.Argument(help="The files to describe: CSV, TSV or workbooks.", exists=True)
    ],
    json: AsJson = False,
) -> None:
    """Draft a pack for files nobody has described yet: columns, data elements, key. Read it, then apply it."""
    from tongchou.gather.draft_packs import write
    from tongchou.gather.drafting import codes_of, draft, latin

    folders = {file.resolve().parent for file in files}
    if len(folders) > 1:
        raise typer.BadParameter("the files must lie in one folder")
    title = folder.resolve().name
    drafts = [draft(file.resolve(), code=code) for file, code in zip(files, codes_of(files), strict=True)]
    written = write(
        drafts, name=latin(title)[:30] or "pack", title=title, data_path=folders.pop(), folder=folder
    )
    if json:
        print_json([str(path) for path in written])
        return
    for one in drafts:
        rows = [
            [
                f.heading,
                f.name,
                f.element,
                f"{f.filled:.0%}",
                f"{f.passing:.0%}" if f.filled else "–",
                "key" if f.name in one.key else f.role,
            ]
            for f in one.fields
        ]
        print_table(
            f"{one.file}: about {one.subject}",
            ["heading", "field", "element", "filled", "pass", "part in linkage"],
            rows,
        )
    step(f"Read and correct {folder}/resources/, then: tongchou pack apply {folder}")


@app.command("list")
def list_packs(json: AsJson = False) -> None:
    """The packs that come with Tongchou."""
    from .start import start

    start()
    from django.conf import settings

    found = []
    for head in sorted((settings.PROJECT / "packs").glob("*/pack.yaml")):
        pack = read(head.parent)
        found.append(
            {"name": pack.name, "title": pack.title.say(language()), "folder": f"packs/{head.parent.name}"}
        )
    if json:
        print_json(found)
    else:
        print_table("Packs", ["name", "title", "folder"], [list(row.values()) for row in found])

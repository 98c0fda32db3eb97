"""The commands that the documentation names exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import typer

from tongchou.config.cli import app

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for path in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "packs").rglob("*.md")]
    if "adr" not in path.parts
)
COMMAND = re.compile(r"(?:^|[`$\s])tongchou ((?:[a-z-]+ ?)+(?:--[a-z-]+)?)", re.M)


def commands() -> dict[str, set[str]]:
    """Every command (with its group) and the options it knows."""
    root = typer.main.get_command(app)
    found: dict[str, set[str]] = {}

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        found[" ".join(path)] = {
            option for one in command.params for option in (*one.opts, *one.secondary_opts)
        }
        for name, child in getattr(command, "commands", {}).items():
            walk(child, (*path, name))

    walk(root, ())
    return found


def named_in(text: str) -> set[str]:
    """Command lines in code: `tongchou …` in back quotes or at the beginning of a line of a code block."""
    code = re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.S)
    return {found.strip() for part in code for found in COMMAND.findall(part)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_commands_in_the_documentation_exist(page: Path) -> None:
    known = commands()
    first = {name.split(" ")[0] for name in known if name}
    wrong = []
    for line in named_in(page.read_text(encoding="utf-8")):
        words = [word for word in line.split() if not word.startswith("--")]
        if (words and words[0] not in first) or (
            len(words) > 1
            and any(name.startswith(words[0] + " ") for name in known)
            and f"{words[0]} {words[1]}" not in known
        ):
            wrong.append(line)
    assert not wrong


def test_make_targets_in_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.M))
    wrong = {
        f"{page.name}: make {target}"
        for page in PAGES
        for target in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))
        if target not in targets
    }
    assert not wrong

"""The commands that the documentation names exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
import typer
from packaging.requirements import Requirement

from tongchou.config.cli import app

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for path in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "packs").rglob("*.md")]
    if "adr" not in path.parts
)
#: Drawn by `make bench`; a fresh tree may not have it yet.
DRAWN = "bench/results.md"
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_in_the_documentation_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    wrong = [
        target
        for target in targets
        if "://" not in target and target != DRAWN and not (page.parent / target).exists()
    ]
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_files_named_in_the_documentation_exist(page: Path) -> None:
    named = set(
        re.findall(
            r"`((?:tests|tongchou|tools|deploy|bench|packs|docs)/[\w./-]+\.\w+)", page.read_text("utf-8")
        )
    )
    wrong = [name for name in named if not (PROJECT / name).exists() and name != DRAWN]
    assert not wrong


def test_tests_named_in_the_documentation_exist() -> None:
    there = {
        name
        for file in (PROJECT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", file.read_text("utf-8"), re.M)
    }
    wrong = {
        f"{page.name}: {name}"
        for page in PAGES
        for name in re.findall(r"`(test_\w+)`", page.read_text("utf-8"))
        if name not in there
    }
    assert not wrong


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    page = (PROJECT / "docs/explanation/dependencies.md").read_text(encoding="utf-8").lower()
    assert not [one for one in wanted if Requirement(one).name.lower() not in page]


def test_make_targets_in_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.M))
    wrong = {
        f"{page.name}: make {target}"
        for page in PAGES
        for target in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))
        if target not in targets
    }
    assert not wrong

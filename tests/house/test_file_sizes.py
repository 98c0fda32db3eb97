"""No file grows past 800 lines, unless it only declares data."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import PROJECT, ROOMS, python_files, short

LONGEST = 800


def only_declares(path: Path) -> bool:
    """Whether a file holds no function and no class: constants and imports alone."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    return not any(isinstance(node, kinds) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def test_no_file_is_too_long() -> None:
    own = [
        path
        for path in ROOMS.rglob("*")
        if path.suffix in (".html", ".css", ".js") and "vendor" not in path.parts
    ]
    files = [*python_files(), *python_files(PROJECT / "tests"), *own]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    too_long = [
        f"{short(path)}: {length} lines"
        for path, length in lengths.items()
        if length > LONGEST and not (path.suffix == ".py" and only_declares(path))
    ]
    assert not too_long, "\n".join(too_long)

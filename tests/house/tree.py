"""The files that the house tests read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
ROOMS = PROJECT / "tongchou"


def python_files(root: Path = ROOMS) -> list[Path]:
    """Every Python file of the product but migrations."""
    return sorted(path for path in root.rglob("*.py") if "migrations" not in path.parts)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call in a syntax tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def short(path: Path) -> str:
    """A path as it is told."""
    return path.relative_to(PROJECT).as_posix()

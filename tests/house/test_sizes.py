"""A file that grows past 400 lines is on its way to being two; past 800 it fails, unless it only declares data."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LIMIT, WISH = 800, 400


def sources() -> dict[str, int]:
    """Lines of every Python file that people write."""
    found = {}
    for folder in ("tongchou", "tests", "tools", "bench"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                found[str(path.relative_to(PROJECT))] = len(path.read_text(encoding="utf-8").splitlines())
    return found


def test_no_file_is_longer_than_800_lines() -> None:
    assert not {path: lines for path, lines in sources().items() if lines > LIMIT}


def test_few_files_are_longer_than_400_lines() -> None:
    long = {path: lines for path, lines in sources().items() if lines > WISH}
    assert len(long) <= len(sources()) // 20, f"too many long files: {long}"

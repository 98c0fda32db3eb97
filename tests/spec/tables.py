"""Reading the tables of the reference pages in this folder, so that the page is the test."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def rows(page: str, first_column: str) -> list[dict[str, str]]:
    """The rows of the table on `page` whose first column is headed `first_column`."""
    found: list[dict[str, str]] = []
    header: list[str] | None = None
    for line in (FOLDER / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            header = None
        elif header is None:
            header = cells if cells[0] == first_column else []
        elif header and set(line) - set("|-: "):
            found.append(dict(zip(header, cells, strict=True)))
    assert found, f"no table {first_column!r} on {page}"
    return found

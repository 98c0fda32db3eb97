"""What the links of a run look like, in numbers: how records came together, how large files are, how sure joins are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..engine.connection import connect, quote

#: Upper ends of the classes of file sizes (records a file), the last one open.
SIZES = (1, 2, 3, 5, 10, 20, 50, 100)
#: Bits per class of scores.
CLASS_BITS = 2
LOWEST, HIGHEST = -8, 40


def describe(links: Path) -> dict[str, Any]:
    """Numbers for a run's report page, none of them about anybody.

    links: the published links. how: records by how they are linked. sizes: [upper end, files] per class of size, the
    last upper end None. scores: [lower end in bits, records] of links by probability. largest: records of the largest
    files. One pass of DuckDB each; two million links take a second.
    """
    source = f"read_parquet({quote(str(links))})"
    classes = " ".join(f"WHEN n <= {each} THEN {each}" for each in SIZES)
    with connect() as db:
        how = dict(db.execute(f"SELECT how, count(*) FROM {source} GROUP BY how ORDER BY how").fetchall())
        db.execute(f"CREATE TEMP TABLE files AS SELECT count(*) AS n FROM {source} GROUP BY subject_id")
        sizes = db.execute(
            f"SELECT CASE {classes} END AS top, count(*) FROM files GROUP BY top ORDER BY top NULLS LAST"
        ).fetchall()
        largest = db.execute("SELECT n FROM files ORDER BY n DESC LIMIT 5").fetchall()
        scores = db.execute(
            f"""SELECT greatest({LOWEST}, least({HIGHEST}, floor(score / {CLASS_BITS})::INT * {CLASS_BITS})) AS low,
            count(*) FROM {source} WHERE how = 'probability' GROUP BY low ORDER BY low"""
        ).fetchall()
    return {
        "how": {str(name): int(count) for name, count in how.items()},
        "sizes": [[top, int(count)] for top, count in sizes],
        "largest": [int(count) for (count,) in largest],
        "scores": [[int(low), int(count)] for low, count in scores],
    }

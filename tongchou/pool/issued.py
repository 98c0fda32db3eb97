"""The subject ids ever given: which subject each record was linked to, run after run.

The links in force (`links`) are derived and may be lost; an id that stands in the ledger or in somebody's letter
must still mean the same person afterwards. So every run leaves here what it changed, in a folder apart from the
links, and nothing here is ever altered: records and ids, no values. From it the links are laid down again as
they were, and the next run decides by them as it always does (`subjects.assign`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from . import published
from .engine.connection import connect, file_list
from .folders import data_root, issued_folder
from .subjects import ALIASES, LINKS

_RECOVERED = """SELECT resource, source_key, arg_max(after, number) AS subject_id,
  arg_min(after, number) AS origin_id, NULL::VARCHAR AS how, NULL::DOUBLE AS score,
  NULL::VARCHAR AS sentence_zh, NULL::VARCHAR AS sentence_en, arg_max("at", number) AS since
FROM (SELECT regexp_extract(filename, 'moves-([0-9]+)', 1)::INT AS number, *
  FROM read_parquet({files}, filename = true, union_by_name = true))
GROUP BY resource, source_key HAVING arg_max_null(after, number) IS NOT NULL ORDER BY resource, source_key"""


def latest(population: str) -> int:
    """The number of the last run that left something here; 0 before the first."""
    return max((_number(each) for each in _files(population, "moves")), default=0)


def write(population: str, number: int, moves: pa.Table, aliases: pa.Table, at: datetime) -> None:
    """Keep what a run changed. moves: resource, source_key, before, after; aliases: all there are now.

    Written before the links are put in force: a run that dies in between is written over by the next one, which
    bears the same number.
    """
    folder = issued_folder(population)
    folder.mkdir(parents=True, exist_ok=True)
    instants = pa.repeat(pa.scalar(at, pa.timestamp("us", "UTC")), moves.num_rows)
    published.write(folder, f"moves-{number:06d}.parquet", moves.append_column("at", instants))
    published.write(folder, f"aliases-{number:06d}.parquet", aliases)
    for each in _files(population, "aliases"):
        if _number(each) < number - 1:
            each.unlink()


def moves_of(population: str, number: int) -> Path | None:
    """The file of what one run changed; None when it is not there."""
    file = issued_folder(population) / f"moves-{number:06d}.parquet"
    return file if file.exists() else None


def recovered(population: str) -> tuple[pa.Table, pa.Table]:
    """(links, aliases) as the last run left them, without the reasons; empty when no id was ever given."""
    moves, aliases = _files(population, "moves"), _files(population, "aliases")
    if not moves:
        return LINKS.empty_table(), ALIASES.empty_table()
    with connect(data_root()) as db:
        links = db.sql(_RECOVERED.format(files=file_list(moves))).to_arrow_table().cast(LINKS)
    return links, pq.read_table(aliases[-1]) if aliases else ALIASES.empty_table()


def _files(population: str, name: str) -> list[Path]:
    return sorted(issued_folder(population).glob(f"{name}-*.parquet"))


def _number(file: Path) -> int:
    return int(file.stem.rsplit("-", 1)[1])

"""The published links of a population.

One Parquet file of the current links and one of aliases, which appear together (`published`). What each run
changed is kept apart (`issued`); from that the links are laid down again when they are lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import issued, published
from .engine.connection import connect, one, quote
from .engine.locks import writing
from .folders import data_root, links_folder
from .subjects import Assignment


@contextmanager
def changing(population: str) -> Iterator[None]:
    """Hold the right to change the links, base library and index of a population; one run at a time."""
    try:
        lock = writing(data_root(), f"links-{population}")
        with lock:
            yield
    except HouseError as error:
        if error.code != "gather.resource_busy":
            raise
        raise busy(population) from None


def busy(population: str) -> HouseError:
    """That another process works on the population."""
    return HouseError(
        "pool.linking_already",
        Text("该关联库正在关联。", "This population is being linked."),
        Text("请等它完成后重试。", "Try again when it has finished."),
        population,
    )


def current(population: str) -> published.Version | None:
    """The links now in force; None before the first run."""
    return published.current(links_folder(population))


def tables(population: str) -> tuple[pa.Table, pa.Table]:
    """(links, aliases) now in force, or as they were last issued when they are lost; empty before the first run."""
    version = current(population)
    if version is None:
        return issued.recovered(population)
    return pq.read_table(version.parts["links"]), pq.read_table(version.parts["aliases"])


def next_number(population: str) -> int:
    """The number of the version that will be published next."""
    before = current(population)
    return before.number + 1 if before else issued.latest(population) + 1


def publish(
    population: str, assignment: Assignment, at: datetime, facts: dict[str, Any] | None = None
) -> published.Version:
    """Put an assignment in force. at: the instant it stands for; facts: what it was made of (`linking.made_of`)."""
    folder = links_folder(population)
    before = current(population)
    number = next_number(population)
    if before and not issued.latest(
        population
    ):  # they alone were lost: begin them again with what is in force
        links = pq.read_table(before.parts["links"]).select(["resource", "source_key", "subject_id"])
        all_of_them = links.rename_columns(["resource", "source_key", "after"])
        issued.write(population, before.number, all_of_them, assignment.aliases, before.at)
    issued.write(population, number, assignment.moves, assignment.aliases, at)
    parts = {"links": assignment.links, "aliases": assignment.aliases}
    version = published.publish(folder, parts, number=number, at=at, facts=facts)
    published.sweep(folder, tuple(parts))
    return version


def subject_of(population: str, resource: str, key: str) -> str | None:
    """The subject a record is linked to now; None when it is not linked. Reads one row group of the links."""
    version = current(population)
    if version is None:
        return None
    with connect() as db:
        row = one(
            db,
            f"SELECT subject_id FROM read_parquet({quote(str(version.parts['links']))}) "
            "WHERE resource = ? AND source_key = ?",
            [resource, key],
        )
    return row[0] if row else None


def export(wanted: Mapping[str, Sequence[str] | None], file: Path) -> int:
    """Write resource, source_key, subject_id of current links, in that order of columns and rows; returns the rows.

    wanted: {population: the resources whose records are wanted, None for all of them}.
    Raises HouseError "pool.export_format" for another ending than .csv, .csv.gz or .parquet, "pool.nothing_linked".
    """
    forms = {
        ".csv": "FORMAT csv, HEADER",
        ".gz": "FORMAT csv, HEADER, COMPRESSION gzip",
        ".parquet": "FORMAT parquet",
    }
    form = forms.get(file.suffix)
    if form is None or (file.suffix == ".gz" and not file.name.endswith(".csv.gz")):
        raise HouseError(
            "pool.export_format",
            Text("不支持这种文件格式。", "Files of this kind cannot be written."),
            Text(
                "文件名应以 .csv、.csv.gz 或 .parquet 结尾。",
                "Let the name end in .csv, .csv.gz or .parquet.",
            ),
            file.name,
        )
    parts = []
    for code, resources in wanted.items():
        if version := current(code):
            only = (
                ""
                if resources is None
                else f" WHERE resource IN ({', '.join(map(quote, resources)) or 'NULL'})"
            )
            parts.append(
                f"SELECT resource, source_key, subject_id FROM read_parquet({quote(str(version.parts['links']))}){only}"
            )
    if not parts:
        raise HouseError(
            "pool.nothing_linked",
            Text("还没有关联结果。", "Nothing is linked yet."),
            Text("请先运行 tongchou link。", "Run tongchou link first."),
        )
    unfinished = file.with_name(f".{file.name}.unfinished")
    with connect(data_root()) as db:
        row = one(
            db,
            f"""COPY ({" UNION ALL ".join(parts)} ORDER BY resource, source_key)
            TO {quote(str(unfinished))} ({form})""",
        )
    os.replace(unfinished, file)
    return int(row[0]) if row else 0

"""A state on disk: a folder of Arrow files and `state.json`, written last, which names them with their checksums.

What was half written has no `state.json`; what was damaged has another checksum. Either way there is no state, and
the next run goes over everything.
"""

from __future__ import annotations

import io
import json
import os
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from .census import Census, Counted
from .decide import TOLD, Open
from .identities import Column, Identities, identities_of
from .kinds.base import Ints
from .model import LinkageModel
from .state import Judged, State, fingerprint
from .tabled import folded_in, numbers_in, table_of

FORM = 3  # of the files; another form is not read
_THREADS = 2  # files are written and read; checksums are worked out outside the interpreter's lock


class NoState(Exception):
    """There is no state to start from; `code` says why: "missing", "damaged", "model" (or code) or "form"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Kept:
    """A state read from disk, and what its writer noted beside it."""

    state: State
    facts: dict[str, Any]


def write(folder: Path, state: State, model: LinkageModel, facts: Mapping[str, Any]) -> None:
    """Write a state into a folder of its own. facts: anything JSON holds, given back by `read`."""
    folder.mkdir(parents=True)
    everyone = state.everyone
    assert everyone.census is not None
    tables = {
        "records": _records(state),
        "identities": pa.table(
            {"chosen": _small(state.chosen), "label": _small(state.label), "part": _small(state.part)}
        ),
        "pairs": pa.table(
            {"left": _small(state.left), "right": _small(state.right), "certain": pa.array(state.certain)}
        ),
        "open": pa.table(dict(zip(Open._fields, map(pa.array, state.open), strict=True))),
        "links": state.links.unify_dictionaries().combine_chunks()
        if state.links.num_rows
        else TOLD.empty_table(),
        "census": _census_table(everyone.census),
    }
    for number, column in enumerate(everyone.columns):
        tables[f"values-{number}"] = table_of(column.folded, rarity=column.rarity).append_column(
            "raw", pa.array(column.raw)
        )
    with ThreadPoolExecutor(_THREADS) as threads:
        sums = list(threads.map(lambda item: _write(folder / f"{item[0]}.arrow", item[1]), tables.items()))
    files = dict(zip(tables, sums, strict=True))
    head = {
        "form": FORM,
        "fingerprint": fingerprint(model),
        "names": everyone.names,
        "records": everyone.census.records,
        "penalty": everyone.census.penalty,
        "placeholders": {name: sorted(pairs) for name, pairs in everyone.census.placeholders.items()},
        "known": {name: dict(known) for name, known in everyone.census.known.items()},
        "judged": [part.tolist() for part in (state.judged.records, state.judged.same, state.judged.apart)],
        "files": files,
        "facts": dict(facts),
    }
    unfinished = folder / ".state.json"
    unfinished.write_text(json.dumps(head))
    os.replace(unfinished, folder / "state.json")


def facts(folder: Path) -> dict[str, Any]:
    """What the writer of a state noted beside it. Raises NoState "missing", "damaged"."""
    found: dict[str, Any] = _head(folder)["facts"]
    return found


def read(folder: Path, model: LinkageModel) -> Kept:
    """A state as it was written. Raises NoState when it is not there, not whole, or not of this model and code."""
    head = _head(folder)
    if head.get("form") != FORM:
        raise NoState("form")
    if head["fingerprint"] != fingerprint(model):
        raise NoState("model")
    try:
        names, sums = list(head["files"]), head["files"].values()
        with ThreadPoolExecutor(_THREADS) as threads:
            found = list(threads.map(_read, (folder / f"{name}.arrow" for name in names), sums))
        tables = dict(zip(names, found, strict=True))
        return Kept(_state(tables, head, model), head["facts"])
    except (OSError, KeyError, ValueError, IndexError, pa.ArrowException) as problem:
        raise NoState("damaged") from problem


def _head(folder: Path) -> dict[str, Any]:
    try:
        head: dict[str, Any] = json.loads((folder / "state.json").read_text())
    except FileNotFoundError:
        raise NoState("missing") from None
    except ValueError:
        raise NoState("damaged") from None
    return head


def _records(state: State) -> pa.Table:
    everyone = state.everyone
    columns: dict[str, pa.Array] = {
        "named": pa.array(everyone.named),
        "resource": pa.array(everyone.resource_number.astype(np.int32)),
        "key": everyone.keys,
        "tuple": pa.array(state.tuples),
        "identity": _small(state.identity),
    }
    for number, column in enumerate(everyone.columns):
        columns[f"stated-{number}"] = _small(column.stated)
        if column.derived is not column.stated:
            columns[f"derived-{number}"] = _small(column.derived)
    return pa.table(columns)


def _census_table(census: Census) -> pa.Table:
    entries = census.common.items()
    return pa.table(
        {
            "column": [name[0] for name, _ in entries],
            "group": [name[1] for name, _ in entries],
            "total": pa.array([counted.total for _, counted in entries], pa.float64()),
            "numbers": pa.array([counted.numbers for _, counted in entries], pa.list_(pa.int64())),
            "counts": pa.array([counted.counts for _, counted in entries], pa.list_(pa.int64())),
        }
    )


def _state(tables: dict[str, pa.Table], head: dict[str, Any], model: LinkageModel) -> State:
    records, identities, pairs = tables["records"], tables["identities"], tables["pairs"]
    columns = tuple(
        _column(tables[f"values-{number}"], records, number, model) for number in range(len(model.columns))
    )
    everyone: Identities = identities_of(
        model,
        order=np.arange(records.num_rows),
        named=numbers_in(records["named"]),
        names=head["names"],
        keys=records["key"].combine_chunks(),
        resource_number=numbers_in(records["resource"]).astype(np.int64),
        columns=columns,
        census=_census(tables["census"], head),
    )
    judged = [np.array(part, np.int64) for part in head["judged"]]
    return State(
        everyone=everyone,
        tuples=numbers_in(records["tuple"]),
        identity=_wide(records["identity"]),
        chosen=_wide(identities["chosen"]),
        left=_wide(pairs["left"]),
        right=_wide(pairs["right"]),
        certain=_flags(pairs["certain"]),
        label=_wide(identities["label"]),
        part=_wide(identities["part"]),
        judged=Judged(judged[0], judged[1].reshape(-1, 2), judged[2].reshape(-1, 2)),
        links=tables["links"],
        open=Open(*(numbers_in(tables["open"][name]) for name in Open._fields)),
    )


def _column(values: pa.Table, records: pa.Table, number: int, model: LinkageModel) -> Column:
    folded, found = folded_in(values.drop_columns(["raw"]))
    stated = _wide(records[f"stated-{number}"])
    derived = f"derived-{number}"
    return Column(
        model=model.columns[number],
        values=[],
        folded=folded,
        stated=stated,
        derived=_wide(records[derived]) if derived in records.column_names else stated,
        rarity=found.get("rarity", {}),
        raw=numbers_in(values["raw"]),
    )


def _census(table: pa.Table, head: dict[str, Any]) -> Census:
    common = {
        (row["column"], row["group"]): Counted(
            row["total"],
            numbers_in(table["numbers"][at].values),
            numbers_in(table["counts"][at].values),
        )
        for at, row in enumerate(table.select(["column", "group", "total"]).to_pylist())
    }
    placeholders = {
        name: frozenset((source, int(value)) for source, value in pairs)
        for name, pairs in head["placeholders"].items()
    }
    return Census(int(head["records"]), common, head["penalty"], placeholders, head["known"])


def _write(file: Path, table: pa.Table) -> int:
    """Write a table; its checksum."""
    with file.open("wb") as raw:
        summed = _Summed(raw)
        with pa.PythonFile(summed, "w") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
    return summed.checksum


class _Summed(io.RawIOBase):
    """A file that keeps the checksum of what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.checksum = file, 0

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        self.checksum = zlib.crc32(some, self.checksum)
        return self._file.write(some)


def _read(file: Path, checksum: int) -> pa.Table:
    with pa.memory_map(str(file)) as mapped:
        content = mapped.read_buffer()
    if zlib.crc32(content) != checksum:
        raise NoState("damaged")
    return pa.ipc.open_file(pa.BufferReader(content)).read_all().combine_chunks()


def _small(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32))


def _wide(column: pa.ChunkedArray) -> Ints:
    wide: Ints = numbers_in(column).astype(np.int64)
    return wide


def _flags(column: pa.ChunkedArray) -> Any:
    return numbers_in(column).astype(bool)

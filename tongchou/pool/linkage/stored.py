"""A state on disk: a folder of Arrow files and `state.json`, written last, which names them with their checksums.

What was half written has no `state.json`; what was damaged has another checksum. Either way there is no state, and
the next run goes over everything.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from .census import Census, Counted
from .decide import TOLD, Open
from .identities import Column, Identities, identities_of
from .kinds.base import Folded, Ints
from .model import LinkageModel
from .state import Judged, State, fingerprint

FORM = 3  # of the files; another form is not read
_READ_AT_ONCE = 8 << 20


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
        tables[f"values-{number}"] = _values_table(column)
    files = {name: _write(folder / f"{name}.arrow", table) for name, table in tables.items()}
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
        tables = {name: _read(folder / f"{name}.arrow", checksum) for name, checksum in head["files"].items()}
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


def _values_table(column: Column) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "text": pa.array(column.folded.text, pa.large_string()),
        "present": pa.array(column.folded.present),
        "raw": pa.array(column.raw),
    }
    for name, texts in column.folded.words.items():
        columns[f"words-{name}"] = pa.array(texts, pa.large_string())
    for prefix, arrays in (
        ("group", column.folded.groups),
        ("array", column.folded.arrays),
        ("rarity", column.rarity),
    ):
        for name, values in arrays.items():
            flat = pa.array(np.ascontiguousarray(values).ravel())
            columns[f"{prefix}-{name}"] = (
                flat if values.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
            )
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
        named=_numbers(records["named"]),
        names=head["names"],
        keys=records["key"].combine_chunks(),
        resource_number=_numbers(records["resource"]).astype(np.int64),
        columns=columns,
        census=_census(tables["census"], head),
    )
    judged = [np.array(part, np.int64) for part in head["judged"]]
    return State(
        everyone=everyone,
        tuples=_numbers(records["tuple"]),
        identity=_wide(records["identity"]),
        chosen=_wide(identities["chosen"]),
        left=_wide(pairs["left"]),
        right=_wide(pairs["right"]),
        certain=_flags(pairs["certain"]),
        label=_wide(identities["label"]),
        part=_wide(identities["part"]),
        judged=Judged(judged[0], judged[1].reshape(-1, 2), judged[2].reshape(-1, 2)),
        links=tables["links"],
        open=Open(*(_numbers(tables["open"][name]) for name in Open._fields)),
    )


def _column(values: pa.Table, records: pa.Table, number: int, model: LinkageModel) -> Column:
    found: dict[str, dict[str, np.ndarray]] = {"group": {}, "array": {}, "rarity": {}}
    words: dict[str, list[str]] = {}
    for name in values.column_names:
        prefix, dash, rest = name.partition("-")
        if prefix == "words":
            words[rest] = values[name].to_pylist()
        elif dash:
            found[prefix][rest] = _matrix(values[name])
    text, present = values["text"].to_pylist(), _flags(values["present"])
    stated = _wide(records[f"stated-{number}"])
    derived = f"derived-{number}"
    return Column(
        model=model.columns[number],
        values=[],
        folded=Folded(text, present, found["group"], found["array"], words),
        stated=stated,
        derived=_wide(records[derived]) if derived in records.column_names else stated,
        rarity=found["rarity"],
        raw=_numbers(values["raw"]),
    )


def _census(table: pa.Table, head: dict[str, Any]) -> Census:
    common = {
        (row["column"], row["group"]): Counted(
            row["total"],
            _numbers(table["numbers"][at].values),
            _numbers(table["counts"][at].values),
        )
        for at, row in enumerate(table.select(["column", "group", "total"]).to_pylist())
    }
    placeholders = {
        name: frozenset((source, int(value)) for source, value in pairs)
        for name, pairs in head["placeholders"].items()
    }
    return Census(int(head["records"]), common, head["penalty"], placeholders, head["known"])


def _write(file: Path, table: pa.Table) -> int:
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return _checksum(file)


def _read(file: Path, checksum: int) -> pa.Table:
    if _checksum(file) != checksum:
        raise NoState("damaged")
    return pa.ipc.open_file(pa.memory_map(str(file))).read_all().combine_chunks()


def _checksum(file: Path) -> int:
    found = 0
    with file.open("rb") as source:
        while part := source.read(_READ_AT_ONCE):
            found = zlib.crc32(part, found)
    return found


def _small(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32))


def _wide(column: pa.ChunkedArray) -> Ints:
    wide: Ints = _numbers(column).astype(np.int64)
    return wide


def _numbers(column: pa.ChunkedArray | pa.Array) -> Any:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.to_numpy(zero_copy_only=False)


def _flags(column: pa.ChunkedArray) -> Any:
    return _numbers(column).astype(bool)


def _matrix(column: pa.ChunkedArray) -> Any:
    array = column.combine_chunks()
    if isinstance(array, pa.FixedSizeListArray):
        return array.flatten().to_numpy(zero_copy_only=False).reshape(-1, array.type.list_size)
    return array.to_numpy(zero_copy_only=False)

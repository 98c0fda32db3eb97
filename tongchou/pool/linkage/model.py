"""The frozen parameters of one linkage: columns, weights, blocking keys, thresholds, read from YAML.

A weight is a number of bits: log2 of how much likelier the outcome is for two records of one person than
for two records of different people (Fellegi and Sunter 1969). Where a level has a rarity, the bits in the
file are added to minus log2 of the share of records carrying that value, counted from the records at hand:
agreeing on a rare name says more than agreeing on a common one. Bits, not probabilities, so that a reader
can add them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .kinds import KINDS
from .kinds.base import Kind

MODELS = Path(__file__).with_name("models")


@dataclass(frozen=True)
class Fallback:
    """Where a column's value is read from when a record does not state it: a part of another column."""

    column: str
    reads: str  # "birth" or "sex", of an identity number


@dataclass(frozen=True)
class Beside:
    """Weights that replace a column's own when another column already reaches one of `levels`.

    An identity number contains the birth date: where two numbers agree, agreeing dates say nothing new.
    """

    column: str
    levels: frozenset[str]
    bits: Mapping[str, float]


@dataclass(frozen=True)
class ColumnModel:
    """One compared column: its kind, its words, its weights per level, and how common a typical value is.

    witness: the column whose distinct values are counted, instead of records, to say how common a value is: a
    number that one name carries two hundred times is not common.
    conflict: levels that keep two records apart whatever else agrees (two numbers that are both valid).
    alone: levels of this column that are enough to join; otherwise two columns must speak for it. number: whether
    agreeing in it is agreeing on a number that identifies. also: other names under which records may carry the
    column. varied: values differ a thousandfold in how common they are (names), so that a table too small to
    count them in does not show that one is rare.
    sources: what the value is gathered from, several of them and in that order (`reading`). crowd: a value that more
    than so many differently named records of one source carry is nobody's (0: any number may). stock: a whole date
    that more than this share of a source's records carry stands for "unknown" (0: none does). steady: extra bits of
    levels on which two clusters contradict one another steadily, each by two records or more.
    """

    name: str
    kind: Kind
    label: Text
    bits: Mapping[str, float]
    typical: Mapping[str, float]
    fallback: Fallback | None = None
    beside: tuple[Beside, ...] = ()
    conflict: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    number: bool = False
    also: tuple[str, ...] = ()
    witness: str = ""
    varied: bool = False
    sources: tuple[str, ...] = ()
    crowd: int = 0
    stock: float = 0.0
    steady: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Echo:
    """Two columns that agree together among different people (one household's phone and home).

    Where both are positive, the smaller counts only `share` of its bits.
    """

    columns: tuple[str, str]
    share: float


@dataclass(frozen=True)
class Sure:
    """What joins two records whatever else they hold: a level of each named column ("absent" is one).

    own: a column that must not contradict what it would be read as from its fallback, on either record: a child
    under its guardian's number states a birth date that the number denies.
    """

    levels: Mapping[str, frozenset[str]]
    own: str = ""


@dataclass(frozen=True)
class Apart:
    """What no weight joins: a level of each named column, on some pair across two clusters.

    Twins agree in day, parents, home and phone, so that the sum of those says no more than that they are of one
    family; another given name is then not a slip. unless: levels that, on any pair across, show it was one.
    """

    levels: Mapping[str, frozenset[str]]
    unless: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Key:
    """One blocking key: records that agree in all pieces (column, rarity group) are compared.

    limit: in a block of more, a record is compared with its nearest `beyond` on either side only; with none where it
    is 0: who may be any of so many is none of them.
    """

    pieces: tuple[tuple[str, str], ...]
    limit: int
    beyond: int


@dataclass(frozen=True)
class LinkageModel:
    """Everything that decides a linkage except the records and the judgements.

    matches_per_record: how many other records of the same subject a record has, roughly. population: the
    number of records assumed when two are compared alone. pseudo_records: how many typical records are
    mixed into the counts, so that small tables do not mistake their few values for common ones. small: in a
    table of fewer records a shared value of a varied column is not enough. link, review: thresholds in bits.
    margin: bits by which the best partner must be ahead of the next one that is somebody else. crossed: pairs of
    columns whose values are at times exchanged (given name and surname). sure: what joins before anything is
    weighed. apart: what no weight joins.
    """

    name: str
    about: Text
    columns: tuple[ColumnModel, ...]
    keys: tuple[Key, ...]
    echoes: tuple[Echo, ...] = ()
    sure: tuple[Sure, ...] = ()
    apart: tuple[Apart, ...] = ()
    crossed: tuple[tuple[str, str], ...] = ()
    matches_per_record: float = 1.0
    population: int = 100_000
    pseudo_records: int = 1_000
    small: int = 0
    link: float = 4.0
    review: float = -2.0
    margin: float = 2.0
    column_at: Mapping[str, int] = field(default_factory=dict)


def load_model(source: str | Path | Mapping[str, Any]) -> LinkageModel:
    """Read a model: the name of a shipped one ("zh_people"), a path of a YAML file, or its parsed content.

    Raises HouseError "linkage.model_unknown" when there is no such file, "linkage.model_invalid" when it
    names kinds, levels or columns that do not exist; all problems are told at once.
    """
    if isinstance(source, Mapping):
        return _build(source, str(source.get("name", "")))
    path = model_file(source)
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in MODELS.glob("*.yaml")))
        raise HouseError(
            "linkage.model_unknown",
            Text("没有这个关联模型。", "There is no such linkage model."),
            Text(
                f"可用的模型：{known}，或写出 YAML 文件的路径。",
                f"Use one of {known}, or the path of a YAML file.",
            ),
            where=str(source),
        )
    return _build(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), str(source))


def model_file(source: str | Path) -> Path:
    """The file of a model: a shipped one by its name, or the path itself."""
    path = Path(source)
    return path if path.suffix else MODELS / f"{source}.yaml"


def _build(raw: Mapping[str, Any], where: str) -> LinkageModel:
    problems: list[str] = []
    columns = tuple(
        column for name, entry in raw.get("columns", {}).items() if (column := _column(name, entry, problems))
    )
    names = {column.name: column for column in columns}
    keys = []
    for entry in raw.get("keys", []):
        pieces = entry["of"] if isinstance(entry, Mapping) else entry
        more = entry if isinstance(entry, Mapping) else {}
        limit = int(more.get("limit", 60))
        split = tuple((piece.split(".")[0], piece.split(".")[1]) for piece in pieces)
        problems += [f"keys: no column {column}" for column, _ in split if column not in names]
        keys.append(Key(split, limit, int(more.get("beyond", max(2, limit // 4)))))
    for column in columns:
        others = [beside.column for beside in column.beside]
        if column.fallback:
            others.append(column.fallback.column)
        if column.witness:
            others.append(column.witness)
        problems += [f"{column.name}: no column {other}" for other in others if other not in names]
    if not columns:
        problems.append("columns: none")
    apart = tuple(
        Apart(
            _levels_of(entry["levels"], names, "apart", problems),
            _levels_of(entry.get("unless", {}), names, "apart", problems),
        )
        for entry in raw.get("apart", [])
    )
    sure = tuple(_sure(entry, names, problems) for entry in raw.get("sure", []))
    if problems:
        raise HouseError(
            "linkage.model_invalid",
            Text("关联模型有误。", "The linkage model is not valid."),
            Text("请改正：" + "；".join(problems) + "。", "Correct: " + "; ".join(problems) + "."),
            where=where,
        )
    thresholds = raw.get("thresholds", {})
    return LinkageModel(
        name=str(raw.get("name", where)),
        about=Text.of(raw.get("about", "")),
        columns=columns,
        keys=tuple(keys),
        echoes=tuple(
            Echo((e["columns"][0], e["columns"][1]), float(e["share"])) for e in raw.get("echoes", [])
        ),
        sure=sure,
        apart=apart,
        crossed=tuple((pair[0], pair[1]) for pair in raw.get("crossed", [])),
        matches_per_record=float(raw.get("matches_per_record", 1.0)),
        population=int(raw.get("population", 100_000)),
        pseudo_records=int(raw.get("pseudo_records", 1_000)),
        small=int(raw.get("small", 0)),
        link=float(thresholds.get("link", 4.0)),
        review=float(thresholds.get("review", -2.0)),
        margin=float(thresholds.get("margin", 2.0)),
        column_at={column.name: number for number, column in enumerate(columns)},
    )


def _sure(entry: Mapping[str, Any], names: Mapping[str, ColumnModel], problems: list[str]) -> Sure:
    own = str(entry.get("own", ""))
    if own and (own not in names or names[own].fallback is None):
        problems.append(f"sure: no column {own} with a fallback")
    return Sure(_levels_of(entry["levels"], names, "sure", problems), own)


def _levels_of(
    entry: Mapping[str, Any], names: Mapping[str, ColumnModel], rule: str, problems: list[str]
) -> Mapping[str, frozenset[str]]:
    levels = {name: frozenset(said) for name, said in entry.items()}
    for name, said in levels.items():
        if name not in names:
            problems.append(f"{rule}: no column {name}")
            continue
        known = {level.name for level in names[name].kind.levels}
        problems += [f"{rule}: {name} has no level {level}" for level in sorted(said - known)]
    return levels


def _finer(kind: Kind, bits: dict[str, float], own: bool = True) -> dict[str, float]:
    """Bits with those of levels the file does not name: what the level they are like has; 0 for silent ones.

    own: a column's own bits, which must cover every level; those beside another column need not.
    """
    for level in kind.levels:
        if level.name not in bits and level.like in bits:
            bits[level.name] = bits[level.like]
        elif level.name not in bits and level.silent and own:
            bits[level.name] = 0.0
    return bits


def _column(name: str, entry: Mapping[str, Any], problems: list[str]) -> ColumnModel | None:
    kind = KINDS.get(entry.get("kind", ""))
    if kind is None:
        problems.append(f"{name}: no kind {entry.get('kind')}")
        return None
    known = {level.name for level in kind.levels} - {"absent"}
    bits = _finer(kind, {level: float(value) for level, value in entry.get("bits", {}).items()})
    problems += [f"{name}: no level {level}" for level in sorted(set(bits) - known)]
    problems += [f"{name}: level {level} has no bits" for level in sorted(known - set(bits))]
    alone = frozenset(entry.get("alone", ()))
    problems += [f"{name}: alone has no level {level}" for level in sorted(alone - known)]
    steady = {level: float(value) for level, value in entry.get("steady", {}).items()}
    problems += [f"{name}: steady has no level {level}" for level in sorted(set(steady) - known)]
    fallback = entry.get("fallback")
    beside = tuple(
        Beside(
            b["column"],
            frozenset(b["levels"]),
            _finer(kind, {k: float(v) for k, v in b["bits"].items()}, False),
        )
        for b in entry.get("beside", [])
    )
    return ColumnModel(
        name=name,
        kind=kind,
        label=Text.of(entry.get("label", name)),
        bits=bits,
        typical={group: float(share) for group, share in entry.get("typical", {}).items()},
        fallback=Fallback(fallback["column"], fallback["reads"]) if fallback else None,
        beside=beside,
        conflict=frozenset(entry.get("conflict", ())),
        alone=alone,
        number=bool(entry.get("number", False)),
        also=tuple(entry.get("also", ())),
        witness=str(entry.get("witness", "")),
        varied=bool(entry.get("varied", False)),
        sources=tuple(entry.get("from", ())),
        crowd=int(entry.get("crowd", 0)),
        stock=float(entry.get("stock", 0.0)),
        steady=steady,
    )

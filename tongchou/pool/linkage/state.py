"""What a run knew and decided, kept so that the next one need not find out again what has not changed.

Everything is held by record number: a record's place in the order of the hashes of names. A state belongs to the
census, the model and the code that made it (`fingerprint`); `stored` writes it to disk and reads it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongchou import standards

from .decide import TOLD, Open, named
from .hashing import Hashes
from .identities import Identities
from .judgements import Judgement
from .kinds.base import UNKNOWN, Ints, Mask
from .model import LinkageModel


@dataclass(frozen=True)
class Judged:
    """What judgements made of records, by record numbers. records: those that a judgement names, ascending. same,
    apart: n × 2, as applied.
    """

    records: Ints
    same: Ints
    apart: Ints


@dataclass
class State:
    """everyone: all records with their values. tuples: a number per record, the same where all it says is the same;
    identity: of each record; chosen: the record that stands for each identity. By identity number: left, right:
    pairs that may come to be joined, ascending; certain: which of them are sure; label: the cluster, part: what hangs
    together by pairs (`cluster.Clusters`); open: pairs a steward might decide. links: the joins (`decide.TOLD`), by
    record numbers.
    """

    everyone: Identities
    tuples: Hashes
    identity: Ints
    chosen: Ints
    left: Ints
    right: Ints
    certain: Mask
    label: Ints
    part: Ints
    judged: Judged
    links: pa.Table
    open: Open

    def clusters(self) -> pa.Table:
        """Resource, source_key and cluster of every record; a cluster bears the number of its first record."""
        everyone = np.arange(self.everyone.size)
        return pa.table(
            {
                "resource": self.everyone.resources(everyone),
                "source_key": self.everyone.keys,
                "cluster": pa.array(self.chosen[self.label[self.identity]], pa.int64()),
            }
        )

    def speaking(self) -> Mask:
        """Per record, in the order of `clusters`, whether it says anything that could be compared."""
        answer = np.zeros(self.everyone.size, bool)
        for column in self.everyone.columns:
            answer |= column.effective != UNKNOWN
        return answer

    def edges(self) -> pa.Table:
        """Every join, by names (`decide.EDGES`), in the order of its records."""
        return named(ordered(self.links), self.everyone)

    def doubtful(self, bits: float) -> pa.Table:
        """The joins, by names, of every cluster that is held together by one of fewer bits, judged ones apart."""
        scores, how = self.links["score"].to_numpy(), self.links["how"].cast(pa.string())
        weak = (scores < bits) & np.asarray(pc.not_equal(how, "judgement"))
        cluster = self.label[self.identity[self.links["left"].to_numpy()]]
        hangs = np.zeros(len(self.chosen), bool)
        hangs[cluster[weak]] = True
        return named(ordered(self.links.filter(pa.array(hangs[cluster]))), self.everyone)


def ordered(told: pa.Table) -> pa.Table:
    """Edges in the order of their records."""
    table = told.combine_chunks() if told.num_rows else TOLD.empty_table()
    return table.take(pa.array(np.lexsort((table["right"].to_numpy(), table["left"].to_numpy()))))


def judged_of(number_of: dict[tuple[str, str], int], same: Ints, apart: Ints) -> Judged:
    """What judgements made of records, from the record numbers of those they name."""
    return Judged(np.array(sorted(set(number_of.values())), np.int64), same, apart)


def named_by(judgements: Sequence[Judgement]) -> list[tuple[str, str]]:
    """The records that judgements name, each once."""
    return sorted({side for judgement in judgements for side in (judgement.left, judgement.right)})


def fingerprint(model: LinkageModel) -> str:
    """What a state must have in common with a run that uses it: the model's parameters and the code that folds,
    compares and decides.
    """
    told = {name: _plain(value) for name, value in vars(model).items() if name not in ("about", "column_at")}
    whole = json.dumps(told, sort_keys=True, default=_plain) + _code()
    return hashlib.sha256(whole.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if hasattr(value, "levels"):  # a kind: its code is in the digest of the code
        return type(value).__name__
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(part) for name, part in vars(value).items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if hasattr(value, "items"):
        return {str(name): _plain(part) for name, part in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of this package's code and of the standards it reads values by."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(str(standards.__file__)).parent):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()

"""What a candidate model would change, measured where the identity number is the judge: on people it was not fitted on.

Both models link the records kept out with every number hidden; their clusters are held against the numbers. That is
how they would do for those who have none. Then both link with the numbers, and the pairs that only one of them joins
are counted. Everything here is counts and bits; no value of anybody's is in a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from .kinds.base import Ints
from .kinds.numbers import fold_number
from .linking import link
from .model import load_model
from .training import has_valid_number, kept_out

SHOWN = 40  # of the bits that moved most
RISK = 0.002  # of precision, beyond which more found does not pay for more confused
BETTER = 0.0005  # of F1, below which two models are alike


def report(records: pa.Table, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Two parsed models compared on the records kept out of training. Plain values, fit for JSON.

    people: quality by number, {"f1", "precision", "recall"} of either, numbers hidden. joins: clusters of either with
    all columns, and how many pairs only one of them joins. bits: what moved. verdict: "better", "worse", "alike",
    or "riskier": it finds more and joins more that are two.
    """
    judged = records.filter(pa.array(kept_out(records)))
    numbered = has_valid_number(judged)
    person = _labels([fold_number(text or "")[:17] for text in judged["id_number"].to_pylist()])
    hidden = judged.drop_columns(["id_number"])
    quality, labels = {}, {}
    for name, raw in (("before", before), ("after", after)):
        model = load_model(raw)
        found = _found(hidden, model)
        quality[name] = _quality(found[numbered], person[numbered])
        labels[name] = _found(judged, model)
    one, two = labels["before"], labels["after"]
    both = _pairs(_labels(list(zip(one.tolist(), two.tolist(), strict=True))))
    return {
        "records": judged.num_rows,
        "numbered": int(numbered.sum()),
        "people": quality,
        "joins": {
            "clusters_before": len(np.unique(one)),
            "clusters_after": len(np.unique(two)),
            "only_before": _pairs(one) - both,
            "only_after": _pairs(two) - both,
        },
        "bits": moved(before, after),
        "verdict": _verdict(quality["before"], quality["after"]),
    }


def _verdict(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    gain = after["f1"] - before["f1"]
    if gain > BETTER and before["precision"] - after["precision"] > RISK:
        return "riskier"
    return "better" if gain > BETTER else "worse" if gain < -BETTER else "alike"


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bits that differ, the most first: column and level in words, beside what they count, old and new."""
    rows = []
    model = load_model(before)
    for column in model.columns:
        old, new = before["columns"][column.name], after["columns"][column.name]
        said = {level.name: level.text for level in column.kind.levels}
        contexts = [("", old["bits"], new["bits"])] + [
            (each["column"], each["bits"], other["bits"])
            for each, other in zip(old.get("beside", []), new.get("beside", []), strict=True)
        ]
        for beside, mine, theirs in contexts:
            for level in mine:
                if abs(theirs[level] - mine[level]) >= 0.1:
                    text = said[level]
                    rows.append(
                        {
                            "zh": text.zh.format(label=column.label.zh), "en": text.en.format(label=column.label.en),
                            "beside_zh": _label(model, beside).zh, "beside_en": _label(model, beside).en,
                            "before": round(mine[level], 2), "after": round(theirs[level], 2),
                        }
                    )  # fmt: skip
    rows.sort(key=lambda row: -abs(row["after"] - row["before"]))
    return rows[:SHOWN]


def _label(model: Any, name: str) -> Any:
    from tongchou.standards.text import Text

    return model.columns[model.column_at[name]].label if name else Text("", "")


def _found(records: pa.Table, model: Any) -> Ints:
    """The cluster of every record, in the records' order."""
    result = link(records, model=model, review_limit=0)
    clusters = result.clusters
    of = dict(
        zip(
            zip(clusters["resource"].to_pylist(), clusters["source_key"].to_pylist(), strict=True),
            clusters["cluster"].to_pylist(),
            strict=True,
        )
    )
    names = zip(records["resource"].to_pylist(), records["source_key"].to_pylist(), strict=True)
    return np.array([of[name] for name in names], np.int64)


def _quality(found: Ints, person: Ints) -> dict[str, float]:
    both = _pairs(_labels(list(zip(found.tolist(), person.tolist(), strict=True))))
    precision, recall = both / max(_pairs(found), 1), both / max(_pairs(person), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"f1": round(f1, 5), "precision": round(precision, 5), "recall": round(recall, 5)}


def _labels(values: list[Any]) -> Ints:
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(value, len(seen)) for value in values], np.int64)


def _pairs(labels: Ints) -> int:
    counts = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())

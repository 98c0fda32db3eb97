"""Same place, same enterprise: precision and recall on 10,000 pairs with hard negatives, beside a peer in the same run.

The pairs are `dirty_places` (homes of the sample district as offices write them) and `enterprise_pairs`, each from two
seeds the rules were not written on. Addresses are asked pair by pair (`standards.addresses.compare`). Enterprises are
asked pair by pair (weights alone) and as the pool does it, all 20,000 records linked together. The peer is what one
would do with a library: the best threshold of rapidfuzz (MIT) on the texts, chosen with the truth at hand, which
flatters it; for enterprises an equal code or a like name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bench import dirty_places, enterprise_pairs
from bench.linkage import standardised
from tongchou.pool.linkage import link, load_model
from tongchou.pool.linkage.compare import score_pairs
from tongchou.pool.linkage.identities import read_identities
from tongchou.standards.addresses import compare

COUNT = 10_000
SEEDS = (8161, 90210)
Mask = NDArray[np.bool_]


def quality(said: Mask, truth: Mask) -> dict[str, float]:
    """Precision, recall and their harmonic mean of pairs said to be the same."""
    both = float((said & truth).sum())
    precision, recall = both / max(float(said.sum()), 1.0), both / max(float(truth.sum()), 1.0)
    return {"P": precision, "R": recall, "F1": 2 * precision * recall / max(precision + recall, 1e-9)}


def best_threshold(scores: NDArray[np.float64], truth: Mask) -> dict[str, float]:
    """The quality at the threshold that suits these very pairs best."""
    found = (quality(scores >= limit, truth) for limit in range(40, 101))
    return max(found, key=lambda each: each["F1"])


def places(seed: int, count: int = COUNT) -> tuple[dict[str, float], dict[str, float], float]:
    """Quality on pairs of addresses, that of the peer, and our pairs per second of one core."""
    pairs = list(dirty_places.pairs(count, seed))
    truth = np.array([pair.same for pair in pairs])
    began = process_time()
    said = np.array([compare(pair.one, pair.other).same for pair in pairs])
    rate = count / (process_time() - began)
    peer = np.array([fuzz.token_set_ratio(pair.one, pair.other) for pair in pairs])
    plain = np.array([fuzz.partial_ratio(pair.one, pair.other) for pair in pairs])
    ratio = np.array([fuzz.ratio(pair.one, pair.other) for pair in pairs])
    beside = max((best_threshold(each, truth) for each in (peer, plain, ratio)), key=lambda each: each["F1"])
    return quality(said, truth), beside, rate


def enterprises(seed: int, count: int = COUNT) -> dict[str, dict[str, float]]:
    """Quality on pairs of records: "alone" (weights of one pair), "linked" (all together), "peer"."""
    pairs = list(enterprise_pairs.pairs(count, seed))
    truth = np.array([pair.same for pair in pairs])
    model = load_model("zh_enterprises")
    records = standardised(enterprise_pairs.table(pairs))
    one = np.arange(count)
    alone = (
        score_pairs(read_identities(records, model, alone=True), model, one, one + count).total >= model.link
    )
    found = link(records, model=model).clusters
    cluster = {
        (side, key): number
        for side, key, number in zip(
            *(found.column(name).to_pylist() for name in found.column_names), strict=True
        )
    }
    said = np.array([cluster["one", f"{at:06d}"] == cluster["other", f"{at:06d}"] for at in range(count)])
    names = np.array([fuzz.token_set_ratio(pair.one["name"], pair.other["name"]) for pair in pairs])
    codes = np.array([_same_code(pair) for pair in pairs])
    likely = np.where(codes == 1, 100.0, np.where(codes == 0, 0.0, names))
    return {
        "alone": quality(alone, truth),
        "linked": quality(said, truth),
        "peer": best_threshold(likely, truth),
    }


def _same_code(pair: enterprise_pairs.Pair) -> int:
    """1 for the same code, 0 for two, -1 where one side has none."""
    one, two = pair.one["uscc"], pair.other["uscc"]
    return int(one == two) if one and two else -1


def _rows(
    name: str, size: str, found: Sequence[dict[str, float]], peers: Sequence[dict[str, float]], note: str
) -> list[dict[str, Any]]:
    """The worst of the seeds, for precision and for recall."""

    def worst(key: str, of: Sequence[dict[str, float]], choose: Callable[[list[float]], float]) -> float:
        return round(choose([each[key] for each in of]), 4)

    return [
        {
            "name": f"{name}: {word}", "size": size, "value": worst(key, found, min), "unit": word, "floor": 0.97,
            "peer": worst(key, peers, max), "ratio_to_floor": round(worst(key, found, min) / 0.97, 4),
            "ratio_to_peer": round(worst(key, found, min) / worst(key, peers, max), 4), "note": note,
        }
        for key, word in (("P", "precision"), ("R", "recall"))
    ]  # fmt: skip


def run(size: str) -> list[dict[str, Any]]:
    """Measure; both sizes take 10,000 pairs, "full" from two seeds and "small" from one."""
    seeds = SEEDS if size == "full" else SEEDS[:1]
    of_places = [places(seed) for seed in seeds]
    of_enterprises = [enterprises(seed) for seed in seeds]
    said = f"{COUNT:,} pairs a seed, the worse of {len(seeds)}; peer: rapidfuzz at its best threshold"
    rate = min(rate for _, _, rate in of_places)
    return [
        *_rows("places: same place", size, [q for q, _, _ in of_places], [p for _, p, _ in of_places],
               f"{said}; {rate:,.0f} pairs/s per core"),
        *_rows("places: same enterprise, pair by pair", size, [each["alone"] for each in of_enterprises],
               [each["peer"] for each in of_enterprises], said),
        *_rows("places: same enterprise, linked together", size, [each["linked"] for each in of_enterprises],
               [each["peer"] for each in of_enterprises], said),
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run("full"), ensure_ascii=False, indent=1))

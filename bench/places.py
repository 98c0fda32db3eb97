"""Same place, same enterprise: precision and recall on 10,000 pairs with hard negatives, beside a peer in the same run.

The pairs are `dirty_places` (homes of the sample district as offices write them) and `enterprise_pairs`, each from two
seeds the rules were not written on. Addresses are asked pair by pair (`standards.addresses.compare`). Enterprises are
asked pair by pair (weights alone) and as the pool does it, all 20,000 records linked together. The peer is what one
would do with a library: the best threshold of rapidfuzz (MIT) on the texts, chosen with the truth at hand, which
flatters it; for enterprises an equal code or a like name.

Whole populations, linked as the pool links them, are `dirty_addresses` and `dirty_companies`: what one finds when the
records of all offices lie together, beside equal normal forms (places) and equal valid codes (enterprises).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bench import dirty_addresses, dirty_companies, dirty_places, enterprise_pairs
from bench.linkage import by_number, ours, standardised
from tongchou.pool.linkage import link, load_model
from tongchou.pool.linkage.compare import score_pairs
from tongchou.pool.linkage.identities import read_identities
from tongchou.standards.addresses import compare, normal_form

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
    label = np.array(_in_order(records, link(records, model=model).clusters))
    said = label[:count] == label[count:]
    names = np.array([fuzz.token_set_ratio(pair.one["name"], pair.other["name"]) for pair in pairs])
    codes = np.array([_same_code(pair) for pair in pairs])
    likely = np.where(codes == 1, 100.0, np.where(codes == 0, 0.0, names))
    return {
        "alone": quality(alone, truth),
        "linked": quality(said, truth),
        "peer": best_threshold(likely, truth),
    }


def linked_places(records: pa.Table) -> list[int]:
    """The cluster of each record of a population of places."""
    found = link(records.drop_columns(["place"]), model=load_model("zh_places"), review_limit=0).clusters
    return _in_order(records, found)


def population(records: pa.Table, labels: Sequence[int] | None = None) -> dict[str, float]:
    """Pairwise quality of all records that are of a place. labels: their clusters; None links them."""
    place = records["place"].to_numpy()
    label = np.array(linked_places(records) if labels is None else labels, np.int64)[place >= 0]
    place = place[place >= 0]
    both, said, truth = (_pairs(each) for each in (label * len(records) + place, label, place))
    precision, recall = both / max(said, 1), both / max(truth, 1)
    return {"P": precision, "R": recall, "F1": 2 * precision * recall / max(precision + recall, 1e-9)}


def _in_order(records: pa.Table, clusters: pa.Table) -> list[int]:
    """The cluster of each record, in the records' order."""
    rows = zip(*(clusters.column(name).to_pylist() for name in clusters.column_names), strict=True)
    of = {(resource, key): number for resource, key, number in rows}
    names = zip(records["resource"].to_pylist(), records["source_key"].to_pylist(), strict=True)
    return [of[name] for name in names]


def _pairs(labels: NDArray[np.int64]) -> int:
    counts = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _same_form(records: pa.Table) -> list[int]:
    """Clusters of equal normal forms: the peer."""
    forms: dict[str, int] = {}
    return [forms.setdefault(normal_form(text), len(forms)) for text in records["address"].to_pylist()]


def _of_populations(size: str, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Rows of whole populations of places and of enterprises."""
    count = 8_000 if size == "full" else 3_000
    rows = []
    for profile in dirty_addresses.PROFILES:
        tables = [dirty_addresses.deliver(count, seed, profile) for seed in seeds]
        rows += _rows(
            f"places: whole population, {profile}", size, [population(each) for each in tables],
            [population(each, _same_form(each)) for each in tables],
            f"{count:,} homes a seed, the worse of {len(seeds)}; peer: equal normal forms", (0.98, 0.95),
        )  # fmt: skip
    for profile in dirty_companies.PROFILES:
        companies = [standardised(dirty_companies.deliver(count, seed, profile)) for seed in seeds]
        rows += _rows(
            f"places: look-alike enterprises, {profile}", size,
            [ours(each, "zh_enterprises")[0] for each in companies], [by_number(each)[0] for each in companies],
            f"{count:,} enterprises a seed, the worse of {len(seeds)}; peer: equal valid codes", (0.995, 0.95),
        )  # fmt: skip
    return rows


def _same_code(pair: enterprise_pairs.Pair) -> int:
    """1 for the same code, 0 for two, -1 where one side has none."""
    one, two = pair.one["uscc"], pair.other["uscc"]
    return int(one == two) if one and two else -1


def _rows(
    name: str,
    size: str,
    found: Sequence[dict[str, float]],
    peers: Sequence[dict[str, float]],
    note: str,
    floors: tuple[float, float] = (0.97, 0.97),
) -> list[dict[str, Any]]:
    """The worst of the seeds, for precision and for recall."""

    def worst(key: str, of: Sequence[dict[str, float]], choose: Callable[[list[float]], float]) -> float:
        return round(choose([each[key] for each in of]), 4)

    return [
        {
            "name": f"{name}: {word}", "size": size, "value": worst(key, found, min), "unit": word, "floor": floor,
            "peer": worst(key, peers, max), "ratio_to_floor": round(worst(key, found, min) / floor, 4),
            "ratio_to_peer": round(worst(key, found, min) / worst(key, peers, max), 4), "note": note,
        }
        for key, word, floor in (("P", "precision", floors[0]), ("R", "recall", floors[1]))
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
        *_of_populations(size, seeds),
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run("full"), ensure_ascii=False, indent=1))

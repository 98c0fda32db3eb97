"""Linkage of four dirty Chinese sources beside plain Splink and exact matching by valid number.

Reported: pairwise F1 and precision over all pairs of records of one person, within and across sources, and
seconds. The floor of quality is exact matching by valid number; the peer is Splink 5 with its usual
comparisons at 0.99, trained in the same run. All three read the same standardised columns. small: a fifth
of the persons. Then invented people in kinds of dirt the parameters were not fitted on that seed of
(`dirty_people`), enterprises likewise
(`dirty_enterprises`), and FEBRL 1–3 with the model `en_people`.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
import zlib
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from bench.dirty_enterprises import PROFILES as ENTERPRISE_PROFILES
from bench.dirty_enterprises import deliver as deliver_enterprises
from bench.dirty_people import PROFILES, deliver
from tongchou.pool.linkage import link, load_model
from tongchou.standards.credit import is_valid as is_valid_code
from tongchou.standards.elements import element
from tongchou.standards.identity import is_valid

ELEMENTS = {
    "name": "person_name",
    "guardian_name": "person_name",
    "id_number": "id_number",
    "birth_date": "birth_date",
    "sex": "sex",
    "phone": "phone",
    "address": "address",
    "uscc": "uscc",
    "legal_representative": "person_name",
}
SOURCES = {
    "hukou": {
        "姓名": "name",
        "性别": "sex",
        "出生日期": "birth_date",
        "公民身份号码": "id_number",
        "住址": "address",
        "联系电话": "phone",
    },
    "social": {
        "参保人": "name",
        "证件号码": "id_number",
        "手机": "phone",
        "出生年月": "birth_date",
        "通讯地址": "address",
    },
    "school": {
        "学生姓名": "name",
        "性别": "sex",
        "出生日期": "birth_date",
        "身份证件号": "id_number",
        "监护人": "guardian_name",
        "监护人电话": "phone",
        "现住址": "address",
    },
    "hospital": {
        "患者": "name",
        "性别": "sex",
        "出生日期": "birth_date",
        "证件号": "id_number",
        "电话": "phone",
        "地址": "address",
    },
}
FEBRL = {
    "given_name": "given_name", "surname": "surname", "street_number": "street_number",
    "address_1": "address_1", "address_2": "address_2", "suburb": "suburb", "postcode": "postcode", "state": "state",
    "date_of_birth": "birth_date", "soc_sec_id": "soc_sec_id",
}  # fmt: skip


def shared_people() -> Path:
    """The folder of shared people data (TONGCHOU_SHARED_DATA or ../shared/data beside the project)."""
    root = Path(__file__).resolve().parents[1]
    beside = [above / "shared/data" for above in (root.parent, root.parent.parent)]
    for folder in (os.environ.get("TONGCHOU_SHARED_DATA"), *beside):
        if folder and (Path(folder) / "people").is_dir():
            return Path(folder) / "people"
    raise FileNotFoundError("people: set TONGCHOU_SHARED_DATA to the folder of the shared data")


def four_sources(share: float = 1.0) -> pa.Table:
    """The four sources as raw records with `person`; `share` of the persons, chosen by a hash of their
    number.
    """
    folder = shared_people() / "zh_four_sources"
    with gzip.open(folder / "truth.csv.gz", "rt", encoding="utf-8-sig") as file:
        truth = {(row["source"], row["rec_id"]): int(row["person"]) for row in csv.DictReader(file)}
    rows = []
    for source, names in SOURCES.items():
        with gzip.open(folder / f"{source}.csv.gz", "rt", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                person = truth[source, row["记录号"]]
                if zlib.crc32(str(person).encode()) % 1000 < share * 1000:
                    values = {name: row[column] or None for column, name in names.items()}
                    rows.append({"resource": source, "source_key": row["记录号"], "person": person, **values})
    columns = ["resource", "source_key", *next(iter(SOURCES.values())).values(), "guardian_name", "person"]
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in columns})


def febrl(number: int) -> pa.Table:
    """One FEBRL data set; the truth is the number in rec_id."""
    with (shared_people() / f"dataset{number}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    return pa.table(
        {
            "resource": ["febrl"] * len(rows),
            "source_key": [row["rec_id"] for row in rows],
            "person": [int(row["rec_id"].split("-")[1]) for row in rows],
            **{to: pa.array([row[name].strip() or None for row in rows]) for name, to in FEBRL.items()},
        }
    )


def standardised(records: pa.Table) -> pa.Table:
    """Records with every known column standardised, as the pool would hold them."""
    for name, code in ELEMENTS.items():
        if name not in records.column_names:
            continue
        encoded = records[name].cast(pa.string()).dictionary_encode().combine_chunks()
        if name == "name" and "uscc" in records.column_names:
            code = "organisation_name"
        standard = element(code).standardise
        values = pa.array([standard(value).value for value in encoded.dictionary.to_pylist()], pa.string())
        records = records.set_column(records.column_names.index(name), name, values.take(encoded.indices))
    return records


def quality(clusters: dict[tuple[str, str], int], records: pa.Table) -> dict[str, float]:
    """Pairwise F1, precision and recall of clusters against the column `person`."""
    names = zip(records["resource"].to_pylist(), records["source_key"].to_pylist(), strict=True)
    found = np.array([clusters[name] for name in names], np.int64)
    person = records["person"].to_numpy()
    both = _pairs(found * (int(person.max()) + 1) + person)
    said, true = _pairs(found), _pairs(person)
    precision, recall = both / max(said, 1), both / max(true, 1)
    return {"F1": 2 * precision * recall / max(precision + recall, 1e-9), "P": precision, "R": recall}


def _pairs(labels: Any) -> int:
    counts = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def ours(records: pa.Table, model: str) -> tuple[dict[str, float], dict[str, float], float]:
    """Quality, seconds per step and total seconds of our linkage."""
    started = perf_counter()
    result = link(records.drop_columns(["person"]), model=load_model(model))
    seconds = perf_counter() - started
    clusters = {(r["resource"], r["source_key"]): r["cluster"] for r in result.clusters.to_pylist()}
    return quality(clusters, records), result.seconds, seconds


def by_number(records: pa.Table) -> tuple[dict[str, float], float]:
    """Quality and seconds of exact matching by valid identity number or credit code."""
    started = perf_counter()
    column, valid = ("uscc", is_valid_code) if "uscc" in records.column_names else ("id_number", is_valid)
    clusters: dict[tuple[str, str], int] = {}
    seen: dict[str, int] = {}
    for at, row in enumerate(records.select(["resource", "source_key", column]).to_pylist()):
        number = row[column]
        known = seen.setdefault(number, at) if number and valid(number) else at
        clusters[row["resource"], row["source_key"]] = known
    return quality(clusters, records), perf_counter() - started


def plain_splink(records: pa.Table, threshold: float = 0.99) -> tuple[dict[str, float], float]:
    """Quality and seconds of Splink with its usual comparisons, trained on the records themselves."""
    import logging

    import duckdb
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    started = perf_counter()
    connection = duckdb.connect()
    table = records.drop_columns(["person"]).append_column("unique_id", pa.array(range(len(records))))
    connection.register("arrow_records", table)
    connection.execute("create table records as select * from arrow_records")
    database = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.JaroWinklerAtThresholds("name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            compare.LevenshteinAtThresholds("id_number", [1, 2]),
            compare.LevenshteinAtThresholds("birth_date", [1, 2]),
            compare.ExactMatch("sex"),
            compare.LevenshteinAtThresholds("phone", [1]),
            compare.JaroWinklerAtThresholds("address", [0.9, 0.7]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("id_number"),
            block_on("name", "birth_date"),
            block_on("phone", "name"),
            block_on("name", "substr(birth_date, 1, 4)"),
            block_on("birth_date", "phone"),
            block_on("address", "name"),
        ],
    )
    linker = Linker(database.register("records"), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("id_number")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("id_number"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "birth_date"))
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    grouped = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold)
    rows = connection.execute(
        f"select resource, source_key, cluster_id from {grouped.physical_name}"
    ).fetchall()
    clusters = {(resource, key): int(cluster) for resource, key, cluster in rows}
    return quality(clusters, records), perf_counter() - started


def run(size: str) -> list[dict[str, Any]]:
    """Rows of the benchmark; size "small" takes a fifth of the persons, "full" all of them."""
    records = standardised(four_sources(0.2 if size == "small" else 1.0))
    mine, steps, seconds = ours(records, "zh_people")
    floor, _ = by_number(records)
    peer, peer_seconds = plain_splink(records)
    note = "; ".join(f"{step} {value:.1f} s" for step, value in steps.items())
    rows = [
        _row("linkage: F1, four Chinese sources", size, mine["F1"], "F1", floor["F1"], peer["F1"], note),
        _row("linkage: precision, four Chinese sources", size, mine["P"], "P", floor["P"], peer["P"]),
        _row("linkage: recall, four Chinese sources", size, mine["R"], "R", floor["R"], peer["R"]),
        {
            "name": "linkage: time, four Chinese sources", "size": size, "value": round(seconds, 2),
            "unit": "s",
            "floor": None, "peer": round(peer_seconds, 2), "ratio_to_floor": None,
            "ratio_to_peer": round(peer_seconds / seconds, 3), "note": f"{len(records)} records",
        },
    ]  # fmt: skip
    for profile in PROFILES if size == "full" else ("mild", "twins"):
        invented = standardised(deliver(20_000 if size == "full" else 5_000, 20260, profile))
        mine, floor = ours(invented, "zh_people")[0], by_number(invented)[0]
        note = f"P {mine['P']:.4f}, R {mine['R']:.4f}"
        rows.append(
            _row(f"linkage: F1, invented people, {profile}", size, mine["F1"], "F1", floor["F1"], None, note)
        )
    for profile in ENTERPRISE_PROFILES if size == "full" else ("mild", "shops"):
        invented = standardised(deliver_enterprises(8_000 if size == "full" else 2_000, 20260, profile))
        mine, floor = ours(invented, "zh_enterprises")[0], by_number(invented)[0]
        note = f"P {mine['P']:.4f}, R {mine['R']:.4f}"
        rows.append(
            _row(
                f"linkage: F1, invented enterprises, {profile}",
                size,
                mine["F1"],
                "F1",
                floor["F1"],
                None,
                note,
            )
        )
    for number in (1, 2, 3):
        mine = ours(febrl(number), "en_people")[0]
        note = f"P {mine['P']:.4f}, R {mine['R']:.4f}"
        rows.append(_row(f"linkage: F1, FEBRL {number}", size, mine["F1"], "F1", None, None, note))
    return rows


def _row(
    name: str, size: str, value: float, unit: str, floor: float | None, peer: float | None, note: str = ""
) -> dict[str, Any]:
    return {
        "name": name, "size": size, "value": round(value, 4), "unit": unit,
        "floor": None if floor is None else round(floor, 4), "peer": None if peer is None else round(peer, 4),
        "ratio_to_floor": None if not floor else round(value / floor, 3),
        "ratio_to_peer": None if not peer else round(value / peer, 3), "note": note,
    }  # fmt: skip


if __name__ == "__main__":
    for row in run(sys.argv[1] if len(sys.argv) > 1 else "small"):
        print(json.dumps(row, ensure_ascii=False))

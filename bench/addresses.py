"""Addresses per second and core: reading, the normal form, comparing; distinct addresses, no help from
caches.

The addresses are made up in the ways offices write them (run together, cut, full-width, dashes, aliases,
villages), together with those of `people/zh_four_sources` where the shared data is there. The floor is one
match of the plainest expression with the same levels per address; the peer is cpca (MIT, in the bench
extra), which finds province, city and county only, that is much less.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from tongchou.standards.addresses import normal_form, parse, similarity

_COLUMNS = {"hospital": "地址", "hukou": "住址", "school": "现住址", "social": "通讯地址"}
_BARE = re.compile(
    r"^(.{2,8}?(?:省|自治区))?(.{2,8}?市)?(.{2,8}?[区县])?(.{2,10}?(?:社区|村委会|街道|镇))?(.{2,10}?(?:大道|路|街))?"
    r"(\d+号)?(\D{2,10}?)?(\d+)?(?:栋|幢|座|号楼|-)?(\d+)?(?:单元|-)?(\d+)?[室房]?(.*)$"
)


def made_up(count: int, seed: int) -> list[str]:
    """So many different addresses, the same for the same seed."""
    rng = random.Random(seed)
    firsts, seconds = "东南西北文武福禄惠湖海江山云石金银玉凤龙", "安平华盛景兴桂城阳明丰和庆德贤宁"
    kinds = ["路", "一路", "二路", "大道", "大道中", "东路", "3街", "六路", "大道北"]
    estates = ["花园", "豪庭", "大厦", "山庄", "新城", "苑", "公馆", "小区", ""]
    heads = ["广东省佛山市南海区", "佛山市禅城区", "禅城区", "南海区", "佛山南海", "南海市"]
    heads += ["广东省佛山市禅城区祖庙街道", "广州市天河区", "佛山市顺德区大良街道", "湖南省长沙市岳麓区", ""]
    places = ["", "", "", "澜石社区", "塘联", "上元村民委员会", "湖景社区居委会", "罗村"]
    found: set[str] = set()
    while len(found) < count:
        road = rng.choice(firsts) + rng.choice(seconds) + rng.choice(kinds)
        estate = (
            rng.choice(seconds) + rng.choice(firsts) + rng.choice(estates[:-1]) if rng.random() < 0.6 else ""
        )
        number, building, unit = rng.randint(1, 400), rng.randint(1, 30), rng.randint(1, 4)
        room = rng.randint(1, 33) * 100 + rng.randint(1, 6)
        house = rng.choice([
            f"{building}栋{unit}单元{room}房", f"{building}幢{room}室", f"{building}座{room}",
            f"{building}-{unit}-{room}",
            f"{building}号楼{room}", f"{rng.choice('ABC')}座{room}", f"{building}#{room}",
            f"十{rng.choice('一二三五')}栋{room}",
        ])  # fmt: skip
        text = f"{rng.choice(heads)}{rng.choice(places)}{road}{number}号{estate}{house}"
        if rng.random() < 0.06:
            text = text[: rng.randint(8, len(text))]
        if rng.random() < 0.06:
            text = text.translate({ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789"})
        if estate and rng.random() < 0.1:
            text = estate + house
        found.add(text)
    return sorted(found)


def _shared(count: int) -> list[str]:
    root = Path(__file__).resolve().parents[1]
    for folder in (
        os.environ.get("TONGCHOU_SHARED_DATA"),
        root.parent / "shared/data",
        root.parents[1] / "shared/data",
    ):
        people = Path(folder) / "people/zh_four_sources" if folder else None
        if people and people.exists():
            found: set[str] = set()
            for source, column in _COLUMNS.items():
                with gzip.open(people / f"{source}.csv.gz", "rt", encoding="utf-8") as lines:
                    found |= {row[column] for row in csv.DictReader(lines)}
            return random.Random(5).sample(sorted(found - {""}), min(count, len(found) - 1))
    return []


def _rate(work: Callable[[str], object], texts: Sequence[str], rounds: int = 3) -> float:
    """Texts per second of one core's CPU time, the best of so many rounds."""
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        for text in texts:
            work(text)
        best = min(best, time.process_time() - begin)
    return len(texts) / best


def _cpca_rate(texts: list[str]) -> float | None:
    try:
        import cpca
    except ImportError:
        return None
    cpca.transform(texts[:10])
    begin = time.process_time()
    cpca.transform(texts)
    return len(texts) / (time.process_time() - begin)


def run(size: str) -> list[dict[str, Any]]:
    """Measure; `size` is "small" (20,000 addresses) or "full" (200,000)."""
    count = 200_000 if size == "full" else 20_000
    texts = made_up(count // 2, 11) + _shared(count // 2)
    random.Random(3).shuffle(texts)
    parse(texts[0])
    parsing, floor, peer = _rate(parse, texts), _rate(_BARE.match, texts), _cpca_rate(texts)
    writing = _rate(normal_form, texts, rounds=1)
    addresses = [parse(text) for text in texts[: len(texts) // 2 * 2]]
    pairs = list(zip(addresses[::2], addresses[1::2], strict=True))
    begin = time.process_time()
    for one, other in pairs:
        similarity(one, other)
    comparing = len(pairs) / (time.process_time() - begin)
    begin = time.process_time()
    for one, other in pairs:
        fuzz.ratio(one.text, other.text)
    ratio = len(pairs) / (time.process_time() - begin)
    note = (
        "peer: cpca, which finds province, city and county only" if peer else "no peer: cpca is not installed"
    )

    def row(
        name: str, value: float, unit: str, floor: float, beside: float | None, told: str
    ) -> dict[str, Any]:
        return {
            "name": name, "size": size, "value": round(value), "unit": unit, "floor": round(floor),
            "peer": None if beside is None else round(beside), "ratio_to_floor": round(value / floor, 4),
            "ratio_to_peer": None if beside is None else round(value / beside, 4), "note": told,
        }  # fmt: skip

    per = "addresses/s per core"
    return [
        row("addresses.parse", parsing, per, floor, peer, f"{len(texts):,} different addresses; {note}"),
        row("addresses.normal_form", writing, per, floor, None, "each seen for the first time"),
        row("addresses.similarity", comparing, "pairs/s per core", ratio, None, "floor: rapidfuzz.ratio"),
    ]


if __name__ == "__main__":
    print(json.dumps(run("small"), ensure_ascii=False, indent=1))

"""Derive our division tables from public editions; run by a maintainer, never by the product.

    python tongchou/standards/data/make_divisions.py <shared data>/geography

Reads
- `gb2260_history/`: county codes as of each edition of the Ministry of Civil Affairs (mca) 1980–2019 and the
  National Bureau of Statistics (stats) 2002–2018; the codes are those of GB/T 2260, a matter of fact;
- `china_division_2.7.0_*`: the statistical division codes of 2023 (NBS), streets and Foshan's communities,
  published under the WTFPL.
The table of `county_codes_with_validity_years.dat` (LGPL, CC BY-SA) is deliberately not read here: a test
compares the result with it.

Writes beside itself `divisions.csv.gz` (one row per code, name and spell of validity) and `places.csv.gz`
(Foshan's streets and communities; GB/T 10114 and the statistical codes below them).

What the columns of `divisions.csv` mean:
code, name; `first`, `last`: the years of the first and last edition that carry the code under the name;
`earliest`, `latest`: the years within which it may have been valid, from the neighbouring editions without it
(0: no earlier edition is known; 9999: carried by the last edition); `kind`: g a GB/T 2260 division, z a
development zone with a statistical code only, c a container such as 市辖区; `successor`: the code that took
its place, only where that follows from the tables: the same stem in the same province, appearing when it
vanished, and no other candidate.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
CONTAINER = re.compile(r"^(市辖区|县|市|省直辖.*|自治区直辖.*|.*直辖县级行政(区划|单位))$")
KIND_WORDS = re.compile(r"(特区|林区|矿区|自治县|自治旗|左旗|右旗|[市县区旗盟])$")
NATIONALITIES = re.compile(
    r"(满|蒙古|回|藏|苗|彝|壮|布依|侗|瑶|白|土家|哈尼|傣|黎|傈僳|佤|畲|拉祜|水|纳西|羌|土|仫佬|毛南|仡佬|"
    r"各|朝鲜|达斡尔|裕固|保安|东乡|撒拉|锡伯|塔吉克|哈萨克|柯尔克孜|景颇|布朗|普米|怒|独龙)+族"
)
Edition = tuple[float, str, dict[str, str]]  # date as year and month, source, code -> name


def read_editions(geography: Path) -> list[Edition]:
    """All editions in the order of their dates; 2023 is the statistical one."""
    editions: list[Edition] = []
    for path in sorted((geography / "gb2260_history").glob("*_*.tsv")):
        source, stamp = path.stem.split("_")
        with path.open(encoding="utf-8") as lines:
            rows = {row["Code"]: row["Name"].strip() for row in csv.DictReader(lines, delimiter="\t")}
        editions.append((int(stamp[:4]) + int(stamp[4:]) / 12, source, rows))
    latest: dict[str, str] = {}
    for level, zeros in (("provinces", "0000"), ("cities", "00"), ("areas", "")):
        with (geography / f"china_division_2.7.0_{level}.csv").open(encoding="utf-8") as lines:
            latest |= {row["code"] + zeros: row["name"] for row in csv.DictReader(lines)}
    editions.append((2023.5, "nbs", latest))
    return sorted(editions, key=lambda edition: edition[0])


def spells(editions: list[Edition]) -> list[dict[str, object]]:
    """One row per code, name and unbroken spell of validity."""
    in_mca = {code for _, source, rows in editions if source == "mca" for code in rows}
    codes = sorted({code for _, _, rows in editions for code in rows})
    result: list[dict[str, object]] = []
    for code in codes:
        seen = [(date, rows[code]) for date, _, rows in editions if code in rows]
        absent = [
            date for date, source, rows in editions if code not in rows and covers(source, code, in_mca)
        ]
        runs: list[list[float | str]] = []
        for date, name in seen:
            gap = runs and sum(float(runs[-1][2]) < other < date for other in absent) > 1
            if runs and runs[-1][0] == name and not gap:
                runs[-1][2] = date
            else:
                runs.append([name, date, date])
        runs = merge_flicker(runs)
        for index, (label, begin, end) in enumerate(runs):
            name = str(label)
            other_before = [d for d, s, rows in editions if d < float(begin) and covers(s, code, in_mca)]
            other_after = [d for d, s, rows in editions if d > float(end) and covers(s, code, in_mca)]
            before = max(other_before, default=0.0)
            after = min(other_after, default=0.0)
            kind = "c" if CONTAINER.match(name) else "g"
            if code not in in_mca and "71" <= code[4:] <= "79":
                kind = "z"
            result.append(
                {
                    "code": code,
                    "name": name,
                    "first": year_of(float(begin)),
                    "last": year_of(float(end)),
                    "earliest": year_of(before) if before else 0,
                    "latest": year_of(after) if after else 9999,
                    "kind": kind,
                    "successor": runs_successor(code, index, runs),
                }
            )
    return result


def year_of(date: float) -> int:
    """The year of an edition; December of a year counts as that year."""
    return int(date - 0.001)


def covers(source: str, code: str, in_mca: set[str]) -> bool:
    """Whether an edition of `source` would carry the code if it were valid."""
    if code[:2] in {"71", "81", "82"}:
        return source != "nbs"
    return source != "mca" or code in in_mca


def merge_flicker(runs: list[list[float | str]]) -> list[list[float | str]]:
    """Join A, B, A where B lasts under a year: two publishers' lag, not two renamings."""
    index = 1
    while index + 1 < len(runs):
        before, middle, after = runs[index - 1 : index + 2]
        if before[0] == after[0] and float(middle[2]) - float(middle[1]) < 1:
            before[2] = after[2]
            del runs[index : index + 2]
        else:
            index += 1
    return runs


def runs_successor(code: str, index: int, runs: list[list[float | str]]) -> str:
    """The same code when it lives on under another name."""
    return code if index + 1 < len(runs) else ""


def stem(name: str) -> str:
    """A division's name without its kind and nationality: 南海市 → 南海, 峨边彝族自治县 → 峨边."""
    return NATIONALITIES.sub("", KIND_WORDS.sub("", name)) or name


def add_successors(table: list[dict[str, object]]) -> None:
    """Fill `successor` of vanished codes where exactly one later row of the province has the same stem."""
    by_stem: dict[tuple[str, str], list[dict[str, object]]] = defaultdict(list)
    for row in table:
        if not str(row["code"]).endswith("00") and row["kind"] == "g":
            by_stem[str(row["code"])[:2], stem(str(row["name"]))].append(row)
    for row in table:
        code = str(row["code"])
        if row["successor"] or row["latest"] == 9999 or code.endswith("00") or row["kind"] != "g":
            continue
        later = {
            str(other["code"])
            for other in by_stem[code[:2], stem(str(row["name"]))]
            if other["code"] != code
            and int(str(row["last"])) <= int(str(other["first"])) <= int(str(row["latest"])) + 5
        }
        if len(later) == 1:
            row["successor"] = later.pop()


def write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    """A gzip file that is byte for byte the same whenever the rows are."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    sys.stdout.write(f"{path.name}: {len(rows)} rows, {path.stat().st_size} bytes\n")


def main(geography: Path) -> None:
    """Derive both tables."""
    table = spells(read_editions(geography))
    add_successors(table)
    header = ["code", "name", "first", "last", "earliest", "latest", "kind", "successor"]
    write(HERE / "divisions.csv.gz", header, [[row[column] for column in header] for row in table])
    places: list[list[object]] = []
    for file in ("streets", "villages_foshan4406"):
        with (geography / f"china_division_2.7.0_{file}.csv").open(encoding="utf-8") as lines:
            places += [[r["code"], r["name"]] for r in csv.DictReader(lines) if r["code"].startswith("4406")]
    write(HERE / "places.csv.gz", ["code", "name"], sorted(places, key=lambda place: str(place[0])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

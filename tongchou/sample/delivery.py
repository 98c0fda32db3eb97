"""From blocks of people to the folders of 24 systems, with the truth beside them."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .columns import dates, day_number, where
from .dirt import Rates, Slips
from .formats import Format, Sink, open_sink
from .offices import city, civil, education, health, labour, land, market, police
from .offices.desk import Desk, Sheet
from .people import Block, Calendar, make_block
from .trade import make_trade

BLOCK = 40_000
LEAST = 100
MARK = "INVENTED.txt"
# Beyond this many, blocks grow instead: each draws its identity numbers from its share of 500 a day.
MOST_BLOCKS = 60

OFFICES = (police, civil, education, labour, land, market, health, city)

FORMATS: dict[str, Format] = {
    "ps.residents": Format(encoding="gb18030"),
    "ps.moves": Format(encoding="gbk"),
    "ps.migrants": Format(encoding="gb18030"),
    "ps.doors": Format(encoding="utf-8"),
    "ps.border_residents": Format("sqlite", table="jwry_dj"),
    "vehicle.vehicles": Format("tsv"),
    "vehicle.company_vehicles": Format("tsv"),
    "civil.relief": Format("xlsx", title="样例区最低生活保障对象花名册"),
    "civil.elderly_allowance": Format(encoding="gbk"),
    "civil.marriages": Format("sqlite", table="t_hydj"),
    "disabled.certificates": Format("sqlite", table="cjr_zs"),
    "edu.schools": Format("xlsx", title="样例区学校名录"),
    "edu.pupils": Format(encoding="utf-8-sig"),
    "edu.enrolments": Format(
        "xlsx",
        title="秋季一年级新生登记表",
        groups=(("", 1), ("学生信息", 4), ("监护人信息", 3), ("", 3)),
    ),
    "hrss.insured": Format(encoding="gb18030"),
    "hrss.contributions": Format(encoding="gb18030"),
    "hrss.employment": Format(encoding="utf-8"),
    "fund.accounts": Format("tsv", encoding="utf-16"),
    "land.property": Format(encoding="gbk"),
    "land.planning_permits": Format("xlsx", title="建设工程规划许可证台账"),
    "market.enterprises": Format(encoding="utf-8"),
    "market.shops": Format(encoding="gbk"),
    "market.food_permits": Format("sqlite", table="spjyxk"),
    "tax.taxpayers": Format(encoding="gb18030"),
    "fire.permits": Format("xlsx", title="公众聚集场所消防安全许可登记"),
    "health.patients": Format(packed=True),
    "health.visits": Format(packed=True),
    "health.births": Format(encoding="gb18030"),
    "health.deaths": Format(encoding="utf-8-sig"),
    "urban.patrols": Format(encoding="utf-8"),
    "data.hotline": Format(encoding="utf-8-sig", quoted=True),
    "transport.bus_cards": Format(encoding="gbk"),
    "transport.trips": Format(encoding="gbk", packed=True),
    "hall.approvals": Format("sqlite", table="ban_jian_geren"),
    "hall.company_approvals": Format("sqlite", table="ban_jian_qiye"),
}

PERSONS = pa.schema(
    [
        ("person", pa.int64()),
        ("household", pa.int64()),
        ("name", pa.string()),
        ("sex", pa.string()),
        ("birth_date", pa.string()),
        ("id_number", pa.string()),
        ("spouse", pa.int64()),
        ("father", pa.int64()),
        ("mother", pa.int64()),
        ("registered", pa.bool_()),
        ("hidden_assets", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Summary:
    """What was written: rows in all, and of each resource over all its files; files; how long it took."""

    out: Path
    people: int
    households: int
    enterprises: int
    rows: int
    by_resource: dict[str, int]
    files: tuple[Path, ...]
    seconds: float


@dataclass
class _Run:
    """Files under way and counts, while the blocks pass."""

    out: Path
    sinks: dict[tuple[str, str], Sink] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    truth: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def write(self, sheet: Sheet) -> None:
        """Append a sheet to its file."""
        at = (sheet.file, sheet.resource)
        if at not in self.sinks:
            self.sinks[at] = open_sink(self.out / sheet.file, FORMATS[sheet.resource])
        self.sinks[at].write(dict(sheet.columns))
        self.rows[sheet.resource] += len(sheet.key)
        for name, data in sheet.files.items():
            path = self.out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def keep(self, name: str, table: pa.Table) -> None:
        """Append to a file of the truth."""
        if name not in self.truth:
            self.truth[name] = pq.ParquetWriter(
                self.out / "truth" / f"{name}.parquet", table.schema, compression="zstd"
            )
        self.truth[name].write_table(table)

    def close(self) -> None:
        """Finish every file."""
        for sink in (*self.sinks.values(), *self.truth.values()):
            sink.close()


def generate(
    *,
    out: Path,
    people: int = 50_000,
    seed: int = 1,
    as_of: date = date(2026, 11, 20),
    rates: Rates | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Summary:
    """Write a district of so many invented people: a folder for each system, and `truth/`.

    The same people, seed, day and rates give the same files. as_of: day of the second deliveries; the first
    are nineteen days older. rates: how often clerks slip. progress: told ("people", done, of). Folders of
    an earlier run are replaced. Raises HouseError "sample.too_few_people", and "sample.folder_in_use" where
    a folder of that name holds something else.
    """
    if people < LEAST:
        raise HouseError(
            "sample.too_few_people",
            Text(
                f"样例区至少要有 {LEAST} 人，给定的是 {people}。",
                f"A district needs at least {LEAST} people, not {people}.",
            ),
            Text("请用更大的人数重试。", "Try again with more people."),
            "people",
        )
    began = time.perf_counter()
    first = as_of - timedelta(days=19)
    calendar = Calendar(day_number(first), day_number(as_of))
    _clear(out)
    run = _Run(out)
    size = max(BLOCK, -(-people // MOST_BLOCKS))
    blocks = -(-people // size)
    edges = np.linspace(0, people, blocks + 1).astype(int)
    serials: dict[str, int] = {}
    households = enterprises = 0
    try:
        for number in range(blocks):
            base = int(edges[number])
            block = make_block(
                number=number,
                blocks=blocks,
                base=base,
                size=int(edges[number + 1]) - base,
                seed=seed,
                calendar=calendar,
            )
            trade = make_trade(block, enterprises)
            slips = Slips(rates or Rates(), np.random.default_rng([seed, number, 1]))
            desk = Desk(block, trade, slips, serials, f"{first:%Y%m%d}", f"{as_of:%Y%m%d}")
            _hand_in(run, desk, households)
            households += block.households
            enterprises += len(trade)
            if progress:
                progress("people", int(edges[number + 1]), people)
    finally:
        run.close()
    return Summary(
        out=out,
        people=people,
        households=households,
        enterprises=enterprises,
        rows=run.rows.total(),
        by_resource=dict(run.rows),
        files=tuple(sorted({sink.path for sink in run.sinks.values()})),
        seconds=time.perf_counter() - began,
    )


def _clear(out: Path) -> None:
    """Make room: remove what an earlier run wrote, and nothing that anybody else did."""
    mark = out / MARK
    folders = [out / name for name in (*SYSTEMS, "truth") if (out / name).exists()]
    if folders and not mark.exists():
        raise HouseError(
            "sample.folder_in_use",
            Text(
                f"文件夹里已有不是样例写出的“{folders[0].name}”。",
                f"“{folders[0].name}” is there already, and not from a sample.",
            ),
            Text("请换一个空文件夹。", "Choose an empty folder."),
            str(out),
        )
    for folder in folders:
        shutil.rmtree(folder)
    (out / "truth").mkdir(parents=True)
    mark.write_text(
        "Invented people, written by tongchou sample; it replaces these folders when run again.\n"
    )


def _hand_in(run: _Run, desk: Desk, households: int) -> None:
    """Everything all offices have about one block, and the truth of it."""
    known: dict[str, pa.Array] = {}
    for office in OFFICES:
        for sheets in office.SHEETS:
            for sheet in sheets(desk):
                run.write(sheet)
                # A row of the first delivery that comes again in the second stands in the truth once.
                fresh = (
                    ~pc.is_in(sheet.key, known[sheet.resource]).to_numpy(False)
                    if sheet.resource in known
                    else None
                )
                new = sheet if fresh is None else sheet.only(fresh, sheet.file)
                before = known.get(sheet.resource)
                known[sheet.resource] = new.key if before is None else pa.concat_arrays([before, new.key])
                if new.people is not None:
                    run.keep("people", _truth(new, "person", desk.block.persons[new.people]))
                if new.enterprises is not None:
                    run.keep("enterprises", _truth(new, "enterprise", desk.trade.numbers[new.enterprises]))
    run.keep("persons", _persons(desk.block, desk, households))
    run.keep("dirt", desk.slips.table())


def _truth(sheet: Sheet, name: str, numbers: np.ndarray) -> pa.Table:
    """Which row is about whom."""
    return pa.table(
        {
            "resource": pa.repeat(pa.scalar(sheet.resource), len(numbers)),
            "source_key": sheet.key,
            name: pa.array(numbers),
        }
    )


def _persons(block: Block, desk: Desk, households: int) -> pa.Table:
    """The people as they are, before any office wrote them down."""

    def kin(at: np.ndarray) -> pa.Array:
        return pa.array(block.base + at, mask=at < 0)

    return pa.table(
        {
            "person": block.persons,
            "household": households + block.household,
            "name": block.names.full,
            "sex": where(block.male, "1", "2"),
            "birth_date": dates(block.births, "Y-M-D"),
            "id_number": block.ids,
            "spouse": kin(block.spouse),
            "father": kin(block.father),
            "mother": kin(block.mother),
            "registered": block.registered,
            "hidden_assets": desk.hidden[block.household],
        },
        schema=PERSONS,
    )


SYSTEMS: tuple[str, ...] = (
    "ps_hukou",
    "ps_migrants",
    "ps_exit_entry",
    "vehicle_register",
    "edu_pupils",
    "edu_enrolments",
    "civil_relief",
    "civil_elderly",
    "civil_marriage",
    "disabled_certificates",
    "hrss_social",
    "provident_fund",
    "land_property",
    "land_planning",
    "market_register",
    "market_food",
    "tax_register",
    "fire_permits",
    "health_hospitals",
    "health_vital",
    "urban_patrol",
    "data_hotline",
    "transport_bus",
    "hall_approvals",
)

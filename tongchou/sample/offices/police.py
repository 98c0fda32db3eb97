"""公安局: household register, moves, residence permits, people from abroad, vehicles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from .. import geography
from ..columns import NO_DAY, Ints, constant, dates, fixed, join, padded, pick, where
from ..people import CHILD, ETHNICITIES, FOREIGN, HEAD, OTHER, PARENT, SPOUSE, origins
from .desk import Desk, Sheet, choose

BRANDS = (
    "丰田牌",
    "本田牌",
    "大众牌",
    "比亚迪牌",
    "广汽传祺牌",
    "日产牌",
    "吉利牌",
    "五菱牌",
    "宝马牌",
    "小鹏牌",
)
NATIONS = {840: "USA", 392: "JPN", 410: "KOR", 704: "VNM", 356: "IND", 380: "ITA", 643: "RUS"}
PLATE_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPQRSTUVWXYZ", np.uint8)


def residents(desk: Desk) -> Iterator[Sheet]:
    """户籍人口, whole, on both days: between them people moved, were born, died, left."""
    block, name = desk.block, "ps.residents"
    first, second = block.calendar.first, block.calendar.second
    here_first = block.registered & block.alive(first) & (block.moved_in <= first)
    here_second = block.registered & block.present(second)
    people = np.flatnonzero(here_first | here_second)
    keys = desk.keys(name, "HJ", len(people))
    clean_names = block.names.take(people)
    names = desk.slips.name((name, "name"), clean_names, keys, 0.4)
    clean_ids = block.ids.take(pa.array(people))
    ids = desk.slips.number((name, "id_number"), clean_ids, keys, 0.3)
    births = desk.births(name, people, keys, "YMD", 0.3)
    sexes = desk.sexes(name, people, keys, "男", "女", 0.4)
    phones = desk.phones(name, desk.own_phones(people), keys, 1.5)
    old_address = desk.addresses(name, people, keys, "full", 0.3)
    changed = np.maximum(
        block.moved_in[people],
        np.where(
            block.moved_home[block.household[people]] <= first,
            block.moved_home[block.household[people]],
            NO_DAY,
        ),
    )
    moved = (block.moved_home[block.household[people]] > first) & here_first[people]
    address = where(moved, block.homes_on(second, people).text("full"), old_address)
    repaired = desk.rng.random(len(people)) < 0.06
    fixed_names, fixed_ids = where(repaired, clean_names, names), where(repaired, clean_ids, ids)
    changed_later = np.where(moved, block.moved_home[block.household[people]], changed)

    households = join("FS", padded(block.base // 2 + block.household[people], 8))
    columns = {
        "编号": keys,
        "姓名": names,
        "性别": sexes,
        "出生日期": births,
        "公民身份号码": ids,
        "民族": pick([word for _, word, _ in ETHNICITIES], block.ethnicity[people]),
        "户号": households,
        "与户主关系": _relations(desk, people),
        "户籍地址": old_address,
        "所属社区": block.homes_on(first, people).community_names,
        "联系电话": phones,
        "迁入日期": dates(block.moved_in[people], "YMD"),
        "变更日期": dates(changed, "YMD"),
    }
    sheet = Sheet(name, f"ps_hukou/residents_{desk.first}.csv", columns, keys, people)
    yield sheet.only(here_first[people], sheet.file)
    later = columns | {
        "姓名": fixed_names,
        "公民身份号码": fixed_ids,
        "户籍地址": address,
        "所属社区": block.homes_on(second, people).community_names,
        "变更日期": dates(changed_later, "YMD"),
    }
    sheet = Sheet(name, f"ps_hukou/residents_{desk.second}.csv", later, keys, people)
    yield sheet.only(here_second[people], sheet.file)


def _relations(desk: Desk, people: Ints) -> pa.StringArray:
    """Relation to the head of the household in the register's words."""
    block = desk.block
    role, male = block.role[people], block.male[people]
    column = np.select(
        [
            role == HEAD,
            (role == SPOUSE) & male,
            role == SPOUSE,
            (role == CHILD) & male,
            role == CHILD,
            (role == PARENT) & male,
            role == PARENT,
        ],
        [0, 1, 2, 3, 4, 5, 6],
        7,
    )
    return pick(("户主", "夫", "妻", "子", "女", "父亲", "母亲", "非亲属"), column)


def moves(desk: Desk) -> Iterator[Sheet]:
    """户口迁移: who came, changed address or left in the last three years."""
    block, name = desk.block, "ps.moves"
    first, second = block.calendar.first, block.calendar.second
    own = block.registered & block.alive(first)
    came = np.flatnonzero(
        own & (block.moved_in > first - 1100) & (block.moved_in > block.births) & (block.moved_in <= second)
    )
    changed = block.moved_home[block.household]
    within = np.flatnonzero(own & (changed > first - 1100) & (changed <= second) & (changed > block.moved_in))
    left = np.flatnonzero(own & block.gone)
    people = np.concatenate([came, within, left])
    kind = np.repeat([0, 1, 2], [len(came), len(within), len(left)])
    on = np.select([kind == 0, kind == 1], [block.moved_in[people], changed[people]], second)
    keys = desk.keys(name, "QY", len(people))
    old = block.old_homes.take(block.household[people]).text("city")
    here = block.homes_on(second, people).text("city")
    far = origins(block, people)
    columns = {
        "流水号": keys,
        "姓名": desk.names(name, people, keys, 0.4),
        "公民身份号码": desk.numbers(name, people, keys, 0.4),
        "变动类型": pick(("迁入", "市内移居", "迁出"), kind),
        "迁出地": where(kind == 0, far, where(kind == 1, old, here)),
        "迁入地": where(kind == 2, far, here),
        "变动日期": desk.days(name, "moved_on", on, "YMD", keys),
    }
    yield Sheet(name, f"ps_hukou/moves_{desk.second}.csv", columns, keys, people)


def migrants(desk: Desk) -> Iterator[Sheet]:
    """流动人口: residence permits; the second file brings renewals, arrivals and changed homes only."""
    block, name = desk.block, "ps.migrants"
    first, second = block.calendar.first, block.calendar.second
    mask = (
        ~block.registered & (block.kind == 0) & block.present(second) & (desk.rng.random(len(block)) < 0.93)
    )
    people = np.flatnonzero(mask)
    keys = desk.keys(name, "JZ4406", len(people))
    issued = desk.recent(len(people), 360, block.moved_in[people])
    working = desk.trade.employed[people]
    moved = block.moved_home[block.household[people]] > first
    renewed = desk.rng.random(len(people)) < 0.02
    fresh = block.moved_in[people] > first
    columns = {
        "居住证编号": keys,
        "证件姓名": desk.names(name, people, keys, 0.8),
        "性别代码": desk.sexes(name, people, keys, "1", "2", 0.6),
        "出生年月日": desk.births(name, people, keys, "Y-M-D", 0.6),
        "证件号码": desk.numbers(name, people, keys, 0.7),
        "户籍所在地": origins(block, people),
        "现居住地址": desk.addresses(name, people, keys, "city", 0.7),
        "手机号码": desk.phones(name, desk.own_phones(people), keys, 0.8),
        "工作单位": where(working, desk.trade.names.take(pa.array(desk.trade.employer[people])), None),
        "签发日期": desk.days(name, "issued_on", issued, "Y-M-D", keys),
        "有效期至": dates(issued + 365, "Y-M-D"),
    }
    sheet = Sheet(name, "", columns, keys, people)
    yield sheet.only(~fresh, f"ps_migrants/migrants_{desk.first}.csv")
    again = np.where(moved, block.moved_home[block.household[people]], np.where(renewed, second - 3, issued))
    later = columns | {
        "现居住地址": where(moved, block.homes_on(second, people).text("city"), columns["现居住地址"]),
        "签发日期": where(moved | renewed, dates(again, "Y-M-D"), columns["签发日期"]),
        "有效期至": dates(again + 365, "Y-M-D"),
    }
    yield Sheet(name, "", later, keys, people).only(
        moved | renewed | fresh, f"ps_migrants/migrants_{desk.second}.csv"
    )


def border(desk: Desk) -> Iterator[Sheet]:
    """境外人员: residents from Hong Kong and Macao, and foreigners with their passports."""
    block, name = desk.block, "ps.border_residents"
    people = np.flatnonzero((block.kind > 0) & block.present(block.calendar.second))
    keys = desk.keys(name, "JW", len(people))
    abroad = block.kind[people] == FOREIGN
    nation = block.county[people] - 944_000
    nations = pa.array([NATIONS.get(code, "CHN") for code in nation.tolist()], pa.string())
    passports = join(
        choose(("E", "G", "M", "P"), len(people), desk.rng),
        padded(desk.rng.integers(0, 10**8, len(people)), 8),
    )
    macao = block.county[people] == 820000
    columns = {
        "登记号": keys,
        "姓名": desk.names(name, people, keys, 0.3),
        "性别": where(block.male[people], "M", "F"),
        "出生日期": dates(block.births[people], "Y/M/D"),
        "国籍": nations,
        "证件种类": where(abroad, "外国人永久居留身份证", where(macao, "澳门居民居住证", "香港居民居住证")),
        "证件号码": desk.numbers(name, people, keys, 0.5),
        "护照号码": where(abroad, passports, None),
        "居住地址": desk.addresses(name, people, keys, "city", 0.5),
        "联系电话": desk.phones(name, desk.own_phones(people), keys, 0.5),
    }
    yield Sheet(name, "ps_exit_entry/exit_entry.db", columns, keys, people)


def vehicles(desk: Desk) -> Iterator[Sheet]:
    """机动车: one row per car, of people or of companies."""
    block, trade, name, rng = desk.block, desk.trade, "vehicle.vehicles", desk.rng
    age = block.ages(block.calendar.second)
    people = np.concatenate(
        [
            desk.some(
                (age >= 20) & (age < 75) & block.alive(block.calendar.first) & (block.role != OTHER), share
            )
            for share in (0.36, 0.05)
        ]
    )
    people = np.concatenate([people, np.flatnonzero(desk.hidden[block.household] & (block.role == HEAD))])
    keys, plates = desk.keys(name, "CL", len(people)), _plates(desk, len(people))
    made = desk.recent(len(people), 4500)
    columns = {
        "档案编号": keys,
        "号牌号码": plates,
        "所有人": desk.names(name, people, keys, 0.6),
        "身份证明号码": desk.numbers(name, people, keys, 0.5),
        "品牌": choose(BRANDS, len(people), rng),
        "初次登记日期": desk.days(name, "registered_on", made, "Y/m/d", keys),
        "住所地址": desk.addresses(name, people, keys, "city", 1.2),
        "手机": desk.phones(name, desk.own_phones(people), keys),
        "状态": choose(("正常", "逾期未检验", "注销"), len(people), rng, (0.93, 0.05, 0.02)),
    }
    yield Sheet(name, f"vehicle_register/vehicles_{desk.second}.tsv", columns, keys, people)

    name = "vehicle.company_vehicles"
    owners = desk.some(np.arange(len(trade)) < trade.companies, 0.35)
    keys = desk.keys(name, "CQ", len(owners))
    columns = {
        "档案编号": keys,
        "号牌号码": _plates(desk, len(owners)),
        "所有人": trade.names.take(pa.array(owners)),
        "统一社会信用代码": trade.codes.take(pa.array(owners)),
        "品牌": choose(BRANDS, len(owners), rng),
        "初次登记日期": dates(desk.recent(len(owners), 3000, trade.founded[owners]), "Y/m/d"),
        "状态": constant("正常", len(owners)),
    }
    yield Sheet(
        name, f"vehicle_register/company_vehicles_{desk.second}.tsv", columns, keys, enterprises=owners
    )


def _plates(desk: Desk, rows: int) -> pa.StringArray:
    """Plates of Foshan's letters: five places with at most two letters, electric cars D and five places.

    Source: GA 36-2018, as far as known.
    """
    rng = desk.rng
    tail = rng.integers(48, 58, (rows, 5)).astype(np.uint8)
    electric = rng.random(rows) < 0.3
    first = rng.random(rows) < 0.5
    second = ~electric & (rng.random(rows) < 0.4)
    at = rng.integers(1, 5, rows)
    tail[first, 0] = PLATE_LETTERS[rng.integers(0, len(PLATE_LETTERS), int(first.sum()))]
    tail[second, at[second]] = PLATE_LETTERS[rng.integers(0, len(PLATE_LETTERS), int(second.sum()))]
    region = choose(("粤E", "粤X", "粤Y"), rows, rng, (0.8, 0.1, 0.1))
    return join(region, where(electric, "D", ""), fixed(tail))


def standard_doors(desk: Desk) -> Iterator[Sheet]:
    """标准门楼牌, the same for a district of any size; handed in with the first block."""
    if desk.block.number:
        return
    doors = geography.doors()
    longitude, latitude = geography.positions(doors)
    codes = join("440699", padded(np.arange(len(doors)), 8))
    columns = {
        "门楼牌编号": codes,
        "标准地址": doors.text("full"),
        "镇街": doors.town_names,
        "社区": doors.community_names,
        "经度": pa.array([f"{each:.6f}" for each in longitude.tolist()]),
        "纬度": pa.array([f"{each:.6f}" for each in latitude.tolist()]),
    }
    yield Sheet("ps.doors", f"ps_migrants/doors_{desk.second}.csv", columns, codes)


SHEETS = (residents, moves, migrants, border, vehicles, standard_doors)

"""Companies and shops of a block, whose owners are people of the block, and who works where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from . import numbers, places
from .columns import Ints, fixed, join, pick, where
from .homes import Homes
from .people import Block

TRADES: tuple[tuple[str, str, str], ...] = (
    ("3070", "陶瓷", "陶瓷制品制造；建筑材料销售"),
    ("2110", "家具", "家具制造；家具销售"),
    ("3340", "五金制品", "金属制品制造；五金产品批发"),
    ("1751", "纺织", "针织面料、纺织品生产与销售"),
    ("2927", "塑料", "塑料制品制造；日用品销售"),
    ("3850", "电器", "家用电器制造；电子产品销售"),
    ("5219", "商贸", "日用百货批发零售；国内贸易代理"),
    ("5430", "物流", "道路货物运输；仓储服务"),
    ("6513", "信息科技", "软件开发；信息技术咨询服务"),
    ("7010", "房地产", "房地产开发经营；物业租赁"),
    ("7020", "物业管理", "物业管理；停车场服务"),
    ("4710", "建筑工程", "房屋建筑工程施工；室内装饰"),
    ("7259", "广告", "广告设计、制作、发布"),
    ("8299", "教育咨询", "教育信息咨询；文化活动策划"),
    ("6210", "餐饮管理", "餐饮服务；食品销售"),
    ("2710", "医药", "药品生产；医疗器械销售"),
)
SHOPS: tuple[tuple[str, str, str], ...] = (
    ("6210", "饮食店", "餐饮服务（凭许可证经营）"),
    ("6221", "快餐店", "餐饮服务；外卖"),
    ("5212", "便利店", "预包装食品、日用品零售"),
    ("8040", "发廊", "理发服务"),
    ("5261", "汽修店", "机动车维修"),
    ("5251", "药店", "药品零售"),
    ("5232", "服装店", "服装零售"),
    ("5273", "五金店", "五金、电料零售"),
    ("5223", "水果店", "水果、蔬菜零售"),
    ("6231", "奶茶店", "饮品制售"),
    ("5227", "肉菜档", "生鲜肉类、蔬菜零售"),
    ("8053", "洗衣店", "洗染服务"),
)
_STYLES_TEXT = (
    "鸿基 恒信 永盛 粤海 顺达 汇通 金源 盛世 嘉华 南粤 新力 伟业 东成 立信 华泰 "
    "宏图 天成 凯旋 广联 万和 佳美 星辰 正大 德力"
)
STYLES = tuple(_STYLES_TEXT.split())
ENDINGS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "（普通合伙）")
FOOD = np.array(["6210", "6221", "5212", "5223", "6231", "5227"])


@dataclass
class Trade:
    """Companies first, then shops, in one set of equal-long arrays.

    base: number in the district of the first. owner: legal representative or operator, a person of the block.
    founded: day. closed: struck off. codes: credit codes. Names follow the register.
    """

    base: int
    companies: int
    owner: Ints
    founded: Ints
    closed: Ints
    codes: pa.StringArray
    names: pa.StringArray
    industry: pa.StringArray
    scope: pa.StringArray
    capital: Ints
    sites: Homes
    phones: pa.StringArray
    food: Ints
    employer: Ints
    employed: Ints
    started: Ints

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def numbers(self) -> Ints:
        """The enterprises' numbers in the district, which the truth files speak of."""
        return self.base + np.arange(len(self))


def make_trade(block: Block, base: int) -> Trade:
    """Enterprises for a block: a company for 25 people, a shop for 14, a job for most of working age."""
    rng = block.rng
    second = block.calendar.second
    age = block.ages(second)
    companies, shops = max(1, len(block) // 25), max(1, len(block) // 14)
    count = companies + shops
    working = np.flatnonzero((age >= 22) & (age < 62) & (block.kind != 2) & block.alive(second))
    if not working.size:
        working = np.flatnonzero(age == age.max())
    owner = rng.choice(working, count)
    founded = second - (rng.random(count) ** 1.5 * 9000).astype(np.int64) - 20
    codes = np.vstack(
        [
            numbers.credit_codes(base + np.arange(companies), b"91"),
            numbers.credit_codes(base + np.arange(companies, count), b"92"),
        ]
    )
    trade = rng.integers(0, len(TRADES), companies)
    shop = rng.integers(0, len(SHOPS), shops)
    place = rng.choice(["佛山市样例区", "佛山市", "佛山", "广东"], companies, p=[0.45, 0.3, 0.15, 0.1])
    company_names = join(
        pa.array(place.tolist()),
        _style(companies, rng),
        pick([word for _, word, _ in TRADES], trade),
        pick(ENDINGS, rng.integers(0, len(ENDINGS), companies)),
    )
    own = rng.random(shops) < 0.35
    shop_names = join(
        places.CITY,
        places.DISTRICT,
        where(own, block.names.take(owner[companies:]), _style(shops, rng)),
        pick([word for _, word, _ in SHOPS], shop),
    )
    industry = pa.concat_arrays(
        [pick([code for code, _, _ in TRADES], trade), pick([code for code, _, _ in SHOPS], shop)]
    )
    scope = pa.concat_arrays(
        [pick([text for _, _, text in TRADES], trade), pick([text for _, _, text in SHOPS], shop)]
    )
    employed = (age >= 18) & (age < np.where(block.male, 60, 55)) & (rng.random(len(block)) < 0.78)
    employer = (rng.random(len(block)) ** 2.2 * companies).astype(np.int64)
    employer[owner[:companies]] = np.arange(companies)
    began = np.maximum(founded[employer], block.births + 18 * 366)
    started = began + (rng.random(len(block)) * np.maximum(second - 40 - began, 1)).astype(np.int64)
    return Trade(
        base=base,
        companies=companies,
        owner=owner,
        founded=founded,
        closed=rng.random(count) < np.where(np.arange(count) < companies, 0.04, 0.09),
        codes=fixed(codes),
        names=pa.concat_arrays([company_names, shop_names]),
        industry=industry,
        scope=scope,
        capital=rng.choice(
            [10, 30, 50, 100, 200, 500, 1000, 5000], count, p=[0.15, 0.1, 0.25, 0.25, 0.1, 0.1, 0.04, 0.01]
        ),
        sites=Homes.make(count, rng),
        phones=where(
            rng.random(count) < 0.4, numbers.landlines(count, rng), block.phones.take(pa.array(owner))
        ),
        food=np.concatenate(
            [np.zeros(companies, bool), np.isin(np.array([code for code, _, _ in SHOPS]), FOOD)[shop]]
        ),
        employer=employer,
        employed=employed & block.alive(second),
        started=started,
    )


def _style(count: int, rng: np.random.Generator) -> pa.StringArray:
    """Shop-sign names of two words' worth: 鸿基, 恒信盛世 …"""
    long = rng.random(count) < 0.5
    return join(
        pick(STYLES, rng.integers(0, len(STYLES), count)),
        where(
            long,
            pick(STYLES, rng.integers(0, len(STYLES), count)),
            pick(tuple("锐丰源达昌隆兴泰誉盈"), rng.integers(0, 10, count)),
        ),
    )

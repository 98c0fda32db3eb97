"""Invented enterprises in dirty sources, from scratch and by seed: what `zh_enterprises` is fitted and tried on.

No labelled set of Chinese enterprises is at hand, so one is made up: companies, shops and branches with
valid codes, owners who hold several, markets in which dozens share one street number, agents whose phone
stands on many forms. The dirt is what offices do to them: the legal form written otherwise, the place in
brackets or in front or left out, the shop's signboard instead of its registered name, old names, owners and
sites, missing and mistyped codes, an agent's code on a client's form. Profiles change its share. The truth
is returned beside the records.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from bench.dirty_people import ESTATES, GIVEN, HOMOPHONES, ROADS, SURNAMES, VILLAGES
from tongchou.standards.credit import check_character, organisation_check_character

PROFILES: Mapping[str, Mapping[str, float]] = {
    "mild": {},
    "few_codes": {"code_missing": 0.65, "code_slip": 0.05},
    "shops": {"company": 0.15, "name_sign": 0.45, "code_missing": 0.5},
    "groups": {"branch": 0.2, "same_owner": 0.35, "same_site": 0.5, "code_missing": 0.35},
    "harsh": {
        "code_missing": 0.5, "code_slip": 0.08, "code_wrong": 0.01, "name_sign": 0.4, "name_slip": 0.06,
        "name_old": 0.04, "site_old": 0.15, "owner_old": 0.1, "phone_other": 0.4, "site_missing": 0.3,
    },
}  # fmt: skip
USUAL: Mapping[str, float] = {
    "company": 0.5, "branch": 0.05, "same_owner": 0.1, "same_site": 0.25, "agent_phone": 0.08,
    "code_missing": 0.25, "code_slip": 0.02, "code_body": 0.03, "code_wrong": 0.002,
    "name_form": 0.12, "name_place": 0.15, "name_brackets": 0.05, "name_sign": 0.15, "name_slip": 0.02,
    "name_old": 0.015, "name_short": 0.04,
    "owner_old": 0.04, "owner_slip": 0.015, "owner_missing": 0.1,
    "phone_other": 0.25, "phone_missing": 0.2,
    "site_old": 0.07, "site_missing": 0.1, "site_short": 0.25,
}  # fmt: skip
# Per source: share of enterprises it knows, how often again, and the columns it has.
SOURCES: Mapping[str, tuple[float, float, str]] = {
    "register": (0.95, 0.0, "code name owner phone site"),
    "tax": (0.75, 0.0, "code name owner phone site"),
    "permits": (0.35, 0.2, "code name owner site"),
    "patrols": (0.6, 0.6, "code sign site"),
    "approvals": (0.4, 0.5, "code name"),
    "vehicles": (0.15, 0.4, "code name phone"),
    "messages": (0.2, 0.3, "sign site"),
}
PLACES = ["佛山市禅城区", "佛山市南海区", "佛山市", "佛山", "广东省"]
STYLES = (
    "鸿恒永粤顺汇金盛嘉南新伟东立华宏天凯广万佳星正德福兴隆泰丰源达昌锐誉盈基信海通业成泰图联和美辰大力安康乐"
)
TRADES = [
    *("陶瓷", "家具", "五金制品", "纺织", "塑料", "电器", "商贸", "物流", "信息科技", "房地产", "物业管理", "建筑工程"),
    *("广告", "教育咨询", "餐饮管理", "医药", "机械设备", "包装材料", "电子商务", "装饰工程"),
]  # fmt: skip
SHOPS = {
    "饮食店": ["饭店", "餐馆", "美食"], "快餐店": ["快餐", "盒饭"], "便利店": ["士多", "超市", "商店"],
    "发廊": ["理发店", "美发"], "汽车修理店": ["汽修", "汽修厂"], "药店": ["大药房"], "服装店": ["服饰", "时装"],
    "五金店": ["五金", "五金交电"], "水果店": ["鲜果", "水果"], "奶茶店": ["茶饮", "奶茶"],
    "肉菜档": ["肉档", "菜档"], "洗衣店": ["干洗", "洗衣"],
}  # fmt: skip
FORMS = ["有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "合伙企业(普通合伙)"]
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def enterprises(count: int, seed: int, rates: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """`count` enterprises; later ones may share an owner, a site, or be branches of earlier companies."""
    rng = random.Random(seed)
    before: list[dict[str, Any]] = []
    agents = [_phone(rng) for _ in range(max(2, count // 150))]
    sites = [_street(rng) for _ in range(max(3, count // 40))]
    for _ in range(count):
        company = rng.random() < rates["company"]
        trade = rng.choice(TRADES if company else list(SHOPS))
        parent = rng.choice(before) if before and rng.random() < rates["branch"] else None
        known = rng.choice(before[-40:]) if before and rng.random() < rates["same_owner"] else None
        owner = known["owner"] if known else _person(rng)
        style = _style(rng, owner, company)
        made: dict[str, Any] = {
            "place": rng.choice(PLACES), "style": style, "trade": trade, "branch": "",
            "form": rng.choice(FORMS) if company else "", "company": company,
        }  # fmt: skip
        if parent and parent["company"] and not parent["branch"]:
            made |= {name: parent[name] for name in ("place", "style", "trade", "form", "company")}
            made["branch"] = (
                rng.choice(VILLAGES) + "分公司" if rng.random() < 0.6 else f"第{rng.choice('一二三四五')}分店"
            )
        site = rng.choice(sites) if rng.random() < rates["same_site"] else _street(rng)
        if known and rng.random() < 0.4:
            site = known["site"][:1] if rng.random() < 0.5 else known["site"]
        made |= {
            "code": _code(rng, company), "owner": owner, "old_owner": _person(rng),
            "phone": rng.choice(agents) if rng.random() < rates["agent_phone"]
            else known["phone"] if known and rng.random() < 0.6 else _phone(rng),
            "other_phone": _phone(rng), "site": site if len(site) > 1 else (*site, *_room(rng)),
            "old_site": (*_street(rng), *_room(rng)), "old_style": _style(rng, owner, company),
        }  # fmt: skip
        before.append(made)
        yield made


def _person(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(1 if rng.random() < 0.15 else 2))


def _style(rng: random.Random, owner: str, company: bool) -> str:
    if not company and rng.random() < 0.35:
        return rng.choice([owner, owner[0] + "记", "阿" + owner[-1]])
    return "".join(rng.choice(STYLES) for _ in range(rng.choice([2, 2, 3, 4])))


def _phone(rng: random.Random) -> str:
    return f"1{rng.choice('35789')}{rng.randrange(10**9):09d}"


def _street(rng: random.Random) -> tuple[str, ...]:
    if rng.random() < 0.15:
        return (f"{rng.choice(VILLAGES)}村{rng.choice('东西南北')}社{rng.randrange(1, 300)}号",)
    road = rng.choice(ROADS) + rng.choice(["", "东", "西", "一", "二"]) + rng.choice(["路", "路", "大道"])
    return (f"{road}{rng.randrange(1, 500)}号{rng.choice(['', *ESTATES])}",)


def _room(rng: random.Random) -> tuple[str, str]:
    return (str(rng.randrange(1, 20)), f"{rng.randrange(1, 20)}{rng.randrange(1, 12):02d}")


def _code(rng: random.Random, company: bool) -> str:
    inner = "".join(rng.choice(_CODE) for _ in range(8))
    body = ("91" if company else "92") + "310115" + inner + organisation_check_character(inner)
    return body + check_character(body)


def _write_code(
    rng: random.Random, made: Mapping[str, Any], other: str, rates: Mapping[str, float]
) -> str | None:
    code: str = made["code"]
    if rng.random() < rates["code_missing"]:
        return None
    if rng.random() < rates["code_wrong"]:
        return other
    if rng.random() < rates["code_body"]:
        return code[8:17]
    if rng.random() < rates["code_slip"]:
        at = rng.randrange(2, 17)
        code = rng.choice(
            [
                code[:at] + rng.choice(_CODE) + code[at + 1 :],
                code[:at] + code[at + 1] + code[at] + code[at + 2 :],
                code[:at] + code[at + 1 :],
            ]
        )
    return code


def _write_name(rng: random.Random, made: Mapping[str, Any], sign: bool, rates: Mapping[str, float]) -> str:
    style, trade, form, place = (str(made[part]) for part in ("style", "trade", "form", "place"))
    branch = str(made["branch"])
    if rng.random() < rates["name_old"]:
        style = made["old_style"]
    if rng.random() < rates["name_slip"]:
        at = rng.randrange(len(style))
        other = HOMOPHONES.get(style[at]) or STYLES
        style = style[:at] + rng.choice(other) + style[at + 1 :]
    if sign and not made["company"] and rng.random() < rates["name_sign"] * 2:
        return style + rng.choice([*SHOPS[trade], *SHOPS[trade], ""])
    if made["company"] and rng.random() < rates["name_short"] * (3 if sign else 1):
        return style + rng.choice([trade, trade + "公司", ""]) + branch
    if rng.random() < rates["name_form"]:
        form = {"有限公司": "有限责任公司", "有限责任公司": "有限公司", "": "(个体工商户)"}.get(
            form, "有限公司"
        )
    if rng.random() < rates["name_brackets"] and made["company"]:
        return f"{style}({place[:2]}){trade}{form}{branch}"
    if rng.random() < rates["name_place"]:
        place = rng.choice(["", "", rng.choice(PLACES[:3])])
    return f"{place}{style}{trade}{form}{branch}"


def _write_site(rng: random.Random, site: tuple[str, ...], rates: Mapping[str, float]) -> str:
    street, *room = site
    if rng.random() < rates["site_short"] or not room:
        return street
    head = rng.choice(["", "", "禅城区", "广东省佛山市禅城区"])
    return f"{head}{street}{room[0]}{rng.choice(['栋', '座'])}{room[1]}{rng.choice(['房', '室', ''])}"


def deliver(count: int, seed: int, profile: str = "mild") -> pa.Table:
    """Records of `count` enterprises: the columns of linkage and `person`, the truth."""
    rates = {**USUAL, **PROFILES[profile]}
    rng = random.Random(seed + 1)
    rows: list[dict[str, Any]] = []
    other = _code(rng, True)
    for number, made in enumerate(enterprises(count, seed, rates)):
        for source, (share, again, columns) in SOURCES.items():
            if rng.random() >= share:
                continue
            for _ in range(1 + (rng.random() < again) + (rng.random() < again * 0.5)):
                owner = made["old_owner"] if rng.random() < rates["owner_old"] else made["owner"]
                if rng.random() < rates["owner_slip"] and HOMOPHONES.get(owner[-1]):
                    owner = owner[:-1] + rng.choice(HOMOPHONES[owner[-1]])
                phone = made["other_phone"] if rng.random() < rates["phone_other"] else made["phone"]
                site = made["old_site"] if rng.random() < rates["site_old"] else made["site"]
                rows.append(
                    {
                        "resource": source, "source_key": f"{source[:2]}{rng.randrange(10**12):012d}",
                        "uscc": _write_code(rng, made, other, rates) if "code" in columns else None,
                        "name": _write_name(rng, made, "sign" in columns, rates),
                        "legal_representative": owner
                        if "owner" in columns and rng.random() >= rates["owner_missing"] else None,
                        "phone": phone if "phone" in columns and rng.random() >= rates["phone_missing"] else None,
                        "address": _write_site(rng, site, rates)
                        if "site" in columns and rng.random() >= rates["site_missing"] else None,
                        "person": number,
                    }
                )  # fmt: skip
        if rng.random() < 0.2:
            other = made["code"]
    names = list(rows[0])
    return pa.table({name: pa.array([row[name] for row in rows]) for name in names})

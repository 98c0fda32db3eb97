"""Enterprises of an invented district in a second dirt, with what really tells enterprises apart hard: what nothing is fitted on.

Beside `dirty_enterprises`, on which `zh_enterprises` was fitted, this has other names, other offices and other slips
(owners' names in pinyin are not among them: no register has them), and enterprises that look like one another on purpose:

- branches of a company, each registered on its own, in the same town or another; the shops of a franchise, one sign each;
- the same name in another district; a shop and a company of one owner under one style;
- two shops one after another at one address with one owner, the first struck off;
- tenants of one market or one shared office, whose agent's phone stands on all forms;
- a company that changed its name and kept its code: old offices know it by the old one.

Homes of these are those of `dirty_addresses`, written as there. The truth is `person`, as in the first dirt.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from bench import dirty_addresses as homes
from tongchou.standards.credit import check_character, organisation_check_character

USUAL: Mapping[str, float] = {
    "company": 0.5, "branch": 0.05, "franchise": 0.05, "namesake": 0.03, "successor": 0.04, "pair": 0.04, "tenant": 0.15,
    "agent": 0.1, "renamed": 0.06, "moved": 0.06, "new_owner": 0.05,
    "code_missing": 0.25, "code_slip": 0.02, "code_body": 0.03, "slip": 0.02, "short": 0.06, "place_dropped": 0.25,
    "form_otherwise": 0.1, "marks": 0.1, "owner_missing": 0.12, "phone_missing": 0.25, "phone_other": 0.2, "site_missing": 0.12,
}  # fmt: skip
PROFILES: Mapping[str, Mapping[str, float]] = {
    "mild": {},
    "shops": {"company": 0.12, "code_missing": 0.5},
    "lookalikes": {
        "branch": 0.12, "franchise": 0.12, "namesake": 0.08, "successor": 0.1, "pair": 0.1, "tenant": 0.3, "agent": 0.2,
    },
}  # fmt: skip
#: Office: how often it knows an enterprise, how often again, what it writes.
OFFICES: Mapping[str, tuple[float, float, str]] = {
    "registry": (0.97, 0.0, "code name owner phone site"), "insurance": (0.55, 0.1, "code name owner phone"),
    "licences": (0.45, 0.2, "code sign owner site"), "inspections": (0.5, 0.5, "code sign site"),
    "tenders": (0.2, 0.5, "code name"), "complaints": (0.25, 0.3, "sign site phone"),
    "customs": (0.08, 0.0, "code name phone site"),
}  # fmt: skip
_SURNAMES = (
    "赵钱孙周吴郑冯蒋沈韩许何吕施孔曹严魏陶姜谢邹章苏潘葛范彭鲁马方任袁柳唐薛雷贺汤罗齐郝安常于傅卞康伍余"
    "顾孟黄萧尹姚邵汪毛米戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾路江童颜郭梅林钟徐邱骆高夏蔡田胡凌霍虞万柯管卢莫"
    "房缪解应丁邓洪包左石崔吉龚程陆荣翁段侯全班仲伊宫宁仇栾甘厉戎祖武符刘詹龙叶黎白蒲卓蔺屠蒙池乔阴"
)
_GIVEN = "子涵梓轩浩宇欣怡雨泽思远佳琪俊杰晓峰丽娜建国志强秀英桂兰海燕文博雪梅振华国庆春生玉珍小红大勇永康立群艳芳少华卫东鹏飞"
_STYLES = (
    "湘楚岳麓橘洲星沙浏阳望城宁乡九州四海八方五洲同创共赢致远博雅卓越腾飞鼎盛恒信诚达瑞丰祥云聚贤德馨雅韵"
    "知行乐居优品尚美悦享易通快捷精工匠心本草济世仁和康源食为天味道家香满园百味鲜速达新锐领航启明智汇云创"
    "数联"
)
_PLACES = ("长沙市岳麓区", "长沙市雨花区", "长沙市", "长沙", "湖南省", "湖南")
_FAR = ("长沙市开福区", "株洲市", "湘潭市")
_COMPANIES = [
    "科技",
    "信息技术",
    "商贸",
    "建筑劳务",
    "装饰设计",
    "餐饮管理",
    "企业管理咨询",
    "文化传媒",
    "物流",
    "机电设备",
    "医疗器械",
    "农业开发",
    "环保科技",
    "电子商务",
    "教育科技",
    "汽车销售",
    "食品",
    "服饰",
]
_SHOPS: Mapping[str, tuple[str, ...]] = {
    "餐饮店": ("餐馆", "饭店", "小吃", "土菜馆"), "粉面馆": ("粉店", "米粉", "面馆"), "副食店": ("超市", "便利店", "小卖部"),
    "美发店": ("理发店", "发艺", "造型"), "汽车维修部": ("汽修", "洗车"), "水果店": ("鲜果", "水果"),
    "服装店": ("女装", "童装", "服饰"),
    "烟酒商行": ("烟酒", "烟酒店"), "五金店": ("五金", "五金建材"), "茶饮店": ("奶茶", "茶饮"), "药房": ("大药房", "药店"),
}  # fmt: skip
_FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")
_FRANCHISES = (
    ("芙蓉兴盛", "便利店"),
    ("老百姓", "大药房"),
    ("绝味", "鸭脖"),
    ("蜜雪冰城", "茶饮"),
    ("益丰", "大药房"),
)
_ALIKE = {
    "达": "大",
    "诚": "成",
    "祥": "翔",
    "源": "园",
    "瑞": "锐",
    "盛": "胜",
    "恒": "衡",
    "信": "鑫",
    "创": "闯",
    "峰": "锋",
    "丽": "莉",
    "佳": "嘉",
    "海": "梅",
    "志": "致",
}
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
Made = dict[str, Any]


def _one(rng: random.Random, company: bool, site: homes.Home) -> Made:
    owner = rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice([1, 2, 2, 2])))
    style = "".join(rng.choice(_STYLES) for _ in range(rng.choice([2, 2, 2, 3, 4])))
    if not company and rng.random() < 0.3:
        style = rng.choice([owner, f"{owner[0]}氏", f"老{owner[0]}", f"{owner[-1]}姐"])
    return {
        "company": company, "style": style, "trade": rng.choice(_COMPANIES if company else sorted(_SHOPS)),
        "place": rng.choice(_PLACES), "form": rng.choice(_FORMS) if company else "", "branch": "", "owner": owner,
        "phone": _phone(rng), "site": site, "code": _code(rng, company), "former": "", "old_site": None, "old_owner": "",
        "sign": "",
    }  # fmt: skip


def enterprises(count: int, seed: int, rates: Mapping[str, float]) -> list[Made]:
    """So many enterprises, some made to look like those before them."""
    rng = random.Random(seed)
    spots = homes.homes(count, seed)
    agents = [(_phone(rng), rng.choice(spots)) for _ in range(max(2, count // 100))]
    found: list[Made] = []
    while len(found) < count:
        made = _one(rng, rng.random() < rates["company"], rng.choice(spots))
        if rng.random() < rates["tenant"]:
            made["site"] = homes.replace(
                rng.choice(agents)[1], room=rng.randrange(1, 30) * 100 + rng.randrange(1, 30)
            )
        if rng.random() < rates["agent"]:
            made["phone"] = rng.choice(agents)[0]
        if rng.random() < rates["renamed"]:
            made["former"] = "".join(rng.choice(_STYLES) for _ in range(2))
        if rng.random() < rates["moved"]:
            made["old_site"] = rng.choice(spots)
        if rng.random() < rates["new_owner"]:
            made["old_owner"] = _one(rng, True, made["site"])["owner"]
        before = rng.choice(found) if found else None
        draw = rng.random()
        for what in ("branch", "franchise", "namesake", "successor", "pair"):
            if draw < rates[what] and before is not None:
                made = _like(what, made, before, rng)
                break
            draw -= rates[what]
        found.append(made)
    return found


def _like(what: str, made: Made, before: Made, rng: random.Random) -> Made:
    """An enterprise that looks like another one: as its branch, its namesake, its successor …"""
    if what == "branch" and before["company"] and not before["branch"]:
        same = {name: before[name] for name in ("company", "style", "trade", "place", "form", "former")}
        branch = (
            rng.choice(["岳麓", "雨花", "望城", "河西"]) + "分公司"
            if rng.random() < 0.6
            else f"第{rng.choice('一二三四')}分公司"
        )
        return (
            made
            | same
            | {"branch": branch, "owner": before["owner"] if rng.random() < 0.4 else made["owner"]}
        )
    if what == "franchise":
        brand, trade = rng.choice(_FRANCHISES)
        spot: homes.Home = made["site"]
        where = (spot.site.road or spot.site.community).rstrip("路街") + rng.choice(["店", "路店", "二店"])
        return made | {"company": False, "style": f"{brand}{trade}{where}", "trade": "", "form": "", "sign": f"{brand}{trade}",
                       "former": "",
                       "branch": "", "place": rng.choice(_PLACES)}  # fmt: skip
    if what == "namesake":
        return (
            made
            | {name: before[name] for name in ("company", "style", "trade", "form", "sign")}
            | {"place": rng.choice(_FAR), "former": ""}
        )
    if what == "successor" and not before["company"]:
        return made | {name: before[name] for name in ("owner", "site")} | {
            "company": False, "form": "", "former": "",
            "trade": rng.choice([each for each in sorted(_SHOPS) if each != before["trade"]]),
            "code": _code(rng, False),
        }  # fmt: skip
    if what == "pair":
        return (
            made | {name: before[name] for name in ("owner", "phone", "style")} | {"former": "", "branch": ""}
        )
    return made


def _phone(rng: random.Random) -> str:
    return (
        f"0731{rng.randrange(80000000, 89999999)}"
        if rng.random() < 0.2
        else f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"
    )


def _code(rng: random.Random, company: bool) -> str:
    inner = "".join(rng.choice(_CODE) for _ in range(8))
    body = ("91" if company else "92") + "430104" + inner + organisation_check_character(inner)
    return body + check_character(body)


def _name(made: Made, rng: random.Random, rates: Mapping[str, float], *, old: bool) -> str:
    style = made["former"] if old and made["former"] else made["style"]
    if rng.random() < rates["slip"] and (at := [i for i, c in enumerate(style) if c in _ALIKE]):
        i = rng.choice(at)
        style = style[:i] + _ALIKE[style[i]] + style[i + 1 :]
    place, form, trade, branch = (str(made[part]) for part in ("place", "form", "trade", "branch"))
    if rng.random() < rates["place_dropped"] and place not in _FAR:
        place = rng.choice(["", "", place[:2]])
    if rng.random() < rates["short"] and made["company"]:
        return style + trade + rng.choice(["", "公司"]) + branch
    if rng.random() < rates["form_otherwise"]:
        form = {"有限公司": "有限责任公司", "有限责任公司": "有限公司", "": "（个体工商户）"}.get(
            form, "股份公司"
        )
    name = f"{place}{style}{trade}{form}"
    if made["company"] and rng.random() < rates["marks"]:
        name = f"{style}（{place[:2] or '湖南'}）{trade}{form}"
    return name + (branch if not branch or rng.random() > 0.15 else f"（{branch}）")


def _sign(made: Made, rng: random.Random, rates: Mapping[str, float], *, old: bool) -> str:
    if made["company"] or rng.random() < 0.45:
        return _name(made, rng, rates, old=old)
    if made["sign"]:
        return (
            str(made["sign"])
            if rng.random() < 0.3
            else f"{made['sign']}({made['style'].removeprefix(made['sign'])})"
        )
    return made["style"] + rng.choice([*_SHOPS[made["trade"]], ""])


def deliver(count: int, seed: int, profile: str = "mild") -> pa.Table:
    """Records of `count` enterprises: the columns of linkage and `person`, the truth."""
    rates = {**USUAL, **PROFILES[profile]}
    rng = random.Random(seed + 3)
    rows: list[Made] = []
    for number, made in enumerate(enterprises(count, seed, rates)):
        for office, (share, again, columns) in OFFICES.items():
            if rng.random() >= share:
                continue
            for _ in range(1 + (rng.random() < again)):
                old = rng.random() < 0.35  # this office's books are old
                spot = made["old_site"] if old and made["old_site"] else made["site"]
                owner = made["old_owner"] if old and made["old_owner"] else made["owner"]
                named = _sign if "sign" in columns else _name
                way = rng.choice(["whole", "street", "estate", "meter"])
                rows.append({
                    "resource": office, "source_key": f"{office[:2]}{len(rows):08d}", "name": named(made, rng, rates, old=old),
                    "uscc": _write_code(made["code"], rng, rates) if "code" in columns else None,
                    "legal_representative": owner if "owner" in columns and rng.random() >= rates["owner_missing"] else None,
                    "phone": (made["phone"] if rng.random() >= rates["phone_other"] else _phone(rng))
                    if "phone" in columns and rng.random() >= rates["phone_missing"] else None,
                    "address": homes.write(spot, way, rng, homes.USUAL)
                    if "site" in columns and rng.random() >= rates["site_missing"] else None,
                    "person": number,
                })  # fmt: skip
    return pa.table({name: pa.array([row[name] for row in rows]) for name in rows[0]})


def _write_code(code: str, rng: random.Random, rates: Mapping[str, float]) -> str | None:
    if rng.random() < rates["code_missing"]:
        return None
    if rng.random() < rates["code_body"]:
        return code[8:17]
    if rng.random() < rates["code_slip"]:
        at = rng.randrange(2, 17)
        return rng.choice([code[:at] + rng.choice(_CODE) + code[at + 1 :], code[:at] + code[at + 1 :]])
    return code

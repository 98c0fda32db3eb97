"""A small district to search in: people with names of every kind, companies, and a crowd around them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.conf import settings

from tests import district
from tests.actions import crowded
from tests.prepared import prepare
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.pool.actions.linkage import link
from tongchou.pool.models import Population
from tongchou.standards.identity import check_character

#: key → (name, birth date, address).
PEOPLE = {
    "chen": ("陈小明", "1985-03-12", "佛山市禅城区祖庙街道岭南大道12号3座502房"),
    "other_chen": ("陈晓敏", "1979-11-02", "佛山市禅城区石湾镇街道江湾路9号"),
    "ouyang": ("欧阳娜娜", "2000-06-15", "佛山市禅城区张槎街道季华六路88号锦绣花园7座1203房"),
    "ayi": ("阿依古丽·买买提", "1992-01-20", "佛山市禅城区祖庙街道汾江中路226号"),
    "lv": ("吕绿洲", "1966-07-07", "佛山市南海区桂城街道南海大道北50号"),
    "shan": ("单乐", "1991-09-09", "佛山市禅城区祖庙街道人民路3号"),
    "old": ("張偉強", "1950-02-28", "佛山市禅城区祖庙街道福贤路17号"),
    "smith": ("JOHN SMITH", "1988-08-08", "佛山市禅城区祖庙街道季华五路10号"),
    "wang": ("王芳", "1970-10-10", "佛山市禅城区石湾镇街道和平路6号"),
}

#: key → (name, representative, address).
COMPANIES = {
    "hengxin": ("佛山市恒信达科技有限公司", "陈小明", "佛山市禅城区季华四路33号"),
    "noodles": ("禅城区阿婆牛肉面馆", "王芳", "佛山市禅城区祖庙街道人民路15号"),
    "abc": ("ABC国际贸易（佛山）有限公司", "JOHN SMITH", "佛山市南海区桂城街道灯湖东路8号"),
}

COMPANY_FIELDS = [
    ("register_no", "identifier", ""),
    ("name", "organisation_name", "name"),
    ("uscc", "uscc", "uscc"),
    ("representative", "person_name", "legal_representative"),
    ("address", "address", "address"),
]


def resident(key: str, name: str, born: str, address: str, order: int = 7) -> dict[str, str | None]:
    """One row of the household register."""
    body = f"440604{born.replace('-', '')}{order:03d}"
    return {
        "record_no": key, "name": name, "id_number": body + check_character(body), "birth_date": born, "sex": "1",
        "address": address, "moved_in_on": "2010-01-01",
    }  # fmt: skip


def companies() -> None:
    """The population of enterprises and its one resource."""
    Population.objects.get_or_create(
        code="enterprises", defaults={"kind": "enterprise", "model": "zh_enterprises"}
    )
    resource = Resource.objects.create(
        code="market.enterprises", name="企业登记", name_en="Registered enterprises",
        organisation=district.organisations()["ps"], share_class="conditional", cycle="daily",
        subject_kind="enterprise", population="enterprises", key=["register_no"],
    )  # fmt: skip
    district.register_fields(resource, COMPANY_FIELDS)
    rows = [
        {"register_no": key, "name": name, "uscc": None, "representative": by, "address": address}
        for key, (name, by, address) in COMPANIES.items()
    ]
    district.deliver("market.enterprises", rows, fields=COMPANY_FIELDS)


def founded(crowd: int = 300) -> dict[str, Actor]:
    """The cast, the people and companies, linked; the clerk is granted the register and the companies."""

    def make() -> None:
        district.cast()
        district.gather()
        rows = [resident(key, *said) for key, said in PEOPLE.items()]
        district.deliver(
            "ps.residents", [district.WANG, district.LI, *rows, *crowded.residents(crowd)], date(2026, 11, 1)
        )
        companies()
        for population in Population.objects.all():
            link(by=Actor.house("tests"), population=population)
        district.grant("ps.residents", number="G-RES", unmasked=("name",))
        district.grant("market.enterprises", number="G-COM", unmasked=("name",))

    prepare(f"searched, a crowd of {crowd}", make, Path(settings.TONGCHOU_DATA))
    return district.cast()

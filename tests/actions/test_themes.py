"""Themes and marts: derived after link runs, in the catalogue, out of the pool by grants only, never more than their sources."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import district
from tests.actions import families
from tests.actions.families import subject
from tests.actions.pooled import data  # noqa: F401
from tongchou.catalogue.lineage import lineage
from tongchou.catalogue.models import Resource
from tongchou.exchange import holdings, selection
from tongchou.exchange.errors import Refused
from tongchou.pool.engine.connection import connect, rows
from tongchou.pool.engine.log import RecordLog
from tongchou.pool.models import Theme
from tongchou.pool.pack import check_themes, themes
from tongchou.standards.packs import Row

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

WORKERS: dict[str, Any] = {
    "code": "theme.households", "name": {"zh": "劳动力", "en": "Work force"}, "organisation": "hr",
    "share_class": "conditional", "cycle": "daily", "population": "people",
    "columns": [
        {"name": "name", "from": "base.name"},
        {"name": "ethnicity", "from": "base.ethnicity"},
        {"name": "employer", "from": "hr.work.employer"},
        {"name": "jobs", "from": "count(hr.work)", "label": "就业登记数"},
        {"name": "married", "from": "exists(civil.marriages)", "label": "是否有婚姻登记"},
    ],
    "where": "ethnicity is not null",
}  # fmt: skip
MART: dict[str, Any] = {
    "code": "mart.ethnicity", "name": {"zh": "各民族人数", "en": "By ethnicity"}, "organisation": "hr",
    "share_class": "unconditional", "cycle": "daily", "of": "theme.households", "group_by": ["ethnicity"],
    "measures": [{"name": "people", "label": "人数", "count": True}, {"name": "jobs", "label": "就业", "sum": "jobs"}],
}  # fmt: skip


def apply(*said: dict[str, Any]) -> None:
    themes([Row(each, "themes.yaml", 1) for each in said], pack="tests", write=True)


def state(root: Path, code: str) -> dict[str, dict[str, str | None]]:
    fields = list(Resource.objects.get(code=code).fields.values_list("name", flat=True))
    with connect(root) as db:
        found = rows(db, RecordLog(root, code, fields).current_sql(("_key", *fields)))
    return {row[0]: dict(zip(fields, row[1:], strict=True)) for row in found}


def test_a_theme_has_a_row_a_subject_and_follows_link_runs(tmp_path: Path) -> None:
    families.gather()
    apply(WORKERS)
    families.link()
    found = state(tmp_path, "theme.households")
    chen = found[subject("ps.hukou", "R1")]
    assert chen == {
        "name": "陈志强",
        "ethnicity": "01",
        "employer": "佛山市禅城区恒达五金有限公司",
        "jobs": "1",
        "married": "1",
    }
    assert found[subject("ps.hukou", "R6")]["jobs"] == "0"
    before = len(RecordLog(tmp_path, "theme.households", ()).deliveries())
    families.link()
    assert len(RecordLog(tmp_path, "theme.households", ()).deliveries()) == before, (
        "nothing changed, nothing is appended"
    )
    families.deliver("hr.work", [], date(2026, 11, 5))
    families.link()
    assert state(tmp_path, "theme.households")[subject("ps.hukou", "R1")]["jobs"] == "0"


def test_a_mart_leaves_small_groups_out(tmp_path: Path) -> None:
    families.gather()
    apply(WORKERS, MART)
    families.link()
    assert state(tmp_path, "mart.ethnicity") == {}
    fields = families.TABLES["ps.hukou"][2]
    many = [
        dict.fromkeys([name for name, _, _ in fields])
        | {"record_no": f"Q{n}", "name": f"周{chr(0x4E00 + n * 50)}", "id_number": families.number("19900101", 100 + n * 2),
           "birth_date": "1990-01-01", "sex": "2", "ethnicity": "13" if n < 12 else "06"}
        for n in range(16)
    ]  # fmt: skip
    families.deliver("ps.hukou", many, date(2026, 11, 6))
    families.link()
    assert state(tmp_path, "mart.ethnicity") == {"13": {"ethnicity": "13", "people": "12", "jobs": "0"}}


def test_it_stands_in_the_catalogue_with_its_lineage() -> None:
    families.gather()
    apply(WORKERS)
    families.link()
    made = Resource.objects.get(code="theme.households")
    assert (
        made.fields.get(name="name").grade
        == Resource.objects.get(code="ps.hukou").fields.get(name="name").grade
    )
    told = {stage.en: [node.title.zh for node in nodes] for stage, nodes in lineage(made)}
    assert told["Source"] == ["基础库 people", "civil.marriages", "hr.work"]
    assert "主题" in told["Layers"]
    of_source = {
        stage.en: [node.title.zh for node in nodes]
        for stage, nodes in lineage(Resource.objects.get(code="hr.work"))
    }
    assert "劳动力" in of_source["Layers"]


def test_it_leaves_the_pool_by_a_grant_only() -> None:
    families.gather()
    apply(WORKERS)
    families.link()
    clerk = district.cast()["clerk"]
    district.purpose("relief_check")
    with pytest.raises(Refused):
        holdings.holding(by=clerk, grant="G-T", form="batch", purpose="relief_check")
    made = district.grant("theme.households", fields=["name", "jobs"], number="G-T")
    made.forms = ["batch"]
    made.save()
    held = holdings.holding(by=clerk, grant="G-T", form="batch", purpose="relief_check")
    assert [each.name for each in held.fields] == ["name", "jobs"]
    assert held.fields[1].mask == "hide", "the table counted has fields of grade 3"
    told = selection.links_sql(held)
    assert told is not None
    with connect() as db:
        assert (subject("ps.hukou", "R1"),) * 2 in rows(db, told)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"share_class": "unconditional"}, "有条件"),
        ({"where": "nothing = 1"}, "nothing"),
        ({"columns": [{"name": "x", "from": "base.weight"}]}, "weight"),
        ({"columns": [{"name": "x", "from": "hr.work.weight"}]}, "weight"),
        ({"columns": [{"name": "x", "from": "market.firms.name"}]}, "不属于"),
        ({"columns": [{"name": "x", "from": "drop table"}]}, "读不懂"),
        ({"of": "theme.households"}, "只有一个"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_applied(change: dict[str, Any], wrong: str) -> None:
    families.make()
    told = [each.what.zh for each in check_themes([Row({**WORKERS, **change}, "themes.yaml", 1)], [])]
    assert any(wrong in each for each in told), told


def test_no_theme_draws_on_a_closed_resource_and_no_mart_groups_by_a_name() -> None:
    families.make()
    Resource.objects.filter(code="hr.work").update(share_class="closed")
    [told] = list(check_themes([Row(WORKERS, "themes.yaml", 1)], []))
    assert "不予共享" in told.what.zh
    apply(WORKERS)
    bad = {**MART, "group_by": ["name"]}
    assert any("能指认到人" in each.what.zh for each in check_themes([Row(bad, "themes.yaml", 1)], []))


def test_a_theme_that_cannot_be_derived_says_so_and_stops_nothing() -> None:
    families.gather()
    apply({**WORKERS, "columns": [*WORKERS["columns"], {"name": "x", "from": "gone.table.field"}]})
    families.link()
    held = Theme.objects.get(code="theme.households")
    assert held.error["code"] == "pool.theme_unready"

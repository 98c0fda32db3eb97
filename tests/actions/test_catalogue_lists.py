"""Registering, changing and withdrawing resources; needs; responsibilities: what goes, what is refused, what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cast import Cast
from tongchou.accounts.actor import NotAllowed
from tongchou.accounts.models import Organisation
from tongchou.catalogue import completeness, drafting, history
from tongchou.catalogue.actions import registrations, resources
from tongchou.catalogue.models import (
    CollectionForm,
    Recollection,
    Registration,
    Resource,
    ResourceChange,
)
from tongchou.catalogue.queries import facts, lists, offers
from tongchou.ledger.models import Entry
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("sample_catalogue")

VALUES: dict[str, Any] = {
    "code": "edu.aid", "name": "学生资助", "name_en": "Aid to pupils", "abstract": "受资助学生",
    "resource_class": "3.07.003", "subject_kind": "person", "cycle": "yearly", "share_class": "conditional",
    "share_condition": "业务协同", "format_class": "sheet", "format_type": "xlsx", "share_way": "platform",
}  # fmt: skip
FIELDS: list[dict[str, Any]] = [
    {"label": "资助编号", "key": True},
    {"label": "姓名"},
    {"label": "身份证号"},
    {"label": "资助金额（元）"},
]


def last(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(Entry.objects.filter(kind=kind).latest("id").body))
    return found


def organisation(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def drafted(cast: Cast, fields: list[dict[str, Any]] | None = None, **values: Any) -> Registration:
    by = cast.actor("officer")
    draft = drafting.begin(by=by, organisation=organisation("edu"))
    return drafting.save(
        by=by, registration=draft, version=1, values={**VALUES, **values},
        fields=FIELDS if fields is None else fields,
    )  # fmt: skip


def test_a_resource_is_registered_with_its_code_and_history(cast: Cast) -> None:
    draft = drafted(cast)
    made = registrations.publish(by=cast.actor("officer"), registration=draft, version=draft.version)
    assert made.organisation.code == "edu"
    assert made.catalogue_code == "307003/000004"  # after the three of the pack
    assert [field.element for field in made.fields.all()] == [
        "identifier",
        "person_name",
        "id_number",
        "amount_yuan",
    ]
    assert made.fields.get(label="身份证号").grade == 3
    assert made.key == [made.fields.get(label="资助编号").name]
    body = last("resource.registered")
    change = ResourceChange.objects.get(resource="edu.aid")
    assert body["digest"] == change.digest
    assert history.is_unaltered(change)
    ResourceChange.objects.filter(pk=change.pk).update(values={"name": [None, "别的"]})
    change.refresh_from_db()
    assert not history.is_unaltered(change)
    with pytest.raises(HouseError) as refusal:
        registrations.publish(by=cast.actor("officer"), registration=draft, version=draft.version)
    assert refusal.value.code == "catalogue.not_a_draft"


def test_what_others_provide_needs_a_reason(cast: Cast) -> None:
    fields = [*FIELDS, {"label": "户籍地址"}, {"label": "民族"}]
    draft = drafted(cast, fields)
    with pytest.raises(HouseError) as refusal:
        registrations.publish(by=cast.actor("officer"), registration=draft, version=draft.version)
    assert refusal.value.code == "catalogue.recollected"
    assert "公安分局" in refusal.value.what.zh
    assert "户籍人口" in refusal.value.what.zh
    assert last("resource.registered")["outcome"] == "refused"
    draft = drafting.save(
        by=cast.actor("officer"), registration=draft, version=draft.version,
        fields=[{**row, "nevertheless": "系统尚未打通"} for row in draft.fields],
    )  # fmt: skip
    registrations.publish(by=cast.actor("officer"), registration=draft, version=draft.version)
    kept = Recollection.objects.filter(collected_by="edu.aid")
    assert {one.field: one.held_in for one in kept} == {
        "户籍地址": "ps.residents.address", "民族": "ps.residents.ethnicity",
    }  # fmt: skip
    assert {one.reason for one in kept} == {"系统尚未打通"}
    assert last("resource.registered")["recollected"] == ["ps.residents.address", "ps.residents.ethnicity"]


def test_everything_missing_is_told_at_once(cast: Cast) -> None:
    draft = drafted(
        cast, [{"label": "甲", "name": "a"}, {"label": "乙", "name": "a"}],
        code="ps.stolen", name="", share_class="closed", cycle="hourly", resource_class="9.99",
    )  # fmt: skip
    said = "".join(
        each.zh for each in completeness.wanting(owner="edu", values=draft.values, rows=draft.fields)
    )
    for words in ("edu.", "名称", "政策依据", "hourly", "资源分类", "字段名重复", "主键"):
        assert words in said
    with pytest.raises(HouseError) as refusal:
        registrations.publish(by=cast.actor("officer"), registration=draft, version=draft.version)
    assert refusal.value.code == "catalogue.incomplete"
    assert not Resource.objects.filter(code="ps.stolen").exists()


def test_a_draft_is_saved_by_whoever_has_its_latest_state(cast: Cast) -> None:
    draft = drafted(cast)
    with pytest.raises(HouseError) as refusal:
        drafting.save(by=cast.actor("officer"), registration=draft, version=1, values={"name": "别人的"})
    assert refusal.value.code == "catalogue.moved_on"
    stale = Registration.objects.get(pk=draft.pk)
    drafting.save(by=cast.actor("officer"), registration=draft, version=2, values={"name": "先到"})
    with pytest.raises(HouseError) as refusal:  # the row in hand is older than the database
        drafting.save(by=cast.actor("officer"), registration=stale, version=2, values={"name": "后到"})
    assert refusal.value.code == "catalogue.moved_on"
    assert Registration.objects.get(pk=draft.pk).values["name"] == "先到"


def test_nobody_registers_for_another_department(cast: Cast) -> None:
    with pytest.raises(HouseError) as refusal:
        drafting.begin(by=cast.actor("officer"), organisation=organisation("ps"))
    assert refusal.value.code == "accounts.not_allowed"
    draft = drafted(cast)
    for act in (
        lambda by: drafting.save(by=by, registration=draft, version=2, values={"name": "x"}),
        lambda by: drafting.discard(by=by, registration=draft),
        lambda by: registrations.publish(by=by, registration=draft, version=draft.version),
    ):
        with pytest.raises(HouseError) as refusal:
            act(cast.actor("other_officer"))
        assert refusal.value.code == "accounts.not_allowed"
    with pytest.raises(NotAllowed):
        registrations.publish(by=cast.actor("clerk"), registration=draft, version=draft.version)
    assert drafting.begin(by=cast.actor("steward"), organisation=organisation("ps")).organisation.code == "ps"


def test_two_who_edit_at_once_do_not_overwrite_one_another(cast: Cast) -> None:
    pupils = Resource.objects.get(code="edu.pupils")
    by = cast.actor("officer")
    changed = resources.change(by=by, resource=pupils, values={"cycle": "weekly"}, fields={}, version=1)
    assert changed.version == 2
    with pytest.raises(HouseError) as refusal:
        resources.change(by=by, resource=pupils, values={"name": "学生"}, fields={}, version=1)
    assert refusal.value.code == "catalogue.moved_on"
    assert Resource.objects.get(code="edu.pupils").name == "在校学生"
    assert ResourceChange.objects.get(resource="edu.pupils").values == {"cycle": ["monthly", "weekly"]}
    assert last("resource.changed")["outcome"] == "refused"


def test_a_closed_resource_names_its_legal_basis(cast: Cast) -> None:
    pupils = Resource.objects.get(code="edu.pupils")
    by = cast.actor("officer")
    with pytest.raises(HouseError) as refusal:
        resources.change(by=by, resource=pupils, values={"share_class": "closed"}, fields={})
    assert refusal.value.code == "catalogue.demanded"
    resources.change(
        by=by,
        resource=pupils,
        values={"share_class": "closed", "legal_basis": "《未成年人保护法》"},
        fields={},
    )
    assert Resource.objects.get(code="edu.pupils").share_class == "closed"
    with pytest.raises(HouseError):
        resources.change(by=by, resource=pupils, values={"is_open": True}, fields={})


def test_a_new_class_gives_a_new_code(cast: Cast) -> None:
    from tongchou.catalogue.models import ResourceClass

    pupils = Resource.objects.get(code="edu.pupils")
    before = pupils.catalogue_code
    place = Resource.objects.filter(resource_class__code="2.01").count() + 1
    made = resources.change(
        by=cast.actor("steward"), resource=pupils, fields={},
        values={"resource_class": ResourceClass.objects.get(code="2.01")},
    )  # fmt: skip
    assert made.catalogue_code == f"201/{place:06d}"
    told = ResourceChange.objects.get(resource="edu.pupils").values
    assert told["catalogue_code"] == [before, f"201/{place:06d}"]


def test_another_department_cannot_edit_or_withdraw(cast: Cast) -> None:
    pupils = Resource.objects.get(code="edu.pupils")
    by = cast.actor("other_officer")
    for act in (
        lambda: resources.change(by=by, resource=pupils, values={"cycle": "daily"}, fields={}),
        lambda: resources.withdraw(by=by, resource=pupils, reason="不给了"),
        lambda: resources.publish(by=by, resource=pupils),
    ):
        with pytest.raises(HouseError) as refusal:
            act()
        assert refusal.value.code == "accounts.not_allowed"


def test_what_is_withdrawn_is_not_found_and_comes_back(cast: Cast) -> None:
    by, residents = cast.actor("officer"), Resource.objects.get(code="edu.pupils")
    with pytest.raises(HouseError) as refusal:
        resources.withdraw(by=by, resource=residents, reason="  ")
    assert refusal.value.code == "catalogue.reason_missing"
    resources.withdraw(by=by, resource=residents, reason="改由省系统提供")
    from tongchou.catalogue import queries

    assert "edu.pupils" not in queries.resources().values_list("code", flat=True)
    assert all(hit.resource.code != "edu.pupils" for hit in _hits("监护人姓名"))
    assert "改由省系统提供" not in json.dumps(last("resource.withdrawn"), ensure_ascii=False)
    with pytest.raises(HouseError) as refusal:
        resources.withdraw(by=by, resource=residents, reason="再来")
    assert refusal.value.code == "catalogue.already"
    back = resources.publish(by=by, resource=residents)
    assert (back.state, back.withdrawn_on, back.version) == ("published", None, 3)
    assert [one.kind for one in ResourceChange.objects.filter(resource="edu.pupils")] == [
        "resource.published", "resource.withdrawn",
    ]  # fmt: skip


def _hits(label: str) -> list[facts.Hit]:
    (one,) = facts.pointed_out(drafting.items([{"label": label}], subject="person", about="表"))
    return list(one.hits)


def test_the_answerable_department_is_named_first(cast: Cast) -> None:
    assert _hits("出生日期")[0].held_in == "ps.residents.birth_date"
    assert _hits("户籍地址")[0].match.held.answerable
    assert "公安分局" in _hits("户籍地址")[0].ask.zh


def test_a_form_is_registered_with_its_reasons(cast: Cast) -> None:
    by, edu = cast.actor("officer"), organisation("edu")
    fields = [{"label": label} for label in ("姓名", "身份证号", "户籍地址", "兴趣特长")]
    with pytest.raises(HouseError) as refusal:
        registrations.register_form(
            by=by, organisation=edu, title="报名表", subject="person", fields=fields, reasons=["", "", "", ""]
        )
    assert refusal.value.code == "catalogue.recollected"
    form = registrations.register_form(
        by=by,
        organisation=edu,
        title="报名表",
        subject="person",
        fields=fields,
        reasons=["", "", "以纸质为准", ""],
    )
    assert Recollection.objects.get(collected_by=form.number).held_in == "ps.residents.address"
    assert last("form.registered")["recollected"] == ["ps.residents.address"]
    for wrong in (
        {"title": " "}, {"subject": "martian"}, {"fields": [], "reasons": []}, {"reasons": [""]},
        {"fields": [{"label": "x", "element": "no-such"}], "reasons": [""]},
    ):  # fmt: skip
        whole: dict[str, Any] = {
            "title": "表",
            "subject": "person",
            "fields": fields,
            "reasons": ["", "", "有", ""],
        }
        with pytest.raises(HouseError) as refusal:
            registrations.register_form(by=by, organisation=edu, **{**whole, **wrong})
        assert refusal.value.code == "catalogue.form_incomplete"
    with pytest.raises(HouseError):
        registrations.register_form(
            by=by,
            organisation=organisation("ps"),
            title="表",
            subject="person",
            fields=fields,
            reasons=[""] * 4,
        )
    assert CollectionForm.objects.count() == 1


def test_what_a_requester_could_offer_in_return(cast: Cast) -> None:
    to_hrss = offers.offers("edu", to="hrss")
    assert [(one.need.number, one.resource.code, one.whole) for one in to_hrss] == [
        ("N-0004", "edu.pupils", True)
    ]
    assert {one.need.number for one in offers.offers("edu")} >= {"N-0004", "N-0005"}
    # A closed resource is not offered: civil affairs wants costs, and only the closed visits have them.
    assert "N-0008" not in {one.need.number for one in offers.offers("health")}
    assert offers.offers("water") == []


def test_the_sample_district_s_catalogue_is_complete(cast: Cast) -> None:
    rows = lists.held()
    assert len(rows) == Resource.objects.count() > 36
    assert [row.resource.code for row in rows if row.lacks] == []
    assert len({row.resource.catalogue_code for row in rows}) == len(rows)


def test_only_the_provider_shares_more_widely(cast: Cast) -> None:
    """The bureau keeps the catalogue and may ask for data: it must not open what it then asks for."""
    pupils = Resource.objects.get(code="edu.pupils")
    graded = pupils.fields.filter(grade__gte=2).first()
    assert graded is not None
    for values, fields in (
        ({"share_class": "unconditional"}, {}),
        ({}, {graded.name: {"grade": graded.grade - 1}}),
    ):
        with pytest.raises(HouseError) as refused:
            resources.change(by=cast.actor("steward"), resource=pupils, values=values, fields=fields)
        assert refused.value.code == "catalogue.share_class"
    pupils.refresh_from_db()
    assert pupils.share_class == "conditional"
    resources.change(
        by=cast.actor("steward"),
        resource=pupils,
        values={},
        fields={graded.name: {"grade": graded.grade + 1}},
    )
    made = resources.change(
        by=cast.actor("officer"), resource=pupils, values={"share_class": "unconditional"}, fields={}
    )
    assert made.share_class == "unconditional"

"""Registering on screen, checking a form, the three lists: as officers, the bureau and others see them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import fastexcel
import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tongchou.catalogue.models import CollectionForm, Need, Registration, Resource, Responsibility

ClientAs = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("sample_catalogue")
HTMX = {"HX-Request": "true"}


def begin(client: Client, **values: str) -> Registration:
    answer = client.post(reverse("catalogue:begin"), values)
    assert answer.status_code == 302
    return Registration.objects.latest("id")


def step(draft: Registration, name: str) -> str:
    return reverse("catalogue:registration", args=[draft.number, name])


def rows(*fields: dict[str, str]) -> dict[str, object]:
    posted: dict[str, object] = {"row": [str(number) for number in range(len(fields))]}
    for number, field in enumerate(fields):
        posted |= {f"{name}-{number}": value for name, value in field.items()}
    return posted


BASICS = {
    "code": "edu.aid", "name": "学生资助", "name_en": "Aid", "abstract": "受资助学生", "subject_kind": "person",
    "cycle": "yearly", "resource_class": "3.07.003", "format_class": "sheet", "format_type": "xlsx",
}  # fmt: skip


def test_a_resource_is_registered_step_by_step(client_as: ClientAs) -> None:
    mine = client_as("officer")
    draft = begin(mine)
    for name in ("basics", "fields", "sharing", "check"):
        assert mine.get(step(draft, name)).status_code == 200
    # Typing saves, tells the new version, and names who provides a field already.
    saved = mine.post(step(draft, "basics"), {**BASICS, "version": "1"}, headers=HTMX).content.decode()
    assert 'id="version" value="2"' in saved
    live = mine.post(
        step(draft, "fields"),
        {
            "version": "2",
            **rows({"label": "资助编号", "key": "on"}, {"label": "姓名"}, {"label": "户籍地址"}),
        },
        headers=HTMX,
    ).content.decode()
    for words in ("公安分局", "户籍人口", "已有来源", "hx-swap-oob", 'value="3"'):
        assert words in live
    # The button goes on; without scripts as well.
    three = rows({"label": "资助编号", "key": "on"}, {"label": "姓名"}, {"label": "户籍地址"})
    on = mine.post(step(draft, "fields"), {"version": "3", "go": "sharing", **three})
    assert on.headers["Location"] == step(draft, "sharing")
    on = mine.post(
        step(draft, "sharing"),
        {"version": "4", "go": "check", "share_class": "conditional", "share_way": "platform"},
        headers=HTMX,
    )
    assert on.headers["HX-Redirect"] == step(draft, "check")
    page = mine.get(step(draft, "check")).content.decode()
    assert "仍要登记的理由" in page
    assert "建议补充" in page  # no condition of sharing
    publish = reverse("catalogue:registration_publish", args=[draft.number])
    refused = mine.post(publish, {"version": "5"})
    assert refused.status_code == 400
    assert "已由公安分局的“户籍人口”提供" in refused.content.decode()
    draft.refresh_from_db()
    name = next(row["name"] for row in draft.fields if row["label"] == "户籍地址")
    done = mine.post(
        publish, {"version": str(draft.version), f"nevertheless-{name}": "以纸质户口簿为准"}, follow=True
    )
    page = done.content.decode()
    assert "307003/000004" in page
    assert "以纸质户口簿为准" in page
    assert Resource.objects.get(code="edu.aid").fields.count() == 3


def test_nothing_typed_is_lost_when_somebody_else_saved(client_as: ClientAs) -> None:
    mine = client_as("officer")
    draft = begin(mine)
    mine.post(step(draft, "basics"), {"name": "先到的", "version": "1"}, headers=HTMX)
    late = mine.post(step(draft, "basics"), {"name": "后到的", "version": "1", "go": "fields"})
    assert late.status_code == 400
    assert "别人已经保存过" in late.content.decode()
    assert "后到的" in late.content.decode()
    draft.refresh_from_db()
    assert draft.values["name"] == "先到的"
    typing = mine.post(step(draft, "basics"), {"name": "x", "version": "1"}, headers=HTMX)
    assert "别人已经保存过" in typing.content.decode()


def test_fields_are_pasted(client_as: ClientAs) -> None:
    mine = client_as("officer")
    draft = begin(mine)
    text = "1. 姓名\n2、身份证号：\n户籍地址\t现住址\n民族,ethnicity\n"
    mine.post(step(draft, "fields"), {"version": "1", "go": "fields", "pasted": text})
    draft.refresh_from_db()
    assert [(row["label"], row["element"]) for row in draft.fields] == [
        ("姓名", "person_name"), ("身份证号", "id_number"), ("户籍地址", "address"), ("现住址", "address"),
        ("民族", "ethnicity"),
    ]  # fmt: skip
    assert len({row["name"] for row in draft.fields}) == 5


def test_a_draft_is_its_department_s(client_as: ClientAs) -> None:
    draft = begin(client_as("officer"))
    other = client_as("other_officer")
    assert other.get(step(draft, "basics")).status_code == 404
    assert other.post(reverse("catalogue:registration_publish", args=[draft.number])).status_code == 404
    assert draft.number not in other.get(reverse("catalogue:registrations")).content.decode()
    assert draft.number in client_as("steward").get(reverse("catalogue:registrations")).content.decode()
    assert other.post(reverse("catalogue:begin"), {"organisation": "edu"}).status_code == 403
    mine = client_as("officer")
    assert mine.post(reverse("catalogue:registration_discard", args=[draft.number])).status_code == 302
    assert mine.post(step(draft, "basics"), {"version": "1", "name": "x"}).status_code == 400


def test_an_officer_edits_their_own_and_nobody_overwrites(client_as: ClientAs) -> None:
    mine, url = client_as("officer"), reverse("catalogue:edit", args=["edu.schools"])
    page = mine.get(url).content.decode()
    assert 'name="version" value="1"' in page
    schools = Resource.objects.get(code="edu.schools")
    values = {
        "name": schools.name, "name_en": schools.name_en, "abstract": schools.abstract, "share_class": "unconditional",
        "cycle": "monthly", "version": "1", "whole": "1", "resource_class": "", "share_way": "platform",
        "format_class": "sheet", "is_open": "on",
        **{f"grade_{field.name}": str(field.grade) for field in schools.fields.all()},
        "length_name": "60",
    }  # fmt: skip
    assert mine.post(url, values).status_code == 302
    schools.refresh_from_db()
    assert (schools.cycle, schools.version, schools.catalogue_code) == ("monthly", 2, "")
    assert schools.fields.get(name="name").length == 60
    late = mine.post(url, {**values, "abstract": "写了很久的摘要"})
    assert late.status_code == 400
    assert "写了很久的摘要" in late.content.decode()
    page = mine.get(reverse("catalogue:resource", args=["edu.schools"])).content.decode()
    for words in ("变更记录", "更新周期", "说明不完整", "信息资源代码"):
        assert words in page
    assert client_as("other_officer").get(url).status_code == 403


def test_a_resource_is_withdrawn_on_screen(client_as: ClientAs) -> None:
    mine = client_as("officer")
    url = reverse("catalogue:withdraw", args=["edu.schools"])
    assert mine.post(url, {"version": "1", "reason": ""}).status_code == 400
    assert mine.post(url, {"version": "1", "reason": "不再维护"}).status_code == 302
    assert "edu.schools" not in mine.get(reverse("catalogue:resources")).content.decode()
    assert "已撤下" in mine.get(reverse("catalogue:resource", args=["edu.schools"])).content.decode()
    assert mine.post(reverse("catalogue:publish", args=["edu.schools"]), {"version": "2"}).status_code == 302
    assert client_as("other_officer").post(url, {"reason": "x"}).status_code == 403


def test_a_form_is_checked_as_one_types_and_registered(client_as: ClientAs) -> None:
    mine, url = client_as("officer"), reverse("catalogue:check_form")
    assert mine.get(url).status_code == 200
    text = "学生姓名\n身份证号\n户籍地址\n监护人出生日期\n兴趣特长"
    live = mine.post(url, {"title": "报名表", "fields": text}, headers=HTMX).content.decode()
    assert "<html" not in live
    assert live.count('pill-amber">已有来源<') == 1
    assert "公安分局" in live
    assert "凭它可由平台取得其他字段" in live
    whole = mine.post(url, {"title": "报名表", "fields": text, "go": "register"})
    assert whole.status_code == 400
    assert "户籍地址" in whole.content.decode()
    reasons = {"label-2": "户籍地址", "reason-2": "系统未打通"}
    done = mine.post(url, {"title": "报名表", "fields": text, "go": "register", **reasons}, follow=True)
    assert "系统未打通" in done.content.decode()
    form = CollectionForm.objects.get()
    assert form.organisation.code == "edu"
    assert client_as("other_officer").get(reverse("catalogue:form", args=[form.number])).status_code == 404
    assert client_as("clerk").get(url).status_code == 403
    empty = mine.post(url, {"title": "", "fields": "", "go": "register"})
    assert empty.status_code == 400


@pytest.mark.parametrize("name", ["held", "needs", "answerable", "resources"])
def test_every_list_is_shown_printed_and_exported(client_as: ClientAs, name: str) -> None:
    url = reverse(f"catalogue:{name}")
    for part in ("officer", "steward", "clerk", "auditor"):
        assert client_as(part).get(url).status_code == 200
    mine = client_as("steward")
    page = mine.get(url).content.decode()
    assert "data-print" in page
    plain = mine.get(url + "?export=csv")
    assert plain.content.startswith(b"\xef\xbb\xbf")
    book = fastexcel.read_excel(io.BytesIO(mine.get(url + "?export=xlsx").content).getvalue())
    sheet = book.load_sheet(0)
    assert sheet.height == plain.content.decode("utf-8-sig").count("\r\n") - 1
    assert sheet.height > 5
    assert mine.get(url + "?export=exe").status_code == 404
    assert mine.get(url + "?q=zzzz&state=x&element=zzz").status_code == 200


def test_an_officer_opens_their_own_lists(client_as: ClientAs) -> None:
    mine = client_as("officer")
    assert "edu.pupils" in mine.get(reverse("catalogue:held")).content.decode()
    assert "ps.residents" not in mine.get(reverse("catalogue:held")).content.decode()
    everybody = mine.get(reverse("catalogue:held") + "?organisation=").content.decode()
    assert "ps.residents" in everybody
    assert "N-0002" in mine.get(reverse("catalogue:needs")).content.decode()
    assert "多部门认领" in mine.get(reverse("catalogue:answerable")).content.decode()


def test_a_formula_in_a_name_is_harmless(client_as: ClientAs) -> None:
    Need.objects.filter(number="N-0002").update(title="=1+1", reason="@SUM(A1)")
    plain = client_as("steward").get(reverse("catalogue:needs") + "?export=csv").content.decode("utf-8-sig")
    assert "'=1+1" in plain
    assert "'@SUM" in plain


def test_needs_go_their_way_on_screen(client_as: ClientAs) -> None:
    mine = client_as("officer")
    new = reverse("catalogue:need_new")
    assert mine.get(new).status_code == 200
    bad = mine.post(new, {"title": "家长参保", "fields": "累计缴费月数", "subject_kind": "person"})
    assert bad.status_code == 400
    assert "家长参保" in bad.content.decode()
    values = {
        "title": "家长参保", "reason": "积分入学", "fields": "累计缴费月数\n参保状态", "subject_kind": "person",
        "addressed_to": "civil", "matter": "入学",
    }  # fmt: skip
    page = mine.post(new, values, follow=True).content.decode()
    assert "社保参保人员" in page
    need = Need.objects.latest("id")
    url = reverse("catalogue:need", args=[need.number])
    answer = reverse("catalogue:need_answer", args=[need.number])
    civil = client_as("other_officer")
    assert "不能满足" in civil.get(url).content.decode()
    assert "不能满足" not in client_as("clerk").get(url).content.decode()
    edit = reverse("catalogue:need_edit", args=[need.number])
    assert civil.get(edit).status_code == 403
    assert mine.post(edit, {**values, "matter": "积分", "version": "1"}).status_code == 302
    assert mine.post(edit, {**values, "version": "1"}).status_code == 400
    assert civil.post(answer, {"version": "2", "target": "declined", "answer": "没有"}).status_code == 302
    assert mine.post(answer, {"version": "3", "target": "open"}).status_code == 302
    assert mine.post(answer, {"version": "3", "target": "nonsense"}).status_code == 400
    assert mine.post(answer, {"version": "4", "target": "dropped"}).status_code == 302


def test_claims_are_made_and_released_on_screen(client_as: ClientAs) -> None:
    mine = client_as("officer")
    claim = reverse("catalogue:claim")
    assert mine.post(claim, {"element": "email", "subject": "person"}).status_code == 302
    made = Responsibility.objects.get(element="email")
    assert made.organisation.code == "edu"
    assert mine.post(claim, {"element": "email", "subject": "person"}).status_code == 400
    assert (
        mine.post(claim, {"element": "email", "subject": "person", "organisation": "ps"}).status_code == 403
    )
    release = reverse("catalogue:release", args=[made.pk])
    assert client_as("other_officer").post(release).status_code == 403
    assert mine.post(release).status_code == 302


def test_the_panel_shows_what_could_be_given_in_return(client_as: ClientAs) -> None:
    mine = client_as("officer")
    panel = reverse("catalogue:offers", args=["hrss.insured"])
    assert panel in mine.get(reverse("catalogue:resource", args=["hrss.insured"])).content.decode()
    page = mine.get(panel).content.decode()
    assert "遗属待遇领取人的在校情况" in page
    assert "在校学生" in page
    assert "这是本部门的资源" in mine.get(reverse("catalogue:offers", args=["edu.pupils"])).content.decode()


def test_the_desks_lead_to_the_lists(client_as: ClientAs) -> None:
    assert "我的清单" in client_as("officer").get(reverse("accounts:desk")).content.decode()
    assert "目录与清单" in client_as("steward").get(reverse("accounts:desk")).content.decode()


def test_every_page_speaks_english(client_as: ClientAs, cast: Cast) -> None:
    mine = client_as("officer", "en")
    draft = begin(mine)
    urls = [
        reverse(f"catalogue:{name}")
        for name in ("held", "needs", "answerable", "check_form", "registrations", "need_new")
    ]
    urls += [step(draft, name) for name in ("basics", "fields", "sharing", "check")]
    urls += [reverse("catalogue:need", args=["N-0004"]), reverse("catalogue:edit", args=["edu.schools"])]
    for url in urls:
        page = mine.get(url).content.decode()
        heading = re.search(r"<h1>(.*?)</h1>", page, re.S)
        assert heading
        assert not re.search(
            r"[\u3400-\u9fff]", re.sub(r"<span data-value>.*?</span>", "", heading.group(1))
        ), url

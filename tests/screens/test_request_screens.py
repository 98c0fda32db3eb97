"""Asking, deciding and what becomes of a grant, as officer, provider and bureau meet it on screen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.actions import asking
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import User
from tongchou.catalogue.models import Resource
from tongchou.exchange import deciding
from tongchou.exchange.models import Grant, Request, Statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Actor]:
    """The district in which departments ask one another."""
    return asking.found()


def client_of(username: str, language: str = "zh-hans") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(User.objects.get(username=username))
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", str(response.content.decode()))


def asked(**changed: Any) -> dict[str, Any]:
    """What the form of a request sends."""
    return {
        "resource": "ps.residents", "role": "clerk", "fields_granted": ["name", "id_number", "birth_date"], "unmasked": [],
        "purposes": ["relief_check"], "forms_of_use": ["query"], "rows": "", "reason": asking.REASON,
        "legal_basis": "社会救助暂行办法", "until": str(asking.wanted().until), **changed,
    }  # fmt: skip


def send(**changed: Any) -> Request:
    client_of("asker").post(reverse("exchange:request_new"), asked(**changed))
    return Request.objects.latest("pk")


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_from_the_resource_to_the_grant(people: dict[str, Actor]) -> None:
    asker, provider = client_of("asker"), client_of("provider")
    panel = text(asker.get(reverse("exchange:ask_panel", args=["ps.residents"])))
    assert "?resource=ps.residents" in panel
    assert "10 个工作日" in panel
    form = text(asker.get(reverse("exchange:request_new"), {"resource": "ps.residents"}))
    assert 'name="fields_granted" value="moved_in_on"' in form
    sent = asker.post(reverse("exchange:request_new"), asked())
    request = Request.objects.get()
    assert sent.headers["Location"] == reverse("exchange:request", args=[request.number])
    desk = text(provider.get(reverse("accounts:desk")))
    assert "等我办理" in desk
    assert f'href="{reverse("exchange:request", args=[request.number])}"' in desk
    assert request.number in desk
    listed = text(provider.get(reverse("exchange:requests")))
    assert request.number in listed
    assert "剩余" in listed
    url = reverse("exchange:request", args=[request.number])
    page = text(provider.get(url))
    for part in (
        asking.REASON,
        "社会救助暂行办法",
        "已授权给谁",
        "提供部门自己在申请",
        'value="grant"',
        'value="refuse"',
    ):
        assert part in page
    # The address was not asked for, so it cannot be granted.
    assert 'name="fields_granted" value="address"' not in page
    decided = provider.post(
        reverse("exchange:request_decide", args=[request.number]),
        {**asked(fields_granted=["name", "id_number"], mask_id_number="hide", rows="sex = '1'"),
         "version": version(page), "step": "grant", "comment": "只给办事必需的"},
    )  # fmt: skip
    assert decided.status_code == 302
    grant = Grant.objects.get()
    assert (grant.fields, grant.masking, grant.rows) == (
        ["id_number", "name"],
        {"id_number": "hide"},
        "sex = '1'",
    )
    shown = text(asker.get(reverse("exchange:grant", args=[grant.number])))
    for part in ("性别为", "近 14 天的使用", "时间线", request.number):
        assert part in shown
    assert "更改</a>" not in shown  # the holder has no say in it
    assert "只有提供部门和统筹局可以处理" in shown
    assert "已授权" in text(asker.get(url))


def test_nothing_typed_is_lost_and_all_is_said_at_once(people: dict[str, Actor]) -> None:
    answer = client_of("asker").post(
        reverse("exchange:request_new"),
        asked(
            fields_granted=["name"],
            unmasked=["address"],
            purposes=[],
            rows="name = 'x' or",
            reason="为了低保核查工作",
        ),
    )
    page = text(answer)
    assert answer.status_code == 400
    assert not Request.objects.exists()
    for part in (
        "可显示的字段不在授权字段内",
        "没有选择用途",
        "条件无法读取",
        "为了低保核查工作",
        "name = &#x27;x&#x27; or",
    ):
        assert part in page
    assert re.search(r'name="fields_granted" value="name"\s+checked', page)


def test_a_closed_resource_names_its_basis_and_the_way(people: dict[str, Actor]) -> None:
    asking.reshare("ps.residents", "closed")
    panel = text(client_of("asker").get(reverse("exchange:ask_panel", args=["ps.residents"])))
    assert "disabled" in panel
    assert "不予共享" in panel
    assert "请联系提供部门调整共享属性" in panel
    assert "不予共享" in text(
        client_of("asker").get(reverse("exchange:request_new"), {"resource": "ps.residents"})
    )
    assert client_of("asker").post(reverse("exchange:request_new"), asked()).status_code == 400
    assert not Request.objects.exists()


def test_unconditional_is_granted_at_once(people: dict[str, Actor]) -> None:
    asking.reshare("ps.residents", "unconditional")
    done = client_of("asker").post(reverse("exchange:request_new"), asked(), follow=True)
    assert "已即时授权" in text(done)
    assert "无条件共享，即时授权" in text(done)
    assert Grant.objects.get().request == Request.objects.get()


def test_returned_changed_sent_again_withdrawn(people: dict[str, Actor]) -> None:
    asker, provider = client_of("asker"), client_of("provider")
    request = send()
    url = reverse("exchange:request", args=[request.number])
    decide = reverse("exchange:request_decide", args=[request.number])
    nothing = provider.post(
        decide, {"step": "return", "version": version(text(provider.get(url))), "comment": " "}
    )
    assert nothing.status_code == 400
    provider.post(
        decide,
        {"step": "return", "version": version(text(provider.get(url))), "comment": "请说明为何要出生日期"},
    )
    page = text(asker.get(url))
    assert "请说明为何要出生日期" in page
    change = reverse("exchange:request_change", args=[request.number])
    assert change in page
    form = text(asker.get(change))
    assert asking.REASON in form
    asker.post(change, {**asked(fields_granted=["name"]), "version": version(form)})
    request.refresh_from_db()
    assert (request.state, request.fields) == (Request.State.WAITING, ["name"])
    asker.post(
        reverse("exchange:request_withdraw", args=[request.number]),
        {"version": version(text(asker.get(url)))},
    )
    request.refresh_from_db()
    assert request.state == Request.State.WITHDRAWN


def test_who_has_no_part_sees_nothing_and_whose_request_it_is_cannot_decide(people: dict[str, Actor]) -> None:
    request = send()
    url = reverse("exchange:request", args=[request.number])
    decide = reverse("exchange:request_decide", args=[request.number])
    assert client_of("other").get(url).status_code == 404
    assert client_of("other").post(decide, {"step": "grant", "version": "1"}).status_code == 404
    own = client_of("asker")
    assert 'value="grant"' not in text(own.get(url))
    assert own.post(decide, {**asked(), "step": "grant", "version": "1"}).status_code == 403
    early = client_of("bureau")
    assert early.post(decide, {**asked(), "step": "grant", "version": "1"}).status_code == 403
    assert client_of("hrclerk").get(url).status_code == 403
    assert not Grant.objects.exists()


def test_a_decision_on_what_was_changed_meanwhile_is_not_taken(people: dict[str, Actor]) -> None:
    request = send()
    answer = client_of("provider").post(
        reverse("exchange:request_decide", args=[request.number]),
        {**asked(), "step": "grant", "version": "99"},
    )
    assert answer.status_code == 400
    assert not Grant.objects.exists()


def test_the_preview_follows_the_form_and_is_never_a_real_row(people: dict[str, Actor]) -> None:
    Statement.objects.create(
        code="is_old", name="年满六十", name_en="Over sixty", resource=Resource.objects.get(code="ps.residents"),
        condition="birth_date < today - 60 years",
    )  # fmt: skip
    client, url = client_of("provider"), reverse("exchange:likeness", args=["ps.residents"])
    said = {"fields_granted": ["name", "id_number", "birth_date"], "forms_of_use": ["query"], "rows": ""}
    plain = text(client.post(url, said))
    assert re.search(r"440\*{11}\d{3}[\dX]", plain)
    assert "440699" not in plain
    hidden = text(client.post(url, {**said, "mask_id_number": "hide", "mask_name": "name"}))
    assert "****" in hidden
    assert not re.search(r"440\*{11}", hidden)
    assert "核验" not in plain
    asked_only = text(client.post(url, {**said, "forms_of_use": ["verify"], "statements": ["is_old"]}))
    assert "年满六十" in asked_only
    assert "440" not in asked_only
    old = text(client.post(url, {**said, "rows": "birth_date < date '1940-01-01'"}))
    assert all(int(year) < 1940 for year in re.findall(r"<td data-value[^>]*>(\d{4})</td>", old))
    assert "没有字段 nonsense" in text(client.post(url, {**said, "rows": "nonsense = '1'"}))
    assert "条件无法读取" in text(client.post(url, {**said, "rows": "'; DROP TABLE x; --"}))
    assert client.get(url).status_code == 200
    assert client_of("hrclerk").post(url, said).status_code == 403


def test_the_life_of_a_grant_on_screen(people: dict[str, Actor]) -> None:
    request = asking.grant(people["provider"], send())
    grant = request.grants.get()
    provider, bureau = client_of("provider"), client_of("bureau")
    url = reverse("exchange:grant", args=[grant.number])
    change = reverse("exchange:grant_change", args=[grant.number])
    form = text(provider.get(change))
    assert 'hx-post="/likeness/ps.residents/"' in form
    wider = {**asked(fields_granted=["name", "id_number", "birth_date", "address"]), "version": version(form)}
    refused = bureau.post(change, wider)
    assert refused.status_code == 400
    assert "扩大授权须由提供部门办理" in text(refused)
    assert provider.post(change, wider).status_code == 302
    late = provider.post(change, wider)
    assert "在您编辑期间已被更改" in text(late)
    bureau.post(reverse("exchange:grant_act", args=[grant.number, "suspend"]))
    page = text(provider.get(url))
    assert "已暂停" in page
    assert "暂停由谁作出，就由谁解除" in page
    assert provider.post(reverse("exchange:grant_act", args=[grant.number, "resume"])).status_code == 403
    assert bureau.post(reverse("exchange:grant_act", args=[grant.number, "resume"])).status_code == 302
    assert provider.post(reverse("exchange:grant_act", args=[grant.number, "withdraw"])).status_code == 302
    told = text(provider.get(url))
    for word in ("授权", "更改", "暂停", "恢复", "撤回", "放宽"):
        assert word in told
    assert provider.post(reverse("exchange:grant_act", args=[grant.number, "explode"])).status_code == 404
    assert (
        client_of("other").post(reverse("exchange:grant_act", args=[grant.number, "withdraw"])).status_code
        == 404
    )
    for side, state, there in (
        ("held", "withdrawn", True),
        ("held", "live", False),
        ("given", "withdrawn", False),
    ):
        listed = text(client_of("asker").get(reverse("exchange:grants"), {"side": side, "state": state}))
        assert (grant.number in listed) is there


def test_the_steward_sees_what_is_near_its_limit_or_escalated(people: dict[str, Actor]) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from tongchou.flow.timers import run_due

    request = send()
    steward = client_of("bureau")
    assert request.number not in text(steward.get(reverse("accounts:desk")))
    run_due(timezone.now() + timedelta(days=40))
    request.refresh_from_db()
    assert request.state == Request.State.ESCALATED
    assert request.number in text(steward.get(reverse("accounts:desk")))
    page = text(steward.get(reverse("exchange:request", args=[request.number])))
    assert "逾期升级至统筹局" in page
    assert 'value="grant"' in page
    deciding.grant(by=people["bureau"], request=request, version=asking.version(request))
    assert Grant.objects.exists()


PAGES = ["requests", "request_new", "request", "grants", "grant_new", "grant", "grant_change"]


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_complete_in_english(people: dict[str, Actor], name: str) -> None:
    request = send()
    grant = asking.grant(people["provider"], send()).grants.get()
    arguments = {"request": [request.number], "grant": [grant.number], "grant_change": [grant.number]}.get(
        name, []
    )
    query = {"request_new": {"resource": "hr.insured"}, "grant_new": {"resource": "ps.residents"}}.get(
        name, {}
    )
    Resource.objects.update(name="resource", name_en="resource")
    from tongchou.accounts.models import Organisation

    Organisation.objects.update(name="organisation")
    answer = client_of("provider", "en").get(reverse(f"exchange:{name}", args=arguments), query)
    assert answer.status_code == 200
    inside = text(answer).split("<main", 1)[1].split("</main>")[0]
    for known in (asking.REASON, "社会救助暂行办法"):
        inside = inside.replace(known, "")
    inside = re.sub(r"<(\w+)[^>]* data-value[^>]*>.*?</\1>", "", inside, flags=re.S)
    assert not re.findall(r"[\u4e00-\u9fff]+", inside)

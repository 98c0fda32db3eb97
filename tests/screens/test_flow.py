"""Screens of flows: who sees what, acting, writing and publishing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.flow_case import JOINT, OPINION, REQUEST, begun, published
from tongchou.flow.actions.instances import act
from tongchou.flow.models import Flow, FlowDraft, Instance
from tongchou.ledger.models import Entry

ClientAs = Callable[..., Client]


def test_an_empty_list_says_how_to_fill_it(client_as: ClientAs) -> None:
    Flow.objects.update(current=None)
    assert "还没有流程" in client_as("steward").get(reverse("flow:flows")).content.decode()


def test_a_flow_is_shown_with_picture_tables_and_versions(cast: Cast) -> None:
    published()
    first = cast.client("officer").get(reverse("flow:flow", args=["trial_request"])).content.decode()
    for words in ("<svg", "待提供部门决定", "5 个工作日", "告知统筹局", "发起人（本人）", "只用于不紧急"):
        assert words in first
    assert "编辑" not in first
    published(states__waiting__limit={"working_days": 3})
    versions = cast.client("steward").get(reverse("flow:versions", args=["trial_request"])).content.decode()
    assert "states.waiting.limit.working_days" in versions and "<del>5</del>" in versions
    assert versions.index("第 2 版") < versions.index("第 1 版")
    old = cast.client("steward").get(reverse("flow:version", args=["trial_request", 1])).content.decode()
    assert "这不是现行版本" in old
    assert cast.client("steward").get(reverse("flow:flow", args=["none_such"])).status_code == 404


def test_the_list_counts_what_is_under_way(cast: Cast) -> None:
    published()
    begun(cast.actor("officer"))
    page = cast.client("steward").get(reverse("flow:flows"))
    assert {flow.code: running for flow, _d, running, _late, _draft in page.context["rows"]}[
        "trial_request"
    ] == 1


def test_a_matter_is_seen_by_those_it_concerns(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"))
    address = reverse("flow:instance", args=[instance.number])
    for part, status in (
        ("officer", 200),
        ("other_officer", 200),
        ("steward", 200),
        ("auditor", 200),
        ("clerk", 404),
    ):
        assert cast.client(part).get(address).status_code == status, part
    listed = {
        part: len(cast.client(part).get(reverse("flow:instances")).context["rows"])
        for part in ("officer", "clerk")
    }
    assert listed == {"officer": 1, "clerk": 0}
    mine = cast.client("other_officer").get(reverse("flow:instances") + "?show=mine")
    assert len(mine.context["rows"]) == 1
    assert (
        instance.number
        in cast.client("other_officer").get(reverse("flow:instances") + "?q=低保").content.decode()
    )


def test_buttons_are_disabled_with_the_reason(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"), months=24, urgent=True)
    page = cast.client("other_officer").get(reverse("flow:instance", args=[instance.number])).content.decode()
    assert "只用于不紧急且不少于 12 个月的申请" in page
    assert "剩余" in page and "工作小时" in page
    own = cast.client("officer").get(reverse("flow:instance", args=[instance.number])).content.decode()
    assert "撤销" in own and 'value="grant"' not in own  # for another organisation to do, and never theirs


def test_acting_on_the_page(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"))
    provider = cast.client("other_officer")
    address = reverse("flow:act", args=[instance.number])
    refused = provider.post(address, {"action": "refuse", "version": "1", "comment": ""})
    assert refused.status_code == 400 and "需要填写意见" in refused.content.decode()
    done = provider.post(address, {"action": "refuse", "version": "1", "comment": "用途不符"}, follow=True)
    assert done.redirect_chain[-1][0] == reverse("flow:instance", args=[instance.number])
    assert "用途不符" in done.content.decode()
    assert Instance.objects.get(pk=instance.pk).state == "refused"
    away = provider.post(
        address, {"action": "refuse", "version": "x", "comment": "y", "next": "https://example.org/"}
    )
    assert away.status_code == 409


def test_whoever_comes_second_keeps_what_they_wrote(cast: Cast) -> None:
    published()
    instance = begun(cast.actor("officer"))
    act(by=cast.actor("officer"), instance=instance.number, action="withdraw", version=1)
    page = cast.client("other_officer").post(
        reverse("flow:act", args=[instance.number]),
        {"action": "refuse", "version": "1", "comment": "写了很久的意见"},
    )
    assert page.status_code == 409
    assert "已有人办理" in page.content.decode() and "写了很久的意见" in page.content.decode()


def test_children_are_listed_on_the_page_above(cast: Cast) -> None:
    published(OPINION)
    published(JOINT)
    instance = begun(cast.actor("officer"), flow="trial_joint", asked=["civil", "hall"])
    act(by=cast.actor("officer"), instance=instance.number, action="ask", version=1)
    page = cast.client("steward").get(reverse("flow:instance", args=[instance.number])).content.decode()
    for child in instance.children.all():
        assert child.number in page


def test_nothing_typed_is_run_as_markup(cast: Cast) -> None:
    published(
        title={"zh": "<script>alert(1)</script>", "en": "<b>x"},
        states__waiting__title={"zh": "<i>待办", "en": "a&b"},
    )
    for language in ("zh-hans", "en"):
        page = (
            cast.client("steward", language)
            .get(reverse("flow:flow", args=["trial_request"]))
            .content.decode()
        )
        assert "<script>alert" not in page and "<i>待办" not in page and "<b>x" not in page


# -- writing --


def test_writing_as_text_checking_saving_and_publishing(cast: Cast) -> None:
    published()
    writer, publisher = cast.client("steward"), cast.client("administrator")
    edit = reverse("flow:edit", args=["trial_request"])
    page = writer.get(edit + "?mode=text")
    assert "可以发布" in page.content.decode()
    broken = REQUEST.replace("to: granted", "to: grunted", 1)
    live = writer.post(
        reverse("flow:check", args=["trial_request"]), {"mode": "text", "text": broken}
    ).content.decode()
    assert "没有状态“grunted”" in live and "actions.grant.to" in live and "<html" not in live
    changed = REQUEST.replace("limit: {working_days: 5}", "limit: {working_days: 4}", 1)
    live = writer.post(
        reverse("flow:check", args=["trial_request"]), {"mode": "text", "text": changed}
    ).content.decode()
    assert "可以发布" in live and "states.waiting.limit.working_days" in live
    saved = writer.post(edit, {"mode": "text", "text": changed, "revision": "0", "do": "save"})
    assert saved.status_code == 302
    draft = FlowDraft.objects.get(code="trial_request")
    assert draft.editors == ["steward"]
    seen = writer.get(reverse("flow:draft", args=["trial_request"])).content.decode()
    assert "须由另一位有发布权限的人员发布" in seen
    assert writer.post(reverse("flow:publish", args=["trial_request"]), {"revision": "1"}).status_code == 403
    assert publisher.get(reverse("flow:draft", args=["trial_request"])).status_code == 200
    assert (
        publisher.post(reverse("flow:publish", args=["trial_request"]), {"revision": "1"}).status_code == 302
    )
    assert Flow.objects.get(code="trial_request").current.number == 2
    assert Entry.objects.filter(kind="flow.published").exists()


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(cast: Cast) -> None:
    published()
    writer = cast.client("steward")
    edit = reverse("flow:edit", args=["trial_request"])
    writer.post(edit, {"mode": "text", "text": REQUEST, "revision": "0", "do": "save"})
    second = writer.post(edit, {"mode": "text", "text": "code: mine", "revision": "0", "do": "save"})
    assert second.status_code == 409
    assert "code: mine" in second.content.decode() and "草稿在您打开之后已被修改" in second.content.decode()
    assert FlowDraft.objects.get().text == REQUEST


def test_a_new_flow_begins_sound_but_for_its_permission(cast: Cast) -> None:
    writer = cast.client("steward")
    assert writer.post(reverse("flow:new"), {"code": "Bad Code", "title": "x"}).status_code == 400
    begun_at = writer.post(reverse("flow:new"), {"code": "leave", "title": "请假"})
    assert begun_at.status_code == 302
    page = writer.get(reverse("flow:edit", args=["leave"]))
    assert [one.code for _line, one in page.context["findings"]] == ["flow.unreadable"] or page.context[
        "findings"
    ]
    assert writer.post(reverse("flow:discard", args=["leave"]), {"revision": "1"}).status_code == 302
    assert not FlowDraft.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "- a", "a: &x 1\nb: *x", "a: [", "code: 1\nstates: 3", "{" * 2000, "? [a]\n: b"]
)
def test_nonsense_is_told_in_place(cast: Cast, text: str) -> None:
    published()
    answer = cast.client("steward").post(
        reverse("flow:check", args=["trial_request"]), {"mode": "text", "text": text}
    )
    assert answer.status_code == 200
    assert "处问题" in answer.content.decode()

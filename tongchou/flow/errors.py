"""The expected failures of this room, each made in one place. Pure."""

from __future__ import annotations

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


class Refused(HouseError):
    """The rules refuse an action on an instance or a definition to whoever asks."""


def moved_on(number: str) -> HouseError:
    """Somebody else acted since the page was opened."""
    return HouseError(
        "flow.moved_on",
        Text("在您打开之后，已有人办理了这一环节。", "Somebody has acted on it since you opened it."),
        Text("请看最新状态；您填写的内容已保留。", "Look at its present state; what you wrote is kept."),
        where=number,
    )


def no_instance(number: str) -> HouseError:
    """There is no such instance, or it does not concern whoever asks."""
    return HouseError(
        "flow.instance_not_found",
        Text("没有这张流转单，或与您无关。", "There is no such instance, or it does not concern you."),
        Text("请核对流转号。", "Check its number."),
        where=number[:40],
    )


def no_flow(code: str) -> HouseError:
    """There is no published flow of that code."""
    return HouseError(
        "flow.flow_not_found",
        Text("没有这个已发布的流程。", "There is no published flow of that code."),
        Text("请核对代码，或先发布流程。", "Check the code, or publish the flow first."),
        where=code[:40],
    )


def no_action(number: str, action: str) -> HouseError:
    """The action does not lead out of the present state."""
    return HouseError(
        "flow.action_not_here",
        Text(f"当前状态没有“{action[:40]}”这项操作。", f"The present state knows no action {action[:40]!r}."),
        Text("请刷新页面，按列出的操作办理。", "Reload the page and choose one of the actions it lists."),
        where=number,
    )


def refused(number: str, code: str, what: Text, next: Text) -> Refused:
    """An action that is refused to whoever asks."""
    return Refused(code, what, next, where=number)


def comment_needed(number: str) -> HouseError:
    """The action asks for a comment."""
    return HouseError(
        "flow.comment_needed",
        Text("这项操作需要填写意见。", "This action needs a comment."),
        Text("请填写意见后再提交。", "Write one and submit again."),
        where=number,
    )


def comment_too_long(number: str) -> HouseError:
    """A comment beyond what is kept."""
    return HouseError(
        "flow.comment_too_long",
        Text("意见太长（最多 2000 字）。", "The comment is too long (2000 characters at most)."),
        Text("请缩短后再提交。", "Shorten it and submit again."),
        where=number,
    )


def bad_fact(flow: str, fact: str, kind: str) -> HouseError:
    """A fact that is not of its kind."""
    return HouseError(
        "flow.fact_unreadable",
        Text(f"“{fact}”的值不是{kind}。", f"The value of {fact} is not a {kind}."),
        Text("请按流程声明的类型填写。", "Give it as the flow declares it."),
        where=f"{flow}.{fact}",
    )


def no_bureau(flow: str) -> HouseError:
    """A state belongs to the bureau and there is none."""
    return HouseError(
        "flow.no_bureau",
        Text(
            "流程需要统筹局办理，但没有类别为“统筹局”的机构。",
            "The flow needs a bureau, and no organisation is one.",
        ),
        Text("请先设置统筹局。", "Make one organisation the bureau first."),
        where=flow,
    )


def no_children(number: str, state: str) -> HouseError:
    """A state waits for children and nobody is named to be asked."""
    return HouseError(
        "flow.no_children",
        Text("没有指明要征求哪些机构。", "No organisation is named to be asked."),
        Text("请至少选择一个机构。", "Name at least one."),
        where=f"{number}.{state}",
    )


def unsound(code: str, count: int, first: Text) -> HouseError:
    """A definition that the check refuses."""
    return HouseError(
        "flow.unsound",
        Text(
            f"流程有 {count} 处问题，第一处：{first.zh}",
            f"The flow has {count} problems, the first: {first.en}",
        ),
        Text("请全部改正后再发布。", "Correct all of them, then publish."),
        where=code,
    )


def own_draft(code: str) -> Refused:
    """The publisher wrote on the draft."""
    return Refused(
        "flow.refused.own_draft",
        Text("您编写过这份草稿，不能由您发布。", "You wrote on this draft, so you may not publish it."),
        Text(
            "请由另一位有发布权限的人员审阅并发布。",
            "Ask another person who may publish to read and publish it.",
        ),
        where=code,
    )


def draft_moved_on(code: str) -> HouseError:
    """The draft was saved, published or discarded meanwhile."""
    return HouseError(
        "flow.draft_moved_on",
        Text("草稿在您打开之后已被修改。", "The draft has changed since you opened it."),
        Text(
            "您填写的内容还在页面上；请对照最新草稿后再保存。",
            "What you wrote is still on the page; compare it with the latest draft, then save.",
        ),
        where=code,
    )


def no_draft(code: str) -> HouseError:
    """There is nothing to publish."""
    return HouseError(
        "flow.draft_not_found",
        Text("这个流程没有草稿。", "The flow has no draft."),
        Text("请先编辑并保存草稿。", "Edit it and save a draft first."),
        where=code[:40],
    )


def draft_too_long(code: str) -> HouseError:
    """A text beyond what is kept."""
    return HouseError(
        "flow.draft_too_long",
        Text("定义太长（最多 20 万字）。", "The definition is too long (200,000 characters at most)."),
        Text("请拆分为多个流程。", "Divide it into several flows."),
        where=code[:40],
    )


def bad_calendar(where: str, why: str) -> HouseError:
    """A calendar that cannot be read."""
    return HouseError(
        "flow.calendar_unreadable",
        Text("工作日历无法读懂。", f"The calendar cannot be read: {why}."),
        Text(
            "请核对日期都在当年、节假日与补班日不重复。",
            "Its days must lie in its year; no day is both holiday and working day.",
        ),
        where=where,
    )

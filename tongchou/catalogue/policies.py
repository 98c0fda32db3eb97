"""Who may keep what in the catalogue, and what state allows what. Pure; each rule as `check_x` and `can_x`."""

from __future__ import annotations

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

#: State of a need → states it may be brought to, and by whom: "own", "other" (whoever it asks, or offers) or "bureau".
NEEDS: dict[str, dict[str, tuple[str, ...]]] = {
    "open": {"met": ("own", "other", "bureau"), "declined": ("other", "bureau"), "dropped": ("own",)},
    "met": {"open": ("own",)},
    "declined": {"open": ("own",)},
    "dropped": {"open": ("own",)},
}


class Refused(HouseError):
    """The catalogue is kept by somebody else, or its state does not allow this."""


def can_keep(*, owner: str, organisation: str, bureau: bool) -> bool:
    """Whether someone of `organisation` may keep what the catalogue says of `owner`: their own, and the bureau all."""
    return bureau or (organisation != "" and organisation == owner)


def check_keep(*, owner: str, organisation: str, bureau: bool, where: str) -> None:
    """Raise Refused "accounts.not_allowed" unless `can_keep`."""
    if not can_keep(owner=owner, organisation=organisation, bureau=bureau):
        raise Refused(
            "accounts.not_allowed",
            Text("这一项由其他部门维护。", "Another department keeps this."),
            Text("请联系该部门或数据统筹局。", "Ask that department, or the bureau."),
            where,
        )


#: From most to least shared.
_SHARED = ("unconditional", "conditional", "closed")


def can_share_more(*, owner: str, organisation: str, house: bool, before: str, after: str) -> bool:
    """Whether the share class may be brought from `before` to `after`: to share more, only the provider decides."""
    return house or organisation == owner or _SHARED.index(after) >= _SHARED.index(before)


def check_share_class(
    *, owner: str, organisation: str, house: bool, before: str, after: str, where: str
) -> None:
    """Raise Refused "catalogue.share_class" unless `can_share_more`. Otherwise whoever keeps the catalogue could open what
    others provide, and then ask for it."""
    if not can_share_more(owner=owner, organisation=organisation, house=house, before=before, after=after):
        raise Refused(
            "catalogue.share_class",
            Text("共享属性只能由提供部门放宽。", "Only the provider may share a resource more widely."),
            Text(
                "请联系提供部门；收紧共享属性不受此限。",
                "Ask the provider; narrowing it is not bound to them.",
            ),
            where,
        )


def check_version(*, found: int, given: int | None, where: str) -> None:
    """Raise Refused "catalogue.moved_on" when somebody else has saved since the page was opened."""
    if given is not None and found != given:
        raise Refused(
            "catalogue.moved_on",
            Text("您打开之后，别人已经保存过这一项。", "Somebody else has saved this since you opened it."),
            Text("请在新窗口打开最新内容，核对后再保存；您填写的内容仍在页面上。",
                 "Open it afresh in another window, compare, and save again; what you typed is still on the page."),
            where,
        )  # fmt: skip


def parts_in(*, own: bool, addressed: bool, offers: bool, bureau: bool) -> frozenset[str]:
    """What somebody is to a need. offers: they name a resource of their own that meets it."""
    parts = set()
    if own:
        parts.add("own")
    elif addressed or offers:
        parts.add("other")
    if bureau:
        parts.add("bureau")
    return frozenset(parts)


def can_bring(state: str, target: str, parts: frozenset[str]) -> bool:
    """Whether a need in `state` may be brought to `target` by somebody who is `parts` to it."""
    return bool(parts & set(NEEDS.get(state, {}).get(target, ())))


def check_bring(state: str, target: str, parts: frozenset[str], where: str) -> None:
    """Raise Refused "catalogue.need_state" when the state does not allow it, "accounts.not_allowed" when the person may not."""
    if target not in NEEDS.get(state, {}):
        raise Refused(
            "catalogue.need_state",
            Text("需求已不在可以这样处理的状态。", "The need is no more in a state that allows this."),
            Text("请刷新页面查看最新状态。", "Reload the page to see its present state."),
            where,
        )
    if not can_bring(state, target, parts):
        raise Refused(
            "accounts.not_allowed",
            Text("这一需求不由您所在部门处理。", "This need is not for your department to settle."),
            Text(
                "由提出部门、被请求部门或数据统筹局处理。",
                "Its department, the one it asks, or the bureau may.",
            ),
            where,
        )

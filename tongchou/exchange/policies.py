"""Who may ask for, decide on, give, change, suspend and withdraw what. Pure; told as tables in tests/spec/grants.md.

Three principles. The provider of a resource decides on it. The bureau stands in where the provider let the limit pass,
and may always take away, never add. Nobody decides on what they asked for or hold themselves: not the user who asked,
nor whoever had a hand in the request, nor anybody else of the asking organisation, nor a user who is *also* a member of
it, whatever role they act in; and only people decide, not programs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tongchou.standards import masking
from tongchou.standards.text import Text

from . import masks
from .errors import Refused

#: No legal basis is registered.
NOT_SAID = Text("", "")


@dataclass(frozen=True)
class Standing:
    """Who acts, as far as decisions depend on it.

    bureau: acts for the bureau that runs the platform. house: the house itself (a pack, the worker). person: a user, not
    a program. seats: every organisation the same user has a live membership in.
    """

    username: str
    organisation: str
    bureau: bool = False
    house: bool = False
    person: bool = True
    seats: frozenset[str] = frozenset()

    def belongs_to(self, organisation: str) -> bool:
        """Whether they act for the organisation or are a member of it besides."""
        return organisation == self.organisation or organisation in self.seats


def check_may_withdraw(*, owner: str, by: Standing, number: str) -> None:
    """Withdrawing, suspending, narrowing: the provider and the bureau. Raises Refused "exchange.refused.grant_not_yours"."""
    if not (by.house or by.bureau or by.organisation == owner):
        raise Refused(
            "exchange.refused.grant_not_yours",
            Text(
                "只有提供部门和统筹局可以处理该资源的授权。",
                "Only the provider and the bureau decide on its grants.",
            ),
            Text("请联系提供部门。", "Ask the provider."),
            number,
        )


def can_withdraw(*, owner: str, by: Standing, number: str = "") -> bool:
    """Whether `check_may_withdraw` would pass."""
    return not _refuses(check_may_withdraw, owner=owner, by=by, number=number)


def check_may_give(*, owner: str, share_class: str, resource: str, by: Standing, holder: str) -> None:
    """Giving a grant without a request: the provider alone, not to itself, and never of a closed resource.

    Raises Refused (exchange.refused.grant_not_yours, .grant_to_oneself, .grant_closed).
    """
    if not by.house:
        if by.organisation != owner:
            raise Refused(
                "exchange.refused.grant_not_yours",
                Text("只有提供部门可以直接授权。", "Only the provider gives grants of its own accord."),
                Text("其他机构请提交共享申请。", "Everybody else sends a request for the data."),
                resource,
            )
        _check_not_oneself(by, holder, resource)
    if share_class == "closed":
        raise Refused(
            "exchange.refused.grant_closed",
            Text("该资源属“不予共享”。", "The resource is closed to sharing."),
            Text("请联系提供部门调整共享属性。", "Ask the provider to change its share class."),
            resource,
        )


def can_give(*, owner: str, share_class: str, resource: str, by: Standing, holder: str) -> bool:
    """Whether `check_may_give` would pass."""
    return not _refuses(
        check_may_give, owner=owner, share_class=share_class, resource=resource, by=by, holder=holder
    )


def _check_not_oneself(by: Standing, holder: str, where: str) -> None:
    if by.belongs_to(holder):
        raise Refused(
            "exchange.refused.grant_to_oneself",
            Text(
                "不能授权给自己的机构，也不能授权给自己另有任职的机构。",
                "Nobody grants to their own organisation, or to one they are also a member of.",
            ),
            Text(
                "请提交共享申请，由另一机构决定；或由没有该任职的同事办理。",
                "Send a request, so that another organisation decides; or have a colleague without that membership do it.",
            ),
            where,
        )


def check_may_change(*, owner: str, holder: str, wider: bool, by: Standing, number: str) -> None:
    """Changing a grant: what widens needs the provider, and not one who holds it; what narrows may come from the bureau.

    Raises Refused (exchange.refused.grant_not_yours, .only_provider_widens, .grant_to_oneself).
    """
    check_may_withdraw(owner=owner, by=by, number=number)
    if wider and not by.house:
        if by.organisation != owner:
            raise Refused(
                "exchange.refused.only_provider_widens",
                Text("扩大授权须由提供部门办理；统筹局只能缩小、暂停或撤回。",
                     "Only the provider widens a grant; the bureau may narrow, suspend or withdraw it."),
                Text("请由提供部门更改，或由使用方重新申请。", "Have the provider change it, or the holder ask anew."),
                number,
            )  # fmt: skip
        _check_not_oneself(by, holder, number)


def can_change(*, owner: str, holder: str, wider: bool, by: Standing, number: str = "") -> bool:
    """Whether `check_may_change` would pass."""
    return not _refuses(check_may_change, owner=owner, holder=holder, wider=wider, by=by, number=number)


def check_may_resume(*, owner: str, holder: str, suspended_by: str, by: Standing, number: str) -> None:
    """Lifting a suspension: whoever set it, and not the holder. suspended_by: the organisation; "" for the house.

    Raises Refused (exchange.refused.grant_not_yours, .suspended_by_another, .grant_to_oneself).
    """
    check_may_withdraw(owner=owner, by=by, number=number)
    if by.house:
        return
    if suspended_by and by.organisation != suspended_by:
        raise Refused(
            "exchange.refused.suspended_by_another",
            Text("暂停由谁作出，就由谁解除。", "A suspension is lifted by whoever set it."),
            Text("请联系作出暂停的机构。", "Ask the organisation that suspended it."),
            number,
        )
    _check_not_oneself(by, holder, number)


def can_resume(*, owner: str, holder: str, suspended_by: str, by: Standing, number: str = "") -> bool:
    """Whether `check_may_resume` would pass."""
    return not _refuses(
        check_may_resume, owner=owner, holder=holder, suspended_by=suspended_by, by=by, number=number
    )


def masking_problem(grade: int, element_mask: str, mask: str, *, by_provider: bool) -> Text | None:
    """What is wrong with a mask that a grant sets for a field; None when nothing is.

    | grade | masks as strict as the grade's | weaker ones |
    | 1, 2 | anybody who gives the grant | there are none |
    | 3 | anybody who gives the grant | the provider |
    | 4 | hidden, and nothing else | nobody |
    """
    if mask not in masking.MASKS:
        return Text("没有这种脱敏方式", "there is no such mask")
    if masks.is_at_least(mask, masks.law(grade, element_mask)):
        return None
    if grade >= 4:
        return Text("4 级字段在视图中一律隐藏", "a field of grade 4 is hidden in every view")
    if not by_provider:
        return Text(
            "弱于该等级的脱敏方式只能由提供部门设定", "only the provider sets a mask weaker than the grade's"
        )
    return None


def is_at_once(*, share_class: str, grades: Iterable[int], revealed: Iterable[int]) -> bool:
    """Whether a request is granted without anybody's decision.

    Unconditional resources are, for what the grades show by themselves: no field of grade 4 (grades: of the fields asked
    for), and no plain value of a masked one (revealed: grades of the fields to be revealed). The rest goes to the provider.
    """
    return share_class == "unconditional" and max(grades, default=1) < 4 and max(revealed, default=1) < 3


def check_may_ask(
    *,
    owner: str,
    share_class: str,
    legal_basis: Text,
    resource: str,
    by: Standing,
    at_once: bool = False,
    published: bool = True,
) -> None:
    """Asking for data. at_once: nobody need decide. published: whether it still stands in the catalogue.

    Raises Refused (exchange.refused.people_ask, .resource_withdrawn, .resource_closed, .nobody_decides).
    """
    if not by.person:
        raise Refused(
            "exchange.refused.people_ask",
            Text("共享申请须由人提出。", "A request is made by a person."),
            Text("请由部门数据员登录后提出。", "Have the department's officer sign in and ask."),
            resource,
        )
    if not published:
        raise Refused(
            "exchange.refused.resource_withdrawn",
            Text("该资源已从目录撤下。", "The resource has been withdrawn from the catalogue."),
            Text(
                "请联系提供部门，或在需求清单登记需求。", "Ask the provider, or put it on your list of needs."
            ),
            resource,
        )
    if share_class == "closed":
        basis = (
            Text(f"依据：{legal_basis.zh}。", f"Its basis: {legal_basis.en}.")
            if legal_basis.zh
            else Text("目录中没有登记其法律依据。", "The catalogue names no legal basis for that.")
        )
        raise Refused(
            "exchange.refused.resource_closed",
            Text(
                f"该资源属“不予共享”，不能申请。{basis.zh}",
                f"The resource is closed to sharing and cannot be asked for. {basis.en}",
            ),
            Text("如认为依据不成立，请联系提供部门调整共享属性，然后再申请。",
                 "If you question the basis, ask the provider to change the share class, then send your request."),
            resource,
        )  # fmt: skip
    if by.bureau and by.organisation == owner and not at_once:
        raise Refused(
            "exchange.refused.nobody_decides",
            Text("统筹局自己的资源由统筹局申请，没有别的机构可以决定。",
                 "The bureau asks for its own resource: there is no other organisation to decide."),
            Text("请由区政府以数据包授权。", "Have the government grant it by a pack."),
            resource,
        )  # fmt: skip


def can_ask(
    *, owner: str, share_class: str, legal_basis: Text = NOT_SAID, resource: str = "", by: Standing
) -> bool:
    """Whether `check_may_ask` would pass."""
    return not _refuses(
        check_may_ask, owner=owner, share_class=share_class, legal_basis=legal_basis, resource=resource, by=by
    )


def check_may_decide(
    *, owner: str, asker: str, hands: Collection[str], escalated: bool, by: Standing, request: str
) -> None:
    """Granting, refusing or returning a request.

    The provider may; the bureau once the request was escalated to it, or from the start where the provider itself asks.
    hands: users who made or changed the request. Raises Refused (exchange.refused.people_decide, .own_request,
    .not_yet_yours, .request_not_yours).
    """
    if not by.person:
        raise Refused(
            "exchange.refused.people_decide",
            Text("申请须由人决定。", "A request is decided by a person."),
            Text("请由提供部门的数据员登录后办理。", "Have the provider's officer sign in and decide."),
            request,
        )
    if by.username in hands or by.belongs_to(asker):
        raise Refused(
            "exchange.refused.own_request",
            Text("不能决定自己的申请，也不能决定自己任职的机构提出的申请。",
                 "Nobody decides on their own request, or on one of an organisation they are a member of."),
            Text("请由提供部门中与申请机构无关的同事办理。", "Have a colleague decide who has no part in it."),
            request,
        )  # fmt: skip
    if by.organisation == owner:
        return
    if by.bureau and (escalated or asker == owner):
        return
    if by.bureau:
        raise Refused(
            "exchange.refused.not_yet_yours",
            Text("提供部门的期限还没有到。", "The provider still has time to decide."),
            Text("到期未决定的申请会自动升级到统筹局。", "Undecided at the end of it, the request comes to the bureau."),
            request,
        )  # fmt: skip
    raise Refused(
        "exchange.refused.request_not_yours",
        Text("只有提供部门可以决定该申请。", "Only the provider decides on this request."),
        Text("请联系提供部门。", "Ask the provider."),
        request,
    )


def can_decide(
    *, owner: str, asker: str, hands: Collection[str], escalated: bool, by: Standing, request: str = ""
) -> bool:
    """Whether `check_may_decide` would pass."""
    return not _refuses(
        check_may_decide, owner=owner, asker=asker, hands=hands, escalated=escalated, by=by, request=request
    )


def check_grades(*, owner: str, grades: Iterable[int], by: Standing, request: str) -> None:
    """Fields of grade 4 are granted by their provider alone. Raises Refused "exchange.refused.grade_four"."""
    if by.organisation != owner and max(grades, default=1) >= 4:
        raise Refused(
            "exchange.refused.grade_four",
            Text("4 级字段只能由提供部门授权。", "Only the provider grants fields of grade 4."),
            Text("请去掉这些字段，或由提供部门决定。", "Leave them out, or have the provider decide."),
            request,
        )


def check_may_take_back(*, asker: str, by: Standing, request: str) -> None:
    """Withdrawing or changing a request: the asking organisation. Raises Refused "exchange.refused.request_not_yours"."""
    if by.organisation != asker:
        raise Refused(
            "exchange.refused.request_not_yours",
            Text(
                "只有申请机构可以修改或撤销该申请。", "Only the asking organisation changes or withdraws it."
            ),
            Text("请联系申请机构。", "Ask the organisation that sent it."),
            request,
        )


def can_take_back(*, asker: str, by: Standing, request: str = "") -> bool:
    """Whether `check_may_take_back` would pass."""
    return not _refuses(check_may_take_back, asker=asker, by=by, request=request)


def _refuses(check: object, **given: object) -> bool:
    try:
        check(**given)  # type: ignore[operator]
    except Refused:
        return True
    return False


def check_may_set_rule(*, owner: str, by: Standing, resource: str) -> None:
    """Who says how statistics of a resource are protected: its provider. Raises Refused "exchange.refused.grant_not_yours"."""
    if not by.house and by.organisation != owner:
        raise Refused(
            "exchange.refused.grant_not_yours",
            Text("统计规则只能由提供部门设置。", "Only the provider sets the statistics rule of a resource."),
            Text("请联系提供部门。", "Ask the provider."),
            resource,
        )


def can_set_rule(*, owner: str, by: Standing, resource: str) -> bool:
    """Whether `check_may_set_rule` would pass."""
    return not _refuses(check_may_set_rule, owner=owner, by=by, resource=resource)

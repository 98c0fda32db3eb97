"""Who may give which grant, and what a grant may say. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from tongchou.standards.text import Text

from .errors import Refused

EVERYTHING = "*"


def check_may_withdraw(*, owner: str, giver: str, bureau: bool, number: str) -> None:
    """The provider of the resource and the bureau may. Raises Refused "exchange.refused.grant_not_yours"."""
    if not bureau and giver != owner:
        raise Refused(
            "exchange.refused.grant_not_yours",
            Text(
                "只有提供部门和统筹局可以处理该资源的授权。",
                "Only the provider and the bureau decide on its grants.",
            ),
            Text("请联系提供部门。", "Ask the provider."),
            number,
        )


def can_withdraw(*, owner: str, giver: str, bureau: bool) -> bool:
    """Whether `check_may_withdraw` would pass."""
    return bureau or giver == owner


def check_may_grant(
    *,
    owner: str,
    share_class: str,
    resource: str,
    giver: str,
    giver_role: str,
    bureau: bool,
    holder: str,
    holder_role: str,
) -> None:
    """The provider and the bureau give grants, not to themselves, and never of a closed resource.

    Raises Refused (exchange.refused.grant_not_yours, .grant_to_oneself, .grant_closed).
    """
    check_may_withdraw(owner=owner, giver=giver, bureau=bureau, number=resource)
    if giver_role != "house" and (giver, giver_role) == (holder, holder_role):
        raise Refused(
            "exchange.refused.grant_to_oneself",
            Text("不能授权给自己的机构和角色。", "Nobody grants to their own organisation and role."),
            Text("请由另一机构的数据员办理。", "Have another organisation's officer do it."),
            resource,
        )
    if share_class == "closed":
        raise Refused(
            "exchange.refused.grant_closed",
            Text("该资源属“不予共享”。", "The resource is closed to sharing."),
            Text("请联系提供部门调整共享属性。", "Ask the provider to change its share class."),
            resource,
        )


def check_terms(
    *,
    known: Collection[str],
    fields: Collection[str],
    unmasked: Collection[str],
    purposes: Collection[str],
    until: date,
    today: date,
    resource: str,
) -> None:
    """What a grant may say. Raises Refused "exchange.grant_terms" telling all problems at once."""
    wrong: list[Text] = []
    unknown = sorted(set(fields) - set(known) - {EVERYTHING})
    if not fields:
        wrong.append(Text("没有选择字段", "no field is chosen"))
    if unknown:
        wrong.append(
            Text(f"资源没有这些字段：{'、'.join(unknown)}", f"the resource has no field {', '.join(unknown)}")
        )
    beyond = (
        sorted(set(unmasked) - set(fields) - {EVERYTHING})
        if EVERYTHING not in fields
        else sorted(set(unmasked) - set(known) - {EVERYTHING})
    )
    if beyond:
        wrong.append(
            Text(
                f"可显示的字段不在授权字段内：{'、'.join(beyond)}",
                f"to be revealed but not granted: {', '.join(beyond)}",
            )
        )
    if not purposes:
        wrong.append(Text("没有选择用途", "no purpose is chosen"))
    if until < today:
        wrong.append(Text("有效期已过", "its last day is past"))
    if wrong:
        raise Refused(
            "exchange.grant_terms",
            Text(
                "；".join(each.zh for each in wrong) + "。",
                "; ".join(each.en for each in wrong).capitalize() + ".",
            ),
            Text("请改正后重新提交。", "Correct it and submit again."),
            resource,
        )


_CLIENT_CODE = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")


def check_may_manage_client(*, owner: str, manager: str, bureau: bool, code: str) -> None:
    """The organisation whose system it is and the bureau may. Raises Refused "exchange.refused.client_not_yours"."""
    if not bureau and manager != owner:
        raise Refused(
            "exchange.refused.client_not_yours",
            Text("只能管理本单位的接入系统。", "Only the organisation's own systems can be managed."),
            Text("请联系其所属单位。", "Ask the organisation it belongs to."),
            code if _CLIENT_CODE.fullmatch(code) else "",
        )


def can_manage_client(*, owner: str, manager: str, bureau: bool) -> bool:
    """Whether `check_may_manage_client` would pass."""
    return bureau or manager == owner


def check_client_terms(
    *,
    code: str,
    name: str,
    permissions: Collection[str],
    expires_on: date,
    today: date,
    method: str,
    methods: Collection[str],
    quota_per_day: int | None,
) -> None:
    """What a client may be. Raises Refused "exchange.client_terms" telling all problems at once."""
    wrong: list[Text] = []
    if not _CLIENT_CODE.fullmatch(code):
        wrong.append(
            Text(
                "代码须为 3–40 个小写字母、数字或连字符",
                "a code has 3 to 40 small letters, digits or hyphens",
            )
        )
    if not name.strip():
        wrong.append(Text("没有名称", "there is no name"))
    if "gateway.use" not in permissions:
        wrong.append(Text("所选角色不能使用网关", "the role may not use the gateway"))
    if expires_on < today:
        wrong.append(Text("有效期已过", "its last day is past"))
    if method not in methods:
        wrong.append(Text("没有这种签名方式", "there is no such method of signing"))
    if quota_per_day is not None and quota_per_day < 1:
        wrong.append(Text("每日限额至少为 1", "a quota is 1 or more"))
    if wrong:
        raise Refused(
            "exchange.client_terms",
            Text(
                "；".join(each.zh for each in wrong) + "。",
                "; ".join(each.en for each in wrong).capitalize() + ".",
            ),
            Text("请改正后重新提交。", "Correct it and submit again."),
            code if _CLIENT_CODE.fullmatch(code) else "",
        )

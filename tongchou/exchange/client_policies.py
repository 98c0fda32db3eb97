"""Who may manage which client of the gateway, and what a client may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from tongchou.standards.text import Text

from .errors import Refused

#: No number of a person fits into it: it stands in records.
_CLIENT_CODE = re.compile(r"(?!.*[0-9]{7})[a-z][a-z0-9-]{1,38}[a-z0-9]")


def told_code(code: str) -> str:
    """A client's code as it may be repeated and recorded: "" for anything that cannot be one."""
    return code if _CLIENT_CODE.fullmatch(code) else ""


def check_may_manage_client(*, owner: str, manager: str, bureau: bool, code: str) -> None:
    """The organisation whose system it is and the bureau may. Raises Refused "exchange.refused.client_not_yours"."""
    if not bureau and manager != owner:
        raise Refused(
            "exchange.refused.client_not_yours",
            Text("只能管理本单位的接入系统。", "Only the organisation's own systems can be managed."),
            Text("请联系其所属单位。", "Ask the organisation it belongs to."),
            told_code(code),
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
            told_code(code),
        )

"""Binding an account to its person in the pool, and ending that. The identity number itself is never kept."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.pool import queries as pool
from tongchou.pool.serving.digests import digest
from tongchou.standards import identity
from tongchou.standards.errors import HouseError
from tongchou.standards.problems import is_soft
from tongchou.standards.text import Text

from .. import errors
from ..models import OwnFile
from ..queries import own_files


@action(permission="mydata.bind", event="ownfile.bound")
def bind(*, by: Actor, username: str, id_number: str, card_checked: bool) -> OwnFile:
    """Join an applicant's account to the person with that identity number.

    card_checked: that the clerk has seen the card and the face. Only the number's keyed digest is kept; the ledger has
    the subject's id and the account. Raises Refused (exchange.refused.bind_*), HouseError (exchange.bind_number,
    exchange.bind_card, exchange.bind_account).
    """
    account = own_files.applicants(username.strip())
    if account is None:
        raise HouseError(
            "exchange.bind_account",
            Text(
                "没有这个群众账号，或已停用。", "There is no such applicant's account, or it is switched off."
            ),
            Text(
                "请核对用户名；新账号由系统管理员建立。",
                "Check the user name; the administrator makes new accounts.",
            ),
        )
    note(account=account.username)
    if account.username == by.username:
        raise _refused("bind_oneself", "不能为自己开通。", "Nobody binds their own account.",
                       "请由另一位窗口人员核验办理。", "Have another clerk check your card.")  # fmt: skip
    if not card_checked:
        raise HouseError(
            "exchange.bind_card",
            Text("没有确认已当面核验身份证。", "The identity card was not confirmed as checked."),
            Text("请核对证件与本人一致后勾选确认。", "Compare card and face, then tick the box."),
        )
    value, problem = identity.examine(id_number)[:2]
    if not value or (problem and not is_soft(problem)):
        raise HouseError(
            "exchange.bind_number",
            Text("公民身份号码有误。", "The identity number is not right."),
            Text("请按证件重新录入或读卡。", "Type it again from the card, or read the card."),
        )
    found = [each for each in pool.find("id_number", value) if each.startswith("P")]
    if len(found) != 1:
        many = bool(found)
        raise _refused(
            "bind_unclear" if many else "bind_unknown",
            "平台中有多份档案使用这个号码，不能确定是哪一份。" if many else "平台中没有这个号码的档案。",
            "Several files in the pool bear this number; which is theirs is unclear." if many
            else "No file in the pool bears this number.",
            "请统筹局核对关联后再办理。" if many else "请核对号码；相关部门的数据入库后再办理。",
            "Have the bureau review the links first." if many else "Check the number; try again when records have come in.",
        )  # fmt: skip
    note(subject_id=found[0])
    others = OwnFile.objects.filter(ended_at__isnull=True, subject_id__in=pool.ids_of(found[0]))
    if others.exclude(user=account).exists():
        raise _refused("bind_taken", "此人已由另一个账号开通。", "Another account is bound to this person.",
                       "请先注销原账号的绑定。", "End that binding first.")  # fmt: skip
    try:
        with transaction.atomic():
            return OwnFile.objects.create(
                user=account, subject_id=found[0], id_digest=digest("id_number", value),
                checked=OwnFile.Checked.NUMBER if by.role == "house" else OwnFile.Checked.CARD, bound_by=by.username,
            )  # fmt: skip
    except IntegrityError:
        raise _refused("bind_again", "这个账号已经开通。", "This account is bound already.",
                       "需要更换时请先注销。", "To change it, end the binding first.") from None  # fmt: skip


@action(permission=None, event="ownfile.unbound")
def unbind(*, by: Actor, number: int) -> OwnFile:
    """End a binding: the account sees nothing any more. The person themselves may, and who may bind.

    number: of the binding. Raises NotFound "exchange.ownfile_not_found", for those who may not, too.
    """
    held = OwnFile.objects.filter(pk=number, ended_at__isnull=True).select_related("user").first()
    if held is None or not (by.may("mydata.bind") or held.user.username == by.username):
        raise errors.NotFound(
            "exchange.ownfile_not_found",
            Text("没有这条绑定。", "There is no such binding."),
            Text("请刷新页面。", "Reload the page."),
        )
    note(account=held.user.username, subject_id=held.subject_id)
    held.ended_by, held.ended_at = by.username, timezone.now()
    held.save(update_fields=["ended_by", "ended_at"])
    return held


def _refused(code: str, zh: str, en: str, next_zh: str, next_en: str) -> errors.Refused:
    return errors.Refused(f"exchange.refused.{code}", Text(zh, en), Text(next_zh, next_en))

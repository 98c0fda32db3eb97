"""Whose file is whose: the subject of an account now, over merges and splits, or none when that is in doubt."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import User
from tongchou.pool import queries as pool
from tongchou.standards.text import Text

from .. import errors
from ..models import OwnFile


@dataclass(frozen=True)
class Self:
    """The person behind an account: their id now, every id their history may stand under, the checked number's digest."""

    subject_id: str
    ids: tuple[str, ...]
    id_digest: bytes


def of_user(username: str) -> OwnFile | None:
    """The standing binding of an account."""
    return OwnFile.objects.filter(user__username__iexact=username, ended_at__isnull=True).first()


def self_of(by: Actor) -> Self:
    """Who the actor is in the pool.

    The person is whoever bears the identity number that was checked: records that were merged or split apart since
    change nothing in that. Raises Refused "exchange.not_bound" without a binding, "exchange.own_file_unsure"
    when no subject, or several, bear the number now, or another account's person has become the same subject.
    """
    held = of_user(by.username)
    if held is None:
        raise not_bound()
    bearing = pool.find_digest(bytes(held.id_digest))
    now = pool.id_now(held.subject_id)
    if now not in bearing:
        now = bearing[0] if len(bearing) == 1 else None
    if now is None or _also_another(held, now):
        raise unsure()
    return Self(now, tuple(pool.ids_of(now)), bytes(held.id_digest))


def _also_another(held: OwnFile, now: str) -> bool:
    """Whether a second account's person stands behind the same subject: a merge that cannot be right."""
    others = OwnFile.objects.filter(ended_at__isnull=True, subject_id__in=pool.ids_of(now)).exclude(
        pk=held.pk
    )
    return others.exists()


def not_bound() -> errors.Refused:
    """The account belongs to nobody in the pool yet."""
    return errors.Refused(
        "exchange.not_bound",
        Text("您的账号还没有开通本人数据。", "Your account is not yet joined to your own data."),
        Text("请携带身份证到任一服务大厅窗口，由工作人员核验后开通。",
             "Take your identity card to any service hall; the clerk checks it and opens your data to you."),
    )  # fmt: skip


def unsure() -> errors.Refused:
    """It is in doubt which file is theirs: none is shown."""
    return errors.Refused(
        "exchange.own_file_unsure",
        Text("平台暂时不能确定哪一份档案是您的，为保护他人，现在不显示。",
             "It is in doubt which file is yours; to protect others nothing is shown for now."),
        Text("请携带身份证到服务大厅窗口重新核验；统筹局会核对关联。",
             "Take your identity card to a service hall to be checked again; the bureau reviews the links."),
    )  # fmt: skip


def standing() -> QuerySet[OwnFile]:
    """The bindings in force, newest first."""
    return OwnFile.objects.filter(ended_at__isnull=True).select_related("user")


def applicants(username: str) -> User | None:
    """The account of that name, if it is an applicant's and in use."""
    return User.objects.filter(
        username__iexact=username,
        is_active=True,
        memberships__role__code="applicant",
        memberships__active=True,
    ).first()

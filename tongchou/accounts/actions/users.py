"""Accounts and their roles: made, changed, locked and unlocked by those who manage them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import rules
from ..action import action, note
from ..actor import Actor
from ..models import Membership, Organisation, Role, User


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        said = " ".join(str(message) for message in error.messages)
        raise HouseError(
            "accounts.weak_password",
            Text(f"密码不符合要求：{said}", f"The password will not do: {said}"),
            Text(
                "请另选一个，至少 10 位，不要与姓名相似。",
                "Choose another: ten characters or more, unlike your name.",
            ),
        ) from error


def _user(username: str) -> User:
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise HouseError(
            "accounts.no_such_user",
            Text("没有这个账号。", "There is no such account."),
            Text("请核对用户名。", "Check the user name."),
            where=username,
        )
    return user


def _membership(user: User, role: str, organisation: str) -> Membership:
    role_row = Role.objects.filter(code=role).first()
    organisation_row = Organisation.objects.filter(code=organisation).first()
    if role_row is None or organisation_row is None:
        raise HouseError(
            "accounts.no_such_role",
            Text("没有这个角色或机构。", "There is no such role or organisation."),
            Text("请先装载含有它的数据包。", "Apply the pack that brings it first."),
            where=f"{role}@{organisation}",
        )
    membership, _ = Membership.objects.get_or_create(user=user, role=role_row, organisation=organisation_row)
    if not membership.active:
        membership.active = True
        membership.save(update_fields=["active"])
    return membership


@action(permission="accounts.manage", event="account.created")
def create_user(
    *,
    by: Actor,
    username: str,
    name: str,
    password: str,
    memberships: Iterable[tuple[str, str]],
    name_en: str = "",
) -> User:
    """Make an account with a first password, which must be changed at the first sign-in.

    memberships: pairs of role code and organisation code.
    """
    pairs = list(memberships)
    note(account=username, memberships=[f"{role}@{organisation}" for role, organisation in pairs])
    if User.objects.filter(username__iexact=username).exists():
        raise HouseError(
            "accounts.exists",
            Text("用户名已被使用。", "The user name is taken."),
            Text("请换一个用户名。", "Choose another."),
            where=username,
        )
    user = User(username=username, name=name, name_en=name_en, must_change_password=True)
    _check_password(password, user)
    user.set_password(password)
    user.save()
    for role, organisation in pairs:
        _membership(user, role, organisation)
    return user


@action(permission="accounts.manage", event="account.password_reset")
def reset_password(*, by: Actor, username: str, password: str) -> User:
    """Set a new first password and lift a lock."""
    note(account=username)
    user = _user(username)
    _check_password(password, user)
    user.set_password(password)
    user.must_change_password = True
    user.failed_attempts = 0
    user.locked_until = None
    user.save()
    return user


@action(permission=None, event="account.password_changed")
def change_password(*, by: Actor, user: User, old: str, new: str) -> User:
    """Change one's own password; the old one is asked for again."""
    note(account=user.username)
    if user.pk != by.user_id or not user.check_password(old):
        raise HouseError(
            "accounts.wrong_password",
            Text("原密码不正确。", "The old password is wrong."),
            Text("请重新输入。", "Type it again."),
        )
    if old == new:
        raise HouseError(
            "accounts.weak_password",
            Text("新密码与原密码相同。", "The new password is the old one."),
            Text("请另选一个。", "Choose another."),
        )
    _check_password(new, user)
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = timezone.now()
    user.save()
    return user


@action(permission="accounts.manage", event="account.unlocked")
def unlock(*, by: Actor, username: str) -> User:
    """Lift the lock that failed sign-ins have laid on an account."""
    note(account=username)
    user = _user(username)
    user.failed_attempts = 0
    user.locked_until = None
    user.save(update_fields=["failed_attempts", "locked_until"])
    return user


@action(permission="accounts.manage", event="account.changed")
def set_active(*, by: Actor, username: str, active: bool) -> User:
    """Switch an account on or off; its sessions end with the next request."""
    note(account=username, changed=["active" if active else "inactive"])
    rules.check_not_self(actor=by.username, username=username)
    user = _user(username)
    user.is_active = active
    user.save(update_fields=["is_active"])
    return user


@action(permission="accounts.manage", event="membership.added")
def add_membership(*, by: Actor, username: str, role: str, organisation: str) -> Membership:
    """Give a user a role within an organisation."""
    note(account=username, to_role=role, to_organisation=organisation)
    rules.check_not_self(actor=by.username, username=username)
    return _membership(_user(username), role, organisation)


@action(permission="accounts.manage", event="membership.ended")
def end_membership(*, by: Actor, membership: Membership) -> Membership:
    """Take a role back; the row stays, switched off, for history."""
    user = membership.user
    note(account=user.username, to_role=membership.role.code, to_organisation=membership.organisation.code)
    rules.check_not_self(actor=by.username, username=user.username)
    membership.active = False
    membership.save(update_fields=["active"])
    return membership

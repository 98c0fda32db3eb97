"""Signing in and out, the second factor, switching roles, ending sessions."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import time

import pyotp
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from tongchou import ledger
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import rules
from ..action import action, note
from ..actor import Actor
from ..models import FailedAddress, Membership, RecoveryCode, SignIn, User
from ..sealing import seal_text, unseal_text

RECOVERY_CODES = 8


def visitor(username: str = "") -> Actor:
    """Somebody who has not signed in: an actor without rights, known only by the name they typed."""
    return Actor(username=username[:60], name="", organisation="", role="visitor", permissions=frozenset())


def _wrong() -> HouseError:
    return HouseError(
        "accounts.wrong_password",
        Text("用户名或密码不正确。", "User name or password is wrong."),
        Text(
            "请核对后重试；忘记密码请联系系统管理员。",
            "Check them and try again; if you forgot it, ask the administrator.",
        ),
    )


def _unknown(username: str) -> str:
    """The row under which attempts with a name nobody has are counted; the name itself is not kept."""
    return "name:" + hashlib.sha256(username.strip().lower().encode()).hexdigest()[:40]


def _counted(user: User | None, username: str, address: str) -> list[tuple[User | FailedAddress, int]]:
    """The rows an attempt counts on, held until the transaction ends, each with its free failures."""
    first, _ = FailedAddress.objects.get_or_create(address=address)
    rows: list[tuple[User | FailedAddress, int]] = [
        (FailedAddress.objects.select_for_update().get(pk=first.pk), rules.FREE_FAILURES_ADDRESS)
    ]
    if user is not None:
        rows.append((User.objects.select_for_update().get(pk=user.pk), rules.FREE_FAILURES))
    else:  # locked like an account, so that a lock does not tell which names exist
        other, _ = FailedAddress.objects.get_or_create(address=_unknown(username))
        rows.append((FailedAddress.objects.select_for_update().get(pk=other.pk), rules.FREE_FAILURES))
    return rows


def _keep(row: User | FailedAddress) -> None:
    """Write the counter and the lock of a row, and nothing else of it."""
    seen = ["last_at"] if isinstance(row, FailedAddress) else []
    row.save(update_fields=["failed_attempts", "locked_until", *seen])


def _claim_attempt(user: User | None, username: str, address: str, now: dt.datetime) -> int:
    """Check the locks and count the attempt as failed until it has succeeded; returns the failures of the name.

    Counting first and comparing afterwards keeps guesses that are sent at once from slipping past the lock.
    """
    FailedAddress.objects.filter(last_at__lt=now - dt.timedelta(seconds=rules.FORGET_ADDRESS_S)).delete()
    with transaction.atomic():
        rows = _counted(user, username, address)
        for row, _ in rows:
            rules.check_not_locked(rules.locked_seconds(row.locked_until, now))
        for row, free in rows:
            row.failed_attempts += 1
            wait = rules.wait_after(row.failed_attempts, free=free)
            row.locked_until = now + dt.timedelta(seconds=wait) if wait else None
            _keep(row)
    return rows[-1][0].failed_attempts


def _release_attempt(user: User, address: str) -> None:
    """Take back what was counted in advance: the attempt succeeded."""
    with transaction.atomic():
        for row, _ in _counted(user, "", address):
            row.failed_attempts = max(0, row.failed_attempts - 1)
            row.locked_until = None
            _keep(row)


def check_password(*, username: str, password: str, address: str) -> User:
    """The user whose name and password these are; failures are counted, recorded and slowed down.

    Raises HouseError with the same words for an unknown name, a wrong password and a switched-off account, and
    locks all three alike.
    """
    user = User.objects.filter(username__iexact=username).first()
    failures = _claim_attempt(user, username, address, timezone.now())
    found = authenticate(username=username, password=password)
    if isinstance(found, User):
        _release_attempt(found, address)
        return found
    with transaction.atomic():
        body = {**visitor().trace(), "account": user.username if user else "", "outcome": "refused"}
        ledger.record("account.sign_in_failed", {**body, "failures": failures if user else 0})
    raise _wrong()


def confirm_password(*, user: User, password: str, address: str) -> None:
    """Ask somebody who is signed in for their password again, before something that a stolen session must not do.

    Failures count like those of signing in, and lock. Raises HouseError (accounts.wrong_password, accounts.locked).
    """
    _claim_attempt(user, user.username, address, timezone.now())
    if not user.check_password(password):
        raise HouseError(
            "accounts.wrong_password",
            Text("原密码不正确。", "Your present password is wrong."),
            Text("请重新输入。", "Type it again."),
        )
    _release_attempt(user, address)


def _sealed_for(user: User) -> str:
    return f"totp:{user.pk}"


def _step_of(user: User, code: str) -> int | None:
    """The 30-second step a code belongs to, one before or after now allowed; None for a wrong code."""
    totp = pyotp.TOTP(unseal_text(_sealed_for(user), user.totp_secret))
    now = int(time.time()) // 30
    digits = code.replace(" ", "")
    return next(
        (step for step in (now - 1, now, now + 1) if secrets.compare_digest(totp.generate_otp(step), digits)),
        None,
    )


def check_second_factor(*, user: User, code: str, address: str) -> str:
    """Check a one-time code or a recovery code; returns which it was. Failures count like wrong passwords."""
    now = timezone.now()
    _claim_attempt(user, user.username, address, now)
    digest = hashlib.sha256(code.strip().lower().encode()).hexdigest()
    if RecoveryCode.objects.filter(user=user, digest=digest, used_at__isnull=True).update(used_at=now):
        _release_attempt(user, address)
        return "recovery"
    step = rules.check_totp_step(_step_of(user, code), user.totp_last_step)
    # compare-and-set: of two requests with one code, one is refused
    if not User.objects.filter(pk=user.pk, totp_last_step__lt=step).update(totp_last_step=step):
        rules.check_totp_step(None, 0)
    _release_attempt(user, address)
    return "totp"


@action(permission=None, event="account.signed_in")
def sign_in(*, by: Actor, user: User, session_key: str, address: str, agent: str, factor: str) -> SignIn:
    """Enter a new session of a user who has proved who they are."""
    note(account=user.username, factor=factor)
    user.failed_attempts = 0
    user.locked_until = None
    user.last_login = timezone.now()
    user.save(update_fields=["failed_attempts", "locked_until", "last_login"])
    FailedAddress.objects.filter(address=address).delete()
    return SignIn.objects.create(user=user, session_key=session_key, address=address, agent=agent[:200])


@action(permission=None, event="account.signed_out")
def sign_out(*, by: Actor, session_key: str) -> None:
    """Enter that a session has ended."""
    note(account=by.username)
    SignIn.objects.filter(session_key=session_key).delete()


@action(permission=None, event="account.role_switched")
def switch_role(*, by: Actor, membership: Membership) -> Membership:
    """Act as another of one's memberships from now on."""
    if membership.user_id != by.user_id or not membership.active:
        raise HouseError(
            "accounts.not_allowed",
            Text("这不是您的角色。", "That role is not yours."),
            Text("请选择列表中的角色。", "Choose one from the list."),
        )
    note(to_role=membership.role.code, to_organisation=membership.organisation.code)
    return membership


@action(permission=None, event="account.sessions_ended")
def end_sessions(*, by: Actor, user: User, keep: str = "") -> int:
    """End all sessions of a user but `keep`; one's own, or anyone's for those who manage accounts."""
    if user.pk != by.user_id:
        from ..actor import require

        require(by, "accounts.manage")
    others = SignIn.objects.filter(user=user).exclude(session_key=keep)
    keys = list(others.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    count, _ = others.delete()
    note(account=user.username, count=count)
    return count


@action(permission=None, event="account.second_factor")
def turn_on_second_factor(*, by: Actor, user: User, secret: str, code: str) -> list[str]:
    """Turn the second factor on once a code of `secret` is right; returns the recovery codes, shown this once."""
    note(account=user.username, state="on")
    user.totp_secret = seal_text(_sealed_for(user), secret)
    step = rules.check_totp_step(_step_of(user, code), 0)
    user.totp_last_step = step
    user.save(update_fields=["totp_secret", "totp_last_step"])
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        [RecoveryCode(user=user, digest=hashlib.sha256(code.encode()).hexdigest()) for code in codes]
    )
    return codes


@action(permission=None, event="account.second_factor")
def turn_off_second_factor(*, by: Actor, user: User, password: str) -> None:
    """Turn the second factor off; asks for the password again, or for the right to manage accounts."""
    note(account=user.username, state="off")
    if user.pk == by.user_id:
        if not user.check_password(password):
            raise _wrong()
    else:
        from ..actor import require

        require(by, "accounts.manage")
    user.totp_secret = ""
    user.totp_last_step = 0
    user.save(update_fields=["totp_secret", "totp_last_step"])
    RecoveryCode.objects.filter(user=user).delete()

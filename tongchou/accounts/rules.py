"""Decisions about signing in, on plain values."""

from __future__ import annotations

import datetime as dt

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

#: Failures a user may have before waiting begins; an address, which many share, may have more.
FREE_FAILURES = 5
FREE_FAILURES_ADDRESS = 30
FIRST_WAIT_S = 60
LONGEST_WAIT_S = 3600
#: A session without a request for so long has ended.
IDLE_S = 30 * 60
#: After the right password, the one-time code must follow within this.
HALF_SIGNED_IN_S = 5 * 60
#: Failures of an address are forgotten after so long without a new one.
FORGET_ADDRESS_S = 24 * 3600


def wait_after(failures: int, *, free: int = FREE_FAILURES) -> int:
    """Seconds to wait after so many failures in a row: none at first, then a minute, doubling up to an hour."""
    if failures < free:
        return 0
    return int(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - free, 10)))


def locked_seconds(locked_until: dt.datetime | None, now: dt.datetime) -> int:
    """Seconds left of a lock; 0 when there is none."""
    if locked_until is None or locked_until <= now:
        return 0
    return int((locked_until - now).total_seconds()) + 1


def check_not_locked(seconds: int) -> None:
    """Raise HouseError while a lock lasts."""
    if seconds:
        minutes = -(-seconds // 60)
        raise HouseError(
            "accounts.locked",
            Text("多次登录失败，已暂时锁定。", "Sign-in has failed too often and is locked for a while."),
            Text(
                f"请在 {minutes} 分钟后再试，或请系统管理员解锁。",
                f"Try again in {minutes} min, or ask the administrator to lift the lock.",
            ),
        )


def check_totp_step(step: int | None, last_step: int) -> int:
    """The step of an accepted one-time code; a code used before, or a wrong one, is refused.

    step: the 30-second step (RFC 6238) the code belongs to, None when it belongs to none near now.
    """
    if step is None or step <= last_step:
        raise HouseError(
            "accounts.wrong_code",
            Text("验证码不正确或已使用过。", "The code is wrong or has been used."),
            Text("请等待应用显示新的验证码后重试。", "Wait for the next code in your app and try again."),
        )
    return step


def check_not_self(*, actor: str, username: str) -> None:
    """Nobody changes their own roles, locks or account: another administrator does."""
    if actor == username:
        raise HouseError(
            "accounts.not_yourself",
            Text("不能修改自己的角色或状态。", "You may not change your own roles or account."),
            Text("请由另一位系统管理员处理。", "Another administrator has to do it."),
            where=username,
        )

"""What this room writes to the ledger."""

from __future__ import annotations

from tongchou.ledger.events import Event
from tongchou.standards.text import Text

EVENTS = [
    Event("account.signed_in", Text("登录", "Signed in"), ("account", "factor")),
    Event("account.sign_in_failed", Text("登录失败", "Sign-in failed"), ("account", "failures")),
    Event("account.signed_out", Text("退出", "Signed out"), ("account",)),
    Event("account.role_switched", Text("切换角色", "Role switched"), ("to_role", "to_organisation")),
    Event("account.created", Text("建立账号", "Account made"), ("account", "memberships")),
    Event("account.changed", Text("修改账号", "Account changed"), ("account", "changed")),
    Event("account.password_changed", Text("修改密码", "Password changed"), ("account",)),
    Event("account.password_reset", Text("重设密码", "Password reset"), ("account",)),
    Event("account.unlocked", Text("解除锁定", "Lock lifted"), ("account",)),
    Event("account.second_factor", Text("变更双因素", "Second factor changed"), ("account", "state")),
    Event("account.sessions_ended", Text("结束会话", "Sessions ended"), ("account", "count")),
    Event("membership.added", Text("授予角色", "Role given"), ("account", "to_role", "to_organisation")),
    Event("membership.ended", Text("收回角色", "Role taken back"), ("account", "to_role", "to_organisation")),
    Event("token.created", Text("建立接口密钥", "API key made"), ("account", "token", "until")),
    Event("token.revoked", Text("吊销接口密钥", "API key revoked"), ("account", "token")),
    Event("organisation.changed", Text("维护机构", "Organisation changed"), ("code", "changed")),
]

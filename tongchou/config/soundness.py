"""What is wrong or risky with an installation."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.core.checks import run_checks
from django.db import connection

from tongchou.accounts.models import User
from tongchou.standards.text import Text

#: Passwords that stand in packs of this repository.
KNOWN_PASSWORDS = ("Tongchou-demo-2026",)


@dataclass(frozen=True)
class Finding:
    """One thing found. level: "error" stops a deployment, "warning" wants a decision."""

    level: Literal["error", "warning"]
    setting: str
    what: Text


def findings(*, deploy: bool) -> list[Finding]:
    """Everything found, errors first."""
    found = [
        Finding(
            "error" if message.is_serious() else "warning", str(message.id), Text(message.msg, message.msg)
        )
        for message in run_checks()
    ]
    found += _keys()
    if deploy:
        found += _deploy()
    return sorted(found, key=lambda finding: finding.level)


def _keys() -> Iterator[Finding]:
    folder = settings.TONGCHOU_DATA / "keys"
    for path in [folder, *folder.iterdir()]:
        mode = stat.S_IMODE(path.stat().st_mode)
        # Public keys are there to be handed out; nobody else may write them.
        if mode & (0o022 if path.suffix == ".pub" else 0o077):
            yield Finding(
                "error",
                str(path),
                Text(
                    f"其他用户可以访问（{mode:o}）。请执行 chmod go-rwx。",
                    f"Others can reach it ({mode:o}). Run chmod go-rwx.",
                ),
            )


def _deploy() -> Iterator[Finding]:
    if not settings.SECURE:
        yield Finding(
            "error",
            "TONGCHOU_SECURE",
            Text(
                "未启用 https：会话可被窃听。请在反向代理后设为 1。",
                "No https: sessions can be overheard. Set it to 1 behind a proxy.",
            ),
        )
    if not os.environ.get("TONGCHOU_HOSTS"):
        yield Finding(
            "error",
            "TONGCHOU_HOSTS",
            Text(
                "只应答本机名称。请列出平台的域名。",
                "Only this machine's own names are answered. Name the platform's hosts.",
            ),
        )
    if settings.SECURE and not settings.CSRF_TRUSTED_ORIGINS:
        yield Finding(
            "warning",
            "TONGCHOU_ORIGINS",
            Text(
                "反向代理后表单可能被拒绝。请列出 https 来源。",
                "Forms may be refused behind a proxy. Name the https origins.",
            ),
        )
    if connection.vendor == "sqlite":
        yield Finding(
            "warning",
            "TONGCHOU_DATABASE",
            Text(
                "控制库是 SQLite：一台机器、几十名用户够用，更多请用 PostgreSQL。",
                "The control database is SQLite: good for one machine and dozens of users; use PostgreSQL for more.",
            ),
        )
    if "TONGCHOU_DATA" not in os.environ:
        yield Finding(
            "warning",
            "TONGCHOU_DATA",
            Text(
                "数据目录取决于启动位置。请写明绝对路径。",
                "The data folder depends on where the server is started. Name an absolute path.",
            ),
        )
    if os.geteuid() == 0:
        yield Finding(
            "error",
            "user",
            Text("正以 root 运行。请建立专用用户。", "Running as root. Make a user of its own for it."),
        )
    known = [
        user.username
        for user in User.objects.filter(is_active=True)
        if user.has_usable_password() and any(user.check_password(password) for password in KNOWN_PASSWORDS)
    ]
    if known:
        yield Finding(
            "error",
            "accounts",
            Text(
                f"{len(known)} 个账号使用公开的演示密码：{'、'.join(known[:5])}。请停用或重设。",
                f"{len(known)} accounts have the published demo password: {', '.join(known[:5])}. Disable or reset them.",
            ),
        )

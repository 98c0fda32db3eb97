"""Keys of the API: made once, shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets

from django.utils import timezone

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from . import queries
from .actor import Actor, require
from .models import ApiToken

PREFIX = "tc_"


def new_secret() -> str:
    """A fresh key of 256 bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of a key; it has 256 bits of its own, so a plain digest will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_token(secret: str) -> Actor:
    """The actor a key (what follows `Bearer` in the Authorization header) stands for.

    Raises HouseError "accounts.token_refused" for anything but a live key of a live account, without saying which.
    """
    token = None
    if secret.startswith(PREFIX):
        token = (
            ApiToken.objects.select_related(
                "membership__user", "membership__role", "membership__organisation"
            )
            .filter(
                digest=digest_of(secret.strip()),
                revoked_at__isnull=True,
                expires_on__gte=timezone.localdate(),
                membership__active=True,
                membership__user__is_active=True,
                membership__organisation__active=True,
            )
            .first()
        )
    if token is None:
        raise HouseError(
            "accounts.token_refused",
            Text("接口密钥无效、过期或已吊销。", "The API key is wrong, expired or revoked."),
            Text("请在“我的账号”中新建密钥。", "Make a new one on your account page."),
        )
    now = timezone.now()
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    actor = queries.actor_of(token.membership)
    require(actor, "api.use")
    return actor

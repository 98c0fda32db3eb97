"""Making and revoking keys of the API."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import tokens
from ..action import action, note
from ..actor import Actor, require
from ..models import ApiToken, Membership

LONGEST_DAYS = 400


@action(permission="api.use", event="token.created")
def create_token(*, by: Actor, name: str, days: int) -> tuple[ApiToken, str]:
    """Make a key for the actor's present role; returns its row and the key itself, which is shown this once."""
    if not 1 <= days <= LONGEST_DAYS or not name.strip() or by.membership_id is None:
        raise HouseError(
            "accounts.token_wrong",
            Text("密钥需要名称和 1–400 天的有效期。", "A key needs a name and 1 to 400 days."),
            Text("请改正后重试。", "Correct it and try again."),
        )
    secret = tokens.new_secret()
    until = timezone.localdate() + dt.timedelta(days=days)
    token = ApiToken.objects.create(
        name=name.strip()[:80],
        digest=tokens.digest_of(secret),
        membership=Membership.objects.get(pk=by.membership_id),
        expires_on=until,
    )
    note(account=by.username, token=token.pk, until=until.isoformat())
    return token, secret


@action(permission=None, event="token.revoked")
def revoke_token(*, by: Actor, token: ApiToken) -> ApiToken:
    """Revoke a key: one's own, or anyone's for those who manage accounts."""
    note(account=token.membership.user.username, token=token.pk)
    if token.membership.user_id != by.user_id:
        require(by, "accounts.manage")
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    return token

"""Checking a name and a password, taking as long for a name that does not exist."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from .models import User

_nobody: str = ""


def _nobodys_password() -> str:
    """A hash to compare with when there is no such user, so that the answer takes as long."""
    global _nobody
    if not _nobody:
        _nobody = make_password("nobody has this password")
    return _nobody


class HouseBackend(BaseBackend):
    """Users by name and argon2 password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """The user, or None when name or password is wrong or the account is switched off."""
        user = User.objects.filter(username__iexact=username or "").first()
        if user is None or not user.has_usable_password():
            check_password(password or "", _nobodys_password())
            return None
        return user if user.check_password(password or "") and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session; None once the account is switched off."""
        return User.objects.filter(pk=user_id, is_active=True).first()

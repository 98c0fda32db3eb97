"""Guessing passwords: what an attacker learns from locks, and what guesses sent at once gain."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from tests.cast import PASSWORD, Cast
from tongchou.accounts import rules
from tongchou.accounts.actions import sessions
from tongchou.accounts.models import FailedAddress, User
from tongchou.standards.errors import HouseError


def guess(username: str, password: str = "wrong", address: str = "10.0.0.1") -> str:
    """The code of the refusal, or "in"."""
    try:
        sessions.check_password(username=username, password=password, address=address)
    except HouseError as error:
        return error.code
    return "in"


@pytest.mark.parametrize("username", ["clerk", "inspector", "nobody-has-this-name"])
def test_a_lock_does_not_tell_which_names_exist(cast: Cast, username: str) -> None:
    cast.user("clerk")
    User.objects.filter(pk=cast.user("inspector").pk).update(is_active=False)
    answers = [guess(username) for _ in range(rules.FREE_FAILURES + 1)]
    assert answers == ["accounts.wrong_password"] * rules.FREE_FAILURES + ["accounts.locked"]


def test_names_that_nobody_has_are_kept_as_a_digest_and_forgotten(cast: Cast) -> None:
    guess("my-password-by-mistake")
    rows = FailedAddress.objects.filter(address__startswith="name:")
    assert rows.count() == 1
    assert not FailedAddress.objects.filter(address__contains="my-password").exists()
    long_ago = timezone.now() - dt.timedelta(seconds=rules.FORGET_ADDRESS_S + 1)
    FailedAddress.objects.update(last_at=long_ago)
    guess("clerk", address="10.0.0.2")
    assert not rows.filter(last_at=long_ago).exists()


def test_a_right_password_costs_nothing(cast: Cast) -> None:
    cast.user("clerk")
    assert [guess("clerk", PASSWORD) for _ in range(rules.FREE_FAILURES + 3)] == ["in"] * (
        rules.FREE_FAILURES + 3
    )
    assert User.objects.get(username="clerk").failed_attempts == 0


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_at_once_do_not_slip_past_the_lock(transactional_db: None, cast: Cast) -> None:
    cast.user("clerk")
    answers: list[str] = []

    def one() -> None:
        try:
            answers.append(guess("clerk"))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(rules.FREE_FAILURES * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("accounts.wrong_password") == rules.FREE_FAILURES
    assert answers.count("accounts.locked") == rules.FREE_FAILURES

"""Signing in: wrong passwords, locks, the second factor, first passwords, sessions, roles, keys."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cast import PASSWORD, Cast
from tongchou.accounts.models import ApiToken, Membership, Organisation, RecoveryCode, Role, SignIn, User
from tongchou.accounts.rules import FREE_FAILURES, HALF_SIGNED_IN_S
from tongchou.ledger.models import Entry

ClientAs = Callable[..., Client]
SIGN_IN = reverse("accounts:sign_in")
CODE = reverse("accounts:second_factor")
ME = reverse("accounts:me")


def attempt(client: Client, username: str, password: str, **more: Any) -> Any:
    return client.post(SIGN_IN, {"username": username, "password": password, "next": "/catalogue/"}, **more)


def events(kind: str) -> list[str]:
    return [bytes(entry.body).decode() for entry in Entry.objects.filter(kind=kind).order_by("at")]


def said(answer: Any) -> str:
    """The page's text without what differs from request to request."""
    return re.sub(r'(value|content|hx-headers)=("[^"]*"|\'[^\']*\')', "", answer.content.decode())


def test_signing_in_leads_where_one_wanted_to_go_and_is_on_the_ledger(cast: Cast, client: Client) -> None:
    cast.user("steward")
    answer = client.get("/catalogue/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{SIGN_IN}?next=%2Fcatalogue%2F")
    answer = attempt(client, "STEWARD", PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/catalogue/")
    assert SignIn.objects.get().user.username == "steward"
    (body,) = events("account.signed_in")
    assert PASSWORD not in body


def test_the_way_back_never_leaves_the_house(cast: Cast, client: Client) -> None:
    cast.user("steward")
    for outside in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        answer = client.post(SIGN_IN, {"username": "steward", "password": PASSWORD, "next": outside})
        assert answer.headers["Location"] == reverse("accounts:desk")
        client.logout()


def test_a_wrong_name_a_wrong_password_and_a_switched_off_account_read_the_same(
    cast: Cast, client: Client
) -> None:
    cast.user("clerk")
    User.objects.filter(pk=cast.user("inspector").pk).update(is_active=False)
    pages = [
        attempt(client, "clerk", "wrong"),
        attempt(client, "no-such-person", "wrong"),
        attempt(client, "inspector", PASSWORD),
    ]
    assert {page.status_code for page in pages} == {400}
    assert len({said(page) for page in pages}) == 1
    assert "用户名或密码不正确" in said(pages[0])
    assert all("wrong" not in body and PASSWORD not in body for body in events("account.sign_in_failed"))


def test_five_failures_lock_the_account_and_say_for_how_long(cast: Cast, client: Client) -> None:
    cast.user("clerk")
    for _ in range(5):
        attempt(client, "clerk", "wrong")
    answer = attempt(client, "clerk", PASSWORD)
    assert answer.status_code == 400
    assert "分钟后再试" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    User.objects.filter(username="clerk").update(locked_until=timezone.now() - dt.timedelta(seconds=1))
    assert attempt(client, "clerk", PASSWORD).status_code == 302
    assert User.objects.get(username="clerk").failed_attempts == 0


def test_many_failures_from_one_address_lock_the_address(cast: Cast, client: Client) -> None:
    cast.user("clerk")
    for number in range(30):
        attempt(client, f"guess-{number}", "wrong", REMOTE_ADDR="10.0.0.9")
    assert attempt(client, "clerk", PASSWORD, REMOTE_ADDR="10.0.0.9").status_code == 400
    assert attempt(client, "clerk", PASSWORD, REMOTE_ADDR="10.0.0.10").status_code == 302


def turn_on(client: Client) -> tuple[str, list[str]]:
    """Enrol the second factor; its secret and recovery codes."""
    page = client.get(reverse("accounts:second_factor_on"))
    secret = str(page.context["secret"])
    assert b"<svg" in page.content
    answer = client.post(reverse("accounts:second_factor_on"), {"code": pyotp.TOTP(secret).now()})
    return secret, answer.context["codes"]


def test_the_second_factor_from_enrolment_to_recovery(
    cast: Cast, client_as: ClientAs, client: Client
) -> None:
    mine = client_as("auditor")
    wrong = mine.post(reverse("accounts:second_factor_on"), {"code": "000000x"})
    assert "验证码不正确" in wrong.content.decode()
    secret, codes = turn_on(mine)
    assert len(codes) == 8
    totp = pyotp.TOTP(secret)

    answer = attempt(client, "auditor", PASSWORD)
    assert answer.headers["Location"] == CODE
    assert client.get("/catalogue/").status_code == 302, "a password alone opens nothing"

    used = totp.now()
    replay = client.post(CODE, {"code": used})
    assert replay.status_code == 400, "the code of the enrolment cannot be used again"
    later = totp.at(int(time.time()) + 30)
    answer = client.post(CODE, {"code": later})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/catalogue/")
    assert client.get("/catalogue/").status_code == 200

    other = Client()
    attempt(other, "auditor", PASSWORD)
    assert other.post(CODE, {"code": later}).status_code == 400, "nor by somebody who looked on"
    assert other.post(CODE, {"code": codes[0]}).status_code == 302
    third = Client()
    attempt(third, "auditor", PASSWORD)
    assert third.post(CODE, {"code": codes[0]}).status_code == 400, "a recovery code works once"
    assert RecoveryCode.objects.filter(used_at__isnull=True).count() == 7
    bodies = " ".join(events("account.second_factor") + events("account.signed_in"))
    assert secret not in bodies
    assert codes[1] not in bodies


def test_the_second_factor_is_turned_off_with_the_password_only(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("auditor")
    turn_on(mine)
    off = reverse("accounts:second_factor_off")
    assert mine.post(off, {"password": "wrong"}).status_code == 400
    kept = User.objects.get(username="auditor").totp_secret
    assert len(kept) > 60, "sealed, not the 32 characters an app would take"
    assert mine.post(off, {"password": PASSWORD}).status_code == 302
    assert not User.objects.get(username="auditor").totp_secret


def test_the_code_must_follow_the_password_soon(cast: Cast, client_as: ClientAs) -> None:
    turn_on(client_as("auditor"))
    slow = Client()
    attempt(slow, "auditor", PASSWORD)
    assert slow.get(CODE).status_code == 200
    session = slow.session
    session["half"] = {**session["half"], "at": time.time() - HALF_SIGNED_IN_S - 1}
    session.save()
    assert slow.get(CODE).headers["Location"] == SIGN_IN


@pytest.mark.parametrize("page", ["accounts:password", "accounts:second_factor_off"])
def test_a_stolen_session_cannot_guess_the_password(cast: Cast, client_as: ClientAs, page: str) -> None:
    mine = client_as("auditor")
    body = {"old": "wrong", "password": "wrong", "new": "Quiet-river-1984", "again": "Quiet-river-1984"}
    answers = [said(mine.post(reverse(page), body)) for _ in range(FREE_FAILURES + 1)]
    assert "暂时锁定" not in answers[0]
    assert "暂时锁定" in answers[-1]


def test_a_code_page_without_a_password_leads_back(client: Client, db: None) -> None:
    assert client.get(CODE).headers["Location"] == SIGN_IN


NEW = "Willow-quay-2041"


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "原密码不正确"),
        (PASSWORD, "short", "short", "密码不符合要求"),
        (PASSWORD, "12345678901", "12345678901", "密码不符合要求"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不同"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码与原密码相同"),
    ],
)
def test_a_password_change_that_will_not_do(
    client_as: ClientAs, old: str, new: str, again: str, words: str
) -> None:
    answer = client_as("clerk").post(reverse("accounts:password"), {"old": old, "new": new, "again": again})
    assert words in answer.content.decode()
    assert User.objects.get(username="clerk").check_password(PASSWORD)


def test_a_first_password_must_be_changed_before_anything_else(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("clerk")
    User.objects.filter(username="clerk").update(must_change_password=True)
    change = reverse("accounts:password")
    assert mine.get("/catalogue/").headers["Location"] == change
    assert "这是初始密码" in mine.get(change).content.decode()
    answer = mine.post(change, {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.headers["Location"] == ME
    assert mine.get("/catalogue/").status_code == 200, "the session lives on"
    assert attempt(Client(), "clerk", NEW).status_code == 302


def test_a_password_change_ends_the_other_sessions(cast: Cast) -> None:
    cast.user("clerk")
    first, second = Client(), Client()
    attempt(first, "clerk", PASSWORD)
    attempt(second, "clerk", PASSWORD)
    first.post(reverse("accounts:password"), {"old": PASSWORD, "new": NEW, "again": NEW})
    assert first.get("/catalogue/").status_code == 200
    assert second.get("/catalogue/").status_code == 302


def test_switching_roles_changes_rights_and_session_key(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("clerk")
    other = Membership.objects.create(
        user=cast.user("clerk"),
        role=Role.objects.get(code="auditor"),
        organisation=Organisation.objects.get(code="audit"),
    )
    ledger = reverse("exchange:ledger")
    memberships = mine.get("/").context["memberships"]
    assert len(memberships) == 2
    mine.post(reverse("accounts:switch"), {"membership": Membership.objects.get(role__code="clerk").pk})
    assert mine.get(ledger).status_code == 403
    key = mine.session.session_key
    assert mine.post(reverse("accounts:switch"), {"membership": other.pk}).status_code == 302
    assert mine.session.session_key != key
    assert mine.get(ledger).status_code == 200
    foreign = cast.membership("steward")
    assert mine.post(reverse("accounts:switch"), {"membership": foreign.pk}).status_code == 403


def test_a_role_taken_back_is_gone_with_the_next_request(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("clerk")
    assert mine.get("/catalogue/").status_code == 200
    Membership.objects.filter(user__username="clerk").update(active=False)
    answer = mine.get("/catalogue/")
    assert answer.status_code in (302, 403)
    assert mine.get("/").status_code in (200, 302, 403)


def test_sessions_are_listed_and_ended(cast: Cast) -> None:
    cast.user("clerk")
    here, there = Client(), Client()
    attempt(here, "clerk", PASSWORD, HTTP_USER_AGENT="Here/1")
    attempt(there, "clerk", PASSWORD, HTTP_USER_AGENT="There/1")
    page = here.get(ME).content.decode()
    assert "Here/1" in page
    assert "There/1" in page
    here.post(reverse("accounts:end_sessions"))
    assert there.get("/catalogue/").status_code == 302
    assert here.get("/catalogue/").status_code == 200
    assert SignIn.objects.count() == 1
    here.post(reverse("accounts:sign_out"))
    assert here.get("/catalogue/").status_code == 302
    assert SignIn.objects.count() == 0


def test_a_session_left_alone_ends(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("clerk")
    mine.get("/catalogue/")
    session = mine.session
    session["seen"] = session["seen"] - 31 * 60
    session.save()
    assert mine.get("/catalogue/").status_code == 302


def test_a_key_of_the_interface_is_shown_once_and_can_be_revoked(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("steward")
    assert mine.post(reverse("accounts:create_token"), {"name": "", "days": 9}).status_code == 302
    answer = mine.post(reverse("accounts:create_token"), {"name": "学校系统", "days": 30})
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert secret not in mine.get(ME).content.decode()
    api = Client(headers={"authorization": f"Bearer {secret}"})
    grants = "/api/v1/grants"
    assert api.get(grants).status_code == 200
    token = ApiToken.objects.get()
    assert client_as("clerk").post(reverse("accounts:revoke_token", args=[token.pk])).status_code == 403
    mine.post(reverse("accounts:revoke_token", args=[token.pk]))
    assert api.get(grants).status_code == 401
    assert secret not in " ".join(events("token.created") + events("token.revoked"))


def test_keys_are_for_roles_that_may_use_the_interface(client_as: ClientAs) -> None:
    answer = client_as("clerk").post(reverse("accounts:create_token"), {"name": "x", "days": 30})
    assert answer.status_code == 403
    assert not ApiToken.objects.exists()


def test_an_account_without_a_role_is_told_so(cast: Cast, client: Client) -> None:
    cast.membership("clerk")
    Membership.objects.update(active=False)
    User.objects.update(must_change_password=True)
    answer = attempt(client, "clerk", PASSWORD)
    assert answer.status_code == 400
    assert "没有任何角色" in answer.content.decode()
